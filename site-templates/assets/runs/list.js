/**
 * The list of runs, which a visitor filters. Its state is the address; without any query, the rows are those of the
 * page itself. All rows are in one file, which is fetched when something is filtered.
 */

import { base, pageAddress, root } from '../frame/address.js';
import { showDates } from '../frame/dates.js';
import { listen } from '../frame/listen.js';
import { t } from '../frame/words.js';
import { labelOf, setLabel, valueOptions } from '../lists/filters.js';
import { pageLinks } from '../lists/rows.js';
import { me } from '../me/visitor.js';
import { stateMark, stateWord } from './states.js';

/**
 * @typedef {{ ref: string, title: string, url?: string, teams?: number[] }} Named
 * @typedef {[id: string, url: string, template: number, requester: number, state: string, created: string | null, took: string | null, done: number, steps: number, pull: string | null, approvers: string[]]} Row
 * @typedef {{ templates: Named[], people: Named[], teams: Named[], runs: Row[] }} Table `src/site/pages/runs.rs` writes it
 * @typedef {(typeof FIELDS)[number]} Field
 * @typedef {{ words: string, chosen: Record<Field, string[]>, mine: boolean, page: number }} State
 */

const FIELDS = /** @type {const} */ (['state', 'template', 'team']);
/** How many rows a page has. */
const ROWS = 50;
/** How long typing must pause before the list follows, in milliseconds. */
const PAUSE = 120;

/** Starts the list of the page. @param {HTMLElement} form the filters */
export function startRuns(form) {
  if (form instanceof HTMLFormElement) new RunList(form).start();
}

