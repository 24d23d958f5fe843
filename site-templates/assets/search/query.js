/** Completes a question while a visitor types it, by fields and their values, and adds or removes its conditions. */

/** @import { Search } from '../../search/types.js' */

/** Fields that a question can name, the same as in the engine. */
export const FIELDS = ['kind', 'type', 'owner', 'lifecycle', 'system', 'tag', 'namespace'];

/**
 * A question that the visitor may mean.
 * @typedef {{ label: string, query: string }} Completion
 */

/** How many values are offered. */
const AT_MOST = 6;

/**
 * How the last word of a question can go on: `ow` → `owner:`, `owner:pa` → the owners of what the rest
 * of the question finds, with their numbers.
 * @param {Search} engine
 * @param {string} text
 * @returns {Promise<Completion[]>}
 */
export async function complete(engine, text) {
  const [, before = '', sign = '', word = ''] = /^(.*\s|)(-?)(\S*)$/.exec(text) ?? [];
  const [field = '', begun] = word.split(':', 2);
  if (begun === undefined) {
    if (field.length < 2) return [];
    return FIELDS.filter((name) => name.startsWith(field) && name !== field)
      .map((name) => ({ label: `${sign}${name}:`, query: `${before}${sign}${name}:` }));
  }
  if (!FIELDS.includes(field)) return [];
  const answer = await engine.list({ query: before, limit: 0, facets: [field] });
  const wanted = fold(begun.replace(/^"/, ''));
  const values = (answer?.facets[field] ?? []).filter(([value, label]) => [value, label].some((text) => fold(text).includes(wanted)));
  return values.slice(0, AT_MOST).map(([value, label, count]) => ({
    label: `${sign}${field}:${label} (${count})`,
    query: `${before}${sign}${term(field, value)} `,
  }));
}

/**
 * A field with its value, quoted where it has to be.
 * @param {string} field
 * @param {string} value
 */
export const term = (field, value) => `${field}:${/[\s",]/.test(value) ? `"${value.replaceAll('"', '')}"` : value}`;

/**
 * A question's words and conditions, as typed: a space outside of quotes separates them.
 * @param {string} question
 * @returns {string[]}
 */
const tokens = (question) => question.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? [];

/** Whether a token is a condition rather than a word. @param {string} token */
const isCondition = (token) => FIELDS.includes(/^-?([^:]*):/.exec(token)?.[1] ?? '');

/** The question without its conditions; empty where it has none. @param {string} question */
export function words(question) {
  const all = tokens(question);
  const left = all.filter((token) => !isCondition(token));
  return left.length < all.length ? left.join(' ') : '';
}

/** Whether a question has a condition. @param {string} question @param {string} condition */
export const has = (question, condition) => tokens(question).includes(condition);

/**
 * The question with a condition, or without it where it has it. A field that has one value gets one condition: the
 * new one replaces the old one.
 * @param {string} question
 * @param {string} field
 * @param {string} condition
 */
export function toggled(question, field, condition) {
  const all = tokens(question);
  const isOld = (/** @type {string} */ token) => field !== 'tag' && token.startsWith(`${field}:`);
  const left = all.filter((token) => token !== condition && !isOld(token));
  return [...left, ...(all.includes(condition) ? [] : [condition])].join(' ');
}

/** Without accents and case. @param {string} text */
const fold = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
