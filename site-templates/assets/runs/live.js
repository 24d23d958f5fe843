/**
 * The page of a run that has not ended: reads the record of the run from the forge, and shows the states that it has
 * now. The record is data of others, so its texts are shown as text only.
 */

import { icon } from '../frame/address.js';
import { showDates } from '../frame/dates.js';
import { t } from '../frame/words.js';
import { parse } from '../form/yaml.js';
import { stateMark, stateWord } from './states.js';

/** Milliseconds between two questions: at first, and at most. */
const SOON = 5_000;
const LATE = 120_000;
/** The largest record that is read, in characters. */
const MOST = 4 << 20;

/** The states of pages by those of records. @type {Record<string, string>} */
const STATES = { open: 'waiting', processing: 'running', completed: 'completed', failed: 'failed', skipped: 'skipped', undone: 'undone', cancelled: 'cancelled' };
/** States of records that do not change any more. */
const ENDS = ['completed', 'failed', 'undone', 'cancelled'];

/**
 * @typedef {Record<string, unknown>} Fields
 * @typedef {{ id: string, item: string, name: string, action: string, state: string, effects: string[], message: string, took: string }} Step
 */

/** Follows the run of the page. @param {HTMLElement} article */
export function startLive(article) {
  const address = article.dataset.live ?? '';
  let pause = SOON;
  let timer = 0;
  let last = '';
  const wait = () => {
    clearTimeout(timer);
    if (!document.hidden) timer = window.setTimeout(ask, pause);
  };
  const ask = async () => {
    try {
      const text = await read(address);
      const record = fields(await parse(text));
      // What does not change is asked for less and less often.
      pause = text === last ? Math.min(pause * 1.5, LATE) : SOON;
      last = text;
      show(article, record);
      if (ENDS.includes(string(record.status))) return;
    } catch {
      // The states stay as they are, with their time.
      pause = Math.min(pause * 2, LATE);
    }
    wait();
  };
  document.addEventListener('visibilitychange', () => {
    if (document.hidden || article.dataset.ended !== undefined) return clearTimeout(timer);
    ask();
  });
  ask();
}

/** @param {string} address */
async function read(address) {
  const answer = await fetch(address, { cache: 'no-cache', credentials: 'omit', referrerPolicy: 'no-referrer' });
  const text = answer.ok ? await answer.text() : '';
  if (!text || text.length > MOST) throw new Error(String(answer.status));
  return text;
}

/** @param {HTMLElement} article @param {Fields} record */
function show(article, record) {
  const status = string(record.status);
  if (!STATES[status]) throw new Error('no record');
  const lease = Date.parse(string(fields(record.lease).until));
  const isStopped = status === 'processing' && !(lease > Date.now());
  const stateOf = (/** @type {string} */ text) => (isStopped && text === 'processing' ? 'stopped' : STATES[text] ?? 'waiting');
  const place = article.querySelector('[data-state-of]');
  const mark = stateMark(stateOf(status));
  if (mark) place?.replaceChildren(mark);
  const steps = Array.isArray(record.steps) ? record.steps.map((step) => stepOf(fields(step), stateOf)) : [];
  const list = article.querySelector('ol.steps');
  if (!list) return;
  const items = steps.map((step) => itemOf(list, step));
  // Items that stay where they are keep the focus.
  if (items.some((item, at) => item !== list.children[at]) || items.length < list.children.length) list.replaceChildren(...items);
  const done = steps.filter(({ state }) => ['completed', 'skipped', 'undone'].includes(state)).length;
  article.querySelector('[data-done]')?.replaceChildren(`${done}/${steps.length}`);
  // What the page asks of people is out of date when a runner has the run again, or it has ended.
  const need = document.getElementById('need');
  if (need && !isStopped && status !== 'failed') need.hidden = true;
  // The run has begun.
  document.getElementById('wait')?.remove();
  const time = article.querySelector('[data-as-of] time');
  time?.setAttribute('datetime', new Date().toISOString());
  showDates();
  if (!ENDS.includes(status)) return;
  article.dataset.ended = '';
  article.querySelector('[data-as-of]')?.append(` ${t('js.runs.ended')}`);
}

