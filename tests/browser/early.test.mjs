// Scripts handle what a visitor did before they were loaded: every script but the one in the head is held back until
// the visitor has acted, and then each control has to react.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PAGES } from './pages.mjs';
import { areStarted, browse, eventually, onPage, serve } from './portal.mjs';

let browser, site;
before(async () => ([browser, site] = await Promise.all([browse(), serve()])));
after(() => Promise.all([browser?.close(), site?.close()]));

const on = (run, options = {}) => onPage(browser, site.url, options, run);
const isFirst = (url) => url.pathname.endsWith('/frame/theme.js');

/**
 * Opens a page whose scripts are held back until the returned function is called.
 * @param {(url: URL) => boolean} isHeld
 */
async function open(page, path, isHeld = (url) => url.pathname.endsWith('.js') && !isFirst(url)) {
  let release;
  const released = new Promise((done) => (release = done));
  await page.route(isHeld, async (route) => {
    await released;
    await route.continue();
  });
  await page.goto(path, { waitUntil: 'commit' });
  await page.locator('.foot').waitFor();
  return release;
}

const field = (page, name) => page.locator(`.pick[data-field=${name}]`);

/** Scripts that are held back, by their names in tests. */
const late = {
  'every script': undefined,
  'the script of this page': (url) => /\/(lists\/(list|docs)|search\/(box|page)|me\/(home|sign-in|picker)|form\/form)\.js$/.test(url.pathname),
  'search itself': (url) => /\/search\/[^/]+\/\w+\.(js|bin)$/.test(url.pathname),
};

for (const [what, isHeld] of Object.entries(late)) {
  describe(`before ${what} is loaded`, () => {
    test('an opened filter gets its values', () => on(async (page) => {
      const release = await open(page, PAGES.list, isHeld);
      await field(page, 'type').locator('summary').click();
      assert.equal(await field(page, 'type').locator('label').count(), 0);
      release();
      await field(page, 'type').locator('label', { hasText: 'service' }).click();
      await page.locator('.is-filtered').waitFor();
    }));

    test('words typed above a list filter it, with and without the focus', async () => {
      for (const leaves of [false, true]) {
        await on(async (page) => {
          const release = await open(page, PAGES.list, isHeld);
          await page.locator('#words').pressSequentially('panier-api');
          if (leaves) await page.locator('.brand').focus();
          release();
          await eventually(() => new URL(page.url()).searchParams.get('q'), 'panier-api');
          await page.locator('.is-filtered:not(.is-late)').waitFor();
          assert.ok((await page.locator('#list td.what a').allInnerTexts()).includes('panier-api'));
          assert.equal(await page.locator('#words').inputValue(), 'panier-api');
        });
      }
    });

    test('words typed in the search box are searched, and Enter opens the first result', () => on(async (page) => {
      const release = await open(page, PAGES.health, isHeld);
      await page.keyboard.press('/');
      await page.keyboard.type('panier-api');
      await page.keyboard.press('Enter');
      release();
      await page.waitForURL(`**/${PAGES.component}`);
    }));

    test('words typed on the search page are searched', () => on(async (page) => {
      const release = await open(page, `${PAGES.search}?q=caisse`, isHeld);
      await page.locator('#find input').fill('panier-api');
      await page.locator('#find input').press('Enter');
      release();
      await page.locator('#found a').filter({ hasText: 'panier-api' }).first().waitFor();
      await page.waitForURL('**/search.html?q=panier-api');
      assert.equal(await page.locator('#find input').inputValue(), 'panier-api');
    }));

    test('a name typed at “I am” is found, and Enter chooses it', () => on(async (page) => {
      const release = await open(page, PAGES.me, isHeld);
      await page.locator('#i-am').fill('abdoulaye sow');
      await page.locator('#i-am').press('Enter');
      release();
      await page.waitForURL('**/index.html');
      await page.locator('#my[title*="Abdoulaye Sow"]').waitFor();
    }));

    test('words typed above the list of documentation filter it', () => on(async (page) => {
      const release = await open(page, PAGES.docs, isHeld);
      await page.locator('#docs-filter').fill('zzqqxxkk');
      release();
      await page.locator('#docs-found').filter({ hasText: '0' }).waitFor();
      assert.equal(await page.locator('#docs-list > section:visible').count(), 0);
    }));
  });
}

