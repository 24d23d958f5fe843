// Every type of page is valid and accessible, works when narrow, zoomed, printed, below a path and with the keyboard
// alone, and is within its budgets.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { HtmlValidate } from 'html-validate';
import { PAGES } from './pages.mjs';
import { ASSETS, browse, eventually, onPage, serve, SITE, visit } from './portal.mjs';

/** Rules of html-validate that do not find mistakes. */
const RULES = {
  // Layout only, which costs bytes.
  'doctype-style': 'off',
  'void-style': 'off',
  'no-trailing-whitespace': 'off',
  'attribute-boolean-style': 'off',
  'attr-quotes': 'off',
  'no-inline-style': 'error',
  // The title of a page ends with that of the portal, however long both are.
  'long-title': 'off',
  // The search box is sent with Enter, and filters apply at once: a button would be one more stop.
  'wcag/h32': 'off',
  // Does not know `aria-labelledby`; axe does.
  'wcag/h30': 'off',
  // What HTML allows: footnotes have a colon in theirs.
  'valid-id': ['error', { relaxed: true }],
  // Addresses and numbers that a phone should dial are not in the catalog.
  'tel-non-breaking': 'off',
};

const html = new HtmlValidate({ root: true, extends: ['html-validate:recommended'], rules: RULES });

let browser;
before(async () => (browser = await browse()));
after(() => browser?.close());

for (const [type, path] of Object.entries(PAGES)) {
  test(`the HTML of ${type} is valid`, async () => {
    const report = await html.validateString(await readFile(join(SITE, path), 'utf8'));
    const found = report.results.flatMap(({ messages }) =>
      messages.map(({ ruleId, message, line, selector }) => `${line}: ${ruleId}: ${message} (${selector})`));
    assert.deepEqual(found, []);
  });
}

/** Elements of a page that are wider than its window. */
const tooWide = (page) => page.evaluate(() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll('main *')].filter((at) => at.getBoundingClientRect().right > width + 1)
    .map((at) => `${at.tagName}.${at.getAttribute('class')} ${Math.round(at.getBoundingClientRect().right)}`).slice(0, 5)
    .concat(`page ${document.documentElement.scrollWidth}`);
});

for (const below of ['/', '/sub/path/']) {
  describe(`below ${below}`, () => {
    let site;
    const on = (options, run) => onPage(browser, site.url, options, run);
    before(async () => (site = await serve(below)));
    after(() => site?.close());

    const windows = {
      'at 320 px': { viewport: { width: 320, height: 640 } },
      'at 200 % of 1,280 px': { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 },
      'at 320 px without JavaScript': { viewport: { width: 320, height: 640 }, javaScriptEnabled: false },
    };
    for (const [name, options] of Object.entries(windows)) {
      test(`no page scrolls sideways ${name}`, async () => {
        await on(options, async (page) => {
          for (const [type, path] of pages(below)) {
            await (options.javaScriptEnabled === false ? page.goto(path) : visit(page, path));
            assert.deepEqual(await tooWide(page), [], type);
          }
        });
      });
    }
  });
}

/** The page for missing addresses works at one path of the site only; the demo's is the root. */
function pages(below) {
  return Object.entries(PAGES).filter(([type]) => below === '/' || type !== 'missing');
}

describe('every type of page', () => {
  let site;
  const on = (options, run) => onPage(browser, site.url, options, run);
  before(async () => (site = await serve()));
  after(() => site?.close());

  test('prints its content without controls', async () => {
    await on({ viewport: { width: 700, height: 900 } }, async (page) => {
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      for (const [type, path] of Object.entries(PAGES)) {
        await visit(page, path);
        assert.equal(await page.locator('h1').isVisible(), true, type);
        for (const hidden of ['.bar', '.side', '.foot', '.skip']) {
          assert.equal(await page.locator(hidden).isVisible(), false, `${hidden} of ${type}`);
        }
        const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        assert.match(paper, /oklch\(1 0 0\)|rgb\(255, 255, 255\)/, type);
        assert.deepEqual(await tooWide(page), [], type);
      }
    });
  });

  test('has no animation with reduced motion', async () => {
    await on({ reducedMotion: 'reduce' }, async (page) => {
      await page.goto(PAGES.component);
      const moving = await page.evaluate(() => [...document.querySelectorAll('*')].filter((at) => {
        const { transitionDuration, animationDuration, animationName } = getComputedStyle(at);
        return parseFloat(transitionDuration) > 0.001 && getComputedStyle(at).transitionProperty !== 'none'
          || animationName !== 'none' && parseFloat(animationDuration) > 0.001;
      }).length);
      assert.equal(moving, 0);
    });
  });

  test('has no layout shift while it loads', async () => {
    await on({}, async (page) => {
      await page.addInitScript(() => {
        window.shift = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) window.shift += entry.value;
        }).observe({ type: 'layout-shift', buffered: true });
      });
      for (const [type, path] of Object.entries(PAGES)) {
        await page.goto(path, { waitUntil: 'networkidle' });
        assert.ok(await page.evaluate(() => window.shift) < 0.01, type);
      }
    });
  });
});

