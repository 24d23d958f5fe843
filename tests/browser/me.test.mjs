// The visitor: signing in at a real OpenID provider, choosing a name, and the home page then.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { PAGES } from './pages.mjs';
import { ASSETS, browse, eventually, onPage, serve, SITE } from './portal.mjs';
import { buildWithSignIn, startProvider } from './provider.mjs';

const LOGIN = 'abdoulaye-sow';
const NAME = 'Abdoulaye Sow';

let browser;
before(async () => (browser = await browse()));
after(() => browser?.close());

/** What the browser stores of its visitor. */
const kept = (page) => page.evaluate(() => Object.fromEntries(
  Object.entries(localStorage).filter(([key]) => key.startsWith('callboard ')).map(([key, value]) => [key.split(' ').pop(), JSON.parse(value)]),
));
const says = (page, text) => page.locator('#me-says').filter({ hasText: text }).waitFor();
const whoAmI = (page) => page.locator('#my');
/** Waits for the home page, to which a visitor is led when they are known, and for their menu there. */
async function isHome(page, path = 'index.html') {
  await page.waitForURL(`**/${path}`);
  await whoAmI(page).waitFor();
}

/** Stores a visitor, as choosing a name does. */
async function beKnown(page) {
  await page.goto('me.html');
  await page.getByLabel('I am').fill(NAME.toLowerCase());
  await page.getByRole('button', { name: NAME }).click();
  await isHome(page);
}

for (const below of ['/', '/sub/path/']) {
  describe(`signing in below ${below}`, () => {
    let built, site, provider;
    const on = (run, options = {}) => onPage(browser, site.url, options, run, [built.issuer]);

    before(async () => {
      built = await buildWithSignIn();
      site = await serve(below, built.site);
      provider = await startProvider(built.issuer, site.url, (login) => ({
        preferred_username: login.toUpperCase(), email: `${login}@galerie.example`,
      }));
    });
    after(async () => {
      await provider?.close();
      await site?.close();
      await built?.remove();
    });

    /** Goes to the provider and signs in there. */
    async function signIn(page, login) {
      await page.goto('me.html');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await answer(page, login);
    }

    /** Signs in at the provider, and consents. */
    async function answer(page, login) {
      await page.waitForURL(`${built.issuer}/**`, { waitUntil: 'commit' });
      await page.locator('[name=login]').fill(login);
      await page.locator('[name=password]').fill('any');
      await page.locator('button[type=submit]').click();
      await page.locator('form:has([name=prompt][value=consent]) button[type=submit]').click();
    }

    test('a visitor signs in, is known on every page, and signs out at the provider too', async () => {
      await on(async (page) => {
        await signIn(page, LOGIN);
        await isHome(page);
        const queries = await page.evaluate(() => navigation.entries().map(({ url }) => new URL(url).search).join(''));
        assert.equal(queries, '', 'the code does not stay in the history');
        const { me } = await kept(page);
        assert.deepEqual([me.name, me.url, me.signedIn], [NAME, `catalog/default/user/${LOGIN}.html`, true]);
        const storage = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
        assert.doesNotMatch(storage, /token|eyJ|verifier|nonce/, 'nothing secret is kept');

        await page.goto(PAGES.component);
        await whoAmI(page).click();
        await page.getByRole('link', { name: 'My page' }).click();
        await page.getByRole('heading', { level: 1, name: NAME }).waitFor();
        await whoAmI(page).click();
        await page.getByRole('button', { name: 'Sign out' }).click();
        await page.waitForURL(`${built.issuer}/**`, { waitUntil: 'commit' });
        await page.locator('button[value=yes], button[autofocus]').first().click();
        await page.waitForURL(`${site.url}me.html*`);
        await page.getByRole('button', { name: 'Sign in' }).waitFor();
        assert.deepEqual(await kept(page), {});
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.locator('[name=login]').waitFor();
      });
    });

    test('a visitor signs in and stays in their language', async () => {
      await on(async (page) => {
        await page.goto('index.html');
        await page.evaluate(() => localStorage.setItem('language', 'fr'));
        await page.goto('fr/me.html');
        await page.getByRole('button', { name: 'Se connecter' }).click();
        await answer(page, LOGIN);
        await isHome(page, 'fr/index.html');
      });
    });

    test('an unrequested answer is refused', async () => {
      await on(async (page) => {
        await page.goto('me.html?code=stolen&state=guessed');
        await says(page, 'belongs to no sign-in');
        await eventually(() => new URL(page.url()).search, '');
        assert.deepEqual(await kept(page), {});
      });
    });

    test('an answer with another state is refused', async () => {
      await on(async (page) => {
        await page.addInitScript(() => {
          const begun = Object.entries(sessionStorage).find(([key]) => key.endsWith('sign-in'));
          if (!begun || !location.search.includes('code=')) return;
          sessionStorage.setItem(begun[0], JSON.stringify({ ...JSON.parse(begun[1]), state: 'another' }));
        });
        await signIn(page, LOGIN);
        await says(page, 'belongs to no sign-in');
        assert.deepEqual(await kept(page), {});
      });
    });

    test('a refused login is shown', async () => {
      await on(async (page) => {
        await page.goto('me.html');
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.getByRole('link', { name: /cancel/i }).click();
        await says(page, 'did not let you in: End-User aborted interaction');
        assert.deepEqual(await kept(page), {});
      });
    });

    test('a visitor who is not in the catalog can choose a name', async () => {
      await on(async (page) => {
        await signIn(page, 'nobody-here');
        await says(page, 'Nobody in the catalog is “NOBODY-HERE”');
        assert.deepEqual(await kept(page), {});
        await page.getByLabel('I am').fill(NAME);
        await page.getByRole('button', { name: NAME }).click();
        await isHome(page);
        assert.equal((await kept(page)).me.signedIn, false);
      });
    });
  });
}

