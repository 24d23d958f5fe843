/** What a list shows, as its address says it and as the search engine is asked for it. */

import { starred } from '../me/store.js';
import { me } from '../me/visitor.js';

/** Fields that lists are filtered by. */
export const FIELDS = /** @type {const} */ (['type', 'owner', 'lifecycle', 'system', 'tag', 'namespace']);

/**
 * @typedef {(typeof FIELDS)[number]} Field
 * @typedef {object} State
 * @property {string} words
 * @property {Record<Field, string[]>} chosen values by field; several mean any of them
 * @property {boolean} mine
 * @property {boolean} starred
 * @property {string} sort a field, with `-` before it for descending order
 * @property {number} page counted from 1
 */

const SORT = 'name';

/** @param {string | null | undefined} name @returns {name is Field} */
export const isField = (name) => FIELDS.some((field) => field === name);

/** @param {URLSearchParams} params @returns {State} */
export function stateOf(params) {
  const page = Number(params.get('page'));
  const chosen = FIELDS.map((field) => [field, params.getAll(field).filter(Boolean)]);
  return {
    words: params.get('q') ?? '',
    chosen: /** @type {State['chosen']} */ (Object.fromEntries(chosen)),
    mine: params.has('mine'),
    starred: params.has('starred'),
    sort: params.get('sort') || SORT,
    page: Number.isInteger(page) && page > 1 ? page : 1,
  };
}

/** The state as the part of an address after `?`; empty for the whole list. @param {State} state */
export function searchOf(state) {
  const params = new URLSearchParams();
  if (state.words.trim()) params.set('q', state.words.trim());
  for (const field of FIELDS) for (const value of state.chosen[field]) params.append(field, value);
  const flags = [state.mine && 'mine', state.starred && 'starred'].filter(Boolean).join('&');
  const rest = new URLSearchParams();
  if (state.sort !== SORT) rest.set('sort', state.sort);
  if (state.page > 1) rest.set('page', String(state.page));
  return [params, flags, rest].map(String).filter(Boolean).join('&');
}

/** The order of the rows, as the search engine is asked for it. @param {State} state */
export const orderOf = ({ sort }) => ({ sort: sort.replace(/^-/, ''), descending: sort.startsWith('-') });

/** @param {State} state */
export const isFiltered = (state) => state.words.trim() !== '' || state.mine || state.starred || FIELDS.some((field) => state.chosen[field].length > 0);

/**
 * The question for the search engine; `null` when no entity can be in the answer.
 * @param {string} kind
 * @param {State} state
 * @param {Field} [without] a field whose filter is left out: its values are counted without it
 */
export function questionOf(kind, state, without) {
  const parts = [`kind:${quoted(kind)}`];
  for (const field of FIELDS) {
    const values = state.chosen[field];
    if (values.length && field !== without) parts.push(`${field}:${values.map(quoted).join(',')}`);
  }
  if (state.mine) {
    const owners = ownersOfMine();
    if (!owners.length) return null;
    parts.push(`owner:${owners.map(quoted).join(',')}`);
  }
  if (state.starred) {
    const refs = starred().filter((entity) => entity.kind === kind).map(({ ref }) => ref);
    if (!refs.length) return null;
    parts.push(`ref:${refs.map(quoted).join(',')}`);
  }
  parts.push(state.words.trim());
  return parts.join(' ').trim();
}

/** The visitor and their teams, as references. */
function ownersOfMine() {
  const person = me();
  return person ? [person.url, ...person.teams.map(({ url }) => url)].map(referenceOf).filter(Boolean) : [];
}

/** The reference of an entity by the address of its page. @param {string} url */
export function referenceOf(url) {
  const [, namespace, kind, name] = /^catalog\/([^/]+)\/([^/]+)\/([^/]+?)(?:\.html)?$/.exec(url) ?? [];
  return name ? `${kind}:${namespace}/${name}` : '';
}

/** @param {string} value */
const quoted = (value) => `"${value.replace(/["\\]/g, ' ')}"`;
