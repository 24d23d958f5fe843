// Search: the box on every page, the search page, and errors.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { PAGES } from './pages.mjs';
import { browse, eventually, onPage, serve } from './portal.mjs';

let browser;
before(async () => (browser = await browse()));
after(() => browser?.close());

const box = (page) => page.locator('#search');
/** Waits until the address has this question. */
const asks = (page, question) => eventually(() => new URL(page.url()).searchParams.get('q')?.trim(), question);
/** Waits until the search page shows this status. */
const says = (page, text) => page.locator('#found-status').filter({ hasText: text }).waitFor();

for (const below of ['/', '/sub/path/']) {
  describe(`search below ${below}`, () => {
    let site;
    const on = (run, options = {}) => onPage(browser, site.url, options, run);
    before(async () => (site = await serve(below)));
    after(() => site?.close());

    test('the box opens by its keys, shows the number of results, and opens one in this tab or a new one', async () => {
      await on(async (page) => {
        await page.goto(PAGES.home);
        await page.keyboard.press('Control+k');
        assert.ok(await box(page).evaluate((input) => input === document.activeElement));
        // One question, after whose answer the selection stays.
        await page.keyboard.insertText('fruade-scoring');
        const first = page.getByRole('option', { selected: true });
        await first.filter({ hasText: 'fraude-scoring' }).waitFor();
        await page.locator('[role=status]').filter({ hasText: /\d+ (best )?result/ }).first().waitFor({ state: 'attached' });
        const opened = page.context().waitForEvent('page');
        await page.keyboard.press('Control+Enter');
        await (await opened).waitForURL(/fraude-scoring\.html$/);
        await page.keyboard.press('ArrowDown');
        await page.keyboard.press('ArrowUp');
        await page.keyboard.press('Enter');
        await page.waitForURL(/fraude-scoring\.html$/);
      });
    });

    test('opened entities come first while nothing is typed', async () => {
      await on(async (page) => {
        await page.goto(PAGES.component);
        await page.goto(PAGES.home);
        await box(page).focus();
        const title = await page.getByRole('option').first().innerText();
        assert.match(title, /panier/i);
      });
    });

    test('nearest spellings are offered, and keep the conditions', async () => {
      await on(async (page) => {
        await page.goto('search.html?q=kind%3Acomponent+fruaed');
        const instead = page.locator('.instead').first();
        await instead.filter({ hasText: 'fraude' }).waitFor();
        await instead.getByRole('link').first().click();
        await asks(page, 'kind:component fraude');
        await page.locator('.hits-of a').first().waitFor();
        await page.goto('search.html?q=kind%3Adomain+panier-api');
        await page.locator('.instead').filter({ hasText: 'panier-api' }).getByRole('link').click();
        await page.locator('.hits-of a').filter({ hasText: 'panier-api' }).first().waitFor();
        await asks(page, 'panier-api');
      });
    });

    test('facets add and remove conditions, with the question in the address', async () => {
      await on(async (page) => {
        await page.goto('search.html?q=paiement');
        const api = page.locator('#narrow').getByRole('button', { name: /APIs/ });
        const number = Number(await api.locator('.n').innerText());
        await api.click();
        await says(page, new RegExp(`^${number} result`));
        await asks(page, 'paiement kind:api');
        await eventually(() => api.getAttribute('aria-pressed'), 'true');
        await page.locator('#narrow').getByRole('button', { name: /components/ }).click();
        await page.waitForURL(/kind%3Acomponent/);
        await page.goBack();
        await says(page, new RegExp(`^${number} result`));
        await api.click();
        await page.waitForURL((url) => url.searchParams.get('q')?.trim() === 'paiement');
      });
    });
  });
}

describe('errors', () => {
  let site;
  before(async () => (site = await serve('/')));
  after(() => site?.close());

  /** A page whose errors are expected. */
  async function page(run, options = {}) {
    const context = await browser.newContext({ baseURL: site.url, ...options });
    await run(await context.newPage(), context).finally(() => context.close());
  }

  test('a part that cannot be loaded is an error, and the next question tries again', async () => {
    await page(async (page, context) => {
      await context.route('**/search/parts/*.bin', (route) => route.abort());
      await page.goto('search.html?q=panier');
      await says(page, 'could not load');
      await context.unroute('**/search/parts/*.bin');
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.locator('.hits-of a').first().waitFor();
    });
  });

  test('a damaged index is an error', async () => {
    await page(async (page, context) => {
      await context.route('**/search/parts/*.bin', async (route) => {
        const response = await route.fetch();
        const body = await response.body();
        body.fill(7, body.length >> 1, (body.length >> 1) + 40);
        await route.fulfill({ response, body });
      });
      await page.goto('search.html?q=panier');
      await says(page, 'damaged');
    });
  });

  test('a host may unpack files itself', async () => {
    await page(async (page, context) => {
      await context.route('**/*.bin', async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, headers: { ...response.headers(), 'content-encoding': 'gzip' } });
      });
      await page.goto('search.html?q=panier-api');
      await page.locator('.hits-of a').first().waitFor();
    });
  });

  test('without the engine, lists are pages', async () => {
    await page(async (page, context) => {
      await context.route('**/engine.bin', (route) => route.fulfill({ status: 404, body: '' }));
      await page.goto(PAGES.list);
      assert.ok((await page.locator('main a[href*="/component/"], main a[href*="component/"]').count()) > 20);
      await page.goto('search.html?q=panier');
      await says(page, 'could not load');
    });
  });
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing on the search page, ${colorScheme}`, async () => {
    const site = await serve('/');
    try {
      await onPage(browser, site.url, { colorScheme }, async (page) => {
        for (const asked of ['paiement kind:api', 'fruaed']) {
          await page.goto(`search.html?q=${encodeURIComponent(asked)}`);
          await page.locator('.hits-of a, .instead a').first().waitFor();
          // The number of results comes with the facets, after the results.
          await page.locator('#found-status:not(:empty)').waitFor({ state: 'attached' });
          const { violations } = await new AxeBuilder({ page }).analyze();
          assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), []);
        }
      });
    } finally {
      await site.close();
    }
  });
}