/** @param {Fields} step @param {(state: string) => string} stateOf @returns {Step} */
function stepOf(step, stateOf) {
  const state = stateOf(string(step.status));
  const effects = Array.isArray(step.effects) ? step.effects.map((effect) => effectState(string(fields(effect).state), state)) : [];
  const [started, finished] = [step.started, step.finished].map((text) => Date.parse(string(text)));
  return {
    id: string(step.id),
    item: string(step.each),
    name: string(step.name),
    action: string(step.action),
    state,
    effects,
    message: string(step.message),
    took: duration(Number(finished) - Number(started)),
  };
}

/** The state of an effect, as `src/cli/runs.rs` has it. @param {string} text @param {string} step the step's state */
function effectState(text, step) {
  if (text === 'intended') return step === 'failed' ? 'asking' : step;
  return text === 'done' ? 'completed' : text || (step === 'skipped' ? 'skipped' : 'waiting');
}

/** The step's item of the list, or a new one, with its state. @param {Element} list @param {Step} step */
function itemOf(list, { id, item, name, action, state, effects, message, took }) {
  const all = /** @type {HTMLElement[]} */ ([...list.children]);
  const found = all.find(({ dataset }) => dataset.step === id && (dataset.item ?? '') === item);
  const place = found ?? newItem(id, item, name, action);
  place.className = `s-${state}`;
  place.querySelector('use')?.setAttribute('href', icon(`st-${state}`));
  place.querySelector('[data-word]')?.replaceChildren(stateWord(state));
  place.querySelector('[data-took]')?.replaceChildren(took);
  place.querySelectorAll('.effects .st').forEach((mark, at) => {
    const now = stateMark(effects[at] ?? '');
    if (!now) return;
    mark.className = now.className;
    mark.setAttribute('title', now.textContent?.trim() ?? '');
    mark.querySelector('use')?.setAttribute('href', icon(`st-${effects[at]}`));
    mark.querySelector('.sr')?.replaceChildren(`${now.textContent?.trim()}: `);
  });
  const line = place.querySelector('[data-message]');
  line?.replaceChildren(...coded(message));
  line?.toggleAttribute('hidden', !message);
  return place;
}

/** @param {string} id @param {string} item @param {string} name @param {string} action */
function newItem(id, item, name, action) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById('step'));
  const made = /** @type {HTMLElement} */ (document.importNode(template.content, true).firstElementChild);
  made.dataset.step = id;
  if (item) made.dataset.item = item;
  made.querySelector('strong')?.replaceChildren(name);
  made.querySelector('code')?.replaceChildren(action);
  const key = made.querySelector('.item');
  key?.replaceChildren(item);
  key?.toggleAttribute('hidden', !item);
  return made;
}

/** A text in which what stands in backticks is code. @param {string} text @returns {(Node | string)[]} */
const coded = (text) => text.split('`').map((part, at) => (at % 2 ? Object.assign(document.createElement('code'), { textContent: part }) : part));

/** A time in milliseconds as pages show it; empty for none. @param {number} millis */
function duration(millis) {
  const seconds = Math.floor(millis / 1000);
  const pad = (/** @type {number} */ n) => String(n % 60).padStart(2, '0');
  if (!(millis >= 0)) return '';
  if (millis === 0) return '< 1 s';
  if (millis < 1_000) return `${millis} ms`;
  if (millis < 10_000) return `${seconds}.${Math.floor((millis % 1000) / 100)} s`;
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds)} s`;
  return `${Math.floor(seconds / 3600)} h ${pad(Math.floor(seconds / 60))} min`;
}

/** @param {unknown} value @returns {Fields} */
const fields = (value) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? /** @type {Fields} */ (value) : {});

/** @param {unknown} value */
const string = (value) => (typeof value === 'string' ? value : '');
