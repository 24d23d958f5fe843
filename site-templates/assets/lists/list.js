/**
 * A list that a visitor filters, sorts and exports by the search engine. Its state is the address; without any
 * query, the rows are those of the page itself.
 */

import { listen } from '../frame/listen.js';
import { t } from '../frame/words.js';
import { me } from '../me/visitor.js';
import { createEngine } from '../search/engine.js';
import { valueOptions } from './filters.js';
import { isField, orderOf, questionOf, searchOf, stateOf } from './state.js';
import { ListView, ROWS } from './view.js';

/** @import { Listing, ListQuestion, Row } from '../../search/types.js' */
/** @import { State } from './state.js' */

/** An export asks for so many rows at a time. */
const BATCH = 1000;
/** How long typing must pause before the list follows, in milliseconds. */
const PAUSE = 120;

/** Starts the list of the page. @param {HTMLElement} form the filters */
export function startList(form) {
  const view = ListView.find(form);
  if (view) new List(view).start();
}

/** The state of a list, and what changes it. */
class List {
  #engine = createEngine();
  /** The engine answers one question after the other. @type {Promise<unknown>} */
  #turn = Promise.resolve();
  #latest = 0;
  /** The timer of the words that are being typed; 0 when nothing is. */
  #pause = 0;
  /** Address of the page as it was loaded. */
  #path = location.pathname;

  /** @param {ListView} view */
  constructor(view) {
    this.view = view;
    this.kind = view.form.dataset.kind ?? '';
    this.state = this.#here();
  }

  /** Listens to the controls, and shows the state of the address. */
  start() {
    this.#listenToHeads();
    this.#listenToForm();
    this.#listenToFilters();
    this.#listenToAddress();
    this.#show();
  }

