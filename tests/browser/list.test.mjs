// Lists: filters in the address, sorting, paging, the keyboard, export.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { PAGES } from './pages.mjs';
import { ASSETS, browse, eventually, onPage, serve } from './portal.mjs';

let browser;
before(async () => (browser = await browse()));
after(() => browser?.close());

const names = (page) => page.locator('#list tbody td.what a').allInnerTexts();
const shown = (page) => page.locator('[data-shown]').innerText();
/** Waits until the number of rows begins with this text. */
const says = (page, text) => page.locator('[data-shown]').filter({ hasText: new RegExp(`^${text}`) }).waitFor();
/** Waits until the list shows the rows of its address. */
const isFiltered = (page) => page.locator('table.is-filtered:not(.is-late)').waitFor();
/** Waits until the address has these values. */
const asks = (page, values) => eventually(() => {
  const { searchParams } = new URL(page.url());
  return Object.fromEntries(Object.keys(values).map((name) => [name, searchParams.get(name)]));
}, values);

/** Opens a filter and checks its value with this name; returns the value's number. */
async function choose(page, field, label) {
  const pick = page.locator(`.pick[data-field=${field}]`);
  if (!(await pick.evaluate((element) => element.open))) await pick.locator('summary').click();
  const option = pick.locator('label').filter({ has: page.getByText(label, { exact: true }) });
  const number = Number(await option.locator('.n').innerText());
  await option.click();
  return number;
}

