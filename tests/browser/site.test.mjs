// The built demo in Chromium, at the root of a host and below a path.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { PAGES } from './pages.mjs';
import { browse, onPage, serve, visit } from './portal.mjs';

let browser;
before(async () => (browser = await browse()));
after(() => browser?.close());

/** Puts a text into the search box, as one question, and waits until the first result has this name. */
async function find(page, text, name) {
  await page.keyboard.press('/');
  await page.keyboard.insertText(text);
  const hit = page.getByRole('option').first();
  await hit.locator('code, .t').filter({ hasText: new RegExp(`^${name}$`) }).first().waitFor();
  return hit;
}

const background = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

for (const below of ['/', '/sub/path/']) {
  describe(`below ${below}`, () => {
    let site;
    const on = (options, run) => onPage(browser, site.url, options, run);
    // The page for missing addresses contains the path of the site: this one is made for `/`.
    const pages = Object.values(PAGES).filter((path) => below === '/' || path !== PAGES.missing);
    before(async () => (site = await serve(below)));
    after(() => site?.close());

    test('every type of page loads without errors and has a title', async () => {
      await on({}, async (page) => {
        for (const path of pages) {
          await page.goto(path, { waitUntil: 'networkidle' });
          assert.equal(await page.locator('h1').count(), 1, path);
          assert.notEqual(await page.title(), '', path);
        }
      });
    });

    test('search finds by the beginning of a name', async () => {
      await on({}, async (page) => {
        await page.goto(PAGES.home);
        await find(page, 'panier-ap', 'panier-api');
      });
    });

    test('search finds words with one wrong letter', async () => {
      await on({}, async (page) => {
        await page.goto(PAGES.component);
        await find(page, 'panner-api', 'panier-api');
      });
    });

    test('a result opens with the keyboard alone', async () => {
      await on({}, async (page) => {
        await page.goto(PAGES.health);
        await find(page, 'panier-api', 'panier-api');
        await page.keyboard.press('ArrowDown');
        assert.equal(await page.getByRole('option').nth(1).getAttribute('aria-selected'), 'true');
        await page.keyboard.press('ArrowUp');
        await page.keyboard.press('Enter');
        await page.waitForURL(`**/${PAGES.component}`);
        assert.equal(await page.locator('#name').innerText(), 'panier-api');
      });
    });

    test('a question without results says so', async () => {
      await on({}, async (page) => {
        await page.goto(PAGES.home);
        await page.keyboard.press('/');
        await page.keyboard.type('zzqqxxkk');
        await page.locator('#hits .say').filter({ hasText: 'Nothing found for “zzqqxxkk”' }).waitFor();
        await page.keyboard.press('Escape');
        assert.equal(await page.locator('#hits').isVisible(), false);
      });
    });

    test('a chosen theme is stored', async () => {
      await on({ colorScheme: 'light' }, async (page) => {
        await page.goto(PAGES.home);
        const light = await background(page);
        const button = page.getByRole('button', { name: 'Theme' });
        while ((await page.locator('html').getAttribute('data-theme')) !== 'dark') await button.click();
        const dark = await background(page);
        assert.notEqual(dark, light);
        await page.goto(PAGES.list);
        assert.equal(await background(page), dark);
      });
    });

    test('the theme of the system is used until one is chosen', async () => {
      const seen = [];
      for (const colorScheme of ['light', 'dark']) {
        await on({ colorScheme }, async (page) => {
          await page.goto(PAGES.home);
          seen.push(await background(page));
        });
      }
      assert.notEqual(seen[0], seen[1]);
    });

    test('nothing is wider than a narrow screen', async () => {
      await on({ viewport: { width: 360, height: 740 } }, async (page) => {
        for (const path of pages) {
          await visit(page, path);
          const width = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(width <= 360, `${path} is ${width} px wide`);
        }
      });
    });

    test('lists, teams and entities work without JavaScript', async () => {
      await on({ javaScriptEnabled: false }, async (page) => {
        await page.goto(PAGES.home);
        await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Catalog' }).click();
        await page.waitForURL(`**/${PAGES.list}`);
        const names = page.locator('table.list td.what a');
        const onFirst = await names.allInnerTexts();
        assert.ok(onFirst.length > 10);
        await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: '2' }).click();
        await page.waitForURL((url) => !url.pathname.endsWith(PAGES.list));
        const onSecond = await names.allInnerTexts();
        assert.ok(onSecond.length > 10);
        assert.equal(onSecond.filter((name) => onFirst.includes(name)).length, 0);
        await names.first().click();
        await page.getByRole('heading', { level: 1, name: onSecond[0], exact: true }).waitFor();
        await page.goto(PAGES.team);
        await page.locator('#owned a, #teams a').first().click();
        await page.waitForURL((url) => !url.pathname.endsWith(PAGES.team));
        assert.equal(await page.locator('h1').count(), 1);
      });
    });
  });
}

describe('the tests themselves', () => {
  let site;
  before(async () => (site = await serve()));
  after(() => site?.close());

  const wrongs = {
    'an inline script': () => {
      document.head.append(Object.assign(document.createElement('script'), { text: 'window.ran = true' }));
    },
    'another host': () => fetch('http://example.invalid/').catch(() => {}),
    'a missing file': () => fetch('missing.json'),
    'a complaint': () => console.error('wrong'),
  };
  for (const [name, wrong] of Object.entries(wrongs)) {
    test(`${name} on a page is an error, and the policy blocks foreign code`, async () => {
      const run = onPage(browser, site.url, {}, async (page) => {
        await page.goto(PAGES.home);
        await Promise.all([page.waitForEvent('console'), page.evaluate(wrong)]);
        if (await page.evaluate(() => window.ran)) throw new Error('the script ran');
      });
      await assert.rejects(run, assert.AssertionError);
    });
  }
});

describe('accessibility', () => {
  let site;
  before(async () => (site = await serve()));
  after(() => site?.close());

  const wide = { width: 1280, height: 900 };
  const narrow = { width: 360, height: 740 };
  const looks = [
    { colorScheme: 'light', viewport: wide },
    { colorScheme: 'dark', viewport: wide },
    { colorScheme: 'light', viewport: narrow },
  ];
  for (const look of looks) {
    const name = `${look.colorScheme}, ${look.viewport.width} px wide`;
    const on = (run) => onPage(browser, site.url, look, run);

    test(`axe finds nothing on any type of page, ${name}`, async () => {
      await on(async (page) => {
        for (const [type, path] of Object.entries(PAGES)) {
          await visit(page, path);
          assert.deepEqual(await violations(page), [], type);
        }
      });
    });

    test(`axe finds nothing while searching, ${name}`, async () => {
      await on(async (page) => {
        await page.goto(PAGES.home);
        await find(page, 'panier-ap', 'panier-api');
        assert.deepEqual(await violations(page), []);
      });
    });
  }
});

/** What axe finds on a page. It need not look into frames, because there are none. */
async function violations(page) {
  const found = await new AxeBuilder({ page }).setLegacyMode().analyze();
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}
