/**
 * The search box: asks the engine while a visitor types, and shows the hits in a listbox, by kind. While it is
 * empty, it offers the entities that the visitor starred or opened last.
 */

import { pageAddress, root } from '../frame/address.js';
import { kindIcon } from '../frame/icons.js';
import { listen } from '../frame/listen.js';
import { t } from '../frame/words.js';
import { recent, starred } from '../me/store.js';
import { search } from './engine.js';
import { byKind, element, hitLink, kindWords } from './hits.js';
import { group, Listbox } from './listbox.js';
import { complete } from './query.js';

/** @import { Answer } from '../../search/types.js' */
/** @import { Kept } from '../../types.js' */
/** @import { Completion } from './query.js' */

/** After so many milliseconds the list says that the engine is loading. */
const PATIENCE = 300;
/** How many hits are shown. */
const LIMIT = 12;
/** How many starred and how many opened entities are shown. */
const REMEMBERED = 6;

/** Starts the search box of the bar. */
export function startSearch() {
  const input = document.getElementById('search');
  const form = input?.closest('form');
  if (input instanceof HTMLInputElement && form) new SearchBox(input, form).start();
}

/** The questions of the search box, one after the other. */
class SearchBox {
  #latest = 0;
  /** Settles when the last question is answered. */
  #answered = Promise.resolve();

  /** @param {HTMLInputElement} input @param {HTMLFormElement} form */
  constructor(input, form) {
    this.input = input;
    this.form = form;
    this.list = new Listbox(input, form);
  }

  start() {
    const { input, form, list } = this;
    input.addEventListener('input', () => { this.#answered = this.#ask(); });
    input.addEventListener('keydown', (event) => this.#press(event));
    form.addEventListener('focusout', (event) => {
      if (!form.contains(/** @type {Node | null} */ (event.relatedTarget))) list.setOpen(false);
    });
    // This script is loaded when the box gets the focus; the visitor may have typed since.
    listen(input, 'focus', () => {
      search().then((ready) => ready.start()).catch(() => {});
      this.#answered = this.#ask();
    });
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const turn = this.#latest;
      await this.#answered;
      // Unless the visitor went on typing, or closed the list.
      if (turn === this.#latest) list.chosen?.click();
    });
  }

  /** Asks what is typed, and shows the answer. @returns {Promise<void>} */
  async #ask() {
    const text = this.input.value;
    const turn = ++this.#latest;
    if (!text.trim()) return this.#showRemembered();
    const late = setTimeout(() => turn === this.#latest && !this.list.hasOptions && this.list.say(t('js.search.loading')), PATIENCE);
    try {
      const engine = await search();
      const answer = await engine.search(text, { limit: LIMIT });
      if (turn !== this.#latest) return;
      // Another part of the page has asked the engine since, and does not ask again.
      if (!answer) return this.#ask();
      if (answer.hits.length) this.#show(answer, [], text);
      const completions = await complete(engine, text);
      if (turn !== this.#latest || (answer.hits.length && !completions.length)) return;
      const before = this.list.selected;
      this.#show(answer, completions, text);
      if (before > 0) this.list.select(before + completions.length);
    } catch (error) {
      if (turn === this.#latest) this.#showFailure(error);
    } finally {
      clearTimeout(late);
    }
  }

  /** Says why there is no answer, and offers to try again. @param {unknown} error */
  #showFailure(error) {
    const again = element('button', 'again', [t('js.search.again')]);
    again.setAttribute('type', 'button');
    again.addEventListener('click', () => this.#ask());
    this.list.say(t('js.search.failed', { why: error instanceof Error ? error.message : String(error) }), { beside: [again] });
  }

  /** Shows what the visitor starred and opened, while nothing is typed. */
  #showRemembered() {
    const groups = /** @type {[string, Kept[]][]} */ ([
      [t('js.search.starred'), starred()], [t('js.search.recent'), recent()],
    ]).filter(([, known]) => known.length);
    this.list.setStatus('');
    if (!groups.length || document.activeElement !== this.input) return this.list.setOpen(false);
    this.list.show(groups.map(([title, known]) => group(title, known.slice(0, REMEMBERED).map(knownLink))));
    this.list.setOpen(true);
  }

  /**
   * @param {Answer} answer
   * @param {Completion[]} completions
   * @param {string} text
   */
  #show({ hits, complete: all, suggestions = [] }, completions, text) {
    const { list } = this;
    const what = text.trim();
    if (!hits.length && !completions.length) {
      const nearest = suggestions.map((question) => this.#offer(question, question));
      list.say(t('js.search.none', { what }), { below: nearest.length ? [group(t('js.search.nearest'), nearest)] : [] });
      return;
    }
    const items = byKind(hits).map(([kind, some]) => group(kindWords(kind, some.length), some.map(hitLink)));
    if (!all && hits.length) items.unshift(element('div', 'say', [t('js.search.most')]));
    if (completions.length) {
      items.unshift(group(t('js.search.narrow'), completions.map(({ label, query }) => this.#offer(label, query))));
    }
    if (hits.length === LIMIT) {
      const every = element('a', 'every', [t('js.search.all', { what })]);
      every.setAttribute('href', `${root}search.html?q=${encodeURIComponent(what)}`);
      items.push(group('', [every]));
    }
    list.show(items);
    list.setStatus(t(hits.length === LIMIT ? 'js.search.best' : 'js.search.count', { n: hits.length }));
    list.setOpen(true);
    list.scrollToStart();
    list.select(hits.length ? completions.length : -1);
  }

  /** An option that is another question. @param {string} label @param {string} query */
  #offer(label, query) {
    const item = element('button', 'offer', [label]);
    item.setAttribute('type', 'button');
    item.addEventListener('click', () => {
      this.input.value = query;
      this.input.focus();
      this.#answered = this.#ask();
    });
    return item;
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const { input, list } = this;
    if (event.key === 'Escape') {
      event.preventDefault();
      if (list.isOpen) {
        this.#latest++;
        list.setOpen(false);
      } else {
        input.value = '';
        input.blur();
      }
    } else if (list.isOpen && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault();
      list.move(event.key === 'ArrowDown' ? 1 : -1);
    } else if (event.key === 'ArrowDown') {
      this.#ask();
    } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      const { chosen } = list;
      if (chosen instanceof HTMLAnchorElement) {
        event.preventDefault();
        window.open(chosen.href, '_blank', 'noopener');
      }
    }
  }
}

/** @param {Kept} known */
function knownLink({ url, title, kind }) {
  const name = kindWords(kind, 1);
  const item = element('a', '', [kindIcon(kind, name), element('span', 't', [title]), element('span', 'o', [name])]);
  item.setAttribute('href', pageAddress(url));
  return item;
}