describe('the claims of an ID token', () => {
  const said = () => ({ iss: 'https://i', aud: 'c', sub: 's', nonce: 'n', exp: Date.now() / 1000 + 60 });
  let tools;
  before(async () => {
    // The module looks for its page when it is loaded.
    globalThis.document = { body: { dataset: {} }, baseURI: 'http://x/', documentElement: { lang: 'en' }, getElementById: () => null };
    const [openid, signIn] = await Promise.all(['openid', 'sign-in'].map((name) => import(`file://${join(ASSETS, `me/${name}.js`)}`)));
    tools = { ...openid, ...signIn };
  });
  after(() => delete globalThis.document);

  test('a valid token is accepted, and one wrong claim is enough to refuse it', () => {
    const fault = (wrong) => tools.faultOf({ ...said(), ...wrong }, 'https://i', 'c', 'n');
    assert.equal(fault({}), null);
    assert.equal(fault({ aud: ['c', 'd'], azp: 'c' }), null);
    const wrongs = {
      iss: { iss: 'https://j' }, aud: { aud: 'd' }, azp: { aud: ['c', 'd'] }, exp: { exp: Date.now() / 1000 - 120 },
      nonce: { nonce: 'm' }, sub: { sub: undefined },
    };
    for (const [name, wrong] of Object.entries(wrongs)) assert.equal(fault(wrong), name);
    assert.equal(fault({ exp: undefined }), 'exp');
    assert.equal(fault({ azp: 'd' }), 'azp');
  });

  test('invalid tokens have no claims', () => {
    for (const text of ['', 'a.b.c', 'a.bnVsbA.c', undefined]) assert.deepEqual(tools.claims(text), {});
    assert.deepEqual(tools.claims(`x.${Buffer.from('{"a":"é"}').toString('base64url')}.y`), { a: 'é' });
  });

  test('script and build compute the same hash', () => {
    // `src/site/pages/me.rs` has the same values.
    const shards = ['', 'a', 'foobar', 'élodie@galerie.example'].map((text) => tools.hashOf(text) % 256);
    assert.deepEqual(shards, [0xc5, 0x2c, 0x68, 0x5f]);
  });
});

