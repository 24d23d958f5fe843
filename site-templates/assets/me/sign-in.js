/** The page "who are you?": the visitor signs in with an OpenID provider, or chooses their name. */

import { base, pageAddress, root } from '../frame/address.js';
import { listen } from '../frame/listen.js';
import { t } from '../frame/words.js';
import { begin, endSession, finish, json, Refusal, refuse } from './openid.js';
import { load, personOf } from './person.js';
import { startPicker } from './picker.js';
import { avatar, hasSignedOut, me, remember, signOut } from './visitor.js';

/** @import { Provider } from './openid.js' */

/** Starts the page. */
export function startMe() {
  const place = document.getElementById('me');
  // The provider's answer can be used once: the page in the visitor's language uses it.
  if (!place || document.documentElement.classList.contains('is-leaving')) return;
  const { issuer = '', host = '', client = '', claim = '', scopes = '', shards } = place.dataset;
  const provider = { issuer, host, client, claim, scopes };
  show();
  for (const button of place.querySelectorAll('[data-forget]')) listen(/** @type {HTMLElement} */ (button), 'click', signOut);
  startPicker(async (url) => {
    remember(personOf(url, await load(url), false));
    location.assign(cameFrom());
  });
  const signIn = document.getElementById('sign-in');
  if (signIn) listen(signIn, 'click', () => attempt(() => begin(provider, cameFrom())));
  attempt(() => arrive(provider, Number(shards ?? 1)));
}

/**
 * Does what this page was opened for.
 * @param {Provider} provider
 * @param {number} shards number of the files of claims
 */
async function arrive(provider, shards) {
  const query = new URLSearchParams(location.search);
  if (hasSignedOut()) {
    say(t('js.me.out'));
    await endSession(provider);
  } else if (query.has('state') && (query.has('code') || query.has('error'))) {
    // The browser's history must not have the code.
    history.replaceState(null, '', location.pathname);
    say(t('js.me.signing_in'));
    const { claim, back } = await finish(provider, query);
    const url = await personWith(claim, shards);
    const page = await load(url).catch(() => { throw refuse('js.me.gone'); });
    remember(personOf(url, page, true));
    location.replace(pageAddress(back));
  } else if (query.has('sign-in') && !me() && provider.issuer) {
    history.replaceState(null, '', location.pathname);
    await begin(provider, pageAddress('index.html'));
  }
}

/** Does something, and shows why it failed. @param {() => Promise<void>} act */
async function attempt(act) {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say(error.message, true);
  }
}

/**
 * The page of the person who has a claim.
 * @param {string} claim
 * @param {number} shards
 * @returns {Promise<string>}
 */
async function personWith(claim, shards) {
  const name = claim.trim().toLowerCase();
  const number = (hashOf(name) % shards).toString(16).padStart(2, '0');
  /** @type {Record<string, string[]>} */
  const people = await json(location.host, new URL(`${base}assets/people/${number}.json`, document.baseURI).href);
  const [url, ...others] = (Object.hasOwn(people, name) && people[name]) || [];
  if (url === undefined) throw refuse('js.me.unknown', { claim });
  if (others.length) throw refuse('js.me.several', { claim });
  return url;
}

/** 32-bit FNV-1a of a text's UTF-8: the same as in `src/site/pages/me.rs`. @param {string} text */
export function hashOf(text) {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** The page of the portal from which the visitor came, else home. */
function cameFrom() {
  const home = new URL(`${root}index.html`, document.baseURI);
  const from = document.referrer;
  const isOurs = from.startsWith(new URL(base || './', document.baseURI).href) && !/\/me(\.html)?$/.test(new URL(from).pathname);
  return isOurs ? from : home.href;
}

/** Shows who is known. */
function show() {
  const card = document.getElementById('me-card');
  const person = me();
  if (!(card instanceof HTMLAnchorElement) || !person) return;
  card.href = pageAddress(person.url);
  const name = document.createElement('bdi');
  name.textContent = person.name;
  const teams = document.createElement('small');
  teams.textContent = person.teams.map(({ title }) => title).join(', ');
  const text = document.createElement('span');
  text.className = 'who';
  text.append(name, teams);
  card.replaceChildren(avatar(person), text);
}

/** Shows the visitor a sentence. @param {string} text @param {boolean} [isBad] */
function say(text, isBad = false) {
  const line = document.getElementById('me-says');
  if (!line) return;
  line.hidden = false;
  line.textContent = text;
  line.classList.toggle('bad', isBad);
}
