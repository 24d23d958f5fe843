// @ts-check
/**
 * The search box: asks the engine while somebody types and shows what it finds as a listbox, by kind.
 * Empty, it offers what the visitor starred and visited last.
 */

import { pageAddress, root } from '../frame/address.js';
import { byKind, element, hitLink, kindIcon, kindWords } from './hits.js';
import { complete } from './query.js';
import { search } from './engine.js';
import { listen } from '../frame/listen.js';
import { recent, starred } from '../me/me.js';
import { t } from '../frame/words.js';

/** @typedef {import('../../search/client.js').Hit} Hit */
/** @typedef {import('../me/me.js').Kept} Kept */

/** How long nothing is said about loading, in milliseconds. */
const PATIENCE = 300;
const LIMIT = 12;
const REMEMBERED = 6;

/** Starts the box of the bar. */
export function startSearch() {
  const found = document.getElementById('search');
  const form = found?.closest('form');
  if (!(found instanceof HTMLInputElement) || !form) return;
  const input = found;

  const list = element('div', 'hits', []);
  list.id = 'hits';
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', t('js.search.results'));
  list.hidden = true;
  const status = element('div', 'sr', []);
  status.setAttribute('role', 'status');
  form.append(list, status);
  input.setAttribute('role', 'combobox');
  input.setAttribute('aria-controls', 'hits');
  input.setAttribute('aria-expanded', 'false');
  input.setAttribute('aria-autocomplete', 'list');

  let selected = -1;
  let latest = 0;
  /** The answer that is being waited for. */
  let answered = Promise.resolve();
  const options = () => /** @type {HTMLElement[]} */ ([...list.querySelectorAll('[role=option]')]);

  /** @param {boolean} open */
  function setOpen(open) {
    list.hidden = !open;
    input.setAttribute('aria-expanded', String(open));
    if (!open) select(-1);
  }

  /** @param {number} at */
  function select(at) {
    selected = at;
    options().forEach((option, index) => option.setAttribute('aria-selected', String(index === at)));
    const option = options()[at];
    if (option) {
      input.setAttribute('aria-activedescendant', option.id);
      option.scrollIntoView({ block: 'nearest' });
    } else {
      input.removeAttribute('aria-activedescendant');
    }
  }

  /** @param {string} text what the list says instead of, or above, results */
  function say(text) {
    list.replaceChildren(element('div', 'say', [text]));
    status.textContent = text;
    setOpen(true);
  }

  async function ask() {
    const text = input.value;
    const turn = ++latest;
    if (!text.trim()) return remembered();
    const late = setTimeout(() => turn === latest && !options().length && say(t('js.search.loading')), PATIENCE);
    try {
      const engine = await search();
      const answer = await engine.search(text, { limit: LIMIT });
      if (turn !== latest) return;
      // Something else of the page has asked the engine since, and is not asked again.
      if (!answer) return ask();
      if (answer.hits.length) show(answer, [], text);
      const completions = await complete(engine, text);
      if (turn !== latest || (answer.hits.length && !completions.length)) return;
      const before = selected;
      show(answer, completions, text);
      if (before > 0) select(before + completions.length);
    } catch (error) {
      if (turn === latest) failed(error);
    } finally {
      clearTimeout(late);
    }
  }

  /** Says why, and offers to try again. @param {unknown} error */
  function failed(error) {
    say(t('js.search.failed', { why: error instanceof Error ? error.message : String(error) }));
    const again = element('button', 'again', [t('js.search.again')]);
    again.setAttribute('type', 'button');
    again.addEventListener('click', ask);
    list.firstElementChild?.append(' ', again);
  }

  /** What the visitor starred and visited, while nothing is typed. */
  function remembered() {
    const groups = /** @type {[string, Kept[]][]} */ ([
      [t('js.search.starred'), starred()], [t('js.search.recent'), recent()],
    ]).filter(([, known]) => known.length);
    status.textContent = '';
    if (!groups.length || document.activeElement !== input) return setOpen(false);
    list.replaceChildren(...groups.map(([title, known]) => group(title, known.slice(0, REMEMBERED).map(knownLink))));
    number();
    setOpen(true);
  }

  /**
   * @param {import('../../search/client.js').Answer} answer
   * @param {import('./query.js').Completion[]} completions
   * @param {string} text
   */
  function show({ hits, complete: all, suggestions = [] }, completions, text) {
    if (!hits.length && !completions.length) {
      say(t('js.search.none', { what: text.trim() }));
      if (suggestions.length) list.append(group(t('js.search.nearest'), suggestions.map((word) => offer(word, word))));
      number();
      return;
    }
    list.replaceChildren();
    if (completions.length) list.append(group(t('js.search.narrow'), completions.map(({ label, query }) => offer(label, query))));
    if (!all && hits.length) list.append(element('div', 'say', [t('js.search.most')]));
    list.append(...byKind(hits).map(([kind, some]) => group(kindWords(kind, some.length), some.map(hitLink))));
    if (hits.length === LIMIT) {
      const every = element('a', 'every', [t('js.search.all', { what: text.trim() })]);
      every.setAttribute('href', `${root}search.html?q=${encodeURIComponent(text.trim())}`);
      list.append(group('', [every]));
    }
    status.textContent = t(hits.length === LIMIT ? 'js.search.best' : 'js.search.count', { n: hits.length });
    number();
    setOpen(true);
    list.scrollTop = 0;
    select(hits.length ? completions.length : -1);
  }

  /**
   * Options under a heading.
   * @param {string} title
   * @param {HTMLElement[]} items
   */
  function group(title, items) {
    const made = element('div', 'group', []);
    made.setAttribute('role', 'group');
    if (title) {
      made.setAttribute('aria-label', title);
      const heading = element('div', 'of', [title]);
      heading.setAttribute('aria-hidden', 'true');
      made.append(heading);
    }
    made.append(...items);
    return made;
  }

  /** Gives what can be chosen its role and number. */
  function number() {
    list.querySelectorAll('a, button.offer').forEach((item, at) => {
      item.id = `hit-${at}`;
      item.setAttribute('role', 'option');
      item.setAttribute('aria-selected', 'false');
      if (item instanceof HTMLElement) item.tabIndex = -1;
    });
  }

  /**
   * Another question to ask.
   * @param {string} label
   * @param {string} query
   */
  function offer(label, query) {
    const item = element('button', 'offer', [label]);
    item.setAttribute('type', 'button');
    item.addEventListener('click', () => {
      input.value = query;
      input.focus();
      answered = ask();
    });
    return item;
  }

  /** @param {Kept} known */
  function knownLink({ url, title, kind }) {
    const item = element('a', '', [kindIcon(kind), element('span', 't', [title]), element('span', 'o', [kindWords(kind, 1)])]);
    item.setAttribute('href', pageAddress(url));
    return item;
  }

  /** @param {number} by */
  const move = (by) => {
    const count = options().length;
    if (count) select((selected + by + count) % count);
  };

  input.addEventListener('input', () => { answered = ask(); });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      event.preventDefault();
      if (list.hidden) {
        input.value = '';
        input.blur();
      } else {
        latest++;
        setOpen(false);
      }
    } else if (!list.hidden && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault();
      move(event.key === 'ArrowDown' ? 1 : -1);
    } else if (event.key === 'ArrowDown') {
      ask();
    } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      const chosen = options()[Math.max(selected, 0)];
      if (chosen instanceof HTMLAnchorElement) {
        event.preventDefault();
        window.open(chosen.href, '_blank', 'noopener');
      }
    }
  });
  form.addEventListener('focusout', (event) => {
    if (!form.contains(/** @type {Node | null} */ (event.relatedTarget))) setOpen(false);
  });
  // A press on a result must not take the focus away before the click.
  list.addEventListener('mousedown', (event) => event.preventDefault());
  // This script is loaded when the box gets the focus; somebody may have typed since.
  listen(input, 'focus', () => {
    search().then((ready) => ready.start()).catch(() => {});
    answered = ask();
  });
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const turn = latest;
    await answered;
    // Unless somebody went on typing, or closed the list.
    if (turn !== latest) return;
    options()[Math.max(selected, 0)]?.click();
  });
}
