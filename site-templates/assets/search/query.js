// @ts-check
/** The query language while somebody types it: which fields there are, and which values they have. */

/** Fields that a question can name; the engine knows the same. */
export const FIELDS = ['kind', 'type', 'owner', 'lifecycle', 'system', 'tag', 'namespace'];

/**
 * A question to ask instead.
 * @typedef {{ label: string, query: string }} Completion
 */

const AT_MOST = 6;

/**
 * How the last word of a question can go on: `ow` → `owner:`, `owner:pa` → the owners of what the rest
 * of the question finds, with their numbers.
 * @param {import('../../search/client.js').Search} engine
 * @param {string} text
 * @returns {Promise<Completion[]>}
 */
export async function complete(engine, text) {
  const [, before = '', sign = '', word = ''] = /^(.*\s|)(-?)(\S*)$/.exec(text) ?? [];
  const [field, begun] = word.includes(':') ? word.split(':', 2) : [word, null];
  if (begun === null) {
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
 * A question's words and conditions, as typed: a space outside of quotes parts them.
 * @param {string} question
 * @returns {string[]}
 */
const tokens = (question) => question.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? [];

/** Whether a token is a condition rather than a word. @param {string} token */
const isCondition = (token) => FIELDS.includes(token.replace(/^-/, '').split(':', 1)[0]) && token.includes(':');

/** The question without its conditions; empty where that is no other one. @param {string} question */
export function words(question) {
  const all = tokens(question);
  const left = all.filter((token) => !isCondition(token));
  return left.length < all.length ? left.join(' ') : '';
}

/** Whether a question has a condition. @param {string} question @param {string} condition */
export const has = (question, condition) => tokens(question).includes(condition);

/**
 * The question with a condition, or without it where it has it. What can have one value only has one: the
 * new condition takes the old one's place.
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
