// Pages of entities in Chromium: one of every kind, wide, narrow and dark, and their controls.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { browse, onPage, serve, visit } from './portal.mjs';

const CATALOG = 'catalog/default';
const PAGES = [
  'component/panier-api',
  'component/caisse-des-boutiques-ephemeres',
  'api/panier-v2',
  'resource/vel-panier',
  'system/panier',
  'domain/vente-en-ligne',
  'group/galerie-mercure',
  'group/commerce-en-ligne',
  'group/tunnel-d-achat',
  'user/chloe-girard',
].map((name) => `${CATALOG}/${name}.html`);

describe('pages of entities', () => {
  let browser, site;
  before(async () => ([browser, site] = await Promise.all([browse(), serve()])));
  after(() => Promise.all([browser?.close(), site?.close()]));
  const on = (options, run) => onPage(browser, site.url, options, run);

  for (const [name, look] of Object.entries({
    wide: { viewport: { width: 1400, height: 900 } },
    dark: { colorScheme: 'dark', viewport: { width: 1400, height: 900 } },
    narrow: { viewport: { width: 320, height: 700 } },
  })) {
    test(`every kind loads without errors, ${name}`, async () => {
      await on(look, async (page) => {
        for (const path of PAGES) {
          await visit(page, path);
          for (const folded of await page.locator('main details').all()) {
            await folded.evaluate((details) => details.setAttribute('open', ''));
          }
          const found = await new AxeBuilder({ page }).setLegacyMode().analyze();
          const faults = found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
          assert.deepEqual(faults, [], path);
          const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(over <= 0, `${path} is ${over} px too wide`);
        }
      });
    });
  }

  test('nodes of a diagram have their size and link to their pages', async () => {
    await on({ viewport: { width: 1400, height: 900 } }, async (page) => {
      await page.goto(`${CATALOG}/system/panier.html`);
      const boxes = page.locator('.diagram g rect');
      assert.ok((await boxes.count()) >= 8);
      for (const box of await boxes.all()) {
        const size = await box.boundingBox();
        assert.ok(size && size.width > 100 && size.height > 15, JSON.stringify(size));
      }
      // Long names are cut, so that none leaves its box.
      for (const node of await page.locator('.diagram g:has(text)').all()) {
        const [box, text] = await Promise.all(['rect', 'text'].map((part) => node.locator(part).boundingBox()));
        assert.ok(text.x + text.width <= box.x + box.width, await node.locator('text').textContent());
      }
      await page.locator('.diagram a', { hasText: 'panier-api' }).click();
      await page.waitForURL('**/component/panier-api.html');
    });
  });

  test('a team unfolds the people of the teams below, also without scripts', async () => {
    for (const javaScriptEnabled of [true, false]) {
      await on({ javaScriptEnabled }, async (page) => {
        await page.goto(`${CATALOG}/group/commerce-en-ligne.html`);
        const below = page.locator('#members details');
        assert.equal(await below.locator('li').first().isVisible(), false);
        await below.locator('summary').click();
        assert.ok((await below.locator('li').count()) > 20);
        assert.equal(await below.locator('li').first().isVisible(), true);
      });
    }
  });

  test('numbers of a team link to the filtered list', async () => {
    await on({}, async (page) => {
      await page.goto(`${CATALOG}/group/tunnel-d-achat.html`);
      const link = page.locator('#owned .sums a').first();
      const said = Number.parseInt((await link.textContent()) ?? '', 10);
      await link.click();
      await page.locator('table.is-filtered').waitFor();
      assert.equal(await page.locator('table.list tbody tr').count(), said);
    });
  });
});
