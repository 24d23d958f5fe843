/**
 * Sign-in with an OpenID provider: code flow with PKCE (RFC 7636) by a public client. Of the provider's answer only
 * the claim that names the person is used; no token outlives the function that asked for it.
 */

import { base, webAddress } from '../frame/address.js';
import { t } from '../frame/words.js';
import { key } from './store.js';

/**
 * @typedef {object} Provider
 * @property {string} issuer
 * @property {string} host what people call it
 * @property {string} client
 * @property {string} claim
 * @property {string} scopes
 *
 * @typedef {object} Discovered see OpenID Connect Discovery 1.0, section 3
 * @property {string} issuer
 * @property {string} authorization_endpoint
 * @property {string} token_endpoint
 * @property {string} [userinfo_endpoint]
 * @property {string} [end_session_endpoint]
 * @property {boolean} [authorization_response_iss_parameter_supported]
 *
 * @typedef {object} Tokens see OpenID Connect Core 1.0, section 3.1.3.3, and RFC 6749, section 5.2
 * @property {string} [id_token]
 * @property {string} [access_token]
 * @property {string} [error]
 * @property {string} [error_description]
 *
 * @typedef {Record<string, unknown>} Claims
 *
 * @typedef {{ state: string, nonce: string, verifier: string, back: string }} Begun a sign-in that has begun
 */

/** How far the clocks of provider and browser may be apart, in seconds. */
const SKEW = 60;
const BEGUN = key('sign-in');

/** Why a sign-in ended, as a sentence for the visitor. */
export class Refusal extends Error {}

/** @param {string} name key of the sentence @param {Record<string, string>} [values] */
export const refuse = (name, values) => new Refusal(t(name, values));

/**
 * Sends the visitor to the provider.
 * @param {Provider} provider
 * @param {string} back the page to open afterwards
 */
export async function begin(provider, back) {
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
 * Reads the provider's answer.
 * @param {Provider} provider
 * @param {URLSearchParams} answer
 * @returns {Promise<{ claim: string, back: string }>} the claim, and the page to open
 */
export async function finish(provider, answer) {
  /** @type {Begun | null} */
  const begun = JSON.parse(sessionStorage.getItem(BEGUN) ?? 'null');
  sessionStorage.removeItem(BEGUN);
  if (!begun || answer.get('state') !== begun.state) throw refuse('js.me.foreign');
  const { host } = provider;
  const found = await discover(provider);
  // RFC 9207: an answer with an issuer, or one that must have it, is of this provider.
  const issuer = answer.get('iss');
  if (issuer === null ? found.authorization_response_iss_parameter_supported : issuer !== found.issuer) {
    throw refuse('js.me.foreign');
  }
  const error = answer.get('error');
  if (error) throw refuse('js.me.refused', { host, why: answer.get('error_description') ?? error });
  return { claim: await claimOf(provider, found, answer.get('code') ?? '', begun), back: begun.back };
}

/** Ends the session at the provider, where the provider can. @param {Provider} provider */
export async function endSession(provider) {
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
 * Exchanges the code for the claim.
 * @param {Provider} provider
 * @param {Discovered} found
 * @param {string} code
 * @param {Begun} begun
 * @returns {Promise<string>}
 */
async function claimOf({ host, client, claim }, found, code, { verifier, nonce }) {
  const body = new URLSearchParams({
    grant_type: 'authorization_code', code, client_id: client, redirect_uri: redirectUri(), code_verifier: verifier,
  });
  /** @type {Tokens} */
  const tokens = await json(host, found.token_endpoint, { method: 'POST', body });
  if (tokens.error) throw refuse('js.me.refused', { host, why: tokens.error_description ?? tokens.error });
  const said = claims(tokens.id_token);
  const wrong = faultOf(said, found.issuer, client, nonce);
  if (wrong) throw refuse('js.me.unproven', { host, why: wrong });
  const value = said[claim];
  if (typeof value === 'string') return value;
  if (found.userinfo_endpoint && tokens.access_token) {
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    /** @type {Claims} */
    const info = await json(host, found.userinfo_endpoint, { headers });
    // OpenID Connect Core 1.0, section 5.3.2: it must be about the same person.
    if (info.sub !== said.sub) throw refuse('js.me.unproven', { host, why: 'sub' });
    const more = info[claim];
    if (typeof more === 'string') return more;
  }
  throw refuse('js.me.no_claim', { host, claim });
}

/**
 * What is wrong with an ID token, by the rules of OpenID Connect Core 1.0, section 3.1.3.7. Its signature
 * need not be checked (rule 6 there): it came from the token endpoint itself, over TLS.
 * @param {Claims} said
 * @param {string} issuer
 * @param {string} client
 * @param {string} nonce
 * @returns {string | null} the claim that is wrong
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

/** The claims of a token; none when it is not a token. @param {unknown} token @returns {Claims} */
export function claims(token) {
  try {
    const part = (String(token).split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/');
    const bytes = Uint8Array.from(atob(part), (letter) => letter.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) ?? {};
  } catch {
    return {};
  }
}

/** @param {Provider} provider @returns {Promise<Discovered>} */
async function discover({ issuer, host }) {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  /** @type {Discovered} */
  const found = await json(host, address);
  // OpenID Connect Discovery 1.0, section 4.3.
  if (found.issuer !== issuer) throw refuse('js.me.unproven', { host, why: 'issuer' });
  return found;
}

/**
 * Fetches JSON. Its form is what the caller's specification says; it is not checked.
 * @template {object} Json
 * @param {string} host the name of the server for the visitor
 * @param {string} address
 * @param {RequestInit} [options]
 * @returns {Promise<Json>}
 */
export async function json(host, address, options) {
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

/** The address that the client is registered with: the page `me.html`, in the portal's own language. */
const redirectUri = () => new URL(`${base}me.html`, document.baseURI).href;

/** 32 random bytes. */
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}
