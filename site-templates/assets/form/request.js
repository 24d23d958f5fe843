// @ts-check
/** The form of a template: grows the request file while somebody fills it in, and says what the plan would refuse. */

import { base } from '../frame/address.js';
import { search } from '../search/engine.js';
import { faultsOf, isName } from './schema.js';
import { entry, parse, scalar } from './yaml.js';
import { listen } from '../frame/listen.js';
import { t } from '../frame/words.js';

/**
 * @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Control
 * @typedef {import('./schema.js').Fault} Fault
 * @typedef {{ text: string, file: string, faults: Fault[] }} Draft a request as far as it is filled in
 */

/** Parameters that name what a request makes, as templates call them. */
const NAMING = /^(name|component_?(id|name))$/i;
/** Limits of a request: `src/scaffold/request.rs`. */
const MOST_BYTES = 64 * 1024;
const MOST_DEPTH = 16;
const MOST_ID = 63;

/** Starts the form of the page. */
export function startForm() {
  const found = document.querySelector('form.request');
  if (!(found instanceof HTMLFormElement)) return;
  const form = found;
  const yaml = form.querySelector('[data-yaml]');
  const path = form.querySelector('[data-path]');
  const open = form.querySelector('[data-open]');
  const copy = form.querySelector('[data-copy-yaml]');
  const say = form.querySelector('[data-say]');
  const requester = form.querySelector('[data-requester]');
  const controls = /** @type {Control[]} */ ([...form.querySelectorAll('[data-parameter]')]);
  const pages = [...form.querySelectorAll('[data-schema]')].map((page) => JSON.parse(page.getAttribute('data-schema') ?? '{}'));
  const naming = controls.find(({ dataset }) => NAMING.test(dataset.parameter ?? ''));
  const others = requests();
  let wasChecked = false;
  /** What is filled in now. @type {Promise<Draft>} */
  let current;

  /** @returns {Promise<Draft>} */
  async function draft() {
    /** @type {Record<string, unknown>} */
    const values = {};
    /** @type {Fault[]} */
    const faults = [];
    for (const control of controls) {
      const name = control.dataset.parameter ?? '';
      try {
        const value = await valueOf(control);
        if (value !== undefined) values[name] = value;
      } catch (error) {
        faults.push({ path: [name], key: 'yaml', values: { why: error instanceof Error ? error.message : String(error) } });
      }
    }
    const id = await freeId();
    return { text: requestText(values), file: `scaffolds/requests/${id}.yaml`, faults: await faultsIn(values, faults, id) };
  }

  /** Leaves those choices that the plan lets the requester make. */
  function limitChoices() {
    const person = requester instanceof HTMLSelectElement && requester.value ? requester.selectedOptions[0] : null;
    const own = person && [person.value, ...(person.dataset.groups ?? '').split(' ')];
    for (const option of form.querySelectorAll('option')) {
      const { audience } = option.dataset;
      if (!audience) continue;
      const isOffered = !own || audience.split(' ').some((reference) => own.includes(reference));
      if (!isOffered) option.selected = false;
      option.hidden = option.disabled = !isOffered;
    }
  }

  async function update() {
    limitChoices();
    const mine = (current = draft());
    const { text, file, faults } = await mine;
    if (mine !== current) return;
    yaml?.replaceChildren(text);
    path?.replaceChildren(file);
    if (open instanceof HTMLAnchorElement) {
      // GitHub, Gitea and Forgejo take the content of a new file as `value`.
      const url = (open.dataset.url ?? '').replace('{path}', encodeURIComponent(file));
      const content = encodeURIComponent(text);
      open.href = url.includes('{content}')
        ? url.replace('{content}', content)
        : `${url}${url.includes('?') ? '&' : '?'}value=${content}`;
    }
    if (wasChecked) show(faults);
  }

  /** @param {Record<string, unknown>} values */
  function requestText(values) {
    const lines = [`template: ${scalar(form.dataset.template ?? '')}`];
    if (requester instanceof HTMLSelectElement && requester.value) lines.push(`requester: ${scalar(requester.value)}`);
    if (Object.keys(values).length) lines.push(...entry('parameters', values, ''));
    return `${lines.join('\n')}\n`;
  }

  /** The id of the request. Where nothing in the form names it, the first that is free. */
  async function freeId() {
    const words = [form.dataset.name, naming?.value].filter(Boolean).join('-');
    const id = words.toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, MOST_ID).replace(/^-+|-+$/g, '');
    const taken = await others;
    let free = id;
    for (let number = 2; !naming && free in taken; number++) free = `${id.slice(0, MOST_ID - 6)}-${number}`;
    return free;
  }

  /**
   * All that the plan would refuse.
   * @param {Record<string, unknown>} values
   * @param {Fault[]} unread of controls whose text has no value
   * @param {string} id
   */
  async function faultsIn(values, unread, id) {
    const isUnread = (/** @type {Fault} */ { path: [name] }) => unread.some((fault) => fault.path[0] === name);
    const found = [...unread, ...pages.flatMap((page) => faultsOf(page, values)).filter((fault) => !isUnread(fault))];
    const isLarge = new TextEncoder().encode(requestText(values)).length > MOST_BYTES;
    if (isLarge || depth(values) + 1 > MOST_DEPTH) found.push({ path: [], key: 'much' });
    const name = naming?.dataset.parameter ?? '';
    if (naming && !found.some(({ path: [first] }) => first === name) && await isTaken(naming, id)) found.push({ path: [name], key: 'taken' });
    return found;
  }

  /** Whether a request or an entity has the name already. @param {Control} control @param {string} id */
  async function isTaken({ value, dataset }, id) {
    const taken = await others;
    const name = value.trim().toLowerCase();
    if (!name) return false;
    if (id in taken || Object.values(taken).some((named) => named[dataset.parameter ?? '']?.toLowerCase() === name)) return true;
    if (!('registers' in form.dataset) || !isName(name)) return false;
    try {
      const answer = await (await search()).list({ query: `ref:"component:default/${name}"`, limit: 1 });
      return (answer?.total ?? 0) > 0;
    } catch {
      // Without search the plan says it.
      return false;
    }
  }

  /** Says beside each control what is wrong with it; whether nothing is. @param {Fault[]} faults */
  function show(faults) {
    for (const control of requester instanceof HTMLSelectElement ? [...controls, requester] : controls) {
      const name = control.dataset.parameter;
      const own = name === undefined
        ? (control.value ? [] : [{ path: [], key: 'required' }])
        : faults.filter(({ path: [first] }) => first === name);
      const field = control.closest('.field');
      const help = field?.querySelector('.mistake');
      field?.classList.toggle('wrong', own.length > 0);
      control.setAttribute('aria-invalid', String(own.length > 0));
      if (!(help instanceof HTMLElement)) continue;
      help.hidden = !own.length;
      help.textContent = own.map(sentence).join(' ');
    }
    const shown = new Set(controls.map(({ dataset }) => dataset.parameter));
    const rest = faults.filter(({ path: [name] }) => name === undefined || !shown.has(String(name)));
    const isWrong = rest.length > 0 || form.querySelector('.wrong') !== null;
    if (!say) return !isWrong;
    say.textContent = isWrong ? [t('js.form.wrong'), ...rest.map((fault) => `${fault.path[0] ?? ''} ${sentence(fault)}`.trim())].join(' ') : '';
    say.classList.toggle('bad', isWrong);
    return !isWrong;
  }

  /** The request, when the plan would take it; else goes to the first control that is wrong. */
  async function checked() {
    wasChecked = true;
    const { text, faults } = await current;
    if (show(faults)) return text;
    const first = form.querySelector('.wrong :is(input, select, textarea)');
    if (first instanceof HTMLElement) first.focus();
    return null;
  }

  form.addEventListener('input', update);
  listen(form, 'submit', (event) => event.preventDefault());
  if (open instanceof HTMLAnchorElement) {
    open.hidden = false;
    open.addEventListener('click', async (event) => {
      event.preventDefault();
      const isElsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
      if ((await checked()) === null) return;
      if (isElsewhere) window.open(open.href, '_blank', 'noopener');
      else location.assign(open.href);
    });
  }
  if (copy instanceof HTMLButtonElement && navigator.clipboard) {
    copy.hidden = false;
    copy.addEventListener('click', async () => {
      const text = await checked();
      if (text === null) return;
      await navigator.clipboard.writeText(text);
      if (say) say.textContent = t('js.form.copied');
    });
  }
  update();
}

/** The requests that there are, by id, with the parameters that name something. @returns {Promise<Record<string, Record<string, string>>>} */
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
 * @throws when its text is not YAML or not a number
 */
async function valueOf(control) {
  const text = control.value;
  const { type } = control.dataset;
  if (control instanceof HTMLInputElement && control.type === 'checkbox') {
    // What applies only sometimes is given only when somebody wants it.
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

/** @param {Fault} fault */
function sentence({ path, key, values }) {
  const inner = path.slice(1).join('.');
  return `${inner ? `${inner}: ` : ''}${t(`js.form.${key}`, values)}`;
}
