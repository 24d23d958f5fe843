// @ts-check
/**
 * The page "who are you?": sign-in with an OpenID provider (code flow with PKCE, RFC 7636, by a public
 * client), or choosing one's name. Of what the provider says only the claim is read; its tokens are
 * dropped with the function that asked for them.
 */

import { base, pageAddress, root, webAddress } from '../frame/address.js';
import { listen } from '../frame/listen.js';
import { avatar, hasSignedOut, load, me, personOf, remember, signOut } from './me.js';
import { startPicker } from './picker.js';
import { t } from '../frame/words.js';

/**
 * @typedef {object} Provider
 * @property {string} issuer
 * @property {string} host what people call it
 * @property {string} client
 * @property {string} claim
 * @property {string} scopes
 * @property {number} shards files of claims
 *
 * @typedef {object} Discovered see OpenID Connect Discovery 1.0, section 3
 * @property {string} issuer
 * @property {string} authorization_endpoint
 * @property {string} token_endpoint
 * @property {string} [userinfo_endpoint]
 * @property {string} [end_session_endpoint]
 * @property {boolean} [authorization_response_iss_parameter_supported]
 *
 * @typedef {{ state: string, nonce: string, verifier: string, back: string }} Begun
 */

/** How far the clocks of provider and browser may be apart, in seconds. */
const SKEW = 60;
const BEGUN = `callboard ${new URL(base || './', document.baseURI).pathname} sign-in`;

/** A text for the visitor. */
class Refusal extends Error {}

/** @param {string} key @param {Record<string, string>} [values] */
const refuse = (key, values) => new Refusal(t(key, values));

/** Starts the page. */
export function startMe() {
  const place = document.getElementById('me');
  // The page in the visitor's language takes the provider's answer, which is good once.
  if (!place || document.documentElement.classList.contains('is-leaving')) return;
  const provider = settings(place.dataset);
  show();
  for (const button of place.querySelectorAll('[data-forget]')) listen(/** @type {HTMLElement} */ (button), 'click', signOut);
  startPicker(async (url) => {
    remember(personOf(url, await load(url), false));
    location.assign(cameFrom());
  });
  const signIn = document.getElementById('sign-in');
  if (signIn) listen(signIn, 'click', () => attempt(() => begin(provider, cameFrom())));
  attempt(() => arrive(provider));
}

/** @param {DOMStringMap} data @returns {Provider} */
function settings({ issuer = '', host = '', client = '', claim = '', scopes = '', shards }) {
  return { issuer, host, client, claim, scopes, shards: Number(shards ?? 1) };
}

/** Why this page was opened. @param {Provider} provider */
async function arrive(provider) {
  const query = new URLSearchParams(location.search);
  if (hasSignedOut()) {
    say(t('js.me.out'));
    await endSession(provider);
  } else if (query.has('state') && (query.has('code') || query.has('error'))) {
    // The code is of no use to anybody who finds it in the history.
    history.replaceState(null, '', location.pathname);
    say(t('js.me.signing_in'));
    location.replace(await finish(provider, query));
  } else if (query.has('sign-in') && !me() && provider.issuer) {
    history.replaceState(null, '', location.pathname);
    await begin(provider, pageAddress('index.html'));
  }
}

/** Does something and says why it did not work. @param {() => Promise<void>} act */
async function attempt(act) {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say(error.message, true);
  }
}

/**
 * Sends the visitor to the provider.
 * @param {Provider} provider
 * @param {string} back where to go afterwards
 */
async function begin(provider, back) {
  const found = await discover(provider);
  /** @type {Begun} */
  const begun = { state: random(), nonce: random(), verifier: random(), back };
  sessionStorage.setItem(BEGUN, JSON.stringify(begun));
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(begun.verifier));
  const address = webAddress(found.authorization_endpoint);
  if (!address) throw refuse('js.me.unproven', { host: provider.host, why: 'authorization_endpoint' });
  const question = {
    response_type: 'code',
    client_id: provider.client,
    redirect_uri: redirectUri(),
    scope: provider.scopes,
    state: begun.state,
    nonce: begun.nonce,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(question)) address.searchParams.set(name, value);
  location.assign(address);
}

/**
 * Takes the provider's answer.
 * @param {Provider} provider
 * @param {URLSearchParams} answer
 * @returns {Promise<string>} where to go
 */
async function finish(provider, answer) {
  /** @type {Begun | null} */
  const begun = JSON.parse(sessionStorage.getItem(BEGUN) ?? 'null');
  sessionStorage.removeItem(BEGUN);
  if (!begun || answer.get('state') !== begun.state) throw refuse('js.me.foreign');
  const { host } = provider;
  const found = await discover(provider);
  // RFC 9207: an answer that names its issuer, or should, is of this one.
  const issuer = answer.get('iss');
  if (issuer === null ? found.authorization_response_iss_parameter_supported : issuer !== found.issuer) {
    throw refuse('js.me.foreign');
  }
  const error = answer.get('error');
  if (error) throw refuse('js.me.refused', { host, why: answer.get('error_description') ?? error });
  const claim = await ask(provider, found, answer.get('code') ?? '', begun);
  const url = await personWith(provider, claim);
  const page = await load(url).catch(() => { throw refuse('js.me.gone'); });
  remember(personOf(url, page, true));
  return pageAddress(begun.back);
}