describe('home', () => {
  let site;
  const on = (run, options = {}) => onPage(browser, site.url, options, run);
  before(async () => (site = await serve()));
  after(() => site?.close());

  test('an unknown visitor sees who are you, the organisation, how to begin', async () => {
    for (const javaScriptEnabled of [true, false]) {
      await on(async (page) => {
        await page.goto('index.html');
        assert.equal(await page.getByRole('heading', { name: 'Who are you?' }).count(), javaScriptEnabled ? 1 : 0);
        assert.ok(await page.locator('.org a').count() > 5);
        assert.equal(await page.locator('#mine').isVisible(), false);
        await page.getByRole('heading', { name: 'How to begin' }).waitFor();
      }, { javaScriptEnabled });
    }
  });

  test('a known visitor sees teams with what they own and colleagues, without a layout shift', async () => {
    await on(async (page) => {
      await beKnown(page);
      await page.goto('index.html');
      const mine = page.locator('#mine');
      await mine.locator('section').first().waitFor();
      const { me } = await kept(page);
      assert.ok(me.teams.length);
      for (const { title } of me.teams) await mine.getByRole('heading', { name: title }).waitFor();
      assert.ok(await mine.locator('.rows li .lc').count() > 0, 'what we own has its lifecycle');
      assert.ok(await mine.locator('.people .person').count() > 0);
      assert.equal(await page.getByRole('heading', { name: 'Who are you?' }).isVisible(), false);
      const shift = await page.evaluate(() => new Promise((done) => {
        let sum = 0;
        const add = (entries) => entries.forEach(({ value }) => { sum += value; });
        const observer = new PerformanceObserver((list) => add(list.getEntries()));
        observer.observe({ type: 'layout-shift', buffered: true });
        // What was added last is drawn in the next frame.
        requestAnimationFrame(() => requestAnimationFrame(() => {
          add(observer.takeRecords());
          done(sum);
        }));
      }));
      assert.ok(shift < 0.01, `moved by ${shift}`);
      // Links of other pages lead to the same targets here.
      await mine.locator('.rows a').first().click();
      await page.locator('#name').waitFor();
    });
  });

  test('axe finds nothing on the home of a known visitor and in their menu', async () => {
    for (const colorScheme of ['light', 'dark']) {
      await on(async (page) => {
        await beKnown(page);
        await page.goto('index.html');
        await page.locator('#mine section').first().waitFor();
        await whoAmI(page).click();
        await page.getByRole('link', { name: 'My page' }).waitFor();
        const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
        assert.deepEqual(violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`)), []);
      }, { colorScheme });
    }
  });

  test('starred and opened entities are on the home page, and deleted with the visitor', async () => {
    await on(async (page) => {
      await beKnown(page);
      await page.goto(PAGES.component);
      const star = page.locator('[data-star]');
      await star.click();
      await eventually(() => star.getAttribute('aria-pressed'), 'true');
      await page.reload();
      await eventually(() => star.getAttribute('aria-pressed'), 'true');
      await page.goto(PAGES.team);
      await page.goto('index.html');
      const title = await page.locator('#starred a').innerText();
      assert.equal(await page.locator('#starred a').count(), 1);
      assert.deepEqual([await page.locator('#recent a').count(), await page.locator('#recent a').nth(1).innerText()], [2, title]);
      await page.locator('#starred a').click();
      await star.click();
      await eventually(async () => (await kept(page)).starred, []);
      await whoAmI(page).click();
      await page.getByRole('button', { name: 'Forget me' }).click();
      await page.getByRole('heading', { name: 'Who are you?' }).waitFor();
      assert.deepEqual(await kept(page), {});
    });
  });

  test('two portals of one host store two visitors', async () => {
    await on(async (page) => {
      await beKnown(page);
      assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), ['callboard / me']);
    });
  });

  test('without JavaScript there are no controls that need it', async () => {
    await on(async (page) => {
      await page.goto(PAGES.component);
      assert.equal(await page.locator('[data-star]').isVisible(), false);
      assert.equal(await page.locator('#who').isVisible(), false);
      await page.goto('me.html');
      await page.getByText('switched off here').waitFor();
    }, { javaScriptEnabled: false });
  });
});

test('a site without sign-in requests nothing from other hosts', async () => {
  assert.match(await readFile(join(SITE, '_headers'), 'utf8'), /connect-src 'self';/);
  assert.doesNotMatch(await readFile(join(SITE, 'me.html'), 'utf8'), /data-issuer|id="sign-in"/);
});
