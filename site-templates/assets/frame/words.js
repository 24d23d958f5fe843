/** The words that scripts show, in the language of the page; the build puts them in from `messages/*.yaml`. */

const { lang } = document.documentElement;
/** @type {Record<string, string>} */
const words = (/** @type {Record<string, Record<string, string>>} */ (/* words */ {}))[lang] ?? {};

/**
 * A text by its key, with its values in place of `{name}`; `one|many` by the value `n`.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const [one = '', many] = (words[key] ?? key).split('|');
  const n = Number(values.n);
  const text = many === undefined || (lang === 'fr' ? n < 2 : n === 1) ? one : many;
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}
