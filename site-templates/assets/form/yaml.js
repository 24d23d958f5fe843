// @ts-check
/** YAML of a request: what people type is read by js-yaml, and written so that there is one reading of it. */

/** What YAML 1.1 or 1.2 reads as something else than a text. */
const WORDS = /^(true|false|null|yes|no|on|off|y|n)$/i;
const PLAIN = /^[\p{L}_/][\p{L}\p{N} _./@()+-]*(:[\p{L}\p{N}_./@+-]+)*$/u;
/** Letters that no letter follows or precedes: half of a surrogate pair is no text. */
const LONE = /\p{Cs}/gu;
/** What one does not see, and what a reader may take for the end of a line. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/** A text as YAML: in quotes where it would be read as something else, or where one would not see all of it. @param {string} text */
export function scalar(text) {
  if (PLAIN.test(text) && !/\s$/.test(text) && !WORDS.test(text)) return text;
  return JSON.stringify(text.replace(LONE, '\ufffd')).replace(HIDDEN, (sign) => {
    const code = sign.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/**
 * The lines of `name: value`.
 * @param {string} name
 * @param {unknown} value
 * @param {string} indent
 * @returns {string[]}
 */
export function entry(name, value, indent) {
  const key = scalar(name);
  if (typeof value !== 'object' || value === null || !Object.keys(value).length) return [`${indent}${key}: ${flat(value)}`];
  return [`${indent}${key}:`, ...block(value, `${indent}  `)];
}

/** @param {object} value a list or map that is not empty @param {string} indent @returns {string[]} */
function block(value, indent) {
  if (!Array.isArray(value)) return Object.entries(value).flatMap(([name, inner]) => entry(name, inner, indent));
  return value.flatMap((item) => {
    if (typeof item !== 'object' || item === null || !Object.keys(item).length) return [`${indent}- ${flat(item)}`];
    const [first, ...others] = block(item, `${indent}  `);
    return [`${indent}- ${first.trimStart()}`, ...others];
  });
}

/** @param {unknown} value */
const flat = (value) => (typeof value === 'string' ? scalar(value) : JSON.stringify(value));

/**
 * Reads YAML 1.2 (its core schema): one document, no key twice.
 * @param {string} text
 * @returns {Promise<unknown>} made of what JSON has
 * @throws what is wrong, with its line
 */
export async function parse(text) {
  // @ts-expect-error a script without types; it says what it has by this name
  await import('./js-yaml.min.js');
  const { load, CORE_SCHEMA } = /** @type {any} */ (globalThis).jsyaml;
  try {
    const value = load(text, { schema: CORE_SCHEMA });
    // Numbers that JSON has not, and lists that hold themselves.
    return value === undefined ? null : JSON.parse(JSON.stringify(value));
  } catch (error) {
    const { reason, mark } = /** @type {any} */ (error);
    throw new Error(mark ? `${reason} (${mark.line + 1}:${mark.column + 1})` : String(reason ?? error));
  }
}
