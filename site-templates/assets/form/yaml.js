/** YAML of a request: reads what a visitor types, by js-yaml, and writes values so that every reader reads them alike. */

/** Reads YAML; loaded by forms that need it. It has no types, and exports nothing but the global `jsyaml`. */
const READER = './js-yaml.min.js';
/** Plain words that YAML 1.1 or 1.2 reads as another value than a text. */
const WORDS = /^(true|false|null|yes|no|on|off|y|n)$/i;
const PLAIN = /^[\p{L}_/][\p{L}\p{N} _./@()+-]*(:[\p{L}\p{N}_./@+-]+)*$/u;
/** Half of a surrogate pair, which UTF-8 cannot express. */
const LONE = /\p{Cs}/gu;
/** Invisible characters, and those that a reader may take for the end of a line. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/** A text as YAML: in quotes where it would be read as another value, or where a part of it is invisible. @param {string} text */
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

/** A value as a YAML document. @param {unknown} value */
export function text(value) {
  const isFlat = typeof value !== 'object' || value === null || !Object.keys(value).length;
  return isFlat ? flat(value) : block(value, '').join('\n');
}

/** @param {object} value a list or map that is not empty @param {string} indent @returns {string[]} */
function block(value, indent) {
  if (!Array.isArray(value)) return Object.entries(value).flatMap(([name, inner]) => entry(name, inner, indent));
  return value.flatMap((item) => {
    if (typeof item !== 'object' || item === null || !Object.keys(item).length) return [`${indent}- ${flat(item)}`];
    const [first = '', ...others] = block(item, `${indent}  `);
    return [`${indent}- ${first.trimStart()}`, ...others];
  });
}

/** @typedef {{ reason: string, mark: { line: number, column: number } }} YamlFault an error of js-yaml; counted from 0 */

/** @param {unknown} value */
const flat = (value) => (typeof value === 'string' ? scalar(value) : JSON.stringify(value));

/**
 * Reads YAML 1.2 (its core schema): one document, no key twice.
 * @param {string} text
 * @returns {Promise<unknown>} a value that JSON has
 * @throws {Error} what is wrong, with its line and column
 */
export async function parse(text) {
  await import(READER);
  const { load, CORE_SCHEMA } = globalThis.jsyaml;
  try {
    const value = load(text, { schema: CORE_SCHEMA });
    // JSON has no infinite numbers, and no lists that contain themselves.
    return value === undefined ? null : JSON.parse(JSON.stringify(value));
  } catch (error) {
    const { reason, mark } = /** @type {Partial<YamlFault>} */ (error);
    throw new Error(mark ? `${reason} (${mark.line + 1}:${mark.column + 1})` : String(reason ?? error));
  }
}
