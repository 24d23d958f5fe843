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
 * @param {import('../search/client.js').Search} engine
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

/** Without accents and case. @param {string} text */
const fold = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
