// @ts-check
/**
 * Who the visitor is, and what this browser keeps for them: who, starred, recently opened. Nothing of
 * it is secret and nothing leaves the browser. Signing in is in sign-in.js.
 */

import { base, isPage, linkAddress, pageAddress, root, within } from '../frame/address.js';
import { t } from '../frame/words.js';

/**
 * A person of the catalog as the browser remembers them; addresses are relative to the root.
 * @typedef {{ url: string, name: string, initials: string, hue: string, teams: Place[], signedIn: boolean }} Me
 * @typedef {{ url: string, title: string }} Place
 * @typedef {{ ref: string, kind: string, title: string, url: string }} Kept an entity, starred or opened
 */

/** How many entities are remembered as opened. */
const RECENT = 20;

const site = new URL(base || './', document.baseURI).pathname;
/** Two portals of one host keep their things apart. @param {string} name */
const key = (name) => `callboard ${site} ${name}`;

/**
 * @template T
 * @param {string} name
 * @param {T} otherwise
 * @returns {T}
 */
function read(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key(name)) ?? 'null') ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** @param {string} name @param {unknown} value `null` forgets it */
function write(name, value) {
  try {
    if (value === null) localStorage.removeItem(key(name));
    else localStorage.setItem(key(name), JSON.stringify(value));
  } catch {
    // No storage: it holds for this page.
  }
}

/**
 * Whether a stored value is a map with these texts, and a page of the portal as its `url`.
 * @param {any} value
 * @param {string[]} texts
 */
const isPlace = (value, ...texts) => isPage(value?.url) && texts.every((name) => typeof value[name] === 'string');

/** @param {'starred' | 'recent'} name @returns {Kept[]} without what this program did not write */
function kept(name) {
  const all = read(name, /** @type {unknown} */ ([]));
  return Array.isArray(all) ? all.filter((entity) => isPlace(entity, 'ref', 'kind', 'title')) : [];
}

/** @returns {Me | null} */
export function me() {
  const person = read('me', null);
  if (!isPlace(person, 'name', 'initials', 'hue') || !Array.isArray(person.teams)) return null;
  return { ...person, teams: person.teams.filter((/** @type {unknown} */ team) => isPlace(team, 'title')) };
}
/** @returns {Kept[]} newest first */
export const starred = () => kept('starred');
/** @returns {Kept[]} newest first */
export const recent = () => kept('recent');

/** @param {Me} person */
export function remember(person) {
  write('me', person);
  showWho();
}

/** Drops what `offline.js` keeps: the pages that were seen, or search too. @param {('seen' | 'kept')[]} names */
export function drop(...names) {
  for (const name of names) globalThis.caches?.delete(key(name));
}

/** Forgets everything about the visitor. */
export function forget() {
  for (const name of ['me', 'starred', 'recent']) write(name, null);
  drop('seen');
  showWho();
}

/** @param {Kept} entity @returns {boolean} whether it is starred now */
export function toggleStar(entity) {
  const others = starred().filter(({ ref }) => ref !== entity.ref);
  const isNew = others.length === starred().length;
  write('starred', isNew ? [entity, ...others] : others);
  return isNew;
}

/** @param {Kept} entity */
export function opened(entity) {
  write('recent', [entity, ...recent().filter(({ ref }) => ref !== entity.ref)].slice(0, RECENT));
  if (starred().some(({ ref }) => ref === entity.ref)) {
    write('starred', starred().map((kept) => (kept.ref === entity.ref ? entity : kept)));
  }
}

/**
 * Another page of the portal, with all its addresses made absolute.
 * @param {string} url relative to the root
 * @returns {Promise<Document>}
 */
export async function load(url) {
  const address = pageAddress(url);
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  for (const link of page.querySelectorAll('[href]')) {
    const target = linkAddress(link.getAttribute('href') ?? '', answer.url || address);
    if (target === null) link.removeAttribute('href');
    else link.setAttribute('href', target);
  }
  return page;
}

/**
 * The person whose page this is. A team's page is where its parts come from; the person's own says
 * which teams there are.
 * @param {string} url
 * @param {Document} page
 * @param {boolean} signedIn
 * @returns {Me}
 */
export function personOf(url, page, signedIn) {
  const avatar = page.querySelector('.head .av');
  const teams = [...page.querySelectorAll('.membership > h2 > a[href]')].map((link) => ({
    url: within(/** @type {HTMLAnchorElement} */ (link).href),
    title: link.textContent?.trim() ?? '',
  }));
  return {
    url,
    name: page.querySelector('h1 bdi')?.textContent?.trim() ?? url,
    initials: avatar?.textContent ?? '',
    hue: [...(avatar?.classList ?? [])].find((name) => name.startsWith('hue-')) ?? 'hue-0',
    teams,
    signedIn,
  };
}

/** @param {Me} person */
export function avatar({ initials, hue }) {
  const mark = document.createElement('span');
  mark.className = `av ${/^hue-\d$/.test(hue) ? hue : 'hue-0'}`;
  mark.setAttribute('aria-hidden', 'true');
  mark.textContent = initials;
  return mark;
}

/** Forgets the visitor, then goes where the provider forgets them too. */
export function signOut() {
  const person = me();
  forget();
  if (person?.signedIn) sessionStorage.setItem(key('sign-out'), '1');
  location.assign(`${root}${person?.signedIn ? 'me.html' : 'index.html'}`);
}

/** Whether somebody has just signed out; true once. */
export function hasSignedOut() {
  const has = sessionStorage.getItem(key('sign-out')) !== null;
  sessionStorage.removeItem(key('sign-out'));
  return has;
}

const who = document.getElementById('who');

/** The visitor at the end of the bar: a link for the unknown, a menu for the known. */
export function showWho() {
  const person = me();
  document.documentElement.classList.toggle('is-known', person !== null);
  const menu = document.getElementById('my-menu');
  const old = document.getElementById('my');
  menu?.remove();
  old?.remove();
  if (!who) return;
  who.hidden = person !== null;
  if (!person) return;
  const button = document.createElement('button');
  button.id = 'my';
  button.type = 'button';
  button.className = 'tool';
  button.title = t('js.me.menu', { name: person.name });
  button.setAttribute('aria-label', button.title);
  button.setAttribute('popovertarget', 'my-menu');
  button.append(avatar(person));
  who.after(button, myMenu(person));
}

/** @param {Me} person */
function myMenu(person) {
  const menu = document.createElement('div');
  menu.id = 'my-menu';
  menu.popover = 'auto';
  const name = document.createElement('strong');
  name.textContent = person.name;
  const out = document.createElement('button');
  out.type = 'button';
  out.textContent = t(person.signedIn ? 'js.me.sign_out' : 'js.me.forget');
  out.addEventListener('click', signOut);
  const mine = `${root}catalog/components.html?mine`;
  menu.append(
    name,
    link(pageAddress(person.url), t('js.me.page')),
    link(mine, t('js.me.mine')),
    link(`${root}me.html`, t('js.me.change')),
    out,
  );
  return menu;
}

/** @param {string} href @param {string} text */
function link(href, text) {
  const made = document.createElement('a');
  made.href = href;
  made.textContent = text;
  return made;
}