  /** The state of the address; the page of one value is filtered by it. */
  #here() {
    const state = stateOf(new URLSearchParams(location.search));
    const { field, value } = this.view.form.dataset;
    if (!location.search && isField(field) && value !== undefined) state.chosen[field] = [value];
    return state;
  }

  /** Asks the engine when it has answered the questions before. @param {ListQuestion} question @returns {Promise<Listing>} */
  #ask(question) {
    const asked = this.#turn.catch(() => {}).then(async () => {
      const answer = await (await this.#engine()).list(question);
      if (!answer) throw new Error('overtaken');
      return answer;
    });
    this.#turn = asked;
    return asked;
  }

  async #show() {
    const { view, kind, state } = this;
    const mine = ++this.#latest;
    view.showControls(state, this.#pause !== 0);
    if (!location.search && location.pathname === this.#path) return view.showInitial();
    if (!searchOf(state)) return location.replace(view.whole);
    const query = questionOf(kind, state);
    if (query === null) return view.showNone(state.mine && !me() ? 'js.list.unknown' : 'js.list.unstarred');
    view.showLate();
    try {
      const offset = (state.page - 1) * ROWS;
      const listing = await this.#ask({ query, ...orderOf(state), offset, limit: ROWS, facets: [] });
      if (mine === this.#latest) view.showRows(listing, state, this.#pause !== 0);
    } catch (error) {
      if (mine === this.#latest) view.showNone('js.list.failed', { why: reason(error) });
    }
  }

  /**
   * Changes the state, and with it the address.
   * @param {Partial<State>} change
   * @param {boolean} [isTyping] typing makes one entry of the browser's history
   */
  #go(change, isTyping = false) {
    const wasTyping = history.state?.typing === true;
    this.state = { ...this.state, page: 1, ...change };
    history[isTyping && wasTyping ? 'replaceState' : 'pushState']({ typing: isTyping }, '', this.view.address(this.state));
    this.#show();
  }

  /** Shows the values of a filter. @param {HTMLElement} pick */
  async #offer(pick) {
    const { field } = pick.dataset;
    const place = pick.querySelector('.options');
    if (!place || !isField(field)) return;
    const query = questionOf(this.kind, this.state, field) ?? `kind:${this.kind}`;
    try {
      const { facets } = await this.#ask({ query, ...orderOf(this.state), offset: 0, limit: 0, facets: [field] });
      const heading = pick.querySelector('summary')?.firstChild?.textContent?.trim() ?? field;
      place.replaceChildren(...valueOptions(facets[field] ?? [], new Set(this.state.chosen[field]), heading, (value, isChosen) => {
        const others = this.state.chosen[field].filter((other) => other !== value);
        this.#go({ chosen: { ...this.state.chosen, [field]: isChosen ? [...others, value] : others } });
      }));
    } catch (error) {
      place.textContent = t('js.list.failed', { why: reason(error) });
    }
  }

  /** Saves all rows of the state, whatever the page. @param {string} format `csv` or `json` */
  async #export(format) {
    const query = questionOf(this.kind, this.state);
    /** @type {Row[]} */
    const rows = [];
    let total = Infinity;
    while (query !== null && rows.length < total) {
      const listing = await this.#ask({ query, ...orderOf(this.state), offset: rows.length, limit: BATCH, facets: [] });
      rows.push(...listing.rows);
      total = listing.rows.length ? listing.total : 0;
    }
    const { csv, json, save } = await import('./export.js');
    const name = this.view.whole.pathname.split('/').pop()?.replace(/\.html$/, '') ?? this.kind;
    if (format === 'csv') save(`${name}.csv`, 'text/csv', csv(rows));
    else save(`${name}.json`, 'application/json', json(rows));
  }

  #listenToHeads() {
    for (const head of this.view.heads) {
      const button = document.createElement('button');
      button.type = 'button';
      button.append(...head.childNodes);
      head.append(button);
      listen(head, 'click', () => {
        const field = head.dataset.sort ?? '';
        this.#go({ sort: this.state.sort === field ? `-${field}` : field });
      });
    }
  }

  /** Words, toggles, the button that clears, and exports. */
  #listenToForm() {
    const { form, words } = this.view;
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
      if (!button) return;
      const { toggle, clear, export: format } = button.dataset;
      if (toggle === 'mine' || toggle === 'starred') this.#go({ [toggle]: !this.state[toggle] });
      if (clear !== undefined) {
        clearTimeout(this.#pause);
        this.#pause = 0;
        words.value = '';
        this.#go(stateOf(new URLSearchParams()));
      }
      if (format) this.#export(format).catch((error) => this.view.showNone('js.list.failed', { why: reason(error) }));
    });
  }

  /** Opening a filter loads its values; a press elsewhere or Escape closes it. */
  #listenToFilters() {
    const { form } = this.view;
    const picks = form.querySelectorAll('details');
    for (const pick of picks) listen(pick, 'toggle', () => pick.open && this.#offer(pick));
    document.addEventListener('click', (event) => {
      for (const pick of picks) if (!(event.target instanceof Node && pick.contains(event.target))) pick.open = false;
    });
    form.addEventListener('keydown', (event) => {
      const pick = event.target instanceof Element ? event.target.closest('details') : null;
      if (event.key !== 'Escape' || !pick?.open) return;
      pick.open = false;
      pick.querySelector('summary')?.focus();
    });
  }

  /** Links to other pages of the list, and the browser's back and forward. */
  #listenToAddress() {
    this.view.pages.addEventListener('click', (event) => {
      const to = event.target instanceof HTMLAnchorElement ? new URL(event.target.href) : null;
      if (!to?.search || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.#go({ page: stateOf(to.searchParams).page });
      window.scrollTo(0, 0);
    });
    window.addEventListener('popstate', () => {
      this.state = this.#here();
      this.view.words.value = this.state.words;
      this.#show();
    });
  }
}

/** @param {unknown} error */
const reason = (error) => (error instanceof Error ? error.message : String(error));