class RunList {
  /** @type {Promise<Table> | null} */
  #table = null;
  #latest = 0;
  #pause = 0;
  /** Address of the page as it was loaded. */
  #path = location.pathname;

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.whole = new URL(form.dataset.all ?? '', document.baseURI);
    this.words = /** @type {HTMLInputElement} */ (form.querySelector('input'));
    this.list = /** @type {HTMLTableElement} */ (document.getElementById('list'));
    this.pages = /** @type {HTMLElement} */ (document.getElementById('pages'));
    this.none = /** @type {HTMLElement} */ (document.getElementById('none'));
    this.body = /** @type {HTMLTableSectionElement} */ (this.list.tBodies[0]);
    this.shown = this.list.querySelector('[data-shown]');
    this.range = this.list.querySelector('[data-range]');
    /** The page as it was loaded. */
    this.initial = [this.body, this.pages, this.shown, this.range].map((place) => [...(place?.childNodes ?? [])]);
    this.hasPages = !this.pages.hidden;
    this.state = stateOf(new URLSearchParams(location.search));
  }

  /** Listens to the controls, and shows the state of the address. */
  start() {
    const { form, words, pages } = this;
    listen(words, 'input', () => {
      clearTimeout(this.#pause);
      this.#pause = window.setTimeout(() => {
        this.#pause = 0;
        this.#go({ words: words.value.trim() }, true);
      }, PAUSE);
    });
    listen(form, 'submit', (event) => event.preventDefault());
    listen(form, 'click', (event) => {
      const button = event.target instanceof Element ? event.target.closest('button') : null;
      if (button?.dataset.toggle) this.#go({ mine: !this.state.mine });
      if (button?.dataset.clear !== undefined) {
        words.value = '';
        this.#go(stateOf(new URLSearchParams()));
      }
    });
    const picks = form.querySelectorAll('details');
    for (const pick of picks) listen(pick, 'toggle', () => pick.open && this.#offer(pick));
    document.addEventListener('click', ({ target }) => {
      for (const pick of picks) if (!(target instanceof Node && pick.contains(target))) pick.open = false;
    });
    form.addEventListener('keydown', (event) => {
      const pick = event.target instanceof Element ? event.target.closest('details') : null;
      if (event.key !== 'Escape' || !pick?.open) return;
      pick.open = false;
      pick.querySelector('summary')?.focus();
    });
    pages.addEventListener('click', (event) => {
      const to = event.target instanceof HTMLAnchorElement ? new URL(event.target.href) : null;
      if (!to?.search || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.#go({ page: stateOf(to.searchParams).page });
      window.scrollTo(0, 0);
    });
    window.addEventListener('popstate', () => {
      this.state = stateOf(new URLSearchParams(location.search));
      this.#show();
    });
    this.#show();
  }

  /** All runs, with the labels of what they are filtered by. */
  #runs() {
    this.#table ??= fetch(new URL(`${base}assets/runs.json`, document.baseURI)).then(async (answer) => {
      if (!answer.ok) throw new Error(String(answer.status));
      /** @type {Table} */
      const table = await answer.json();
      for (const { ref, title } of [...table.templates, ...table.teams]) setLabel(ref, title);
      for (const state of new Set(table.runs.map((run) => run[4]))) setLabel(state, stateWord(state));
      return table;
    });
    // The next filter tries again.
    this.#table.catch(() => (this.#table = null));
    return this.#table;
  }

  /** @param {Partial<State>} change @param {boolean} [isTyping] typing makes one entry of the browser's history */
  #go(change, isTyping = false) {
    const wasTyping = history.state?.typing === true;
    this.state = { ...this.state, page: 1, ...change };
    history[isTyping && wasTyping ? 'replaceState' : 'pushState']({ typing: isTyping }, '', this.#address(this.state));
    this.#show();
  }

  /** @param {State} state */
  #address(state) {
    const search = searchOf(state);
    return search ? `${this.whole.pathname}?${search}` : this.whole.pathname;
  }

  async #show() {
    const { state } = this;
    const mine = ++this.#latest;
    this.#showControls();
    if (!searchOf(state)) {
      if (location.pathname !== this.#path) return location.replace(this.whole);
      return this.#showInitial();
    }
    if (state.mine && !me()) return this.#showNone('js.runs.unknown');
    try {
      const table = await this.#runs();
      if (mine !== this.#latest) return;
      this.#showControls();
      this.#showRows(table, table.runs.filter(matcher(table, state)));
    } catch (error) {
      if (mine === this.#latest) this.#showNone('js.list.failed', { why: error instanceof Error ? error.message : String(error) });
    }
  }

  #showControls() {
    const { form, state, words } = this;
    // Nothing replaces what a visitor is typing.
    if (document.activeElement !== words && !this.#pause) words.value = state.words;
    for (const pick of form.querySelectorAll('.pick')) {
      const field = pick.getAttribute('data-field');
      pick.querySelector('[data-chosen]')?.replaceChildren(isField(field) ? state.chosen[field].map(labelOf).join(', ') : '');
    }
    form.querySelector('[data-toggle]')?.setAttribute('aria-pressed', String(state.mine));
    const clear = form.querySelector('[data-clear]');
    if (clear instanceof HTMLElement) clear.hidden = !searchOf({ ...state, page: 1 });
  }

  #showInitial() {
    const places = [this.body, this.pages, this.shown, this.range];
    places.forEach((place, at) => place?.replaceChildren(...(this.initial[at] ?? [])));
    this.pages.hidden = !this.hasPages;
    this.#reveal(true);
  }

  /** @param {Table} table @param {Row[]} rows */
  #showRows(table, rows) {
    if (!rows.length) return this.#showNone('js.list.none');
    const { page } = this.state;
    const first = (page - 1) * ROWS;
    const some = rows.slice(first, first + ROWS);
    this.body.replaceChildren(...some.map((row) => rowOf(table, row)));
    showDates();
    this.shown?.replaceChildren(t('js.list.shown', { n: rows.length, of: this.form.dataset.of ?? '' }));
    this.range?.replaceChildren(rows.length > ROWS ? `${first + 1}–${first + some.length}` : '');
    const last = Math.ceil(rows.length / ROWS);
    this.pages.replaceChildren(...pageLinks(page, last, (number) => this.#address({ ...this.state, page: number })));
    this.pages.hidden = last <= 1;
    this.#reveal(true);
  }

  /** Shows a sentence instead of rows. @param {string} key @param {Record<string, string>} [values] */
  #showNone(key, values) {
    this.none.textContent = t(key, values);
    if (key === 'js.runs.unknown') {
      const link = Object.assign(document.createElement('a'), { href: `${root}me.html`, textContent: document.getElementById('who')?.title ?? '' });
      this.none.append(' ', link);
    }
    this.pages.hidden = true;
    this.#reveal(false);
  }

  /** @param {boolean} hasRows */
  #reveal(hasRows) {
    document.documentElement.classList.remove('has-query');
    this.list.hidden = !hasRows;
    this.none.hidden = hasRows;
  }

  /** Shows the values of a filter, each with its number of runs. @param {HTMLElement} pick */
  async #offer(pick) {
    const { field } = pick.dataset;
    const place = pick.querySelector('.options');
    if (!place || !isField(field)) return;
    try {
      const table = await this.#runs();
      const others = table.runs.filter(matcher(table, { ...this.state, chosen: { ...this.state.chosen, [field]: [] } }));
      /** @type {Map<string, number>} */
      const counts = new Map();
      for (const run of others) for (const value of valuesOf(table, run, field)) counts.set(value, (counts.get(value) ?? 0) + 1);
      const values = [...counts].sort(([a, n], [b, m]) => m - n || (labelOf(a) < labelOf(b) ? -1 : 1));
      const heading = pick.querySelector('summary')?.firstChild?.textContent?.trim() ?? field;
      place.replaceChildren(...valueOptions(values.map(([value, n]) => [value, labelOf(value), n]), new Set(this.state.chosen[field]), heading, (value, isChosen) => {
        const rest = this.state.chosen[field].filter((other) => other !== value);
        this.#go({ chosen: { ...this.state.chosen, [field]: isChosen ? [...rest, value] : rest } });
      }));
    } catch (error) {
      place.textContent = t('js.list.failed', { why: error instanceof Error ? error.message : String(error) });
    }
  }
}

