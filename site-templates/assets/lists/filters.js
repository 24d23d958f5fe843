/** The values that a filter of a list offers, with their numbers of entities. */

import { t } from '../frame/words.js';

/** @import { FacetValue } from '../../search/types.js' */

/** How many values a filter shows. */
const VALUES = 100;
/** A filter with more values than this gets a search box. */
const MANY = 12;

/** What people call values that the engine knows by other names. @type {Map<string, string>} */
const labels = new Map();

/** Stores what people call a value. @param {string} value @param {string} label */
export const setLabel = (value, label) => labels.set(value, label);

/** What people call a value; a reference without a known label by its name. @param {string} value */
export const labelOf = (value) => labels.get(value) ?? value.replace(/^.*[:/]/, '');

/**
 * The values as boxes to check, the chosen ones first, and above many of them a search box.
 * @param {FacetValue[]} values
 * @param {Set<string>} chosen
 * @param {string} heading the filter's name
 * @param {(value: string, isChosen: boolean) => void} choose
 * @returns {HTMLElement[]}
 */
export function valueOptions(values, chosen, heading, choose) {
  for (const [value, label] of values) setLabel(value, label);
  const sorted = [...goneValues(values, chosen), ...values]
    .sort(([a], [b]) => Number(chosen.has(b)) - Number(chosen.has(a)));
  const list = document.createElement('div');
  /** @param {string} words */
  const show = (words) => {
    const wanted = sorted.filter(([, label]) => label.toLowerCase().includes(words.toLowerCase()));
    list.replaceChildren(...wanted.slice(0, VALUES).map((value) => option(value, chosen.has(value[0]), choose)));
    if (wanted.length > VALUES) list.append(line(t('js.list.more', { n: wanted.length - VALUES })));
    if (!wanted.length) list.append(line(t('js.list.no_values')));
  };
  show('');
  if (sorted.length <= MANY) return [list];
  const find = Object.assign(document.createElement('input'), { type: 'search' });
  find.placeholder = t('js.list.find', { what: heading });
  find.setAttribute('aria-label', find.placeholder);
  find.addEventListener('input', (event) => {
    event.stopPropagation();
    show(find.value);
  });
  return [find, list];
}

/**
 * Chosen values that no entity has under the other filters.
 * @param {FacetValue[]} values
 * @param {Set<string>} chosen
 * @returns {FacetValue[]}
 */
function goneValues(values, chosen) {
  const known = new Set(values.map(([value]) => value));
  return [...chosen].filter((value) => !known.has(value)).map((value) => [value, labels.get(value) ?? value, 0]);
}

/** @param {FacetValue} value @param {boolean} isChosen @param {(value: string, isChosen: boolean) => void} choose */
function option([value, label, count], isChosen, choose) {
  const made = document.createElement('label');
  const box = Object.assign(document.createElement('input'), { type: 'checkbox', checked: isChosen });
  box.addEventListener('change', () => choose(value, box.checked));
  const text = Object.assign(document.createElement('span'), { textContent: label });
  const number = Object.assign(document.createElement('span'), { className: 'n', textContent: String(count) });
  made.append(box, text, number);
  return made;
}

/** @param {string} textContent */
const line = (textContent) => Object.assign(document.createElement('p'), { textContent });
