// @ts-check
/** The search box: asks the engine while somebody types and shows what it finds as a listbox. */

import { t } from './words.js';

/** @typedef {import('../search/client.js').Hit} Hit */
/** @typedef {import('../search/client.js').Mark} Mark */

/** How long nothing is said about loading, in milliseconds. */
const PATIENCE = 300;
const LIMIT = 12;
const KINDS = ['component', 'api', 'system', 'domain', 'resource', 'group', 'user', 'location', 'template'];

/**
 * @param {string} root prefix of the pages' root
 * @param {string} base prefix of the site's root, where what all languages share lies
 * @param {(name: string) => string} icon address of an icon
 */
export function startSearch(root, base, icon) {
  const found = document.getElementById('search');
  const form = found?.closest('form');
  if (!(found instanceof HTMLInputElement) || !form) return;
  const input = found;

  const list = document.createElement('div');
  list.id = 'hits';
  list.className = 'hits';
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', t('js.search.results'));
  list.hidden = true;
  const status = document.createElement('div');
  status.className = 'sr';
  status.setAttribute('role', 'status');
  form.append(list, status);
  input.setAttribute('role', 'combobox');
  input.setAttribute('aria-controls', 'hits');
  input.setAttribute('aria-expanded', 'false');
  input.setAttribute('aria-autocomplete', 'list');
  input.disabled = false;

  /** @type {Promise<import('../search/client.js').Search> | null} */
  let search = null;
  const engine = () => {
    const loading = (search ??= import('../search/client.js').then(({ createSearch }) =>
      createSearch(new URL(`${base}search/`, document.baseURI))));
    // A failure is not kept: the next key tries again.
    loading.catch(() => { search = null; });
    return loading;
  };

  let selected = -1;
  let latest = 0;
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
    const line = document.createElement('div');
    line.className = 'say';
    line.textContent = text;
    list.replaceChildren(line);
    status.textContent = text;
    setOpen(true);
  }

  async function ask() {
    const text = input.value;
    const turn = ++latest;
    if (!text.trim()) {
      setOpen(false);
      status.textContent = '';
      return;
    }
    const late = setTimeout(() => turn === latest && !options().length && say(t('js.search.loading')), PATIENCE);
    try {
      const answer = await (await engine()).search(text, { limit: LIMIT });
      if (!answer || turn !== latest) return;
      if (answer.hits.length) show(answer.hits, answer.complete);
      else say(t('js.search.none', { what: text.trim() }));
    } catch (error) {
      if (turn === latest) say(t('js.search.failed', { why: error instanceof Error ? error.message : String(error) }));
    } finally {
      clearTimeout(late);
    }
  }

  /** @param {Hit[]} hits @param {boolean} complete */
  function show(hits, complete) {
    list.replaceChildren(...hits.map(option));
    status.textContent = t(hits.length === LIMIT ? 'js.search.best' : 'js.search.count', { n: hits.length });
    if (!complete) {
      const line = document.createElement('div');
      line.className = 'say';
      line.textContent = t('js.search.most');
      list.prepend(line);
    }
    setOpen(true);
    list.scrollTop = 0;
    select(0);
  }

  /** @param {Hit} hit @param {number} index */
  function option(hit, index) {
    const item = document.createElement('a');
    item.id = `hit-${index}`;
    item.setAttribute('role', 'option');
    item.href = root + hit.url;
    item.tabIndex = -1;
    const title = element('span', 't', hit.title ? marked(hit.title, hit.marks.title) : marked(hit.name, hit.marks.name));
    if (hit.title) title.append(element('code', '', marked(hit.name, hit.marks.name)));
    const parts = [kindIcon(hit.kind), title, element('span', 'o', hit.owner ? marked(hit.owner, hit.marks.owner) : [hit.kind])];
    if (hit.description) parts.push(element('span', 'd', marked(hit.description, hit.marks.description)));
    item.append(...parts);
    return item;
  }

  /** @param {string} kind */
  function kindIcon(kind) {
    const name = kind.toLowerCase();
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('class', `i k-${name}`);
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', kind);
    const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
    use.setAttribute('href', icon(KINDS.includes(name) ? name : 'other'));
    svg.append(use);
    return svg;
  }

  /** @param {number} by */
  const move = (by) => {
    const count = options().length;
    if (count) select((selected + by + count) % count);
  };

  input.addEventListener('focus', () => {
    engine().then((ready) => ready.start()).catch(() => {});
    if (input.value.trim()) ask();
  });
  input.addEventListener('input', ask);
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
    }
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    options()[Math.max(selected, 0)]?.click();
  });
  form.addEventListener('focusout', (event) => {
    if (!form.contains(/** @type {Node | null} */ (event.relatedTarget))) setOpen(false);
  });
  // A press on a result must not take the focus away before the click.
  list.addEventListener('mousedown', (event) => event.preventDefault());
  document.addEventListener('keydown', (event) => {
    const typing = event.target instanceof Element && event.target.closest('input, textarea, select, [contenteditable]');
    const slash = event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
    const k = event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey);
    if (slash || k) {
      event.preventDefault();
      input.focus();
      input.select();
    }
  });
}

/**
 * @param {string} name
 * @param {string} className
 * @param {(Node | string)[]} children
 */
function element(name, className, children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/**
 * A text with its matched parts marked.
 * @param {string} text
 * @param {Mark[]} marks
 */
function marked(text, marks) {
  /** @type {(Node | string)[]} */
  const parts = [];
  let from = 0;
  for (const [start, end] of marks) {
    parts.push(text.slice(from, start), element('mark', '', [text.slice(start, end)]));
    from = end;
  }
  parts.push(text.slice(from));
  return parts;
}
