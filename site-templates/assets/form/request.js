/** A request as far as its form is filled in: its text, the name of its file, and what the plan would refuse. */

import { base } from '../frame/address.js';
import { t } from '../frame/words.js';
import { search } from '../search/engine.js';
import { faultsOf, isName } from './parameters.js';
import { entry, parse, scalar } from './yaml.js';

/** @import { Fault, SchemaObject, Values } from './schema.js' */

/**
 * @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Control
 * @typedef {{ text: string, file: string, faults: Fault[] }} Draft
 * @typedef {Record<string, Record<string, string>>} Requests by id, the parameters that name something
 */

/** Names of parameters that name what a request makes, as templates call them. */
const NAMING = /^(name|component_?(id|name))$/i;
/** Limits of a request, the same as in `src/scaffold/request.rs`. */
const MOST_BYTES = 64 * 1024;
const MOST_DEPTH = 16;
const MOST_ID = 63;

/** The request that a form makes. */
export class RequestForm {
  /** The requests that the portal has. */
  #others = requests();

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    const requester = form.querySelector('[data-requester]');
    this.requester = requester instanceof HTMLSelectElement ? requester : null;
    this.controls = /** @type {Control[]} */ ([...form.querySelectorAll('[data-parameter]')]);
    /** @type {SchemaObject[]} */
    this.pages = [...form.querySelectorAll('[data-schema]')].map((page) => JSON.parse(page.getAttribute('data-schema') ?? '{}'));
    this.naming = this.controls.find(({ dataset }) => NAMING.test(dataset.parameter ?? ''));
  }

  /** @returns {Promise<Draft>} */
  async draft() {
    /** @type {Values} */
    const values = {};
    /** @type {Fault[]} */
    const faults = [];
    for (const control of this.controls) {
      const name = control.dataset.parameter ?? '';
      try {
        const value = await valueOf(control);
        if (value !== undefined) values[name] = value;
      } catch (error) {
        faults.push({ path: [name], key: 'yaml', values: { why: error instanceof Error ? error.message : String(error) } });
      }
    }
    const id = await this.#freeId();
    const text = this.#text(values);
    return { text, file: `scaffolds/requests/${id}.yaml`, faults: await this.#faults(values, text, faults, id) };
  }

  /** Hides and unselects the choices that the plan refuses for the requester. */
  limitChoices() {
    const person = this.requester?.value ? this.requester.selectedOptions[0] : null;
    const own = person && [person.value, ...(person.dataset.groups ?? '').split(' ')];
    for (const option of this.form.querySelectorAll('option')) {
      const { audience } = option.dataset;
      if (!audience) continue;
      const isOffered = !own || audience.split(' ').some((reference) => own.includes(reference));
      if (!isOffered) option.selected = false;
      option.hidden = option.disabled = !isOffered;
    }
  }

  /** @param {Values} values */
  #text(values) {
    const lines = [`template: ${scalar(this.form.dataset.template ?? '')}`];
    if (this.requester?.value) lines.push(`requester: ${scalar(this.requester.value)}`);
    if (Object.keys(values).length) lines.push(...entry('parameters', values, ''));
    return `${lines.join('\n')}\n`;
  }

  /** The id of the request. Where nothing in the form names it, the first that is free. */
  async #freeId() {
    const words = [this.form.dataset.name, this.naming?.value].filter(Boolean).join('-');
    const id = words.toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, MOST_ID).replace(/^-+|-+$/g, '');
    const taken = await this.#others;
    let free = id;
    for (let number = 2; !this.naming && free in taken; number++) free = `${id.slice(0, MOST_ID - 6)}-${number}`;
    return free;
  }

  /**
   * All that the plan would refuse.
   * @param {Values} values
   * @param {string} text
   * @param {Fault[]} unread faults of controls whose text has no value
   * @param {string} id
   */
  async #faults(values, text, unread, id) {
    const isUnread = (/** @type {Fault} */ { path: [name] }) => unread.some((fault) => fault.path[0] === name);
    const found = [...unread, ...this.pages.flatMap((page) => faultsOf(page, values)).filter((fault) => !isUnread(fault))];
    const isLarge = new TextEncoder().encode(text).length > MOST_BYTES;
    if (isLarge || depth(values) + 1 > MOST_DEPTH) found.push({ path: [], key: 'much' });
    const name = this.naming?.dataset.parameter ?? '';
    const isWrong = found.some(({ path: [first] }) => first === name);
    if (this.naming && !isWrong && await this.#isTaken(this.naming, id)) found.push({ path: [name], key: 'taken' });
    return found;
  }

  /** Whether a request or an entity has the name already. @param {Control} control @param {string} id */
  async #isTaken({ value, dataset }, id) {
    const taken = await this.#others;
    const name = value.trim().toLowerCase();
    if (!name) return false;
    if (id in taken || Object.values(taken).some((named) => named[dataset.parameter ?? '']?.toLowerCase() === name)) return true;
    if (!('registers' in this.form.dataset) || !isName(name)) return false;
    try {
      const answer = await (await search()).list({ query: `ref:"component:default/${name}"`, limit: 1 });
      return (answer?.total ?? 0) > 0;
    } catch {
      // Without search the plan finds it.
      return false;
    }
  }
}

/** @returns {Promise<Requests>} */
async function requests() {
  try {
    const answer = await fetch(new URL(`${base}assets/requests.json`, document.baseURI));
    return answer.ok ? await answer.json() : {};
  } catch {
    return {};
  }
}

/**
 * The value of a control, `undefined` for none.
 * @param {Control} control
 * @returns {Promise<unknown>}
 * @throws {Error} when its text is not YAML or not a number
 */
export async function valueOf(control) {
  const text = control.value;
  const { type } = control.dataset;
  if (control instanceof HTMLInputElement && control.type === 'checkbox') {
    // A box that only some choices show is given only when it is checked.
    return control.checked || !('conditional' in control.dataset) ? control.checked : undefined;
  }
  if (control.validity.badInput) throw new Error(t('js.form.type_number'));
  if (!text) return undefined;
  if (control instanceof HTMLSelectElement && control.multiple) return [...control.selectedOptions].map(({ value }) => value);
  const chosen = control instanceof HTMLSelectElement ? control.selectedOptions[0]?.dataset.value : undefined;
  if (chosen !== undefined) return JSON.parse(chosen);
  if (type === 'integer' || type === 'number') return Number.isNaN(Number(text)) ? text : Number(text);
  return type === 'array' || type === 'object' ? (await parse(text)) ?? undefined : text;
}

/** How deep lists and maps lie in each other. @param {unknown} value @returns {number} */
const depth = (value) => (typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depth)) : 0);
