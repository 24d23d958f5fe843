// @ts-check
/**
 * A list that filters, sorts and exports, by the search engine. Its state is the address; without any,
 * the rows are those of the page itself.
 */

import { base, pageAddress, root } from '../frame/address.js';
import { FIELDS, isFiltered, questionOf, referenceOf, searchOf, stateOf } from './state.js';
import { listen } from '../frame/listen.js';
import { me } from '../me/me.js';
import { t } from '../frame/words.js';

/**
 * @typedef {import('./state.js').State} State
 * @typedef {{ title: string, url: string | null }} Card
 * @typedef {object} Row an entity as the engine lists it
 * @property {string} ref
 * @property {string} kind
 * @property {string} name
 * @property {string} title
 * @property {string} url
 * @property {string} description
 * @property {Card | null} owner
 * @property {Card | null} system
 * @property {string} type
 * @property {string} lifecycle
 * @property {string[]} tags
 * @property {string} namespace
 * @typedef {{ total: number, rows: Row[], facets: Record<string, [string, string, number][]> }} Answer
 */

const ROWS = 50;
/** Rows of one question of an export. */
const BATCH = 1000;
/** How many values a filter shows, and from how many on it can be searched itself. */
const VALUES = 100;
const MANY = 12;
/** How long typing may pause before the list follows, in milliseconds. */
const PAUSE = 120;
const LIFECYCLES = ['production', 'deprecated', 'experimental'];

