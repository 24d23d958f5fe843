/** The elements of a list's page: its table, the sentence instead of rows, the links to its pages, its filters. */

import { root } from '../frame/address.js';
import { t } from '../frame/words.js';
import { labelOf, setLabel } from './filters.js';
import { pageLinks, rowOf } from './rows.js';
import { isField, isFiltered, orderOf, referenceOf, searchOf } from './state.js';

/** @import { Listing } from '../../search/types.js' */
/** @import { State } from './state.js' */

/** How many rows a page of a list has. */
export const ROWS = 50;

/**
 * @typedef {object} Elements
 * @property {HTMLTableElement} table
 * @property {HTMLTableSectionElement} body
 * @property {HTMLTemplateElement} template a row without values
 * @property {HTMLElement} none the sentence instead of rows
 * @property {HTMLElement} pages
 * @property {HTMLInputElement} words
 */

/** What a list's page shows. It does not know where rows come from. */
export class ListView {
  #table;
  #none;
  #template;
  #body;
  #shown;
  #range;
  /** The page as it was loaded: it is shown again when nothing is filtered. */
  #initial;

  /**
   * @param {HTMLFormElement} form the filters
   * @param {Elements} elements
   */
  constructor(form, { table, body, template, none, pages, words }) {
    this.form = form;
    this.pages = pages;
    this.words = words;
    this.heads = /** @type {NodeListOf<HTMLElement>} */ (table.querySelectorAll('[data-sort]'));
    /** Address of the whole list. */
    this.whole = new URL(form.dataset.all ?? '', document.baseURI);
    this.#table = table;
    this.#body = body;
    this.#template = template;
    this.#none = none;
    this.#shown = table.querySelector('[data-shown]');
    this.#range = table.querySelector('[data-range]');
    this.#initial = {
      rows: [...body.rows],
      pages: [...pages.childNodes],
      hasPages: !pages.hidden,
      shown: this.#shown?.textContent ?? '',
      range: this.#range?.textContent ?? '',
    };
  }

  /** The view of this page; `null` where the page has not all elements. @param {HTMLElement} form */
  static find(form) {
    const table = document.getElementById('list');
    const none = document.getElementById('none');
    const pages = document.getElementById('pages');
    const template = document.getElementById('row');
    const words = form.querySelector('input');
    if (!(form instanceof HTMLFormElement) || !(table instanceof HTMLTableElement)) return null;
    const [body] = table.tBodies;
    if (!(template instanceof HTMLTemplateElement) || !body || !none || !pages || !words) return null;
    return new ListView(form, { table, body, template, none, pages, words });
  }

  /** The address of a state of the list. @param {State} state */
  address(state) {
    const search = searchOf(state);
    return search ? `${this.whole.pathname}?${search}` : this.whole.pathname;
  }

  /** Marks the rows as those of an earlier state. */
  showLate() {
    this.#table.classList.add('is-late');
  }

  /** Shows the page as it was loaded. */
  showInitial() {
    const { rows, pages, hasPages, shown, range } = this.#initial;
    this.#showTable(rows, shown, range);
    this.#table.classList.remove('is-filtered');
    this.pages.replaceChildren(...pages);
    this.pages.hidden = !hasPages;
  }

  /** Shows a sentence instead of rows. @param {string} key @param {Record<string, string>} [values] */
  showNone(key, values) {
    this.#reveal();
    this.#table.hidden = true;
    this.pages.hidden = true;
    this.#none.hidden = false;
    this.#none.textContent = t(key, values);
    if (key !== 'js.list.unknown') return;
    const link = Object.assign(document.createElement('a'), { href: `${root}me.html`, textContent: document.getElementById('who')?.title ?? '' });
    this.#none.append(' ', link);
  }

  /** @param {Listing} listing @param {State} state @param {boolean} isTyping */
  showRows({ total, rows }, state, isTyping) {
    if (!total) return this.showNone('js.list.none');
    for (const { owner, system } of rows) {
      for (const card of [owner, system]) if (card?.url) setLabel(referenceOf(card.url), card.title);
    }
    this.showControls(state, isTyping);
    const of = this.form.dataset.of ?? '';
    const first = (state.page - 1) * ROWS;
    this.#showTable(
      rows.map((row) => rowOf(this.#template, row, this.whole.pathname)),
      isFiltered(state) ? t('js.list.shown', { n: total, of }) : of,
      total > ROWS ? `${first + 1}–${first + rows.length}` : '',
    );
    this.#table.classList.add('is-filtered');
    const last = Math.ceil(total / ROWS);
    this.pages.replaceChildren(...pageLinks(state.page, last, (page) => this.address({ ...state, page })));
    this.pages.hidden = last <= 1;
  }

  /** Sets filters, toggles and column heads to a state. @param {State} state @param {boolean} isTyping */
  showControls(state, isTyping) {
    // Nothing replaces what a visitor is typing.
    if (document.activeElement !== this.words && !isTyping) this.words.value = state.words;
    for (const pick of this.form.querySelectorAll('.pick')) {
      const field = pick.getAttribute('data-field');
      const values = isField(field) ? state.chosen[field] : [];
      pick.querySelector('[data-chosen]')?.replaceChildren(values.map(labelOf).join(', '));
    }
    for (const toggle of this.form.querySelectorAll('[data-toggle]')) {
      const isOn = toggle.getAttribute('data-toggle') === 'mine' ? state.mine : state.starred;
      toggle.setAttribute('aria-pressed', String(isOn));
    }
    const clear = this.form.querySelector('[data-clear]');
    if (clear instanceof HTMLElement) clear.hidden = !isFiltered(state);
    const { sort, descending } = orderOf(state);
    for (const head of this.heads) {
      if (head.dataset.sort !== sort) head.removeAttribute('aria-sort');
      else head.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
    }
  }

  /** @param {(Node | string)[]} rows @param {string} shown @param {string} range */
  #showTable(rows, shown, range) {
    this.#reveal();
    this.#table.hidden = false;
    this.#none.hidden = true;
    this.#body.replaceChildren(...rows);
    this.#shown?.replaceChildren(shown);
    this.#range?.replaceChildren(range);
  }

  #reveal() {
    document.documentElement.classList.remove('has-query');
    this.#table.classList.remove('is-late');
  }
}
