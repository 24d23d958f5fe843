/**
 * What this browser stores for the visitor: who they are, and the entities that they starred or opened last.
 * Nothing of it is secret and nothing leaves the browser. Whatever runs on this host can write the storage, so
 * values of another form than this file writes are dropped.
 */

import { base, isPage } from '../frame/address.js';

/** @import { Kept } from '../../types.js' */

/** How many opened entities are stored. */
const RECENT = 20;

const site = new URL(base || './', document.baseURI).pathname;
/** The key of a stored value; it has the portal's path, so that two portals of one host do not mix. @param {string} name */
export const key = (name) => `callboard ${site} ${name}`;

/** A stored value; `null` where there is none. @param {string} name @returns {unknown} */
export function read(name) {
  try {
    return JSON.parse(localStorage.getItem(key(name)) ?? 'null');
  } catch {
    return null;
  }
}

/** @param {string} name @param {unknown} value `null` removes it */
export function write(name, value) {
  try {
    if (value === null) localStorage.removeItem(key(name));
    else localStorage.setItem(key(name), JSON.stringify(value));
  } catch {
    // No storage: the value holds for this page.
  }
}

/**
 * Whether a stored value is an object with these texts, and a page of the portal as its `url`.
 * @template {string} Name
 * @param {unknown} value
 * @param {Name[]} texts
 * @returns {value is Record<Name | 'url', string>}
 */
export function isPlace(value, ...texts) {
  const place = /** @type {Record<string, unknown> | null} */ (value);
  return isPage(place?.url) && texts.every((name) => typeof place?.[name] === 'string');
}

/** @param {'starred' | 'recent'} name @returns {Kept[]} */
function kept(name) {
  const all = read(name);
  return Array.isArray(all) ? all.filter((entity) => isPlace(entity, 'ref', 'kind', 'title')) : [];
}

/** @returns {Kept[]} the newest first */
export const starred = () => kept('starred');
/** @returns {Kept[]} the newest first */
export const recent = () => kept('recent');

/** @param {Kept} entity @returns {boolean} whether it is starred now */
export function toggleStar(entity) {
  const others = starred().filter(({ ref }) => ref !== entity.ref);
  const isNew = others.length === starred().length;
  write('starred', isNew ? [entity, ...others] : others);
  return isNew;
}

/** Stores that an entity's page was opened, and its title of today. @param {Kept} entity */
export function opened(entity) {
  write('recent', [entity, ...recent().filter(({ ref }) => ref !== entity.ref)].slice(0, RECENT));
  if (starred().some(({ ref }) => ref === entity.ref)) {
    write('starred', starred().map((kept) => (kept.ref === entity.ref ? entity : kept)));
  }
}

/** Deletes caches of `offline.js`: the pages that were opened, or search too. @param {('seen' | 'kept')[]} names */
export function drop(...names) {
  for (const name of names) globalThis.caches?.delete(key(name));
}

/** Deletes everything about the visitor. */
export function clear() {
  for (const name of ['me', 'starred', 'recent']) write(name, null);
  drop('seen');
}