/** @param {HTMLFormElement} form */
export function startList(form) {
  const { kind = '', all = '', of = '' } = form.dataset;
  const found = document.getElementById('list');
  const none = document.getElementById('none');
  const pages = document.getElementById('pages');
  const template = document.getElementById('row');
  const words = form.querySelector('input');
  if (!(found instanceof HTMLTableElement) || !(template instanceof HTMLTemplateElement) || !none || !pages || !words) return;
  const table = found;
  const shown = table.querySelector('[data-shown]');
  const range = table.querySelector('[data-range]');
  const body = table.tBodies[0];
  const heads = /** @type {HTMLElement[]} */ ([...table.querySelectorAll('[data-sort]')]);
  const whole = new URL(all, document.baseURI);
  // The page as it came: it is shown again when nothing is filtered.
  const still = {
    path: location.pathname, rows: [...body.rows], pages: [...pages.childNodes], hasPages: !pages.hidden,
    shown: shown?.textContent ?? '', range: range?.textContent ?? '',
  };

  /** @type {Promise<{ list: (question: object) => Promise<Answer | null> }> | null} */
  let client = null;
  /** The engine answers one question after the other. @type {Promise<unknown>} */
  let turn = Promise.resolve();
  let latest = 0;
  /** The timer of what is being typed; 0 when nothing is. */
  let pause = 0;
  let state = here();

  /** The state that the address says; the page of one value is filtered by it. */
  function here() {
    const said = stateOf(new URLSearchParams(location.search));
    const { field, value } = form.dataset;
    if (!location.search && field && value !== undefined) said.chosen[field] = [value];
    return said;
  }

  /** @param {object} question @returns {Promise<Answer>} */
  function ask(question) {
    const asked = turn.catch(() => {}).then(async () => {
      client ??= import('../../search/client.js').then(({ createSearch }) => /** @type {any} */ (createSearch(new URL(`${base}search/`, document.baseURI))));
      client.catch(() => { client = null; });
      const answer = await (await client).list(question);
      if (!answer) throw new Error('overtaken');
      return answer;
    });
    turn = asked;
    return asked;
  }

  const order = () => ({ sort: state.sort.replace(/^-/, ''), descending: state.sort.startsWith('-') });

  /** Shows the state. */
  async function show() {
    const mine = ++latest;
    showControls();
    if (!location.search && location.pathname === still.path) return showStill();
    if (!searchOf(state)) return location.replace(whole);
    const question = questionOf(kind, state);
    if (question === null) return showNone(state.mine && !me() ? 'js.list.unknown' : 'js.list.unstarred');
    table.classList.add('is-late');
    try {
      const answer = await ask({ query: question, ...order(), offset: (state.page - 1) * ROWS, limit: ROWS, facets: [] });
      if (mine === latest) showRows(answer);
    } catch (error) {
      if (mine === latest) showNone('js.list.failed', { why: error instanceof Error ? error.message : String(error) });
    }
  }

  function reveal() {
    document.documentElement.classList.remove('has-query');
    table.classList.remove('is-late');
  }

  function showStill() {
    reveal();
    table.classList.remove('is-filtered');
    table.hidden = false;
    if (none) none.hidden = true;
    body.replaceChildren(...still.rows);
    shown?.replaceChildren(still.shown);
    range?.replaceChildren(still.range);
    pages?.replaceChildren(...still.pages);
    if (pages) pages.hidden = !still.hasPages;
  }

  /** @param {string} key @param {Record<string, string>} [values] */
  function showNone(key, values) {
    reveal();
    table.hidden = true;
    if (pages) pages.hidden = true;
    if (!none) return;
    none.hidden = false;
    none.textContent = t(key, values);
    if (key !== 'js.list.unknown') return;
    const link = Object.assign(document.createElement('a'), { href: `${root}me.html`, textContent: document.getElementById('who')?.title ?? '' });
    none.append(' ', link);
  }

  /** @param {Answer} answer */
  function showRows({ total, rows }) {
    if (!total) return showNone('js.list.none');
    for (const { owner, system } of rows) for (const card of [owner, system]) if (card?.url) labels.set(referenceOf(card.url), card.title);
    reveal();
    showControls();
    table.classList.add('is-filtered');
    table.hidden = false;
    if (none) none.hidden = true;
    body.replaceChildren(...rows.map(row));
    shown?.replaceChildren(isFiltered(state) ? t('js.list.shown', { n: total, of }) : of);
    const first = (state.page - 1) * ROWS;
    range?.replaceChildren(total > ROWS ? `${first + 1}–${first + rows.length}` : '');
    showPages(Math.ceil(total / ROWS));
  }

  /** @param {Row} entity */
  function row(entity) {
    const made = /** @type {HTMLElement} */ (document.importNode(/** @type {HTMLTemplateElement} */ (template).content, true).firstElementChild);
    for (const cell of made.querySelectorAll('[data-col]')) fill(/** @type {HTMLElement} */ (cell), entity);
    return made;
  }

  /** @param {HTMLElement} cell @param {Row} entity */
  function fill(cell, entity) {
    const field = cell.dataset.col;
    if (field === 'name') {
      cell.querySelector('a')?.setAttribute('href', pageAddress(entity.url));
      cell.querySelector('bdi')?.replaceChildren(entity.title || entity.name);
      if (entity.description) cell.querySelector('small')?.replaceChildren(entity.description);
      else cell.querySelector('small')?.remove();
    } else if (field === 'owner' || field === 'system') {
      const card = entity[field];
      if (card) cell.append(card.url ? link(pageAddress(card.url), card.title) : gone(card.title));
    } else if (field === 'lifecycle' && entity.lifecycle) {
      const mark = Object.assign(document.createElement('span'), { textContent: entity.lifecycle });
      mark.className = `lc lc-${LIFECYCLES.includes(entity.lifecycle) ? entity.lifecycle : 'other'}`;
      cell.append(mark);
    } else if (field === 'tags') {
      cell.append(...entity.tags.map((tag) => Object.assign(link(`${whole.pathname}?tag=${encodeURIComponent(tag)}`, `#${tag}`), { className: 'tag' })));
    } else if (field === 'type' || field === 'namespace') {
      cell.textContent = entity[field];
    }
  }

  /** The first page, the last and those around the current one. @param {number} last */
  function showPages(last) {
    if (!pages) return;
    /** @type {HTMLElement[]} */
    const links = [];
    for (let number = 1; number <= last; number++) {
      if (number === state.page) {
        const current = Object.assign(document.createElement('span'), { textContent: String(number) });
        current.setAttribute('aria-current', 'page');
        links.push(current);
      } else if (number === 1 || number === last || Math.abs(number - state.page) <= 2) {
        links.push(link(address({ ...state, page: number }), String(number)));
      } else if (links.at(-1)?.textContent !== '…') {
        links.push(Object.assign(document.createElement('span'), { textContent: '…' }));
      }
    }
    pages.replaceChildren(...links);
    pages.hidden = last <= 1;
  }

  /** Filters, toggles and heads as the state has them. */
  function showControls() {
    // What somebody is typing is theirs.
    if (words && document.activeElement !== words && !pause) words.value = state.words;
    for (const pick of form.querySelectorAll('.pick')) {
      const values = state.chosen[pick.getAttribute('data-field') ?? ''] ?? [];
      pick.querySelector('[data-chosen]')?.replaceChildren(values.map((value) => labels.get(value) ?? value.replace(/^.*[:/]/, '')).join(', '));
    }
    for (const toggle of form.querySelectorAll('[data-toggle]')) {
      toggle.setAttribute('aria-pressed', String(state[/** @type {'mine' | 'starred'} */ (toggle.getAttribute('data-toggle'))]));
    }
    const clear = form.querySelector('[data-clear]');
    if (clear instanceof HTMLElement) clear.hidden = !isFiltered(state);
    for (const head of heads) {
      if (head.dataset.sort !== order().sort) head.removeAttribute('aria-sort');
      else head.setAttribute('aria-sort', order().descending ? 'descending' : 'ascending');
    }
  }

  /** @param {State} next */
  function address(next) {
    const search = searchOf(next);
    return search ? `${whole.pathname}?${search}` : whole.pathname;
  }

  /** @param {Partial<State>} change @param {boolean} [isTyping] typing makes one step of the history */
  function go(change, isTyping = false) {
    const wasTyping = history.state?.typing === true;
    state = { ...state, page: 1, ...change };
    const to = address(state);
    history[isTyping && wasTyping ? 'replaceState' : 'pushState']({ typing: isTyping }, '', to);
    show();
  }

  /** What people call values that the engine knows by other names. @type {Map<string, string>} */
  const labels = new Map();

  /** Offers the values of a field with their numbers. @param {HTMLElement} pick */
  async function offer(pick) {
    const field = pick.dataset.field ?? '';
    const place = pick.querySelector('.options');
    if (!place || !FIELDS.includes(field)) return;
    const query = questionOf(kind, state, field) ?? `kind:${kind}`;
    try {
      const { facets } = await ask({ query, ...order(), offset: 0, limit: 0, facets: [field] });
      place.replaceChildren(...options(field, facets[field] ?? []));
    } catch (error) {
      place.textContent = t('js.list.failed', { why: error instanceof Error ? error.message : String(error) });
    }
  }

  /** @param {string} field @param {[string, string, number][]} values */
  function options(field, values) {
    for (const [value, label] of values) labels.set(value, label);
    const chosen = new Set(state.chosen[field]);
    const known = new Set(values.map(([value]) => value));
    const gone = [...chosen].filter((value) => !known.has(value)).map((value) => /** @type {[string, string, number]} */ ([value, labels.get(value) ?? value, 0]));
    const sorted = [...gone, ...values].sort((a, b) => Number(chosen.has(b[0])) - Number(chosen.has(a[0])));
    const list = document.createElement('div');
    /** @param {string} text */
    const fit = (text) => {
      const wanted = sorted.filter(([, label]) => label.toLowerCase().includes(text.toLowerCase()));
      list.replaceChildren(...wanted.slice(0, VALUES).map((value) => option(field, value, chosen.has(value[0]))));
      if (wanted.length > VALUES) list.append(Object.assign(document.createElement('p'), { textContent: t('js.list.more', { n: wanted.length - VALUES }) }));
      if (!wanted.length) list.append(Object.assign(document.createElement('p'), { textContent: t('js.list.no_values') }));
    };
    fit('');
    if (sorted.length <= MANY) return [list];
    const find = Object.assign(document.createElement('input'), { type: 'search' });
    const heading = form.querySelector(`[data-field="${field}"] summary`)?.firstChild?.textContent?.trim() ?? field;
    find.placeholder = t('js.list.find', { what: heading });
    find.setAttribute('aria-label', find.placeholder);
    find.addEventListener('input', (event) => {
      event.stopPropagation();
      fit(find.value);
    });
    return [find, list];
  }

  /** @param {string} field @param {[string, string, number]} value @param {boolean} isChosen */
  function option(field, [value, label, count], isChosen) {
    const made = document.createElement('label');
    const box = Object.assign(document.createElement('input'), { type: 'checkbox', checked: isChosen });
    box.addEventListener('change', () => {
      const others = state.chosen[field].filter((other) => other !== value);
      go({ chosen: { ...state.chosen, [field]: box.checked ? [...others, value] : others } });
    });
    const text = Object.assign(document.createElement('span'), { textContent: label });
    const number = Object.assign(document.createElement('span'), { className: 'n', textContent: String(count) });
    made.append(box, text, number);
    return made;
  }

  /** All that fits, whatever the page. @param {string} format */
  async function exported(format) {
    const query = questionOf(kind, state);
    /** @type {Row[]} */
    const rows = [];
    for (let total = query === null ? 0 : Infinity; rows.length < total;) {
      const answer = await ask({ query, ...order(), offset: rows.length, limit: BATCH, facets: [] });
      rows.push(...answer.rows);
      total = answer.rows.length ? answer.total : 0;
    }
    const { csv, json, save } = await import('./export.js');
    const name = whole.pathname.split('/').pop()?.replace(/\.html$/, '') ?? kind;
    if (format === 'csv') save(`${name}.csv`, 'text/csv', csv(rows));
    else save(`${name}.json`, 'application/json', json(rows));
  }

  for (const head of heads) {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    listen(head, 'click', () => {
      const field = head.dataset.sort ?? '';
      go({ sort: state.sort === field ? `-${field}` : field });
    });
  }
  listen(words, 'input', () => {
    clearTimeout(pause);
    pause = window.setTimeout(() => {
      pause = 0;
      go({ words: words.value.trim() }, true);
    }, PAUSE);
  });
  listen(form, 'submit', (event) => event.preventDefault());
  listen(form, 'click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('button') : null;
    if (!button) return;
    const { toggle, clear, export: format } = button.dataset;
    if (toggle === 'mine' || toggle === 'starred') go({ [toggle]: !state[toggle] });
    if (clear !== undefined) {
      clearTimeout(pause);
      pause = 0;
      words.value = '';
      go(stateOf(new URLSearchParams()));
    }
    if (format) exported(format).catch((error) => showNone('js.list.failed', { why: error.message }));
  });
  for (const pick of form.querySelectorAll('details')) listen(pick, 'toggle', () => pick.open && offer(pick));
  document.addEventListener('click', (event) => {
    for (const pick of form.querySelectorAll('details')) if (!(event.target instanceof Node && pick.contains(event.target))) pick.open = false;
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
    go({ page: stateOf(to.searchParams).page });
    window.scrollTo(0, 0);
  });
  window.addEventListener('popstate', () => {
    state = here();
    words.value = state.words;
    show();
  });
  show();
}

/** What the catalog has not. @param {string} text */
function gone(text) {
  return Object.assign(document.createElement('span'), { className: 'gone', textContent: text });
}

/** @param {string} href @param {string} text */
function link(href, text) {
  return Object.assign(document.createElement('a'), { href, textContent: text });
}
