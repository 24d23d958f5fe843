// Addresses that are stored in the browser, or were fetched, lead to the portal only.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PAGES } from './pages.mjs';
import { browse, onPage, serve, visit } from './portal.mjs';

let browser, site;
before(async () => ([browser, site] = await Promise.all([browse(), serve('/sub/')])));
after(() => Promise.all([browser?.close(), site?.close()]));

const ADDRESSES = [
  'javascript:window.ran=1', ' javascript:window.ran=1', 'java\nscript:window.ran=1', 'JAVASCRIPT:window.ran=1', 'javascript://x/%0awindow.ran=1',
  'data:text/html,<script>window.ran=1</script>', 'vbscript:x', 'blob:http://127.0.0.1/x', 'file:///etc/passwd', 'https://evil.example/', '//evil.example/',
  '/\\evil.example/', '/outside.html', '../outside.html', 'http://127.0.0.1:1/sub/index.html', 'http://', 7, null, {},
];

const entity = (url) => ({ ref: `component:default/${String(url).length}`, kind: 'component', title: 'wrong', url });
const person = (url) => ({ url, name: 'Somebody', initials: 'S', hue: 'hue-1', teams: [], signedIn: false });
/** The least number of items that a page shows. */
const SHOWN = 6;
const some = Array.from({ length: Math.ceil(ADDRESSES.length / SHOWN) }, (_, at) => ADDRESSES.slice(at * SHOWN, (at + 1) * SHOWN));
/** Values of each key in which addresses are wrong. */
const KEYS = {
  starred: some.map((urls) => urls.map(entity)),
  recent: some.map((urls) => urls.map(entity)),
  me: ADDRESSES.map(person),
  'me teams': some.map((urls) => ({ ...person('catalog/default/user/chloe-girard.html'), teams: urls.map((url) => ({ url, title: 'wrong' })) })),
};

/** Every address of a page, and those that an unknown visitor's home page does not have. */
const addresses = (page) => page.evaluate(() => [...document.querySelectorAll('[href], [src]')]
  .map((at) => new URL(at.getAttribute('href') ?? at.getAttribute('src'), document.baseURI).href));
const strangers = async (page, before) => (await addresses(page)).filter((href) => !before.includes(href) && !href.startsWith(site.url));

for (const [key, values] of Object.entries(KEYS)) {
  test(`an address stored under “${key}” is checked`, () => onPage(browser, site.url, {}, async (page) => {
    await page.goto(PAGES.home);
    const before = await addresses(page);
    for (const value of values) {
      for (const path of [PAGES.home, PAGES.me]) {
        await page.evaluate(([name, value]) => {
          localStorage.clear();
          localStorage.setItem(`callboard /sub/ ${name}`, JSON.stringify(value));
        }, [key.split(' ')[0], value]);
        await visit(page, path);
        // A known visitor's teams come from other pages.
        if (key === 'me teams' && path === PAGES.home) await page.locator('#mine > *').first().waitFor();
        await page.keyboard.press('/');
        await page.locator('#search[role=combobox]').waitFor();
        assert.deepEqual(await strangers(page, before), [], `${JSON.stringify(value)} on ${path}`);
        const wrong = page.getByText('wrong', { exact: true });
        for (const link of await page.locator('a').filter({ has: wrong }).all()) await link.click({ trial: true });
        assert.equal(await page.evaluate(() => window.ran), undefined);
      }
    }
  }));
}

test('other stored values break no page', () => onPage(browser, site.url, {}, async (page) => {
  await page.goto(PAGES.home);
  for (const value of ['7', '"x"', '{}', '[]', '[7, null, {}]', 'true', '{"url": "index.html"}', '{', '{"teams": 7}', '[[]]']) {
    for (const path of [PAGES.home, PAGES.me, PAGES.list, PAGES.component]) {
      await page.evaluate((text) => {
        localStorage.clear();
        for (const name of ['me', 'starred', 'recent']) localStorage.setItem(`callboard /sub/ ${name}`, text);
        localStorage.setItem('theme', text);
        localStorage.setItem('language', text);
      }, value);
      await visit(page, path);
      assert.equal(await page.locator('h1').count(), 1);
    }
  }
}));

describe('the functions that make addresses', () => {
  test('accept addresses of the portal only', () => onPage(browser, site.url, {}, async (page) => {
    await page.goto(PAGES.component);
    const assets = await page.locator('script[type=module]').getAttribute('src');
    const asked = await page.evaluate(async ([src, addresses]) => {
      const { isPage, linkAddress, pageAddress, webAddress } = await import(new URL(src.replace('site.js', 'address.js'), location.href).href);
      return {
        good: ['catalog/a.html', 'index.html#x', new URL('/sub/me.html?x', location.href).href].map((url) => [isPage(url), pageAddress(url)]),
        bad: addresses.map((url) => [isPage(url), pageAddress(url)]),
        links: ['https://x.example/', 'mailto:a@b.example', '#x', 'javascript:1', 'data:,x', 'http://'].map((url) => linkAddress(url, location.href)),
        web: ['https://x.example/', 'javascript:1', 'x', undefined, 7].map((url) => webAddress(url)?.href ?? null),
      };
    }, [assets, ADDRESSES]);
    const at = (path) => new URL(path, site.url).href;
    assert.deepEqual(asked.good, [[true, at('catalog/a.html')], [true, at('index.html#x')], [true, at('me.html?x')]]);
    assert.deepEqual(asked.bad, ADDRESSES.map(() => [false, at('index.html')]));
    assert.deepEqual(asked.links, ['https://x.example/', 'mailto:a@b.example', `${at(PAGES.component)}#x`, null, null, null]);
    assert.deepEqual(asked.web, ['https://x.example/', null, null, null, null]);
  }));
});