/** @param {string | null | undefined} name @returns {name is Field} */
const isField = (name) => FIELDS.some((field) => field === name);

/** @param {URLSearchParams} params @returns {State} */
function stateOf(params) {
  const page = Number(params.get('page'));
  const chosen = FIELDS.map((field) => [field, params.getAll(field).filter(Boolean)]);
  return {
    words: params.get('q') ?? '',
    chosen: /** @type {State['chosen']} */ (Object.fromEntries(chosen)),
    mine: params.has('mine'),
    page: Number.isInteger(page) && page > 1 ? page : 1,
  };
}

/** The state as the part of an address after `?`; empty for the whole list. @param {State} state */
function searchOf({ words, chosen, mine, page }) {
  const params = new URLSearchParams();
  if (words.trim()) params.set('q', words.trim());
  for (const field of FIELDS) for (const value of chosen[field]) params.append(field, value);
  const parts = [String(params), mine ? 'mine' : ''];
  if (page > 1) parts.push(`page=${page}`);
  return parts.filter(Boolean).join('&');
}

/** The values of a run for a field. @param {Table} table @param {Row} run @param {Field} field */
function valuesOf(table, [, , template, requester, state], field) {
  if (field === 'state') return [state];
  if (field === 'template') return [table.templates[template]?.ref ?? ''];
  return (table.people[requester]?.teams ?? []).map((team) => table.teams[team]?.ref ?? '');
}

/** Which runs a state of the list shows. @param {Table} table @param {State} state @returns {(run: Row) => boolean} */
function matcher(table, { words, chosen, mine }) {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const own = me()?.url;
  return (run) => {
    const [id, , template, requester] = run;
    const person = table.people[requester];
    const text = [id, table.templates[template]?.title, person?.title].join(' ').toLowerCase();
    return (
      (!mine || person?.url === own) &&
      wanted.every((word) => text.includes(word)) &&
      FIELDS.every((field) => !chosen[field].length || valuesOf(table, run, field).some((value) => chosen[field].includes(value)))
    );
  };
}

/** A row, from the page's own template. @param {Table} table @param {Row} run */
function rowOf(table, [id, url, template, requester, state, created, took, done, steps, pull, approvers]) {
  const made = document.importNode(/** @type {HTMLTemplateElement} */ (document.getElementById('row')).content, true);
  const cell = (/** @type {string} */ name) => made.querySelector(`[data-col="${name}"]`);
  const link = /** @type {HTMLAnchorElement} */ (made.querySelector('.what a'));
  link.href = pageAddress(url);
  link.textContent = id;
  cell('template')?.append(named(table.templates[template]));
  cell('requester')?.append(named(table.people[requester]));
  cell('state')?.append(stateMark(state) ?? state);
  cell('steps')?.append(`${done}/${steps}`);
  cell('took')?.append(took ?? '');
  const time = cell('when')?.querySelector('time');
  if (created) time?.setAttribute('datetime', created);
  else time?.remove();
  const request = cell('review')?.querySelector('a');
  if (pull && /^https?:/.test(pull)) request?.setAttribute('href', pull);
  else request?.remove();
  const names = cell('review')?.querySelector('small');
  names?.querySelector('[data-names]')?.replaceChildren(approvers.join(', '));
  if (!approvers.length) names?.remove();
  return /** @type {Element} */ (made.firstElementChild);
}

/** @param {Named | undefined} entity */
function named(entity) {
  if (!entity?.url) return Object.assign(document.createElement('span'), { className: 'gone', textContent: entity?.title ?? '' });
  return Object.assign(document.createElement('a'), { href: pageAddress(entity.url), textContent: entity.title });
}