describe('the keyboard', () => {
  let site;
  const on = (options, run) => onPage(browser, site.url, options, run);
  before(async () => (site = await serve()));
  after(() => site?.close());

  test('skips to the content first', async () => {
    await on({}, async (page) => {
      for (const path of [PAGES.home, PAGES.list, PAGES.component, PAGES.team]) {
        await page.goto(path);
        await page.keyboard.press('Tab');
        const skip = page.locator('.skip');
        assert.ok(await skip.evaluate((at) => at === document.activeElement && at.getBoundingClientRect().top >= 0), path);
        await page.keyboard.press('Enter');
        await eventually(() => page.evaluate(() => document.activeElement?.id), 'main', path);
      }
    });
  });

  test('shows the focus at every stop', async () => {
    await on({ viewport: { width: 1280, height: 900 } }, async (page) => {
      for (const path of [PAGES.home, PAGES.list, PAGES.component, PAGES.team, PAGES.api]) {
        await visit(page, path);
        for (let stop = 0; stop < 60; stop++) {
          await page.keyboard.press('Tab');
          const seen = await page.evaluate(() => {
            const at = document.activeElement;
            if (!at || at === document.body) return 'end';
            const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at);
            const { width, height } = at.getBoundingClientRect();
            const is = (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1 || boxShadow !== 'none') && width > 0 && height > 0;
            return is ? '' : at.outerHTML.slice(0, 120);
          });
          if (seen === 'end') break;
          assert.equal(seen, '', path);
        }
      }
    });
  });

  test('goes to search with a slash and leaves it with Escape', async () => {
    await on({}, async (page) => {
      await page.goto(PAGES.component);
      await page.keyboard.press('/');
      const isIn = () => page.evaluate(() => document.activeElement?.id === 'search');
      assert.ok(await isIn());
      await page.keyboard.type('pan');
      await page.locator('#hits').waitFor();
      await page.keyboard.press('Escape');
      assert.equal(await page.locator('#hits').isVisible(), false);
    });
  });

  test('opens and closes the menu of a narrow window', async () => {
    await on({ viewport: { width: 360, height: 700 } }, async (page) => {
      await page.goto(PAGES.component);
      const menu = page.getByRole('button', { name: 'Menu' });
      await menu.focus();
      await page.keyboard.press('Enter');
      assert.equal(await page.locator('#nav').isVisible(), true);
      await page.keyboard.press('Escape');
      assert.equal(await page.locator('#nav').isVisible(), false);
    });
  });
});

describe('a missing address', () => {
  test('offers entities of a similar name, at any depth', async () => {
    const site = await serve();
    const context = await browser.newContext({ baseURL: site.url });
    try {
      const page = await context.newPage();
      for (const path of ['panier_api.html', 'catalog/default/component/paniet-api.html', 'a/b/c/d/panier-api']) {
        const answer = await page.goto(path);
        assert.equal(answer?.status(), 404);
        const hit = page.locator('.hits-of a').first();
        await hit.waitFor();
        assert.match(await hit.getAttribute('href') ?? '', /panier-api\.html$/, path);
      }
    } finally {
      await context.close();
      await site.close();
    }
  });
});

test('styles and scripts are within their budgets', async () => {
  const packed = async (name) => gzipSync(await readFile(join(ASSETS, name))).length;
  assert.ok(await packed('site.css') <= 15_000, `site.css: ${await packed('site.css')}`);
  // What every page loads: the two scripts in its head, and what they import at once.
  const open = ['frame/theme.js', 'frame/site.js'];
  let bytes = 0;
  for (const name of open) {
    bytes += await packed(name);
    const text = await readFile(join(ASSETS, name), 'utf8');
    for (const [, path] of text.matchAll(/^import [^(]*?'(\.[\w./-]+\.js)'/gm)) {
      const more = join(dirname(name), path);
      if (!open.includes(more)) open.push(more);
    }
  }
  assert.ok(open.includes('frame/words.js') && bytes <= 15_000, `${open}: ${bytes}`);
  assert.ok((await readdir(ASSETS, { recursive: true })).length > 10);
});
