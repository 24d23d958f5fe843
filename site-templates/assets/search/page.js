/** The search page: the address has its question; it shows hits by kind, and facets beside them. */

import { listen } from '../frame/listen.js';
import { t } from '../frame/words.js';
import { search } from './engine.js';
import { FACETS, facetSections } from './facets.js';
import { byKind, element, hitLink, kindWords } from './hits.js';
import { words } from './query.js';

/** @import { Answer } from '../../search/types.js' */

/** How many hits are shown. */
const LIMIT = 60;
/** How long typing must pause before the page follows, in milliseconds. */
const PAUSE = 120;

/** Starts the page. */
export function startPage() {
  const form = document.getElementById('find');
  const place = document.getElementById('found');
  const side = document.getElementById('narrow');
  const status = document.getElementById('found-status');
  const input = form?.querySelector('input');
  if (!(form instanceof HTMLFormElement) || !input || !place || !side || !status) return;
  new SearchPage(form, input, place, side, status).start();
  // The service worker sends visitors here from pages that it has not cached.
  const note = document.getElementById('found-offline');
  if (note) note.hidden = !new URLSearchParams(location.search).has('offline');
}

/** The question of the address. */
const here = () => new URLSearchParams(location.search).get('q') ?? '';

/** The question of the page, and its answer. */
class SearchPage {
  #latest = 0;
  /** The timer of the words that are being typed. */
  #pause = 0;

  /**
   * @param {HTMLFormElement} form
   * @param {HTMLInputElement} input
   * @param {HTMLElement} place of the hits
   * @param {HTMLElement} side of the facets
   * @param {HTMLElement} status
   */
  constructor(form, input, place, side, status) {
    this.form = form;
    this.input = input;
    this.place = place;
    this.side = side;
    this.status = status;
  }

  /** Listens to the controls, and shows the question of the address. */
  start() {
    const { form, input, place } = this;
    listen(form, 'submit', (event) => {
      event.preventDefault();
      place.querySelector('a')?.focus();
    });
    place.addEventListener('keydown', (event) => this.#press(event));
    window.addEventListener('popstate', () => {
      input.value = here();
      this.#show(here());
    });
    listen(input, 'input', () => {
      clearTimeout(this.#pause);
      this.#pause = window.setTimeout(() => input.value !== here() && this.#go(input.value, true), PAUSE);
    });
    if (input.value === input.defaultValue) input.value = here();
    this.#show(here());
  }

  /** Changes the question. @param {string} question @param {boolean} isTyping typing makes one entry of the history */
  #go(question, isTyping) {
    const address = question.trim() ? `?q=${encodeURIComponent(question)}` : location.pathname;
    history[isTyping && history.state?.typing ? 'replaceState' : 'pushState']({ typing: isTyping }, '', address);
    if (this.input.value !== question) this.input.value = question;
    this.#show(question);
  }

  /** @param {string} question */
  async #show(question) {
    const turn = ++this.#latest;
    if (!question.trim()) {
      this.place.replaceChildren();
      this.side.replaceChildren();
      this.status.textContent = '';
      return;
    }
    try {
      const engine = await search();
      const answer = await engine.search(question, { limit: LIMIT });
      if (!answer || turn !== this.#latest) return;
      this.#showHits(answer, question);
      const listing = await engine.list({ query: question, limit: 0, facets: FACETS });
      if (turn !== this.#latest) return;
      this.#showCount(answer, listing?.total ?? answer.hits.length, question);
      if (listing) this.side.replaceChildren(...facetSections(listing.facets, question, (next) => this.#go(next, false)));
    } catch (error) {
      if (turn === this.#latest) this.#showFailure(error, question);
    }
  }

  /** Shows why there is no answer, and a button to try again. @param {unknown} error @param {string} question */
  #showFailure(error, question) {
    this.status.textContent = t('js.search.failed', { why: error instanceof Error ? error.message : String(error) });
    const again = element('button', 'again', [t('js.search.again')]);
    again.addEventListener('click', () => this.#show(question));
    this.place.replaceChildren(again);
  }

  /** @param {Answer} answer @param {number} total @param {string} question */
  #showCount({ hits, complete }, total, question) {
    this.status.textContent = !hits.length ? t('js.search.none', { what: question.trim() })
      : complete ? t('js.search.count', { n: total }) : t('js.search.most');
  }

  /** @param {Answer} answer @param {string} question */
  #showHits({ hits, suggestions }, question) {
    const sections = byKind(hits).map(([kind, some]) => {
      const section = element('section', 'hits-of', [element('h2', '', [kindWords(kind, some.length)])]);
      section.append(element('ul', '', some.map((hit) => element('li', '', [hitLink(hit)]))));
      return section;
    });
    const all = hits.length ? '' : words(question);
    this.place.replaceChildren(
      ...this.#offers(t('js.search.nearest'), suggestions),
      ...this.#offers(t('js.search.wider'), all ? [all] : []),
      ...sections,
    );
  }

  /** A line of other questions. @param {string} title @param {string[]} questions */
  #offers(title, questions) {
    if (!questions.length) return [];
    const links = questions.map((question) => {
      const link = element('a', '', [question]);
      link.setAttribute('href', `?q=${encodeURIComponent(question)}`);
      link.addEventListener('click', (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        this.#go(question, false);
        this.input.focus();
      });
      return link;
    });
    return [element('p', 'instead', [`${title} `, ...links.flatMap((link, at) => (at ? [', ', link] : [link]))])];
  }

  /** Up and down go from hit to hit. @param {KeyboardEvent} event */
  #press(event) {
    const links = [...this.place.querySelectorAll('a')];
    const at = links.findIndex((link) => link === document.activeElement);
    const next = event.key === 'ArrowDown' ? links[at + 1] : event.key === 'ArrowUp' ? links[at - 1] ?? this.input : null;
    if (at < 0 || !next) return;
    event.preventDefault();
    next.focus();
  }
}