for (const below of ['/', '/sub/path/']) {
  describe(`a list below ${below}`, () => {
    let site;
    const on = (run, options = {}) => onPage(browser, site.url, options, run);
    before(async () => (site = await serve(below)));
    after(() => site?.close());

    test('filters combine, show numbers, and are in the address', async () => {
      await on(async (page) => {
        await page.goto(PAGES.list);
        const all = Number(await shown(page));
        const services = await choose(page, 'type', 'service');
        await says(page, `${services} of ${all}`);
        const both = await choose(page, 'lifecycle', 'experimental');
        await says(page, `${both} of ${all}`);
        assert.ok(both > 0 && both < services && services < all);
        await asks(page, { type: 'service', lifecycle: 'experimental' });
        assert.equal((await names(page)).length, both);

        // A new page with the address shows the same.
        const cold = await page.context().newPage();
        await cold.goto(page.url());
        await says(cold, `${both} of ${all}`);
        assert.deepEqual(await names(cold), await names(page));

        await page.goBack();
        await says(page, `${services} of ${all}`);
        await page.goBack();
        await eventually(() => shown(page), String(all));
        await page.goForward();
        await says(page, `${services} of ${all}`);
        await page.getByRole('button', { name: 'Clear' }).click();
        await eventually(() => shown(page), String(all));
        await eventually(() => page.url(), site.url + PAGES.list);
      });
    });

    test('several values of one filter mean any of them', async () => {
      await on(async (page) => {
        await page.goto(PAGES.list);
        const one = await choose(page, 'type', 'service');
        await says(page, `${one} of`);
        const other = await choose(page, 'type', 'library');
        await says(page, `${one + other} of`);
      });
    });

    test('words filter while they are typed, and typing is one entry of the history', async () => {
      await on(async (page) => {
        await page.goto(PAGES.list);
        const all = await shown(page);
        await page.locator('#words').pressSequentially('panier', { delay: 150 });
        await asks(page, { q: 'panier' });
        await isFiltered(page);
        assert.ok((await names(page)).includes('panier-api'));
        await page.goBack();
        await page.waitForURL(site.url + PAGES.list);
        await eventually(() => shown(page), all);
        await eventually(() => page.locator('#words').inputValue(), '');
      });
    });

    test('column heads sort in both orders, and show it', async () => {
      await on(async (page) => {
        await page.goto(PAGES.list);
        const head = page.getByRole('columnheader', { name: 'Owner' });
        await head.getByRole('button').click();
        await page.locator('th[aria-sort=ascending]', { hasText: 'Owner' }).waitFor();
        await asks(page, { sort: 'owner' });
        await isFiltered(page);
        const up = await page.locator('#list tbody tr td:nth-child(2)').first().innerText();
        await head.getByRole('button').click();
        await page.locator('th[aria-sort=descending]', { hasText: 'Owner' }).waitFor();
        await asks(page, { sort: '-owner' });
        await isFiltered(page);
        assert.notEqual(await page.locator('#list tbody tr td:nth-child(2)').first().innerText(), up);
        assert.equal(await page.locator('th[aria-sort]').count(), 1);
      });
    });

    test('pages of fifty follow the filters', async () => {
      await on(async (page) => {
        await page.goto(`${PAGES.list}?sort=-name`);
        await page.locator('th[aria-sort=descending]').waitFor();
        await isFiltered(page);
        const first = await names(page);
        assert.equal(first.length, 50);
        await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: '2' }).click();
        await page.locator('[data-range]').filter({ hasText: '51–100' }).waitFor();
        await asks(page, { page: '2' });
        assert.equal((await names(page)).filter((name) => first.includes(name)).length, 0);
      });
    });

    test('a page of one value has its filter set', async () => {
      await on(async (page) => {
        await page.goto('catalog/components.type.service.html');
        await page.locator('.pick[data-field=type] strong').filter({ hasText: 'service' }).waitFor();
        const before = await shown(page);
        const number = await choose(page, 'lifecycle', 'experimental');
        await says(page, `${number} of`);
        assert.notEqual(await shown(page), before);
        await asks(page, { type: 'service', lifecycle: 'experimental' });
      });
    });

    test('“mine” filters by the visitor and their teams, “starred” by starred entities', async () => {
      await on(async (page) => {
        await page.goto(`${PAGES.list}?mine`);
        await page.locator('#none').filter({ hasText: 'Say who you are' }).getByRole('link').click();
        await page.getByLabel('I am').fill('abdoulaye sow');
        await page.getByRole('button', { name: 'Abdoulaye Sow' }).click();
        // Wait for the redirect after sign-in: a page that is opened before it would be left again.
        await page.waitForURL((url) => url.search === '?mine');
        await page.goto(`${PAGES.list}?mine`);
        await isFiltered(page);
        const owners = await page.locator('#list tbody tr td:nth-child(2)').allInnerTexts();
        assert.deepEqual(new Set(owners), new Set(['Équipe Entrepôts']));
        await page.goto(PAGES.component);
        await page.locator('[data-star]').click();
        await page.goto(PAGES.list);
        await page.getByRole('button', { name: 'Starred' }).click();
        await says(page, '1 of');
        assert.deepEqual(await names(page), ['panier-api']);
      });
    });

    test('rows of scripts look like those of the page', async () => {
      await on(async (page) => {
        const first = () => page.locator('#list tbody tr').first().evaluate((row) => row.innerHTML.replace(/\s*(href|data-col)="[^"]*"/g, ''));
        await page.goto(PAGES.list);
        const still = await first();
        const name = (await names(page))[0];
        await page.locator('#words').fill(name);
        await isFiltered(page);
        assert.equal(await first(), still);
      });
    });

    test('the keyboard alone goes through rows and opens one', async () => {
      await on(async (page) => {
        await page.goto(`${PAGES.list}?type=library`);
        await isFiltered(page);
        await page.locator('#list td.what a').first().focus();
        await page.keyboard.press('ArrowDown');
        const name = await page.evaluate(() => document.activeElement.textContent);
        assert.equal(name, (await names(page))[1]);
        await page.keyboard.press('Enter');
        await page.getByRole('heading', { level: 1, name }).waitFor();
      });
    });

    test('the whole list can be exported as CSV and JSON', async () => {
      await on(async (page) => {
        await page.goto(`${PAGES.list}?lifecycle=production`);
        await isFiltered(page);
        const total = Number((await shown(page)).split(' ')[0]);
        const take = async (format) => {
          const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: format }).click()]);
          assert.equal(download.suggestedFilename(), `components.${format.toLowerCase()}`);
          return readFile(await download.path(), 'utf8');
        };
        const rows = JSON.parse(await take('JSON'));
        assert.equal(rows.length, total);
        assert.ok(total > 50 && rows.every((row) => row.lifecycle === 'production'));
        const lines = (await take('CSV')).trimEnd().split('\r\n');
        assert.equal(lines.length, total + 1);
        assert.ok(lines[0].startsWith('\ufeff"ref","kind","namespace","name"'));
      });
    });

    test('an empty result says what to do', async () => {
      await on(async (page) => {
        await page.goto(`${PAGES.list}?q=zzqqxxkk`);
        await page.locator('#none').filter({ hasText: 'Nothing matches' }).waitFor();
        assert.equal(await page.locator('#list').isVisible(), false);
      });
    });
  });
}

test('a cell that a spreadsheet would run as a formula is text', async () => {
  const { csv } = await import(`file://${join(ASSETS, 'lists/export.js')}`);
  const row = {
    ref: 'component:default/x', kind: 'component', namespace: 'default', name: 'x', title: '=HYPERLINK("http://evil","x")',
    description: 'two\nlines, "quoted"', type: '+1', lifecycle: '-1', owner: { title: '@sum', url: null }, system: null,
    tags: ['a', 'b'], url: '\t=1',
  };
  const [, line] = csv([row]).split('\r\n');
  assert.equal(line, [
    '"component:default/x"', '"component"', '"default"', '"x"', '"\'=HYPERLINK(""http://evil"",""x"")"', '"two\nlines, ""quoted"""',
    '"\'+1"', '"\'-1"', '"\'@sum"', '""', '"a b"', '"\'\t=1"',
  ].join(','));
});
