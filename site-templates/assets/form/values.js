/** The values of an earlier request in a form: starting over with them. */

import { load } from '../me/person.js';
import { valueOf } from './request.js';
import { text } from './yaml.js';

/** @import { Control } from './request.js' */
/** @import { Values } from './schema.js' */

/**
 * The values that the page of a run has.
 * @param {string} id the request
 * @returns {Promise<Values>} rejects with the reason as its message
 */
export async function valuesOfRun(id) {
  const page = await load(`runs/${encodeURIComponent(id)}.html`);
  const values = JSON.parse(page.getElementById('again')?.getAttribute('data-values') ?? '{}');
  return typeof values === 'object' && values !== null && !Array.isArray(values) ? values : {};
}

/**
 * Fills in values. The controls of other parameters stay as they are.
 * @param {Control[]} controls
 * @param {Values} values
 * @returns {Promise<string[]>} the parameters whose value no control can have
 */
export async function fillIn(controls, values) {
  const lost = new Set(Object.keys(values));
  for (const control of controls) {
    const name = control.dataset.parameter ?? '';
    if (!lost.has(name)) continue;
    put(control, values[name]);
    const now = await valueOf(control).catch(() => undefined);
    if (same(now, values[name])) lost.delete(name);
  }
  return [...lost];
}

/** @param {Control} control @param {unknown} value */
function put(control, value) {
  if (control instanceof HTMLInputElement && control.type === 'checkbox') {
    control.checked = value === true;
  } else if (control instanceof HTMLSelectElement) {
    const wanted = control.multiple && Array.isArray(value) ? value : [value];
    for (const option of control.options) {
      const { value: json } = option.dataset;
      option.selected = wanted.some((one) => same(json === undefined ? option.value : JSON.parse(json), one));
    }
  } else if (['array', 'object'].includes(control.dataset.type ?? '')) {
    control.value = text(value);
  } else {
    control.value = typeof value === 'string' ? value : JSON.stringify(value);
  }
}

/** Whether two values are the same as JSON, whatever the order of keys. @param {unknown} a @param {unknown} b @returns {boolean} */
function same(a, b) {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return a === b;
  const keys = Object.keys(a);
  const [left, right] = /** @type {Values[]} */ ([a, b]);
  return Array.isArray(a) === Array.isArray(b) && keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(left?.[key], right?.[key]));
}