describe('before scripts are loaded', () => {
  test('a pressed column head sorts, pressed twice in descending order', async () => {
    for (const [presses, sort] of [[1, 'owner'], [2, '-owner']]) {
      await on(async (page) => {
        const release = await open(page, PAGES.list);
        for (let press = 0; press < presses; press++) await page.locator('th[data-sort=owner]').click();
        release();
        await page.waitForURL(`**/*sort=${sort}`);
        await page.locator('.is-filtered').waitFor();
        assert.equal(await page.locator('th[data-sort=owner]').getAttribute('aria-sort'), presses === 1 ? 'ascending' : 'descending');
      });
    }
  });

  test('buttons of a list work', () => on(async (page) => {
    const release = await open(page, PAGES.list);
    await page.getByRole('button', { name: 'Starred' }).click();
    release();
    await page.locator('[data-toggle=starred][aria-pressed=true]').waitFor();
    await page.locator('#none').waitFor();
  }));

  test('an export is saved', () => on(async (page) => {
    const release = await open(page, PAGES.list);
    await page.getByRole('button', { name: 'JSON' }).click();
    const [download] = await Promise.all([page.waitForEvent('download'), release()]);
    assert.equal(download.suggestedFilename(), 'components.json');
  }));

  test('Clear shows the whole list', () => on(async (page) => {
    const release = await open(page, PAGES.narrowed);
    await page.locator('[data-clear]').click();
    release();
    await page.waitForURL(`**/${PAGES.list}`);
  }));

  test('the keys of rows work', () => on(async (page) => {
    const release = await open(page, PAGES.list);
    await page.locator('#list td.what a').first().focus();
    await page.keyboard.press('ArrowDown');
    assert.ok(await page.locator('#list td.what a').nth(1).evaluate((row) => row === document.activeElement));
    release();
  }));

  test('Ctrl-K goes to the search box, which then shows starred and opened entities', () => on(async (page) => {
    await page.goto(PAGES.component);
    await page.locator('[data-star][title]').click();
    const release = await open(page, PAGES.health);
    await page.keyboard.press('Control+k');
    assert.ok(await page.locator('#search').evaluate((box) => box === document.activeElement));
    release();
    await page.locator('#hits [role=option]').first().waitFor();
  }));

  test('the theme changes once for each press', () => on(async (page) => {
    const release = await open(page, PAGES.home);
    await page.locator('#theme').click();
    await page.locator('#theme').click();
    release();
    await areStarted(page);
    assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark');
  }, { colorScheme: 'light' }));

  test('the menu of a narrow window opens', () => on(async (page) => {
    const release = await open(page, PAGES.component);
    await page.locator('.menu').click();
    release();
    await page.locator('#nav.open').waitFor();
    assert.equal(new URL(page.url()).hash, '');
  }, { viewport: { width: 360, height: 700 } }));

  test('a star is stored', () => on(async (page) => {
    const release = await open(page, PAGES.component);
    await page.locator('[data-star]').click();
    release();
    await page.locator('[data-star][aria-pressed=true]').waitFor();
    await page.goto(PAGES.home);
    await page.locator('#starred a', { hasText: 'panier-api' }).waitFor();
  }));

  test('a name is copied', () => on(async (page) => {
    const release = await open(page, PAGES.component);
    await page.evaluate(() => navigator.clipboard.writeText(''));
    const button = page.locator('.head [data-copy]');
    // The mark of a copied text does not stay.
    await button.evaluate((copy) => {
      new MutationObserver(() => { window.wasMarked ||= copy.classList.contains('done'); }).observe(copy, { attributes: true });
    });
    await button.click();
    release();
    await page.waitForFunction(() => window.wasMarked);
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'component:default/panier-api');
  }, { permissions: ['clipboard-read', 'clipboard-write'] }));

  test('a chosen language is stored', () => on(async (page) => {
    await open(page, PAGES.component);
    await page.locator('a[data-language=fr]').click();
    await page.waitForURL(`**/${PAGES.french}`, { waitUntil: 'commit' });
    assert.equal(await page.evaluate(() => localStorage.getItem('language')), 'fr');
  }));

  test('a form shows the request as it is filled in', () => on(async (page) => {
    const release = await open(page, PAGES.template);
    const name = page.locator('form.request [data-parameter=name]');
    await name.fill('panier-neuf');
    await page.locator('[data-requester]').selectOption({ index: 1 });
    await name.press('Enter');
    release();
    await page.locator('[data-yaml]').filter({ hasText: /requester: [\s\S]*name: panier-neuf/ }).waitFor();
    assert.match(await page.locator('[data-path]').innerText(), /panier-neuf\.yaml$/);
  }));

  test('an unfolded definition stays unfolded', () => on(async (page) => {
    const release = await open(page, 'catalog/default/api/panier-v2.html');
    const fold = page.locator('.api details').first();
    const before = await fold.evaluate((at) => at.open);
    await fold.locator('summary').first().click();
    release();
    await page.locator('[data-unfold]:visible').waitFor();
    assert.equal(await fold.evaluate((at) => at.open), !before);
  }));

  test('words typed on the page of a missing address are not replaced by its guess', () => on(async (page) => {
    const release = await open(page, PAGES.missing);
    await page.locator('#search').fill('caisse');
    release();
    await page.locator('#hits [role=option]').first().waitFor();
    await areStarted(page);
    assert.equal(await page.locator('#search').inputValue(), 'caisse');
  }));
});

test('a page from the back/forward cache shows newer choices', () => on(async (page) => {
  await page.goto(PAGES.component);
  await page.locator('[data-star][title]').waitFor();
  await page.evaluate(() => {
    const url = 'catalog/default/user/chloe-girard.html';
    localStorage.setItem('theme', 'dark');
    localStorage.setItem('callboard / starred', JSON.stringify([{ ref: 'component:default/panier-api', kind: 'component', title: 'p', url: 'index.html' }]));
    localStorage.setItem('callboard / me', JSON.stringify({ url, name: 'Chloé', initials: 'C', hue: 'hue-1', teams: [], signedIn: false }));
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
  });
  assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark');
  assert.equal(await page.locator('[data-star]').getAttribute('aria-pressed'), 'true');
  assert.equal(await page.locator('#my').getAttribute('title'), 'Me: Chloé');
}));
