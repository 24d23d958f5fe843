// Search and pages without a network, in a portal with `site.offline`: the host is really stopped.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PAGES } from './pages.mjs';
import { browse, buildDemo, serve } from './portal.mjs';

let browser;
before(async () => (browser = await browse()));
after(() => browser?.close());

/** Waits until the worker has filled its cache and controls the page. */
const isKept = (page) => page.waitForFunction(() => navigator.serviceWorker.controller !== null);

/** Waits until the cache has the file of this address: the worker adds it after the page has it. */
const isCached = (page, url) => page.waitForFunction((file) => caches.match(file), url);

/** Address of the script with the visitor. */
const visitorModule = (page) => page.locator('script[type=module]').evaluate(({ src }) => new URL('../me/visitor.js', src).href);

for (const below of ['/', '/sub/path/']) {
  describe(`offline below ${below}`, () => {
    let built, site, context, page;

    before(async () => {
      built = await buildDemo('  offline: true\n');
      site = await serve(below, built.site);
      context = await browser.newContext({ baseURL: site.url });
      page = await context.newPage();
    });
    after(async () => {
      await context?.close();
      await site?.close();
      await built?.remove();
    });

    test('the answer of a sign-in is not in the cache', async () => {
      await page.goto(PAGES.home);
      await isKept(page);
      await page.goto(`${PAGES.teams}?code=secret&state=secret`);
      await isCached(page, new URL(PAGES.teams, site.url).href);
      const addresses = await page.evaluate(async () => {
        const caught = [];
        for (const name of await caches.keys()) {
          const cache = await caches.open(name);
          for (const request of await cache.keys()) caught.push(request.url, (await cache.match(request)).url);
        }
        return caught;
      });
      assert.ok(addresses.some((address) => address.endsWith(PAGES.teams)), 'the page is kept');
      assert.deepEqual(addresses.filter((address) => address.includes('secret')), []);
    });

    test('after the first visit, search and opened pages work', async () => {
      await page.goto(PAGES.team);
      await isKept(page);
      // The first page was loaded before the worker.
      await isCached(page, new URL(PAGES.team, site.url).href);
      await page.goto(PAGES.component);
      const title = await page.locator('h1').innerText();
      await isCached(page, new URL(PAGES.component, site.url).href);
      await site.close();
      await page.reload();
      assert.equal(await page.locator('h1').innerText(), title);
      await page.goto(PAGES.team);
      // The address of the site itself, which is that of no file.
      await page.goto('./');
      await page.locator('#home').waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('fruade-scoring');
      await page.getByRole('option', { selected: true }).filter({ hasText: 'fraude-scoring' }).waitFor();
    });

    test('a page that was not opened before redirects to a search for it', async () => {
      await page.goto('catalog/default/component/fraude-scoring.html');
      await page.waitForURL(/search\.html\?offline&q=fraude-scoring$/);
      await page.locator('#found-offline').waitFor();
      await page.locator('.hits-of a').filter({ hasText: 'fraude-scoring' }).first().waitFor();
      assert.equal(await page.locator('link[rel=stylesheet]').evaluate(({ sheet }) => sheet !== null), true);
    });

    test('deleting the visitor deletes the cached pages', async () => {
      const seen = (file) => page.evaluate((url) => caches.match(url).then(Boolean), new URL(file, site.url).href);
      assert.equal(await seen(PAGES.component), true);
      await page.evaluate((module) => import(module).then(({ forget }) => forget()), await visitorModule(page));
      await page.waitForFunction((url) => caches.match(url).then((found) => !found), new URL(PAGES.component, site.url).href);
      assert.equal(await seen('search.html'), true);
    });
  });
}

describe('without the setting', () => {
  test('a page removes the worker of an earlier build', async () => {
    const built = await buildDemo('  offline: true\n');
    let site = await serve('/', built.site);
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(site.url);
    await isKept(page);
    // The same address, without the setting.
    const { port } = new URL(site.url);
    await site.close();
    site = await serve('/', undefined, Number(port));
    await page.goto(site.url);
    await page.waitForFunction(async () => (await navigator.serviceWorker.getRegistrations()).length === 0);
    await page.waitForFunction(() => caches.keys().then((names) => !names.some((name) => name.endsWith(' kept'))));
    await context.close();
    await site.close();
    await built.remove();
  });
});