/**
 * Changes the code for the claim.
 * @param {Provider} provider
 * @param {Discovered} found
 * @param {string} code
 * @param {Begun} begun
 * @returns {Promise<string>}
 */
async function ask({ host, client, claim }, found, code, { verifier, nonce }) {
  const body = new URLSearchParams({
    grant_type: 'authorization_code', code, client_id: client, redirect_uri: redirectUri(), code_verifier: verifier,
  });
  const tokens = await json(host, found.token_endpoint, { method: 'POST', body });
  if (tokens.error) throw refuse('js.me.refused', { host, why: tokens.error_description ?? tokens.error });
  const said = claims(tokens.id_token);
  const wrong = faultOf(said, found.issuer, client, nonce);
  if (wrong) throw refuse('js.me.unproven', { host, why: wrong });
  if (typeof said[claim] === 'string') return said[claim];
  if (found.userinfo_endpoint && tokens.access_token) {
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    const info = await json(host, found.userinfo_endpoint, { headers });
    // OpenID Connect Core 1.0, section 5.3.2: it must be about the same person.
    if (info.sub !== said.sub) throw refuse('js.me.unproven', { host, why: 'sub' });
    if (typeof info[claim] === 'string') return info[claim];
  }
  throw refuse('js.me.no_claim', { host, claim });
}

/**
 * What is wrong with an ID token, by the rules of OpenID Connect Core 1.0, section 3.1.3.7. Its signature
 * need not be checked (rule 6 there): it came from the token endpoint itself, and TLS says whose that is.
 * @param {Record<string, any>} said
 * @param {string} issuer
 * @param {string} client
 * @param {string} nonce
 */
export function faultOf(said, issuer, client, nonce) {
  const audience = [said.aud].flat();
  if (said.iss !== issuer) return 'iss';
  if (!audience.includes(client)) return 'aud';
  if (audience.length > 1 || said.azp !== undefined ? said.azp !== client : false) return 'azp';
  if (!(Number(said.exp) > Date.now() / 1000 - SKEW)) return 'exp';
  if (said.nonce !== nonce) return 'nonce';
  return typeof said.sub === 'string' && said.sub ? null : 'sub';
}

/** The claims of a token. @param {unknown} token @returns {Record<string, any>} */
export function claims(token) {
  try {
    const part = String(token).split('.')[1].replace(/-/g, '+').replace(/_/g, '/');
    const bytes = Uint8Array.from(atob(part), (letter) => letter.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) ?? {};
  } catch {
    return {};
  }
}

/**
 * The page of the person who has a claim.
 * @param {Provider} provider
 * @param {string} claim
 * @returns {Promise<string>}
 */
async function personWith({ shards }, claim) {
  const name = claim.trim().toLowerCase();
  const number = (hashOf(name) % shards).toString(16).padStart(2, '0');
  const people = await json(location.host, new URL(`${base}assets/people/${number}.json`, document.baseURI).href);
  const found = Object.hasOwn(people, name) ? people[name] : [];
  if (found.length === 1) return found[0];
  throw refuse(found.length ? 'js.me.several' : 'js.me.unknown', { claim });
}

/** 32-bit FNV-1a of a text's UTF-8: the same as in `src/site/me.rs`. @param {string} text */
export function hashOf(text) {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** @param {Provider} provider @returns {Promise<Discovered>} */
async function discover({ issuer, host }) {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const found = await json(host, address);
  // OpenID Connect Discovery 1.0, section 4.3.
  if (found.issuer !== issuer) throw refuse('js.me.unproven', { host, why: 'issuer' });
  return found;
}

/** Ends the session at the provider, where it can. @param {Provider} provider */
async function endSession(provider) {
  if (!provider.issuer) return;
  try {
    const address = webAddress((await discover(provider)).end_session_endpoint);
    if (!address) return;
    address.searchParams.set('client_id', provider.client);
    address.searchParams.set('post_logout_redirect_uri', redirectUri());
    location.assign(address);
  } catch (error) {
    throw refuse('js.me.out_here', { host: provider.host, why: error instanceof Error ? error.message : '' });
  }
}

/**
 * @param {string} host whose answer it is
 * @param {string} address
 * @param {RequestInit} [options]
 * @returns {Promise<any>}
 */
async function json(host, address, options) {
  try {
    const answer = await fetch(address, { credentials: 'omit', referrerPolicy: 'no-referrer', ...options });
    const body = await answer.json();
    // A refusal of the token endpoint is JSON too (RFC 6749, section 5.2).
    if (!answer.ok && !body.error) throw new Error(String(answer.status));
    return body;
  } catch (error) {
    throw refuse('js.me.unreachable', { host, why: error instanceof Error ? error.message : String(error) });
  }
}

/** The address that the client is registered with: this page, in the portal's own language. */
const redirectUri = () => new URL(`${base}me.html`, document.baseURI).href;

/** The page of the portal from which the visitor came, else home. */
function cameFrom() {
  const home = new URL(`${root}index.html`, document.baseURI);
  const from = document.referrer;
  const isOurs = from.startsWith(new URL(base || './', document.baseURI).href) && !/\/me(\.html)?$/.test(new URL(from).pathname);
  return isOurs ? from : home.href;
}

/** 32 random bytes. */
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
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

/** @param {string} text @param {boolean} [isBad] */
function say(text, isBad = false) {
  const line = document.getElementById('me-says');
  if (!line) return;
  line.hidden = false;
  line.textContent = text;
  line.classList.toggle('bad', isBad);
}
