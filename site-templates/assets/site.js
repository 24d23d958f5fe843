// @ts-check
/** What every page does: theme, menu, relative dates, copying, keys in lists, search. */

import { drop, showWho } from './me.js';
import { startStar } from './star.js';
import { t } from './words.js';

const root = document.body.dataset.root ?? '';
const base = document.body.dataset.base ?? root;

/** @param {string} name @returns {string} */
const icon = (name) => new URL(`icons.svg#${name}`, import.meta.url).href;

/* Theme: auto, light, dark, in turn. */
const themes = ['auto', 'light', 'dark'];
const themeButton = document.getElementById('theme');
if (themeButton) {
  let theme = document.documentElement.dataset.theme ?? 'auto';
  const show = () => {
    themeButton.title = t('js.theme', { what: t(`js.theme.${theme}`) });
    themeButton.querySelector('.sr')?.replaceChildren(themeButton.title);
    themeButton.querySelector('use')?.setAttribute('href', icon(`theme-${theme}`));
  };
  themeButton.addEventListener('click', () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    if (theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem('theme', theme);
    } catch {
      // No storage: the choice holds for this page.
    }
    show();
  });
  show();
}

showWho();

/* Menu of narrow screens; without this script its link jumps to the navigation. */
const menu = document.querySelector('.menu');
const side = document.getElementById('nav');
if (menu && side) {
  menu.setAttribute('role', 'button');
  menu.setAttribute('aria-controls', 'nav');
  /** @param {boolean} open */
  const setOpen = (open) => {
    side.classList.toggle('open', open);
    menu.setAttribute('aria-expanded', String(open));
  };
  setOpen(false);
  menu.addEventListener('click', (event) => {
    event.preventDefault();
    setOpen(!side.classList.contains('open'));
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') setOpen(false);
  });
}

/* Dates as people say them; the exact one stays as the title. */
const ago = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: 'auto', style: 'short' });
/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const units = [['year', 31536000], ['month', 2592000], ['week', 604800], ['day', 86400], ['hour', 3600], ['minute', 60]];
/** @param {string} iso */
function since(iso) {
  const seconds = (Date.parse(iso) - Date.now()) / 1000;
  const unit = units.find(([, size]) => Math.abs(seconds) >= size);
  if (Number.isNaN(seconds)) return iso;
  return unit ? ago.format(Math.trunc(seconds / unit[1]), unit[0]) : t('js.now');
}
for (const time of document.querySelectorAll('time[data-ago]')) {
  time.textContent = since(time.getAttribute('datetime') ?? '');
  time.classList.add('done');
}

const day = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'full', timeZone: 'UTC' });
for (const time of document.querySelectorAll('time[data-day]')) {
  time.textContent = day.format(new Date(time.getAttribute('datetime') ?? ''));
}

/* How fresh the catalog is: one small file, so that pages stay the same when nothing else changes. */
/**
 * When a source was read; where nobody recorded that, when its files changed.
 * @typedef {{ name: string, read?: string, changed?: string, failure?: string, since?: string }} Source
 * @typedef {{ built: string, as_of?: string, commit?: string, sources: Source[], counts: Record<string, number> }} State
 */
/** @param {string} iso @param {string} text @param {string} [className] */
function dated(iso, text, className) {
  const span = document.createElement('span');
  span.textContent = text;
  span.title = new Date(iso).toLocaleString(document.documentElement.lang);
  if (className) span.className = className;
  return span;
}
/** @param {Source} source */
function freshness({ name, read, changed, failure, since: failing }) {
  if (!read && !failure && changed) return dated(changed, t('js.fresh.changed', { name, when: since(changed) }));
  if (!read && !failure) return dated('', t('js.fresh.unread', { name }));
  const when = failure ? failing : read;
  const text = failure ? t('js.fresh.failed', { name }) : name;
  return dated(when ?? '', when ? `${text} ${since(when)}` : text, failure && 'bad');
}
fetch(`${base}assets/state.json`).then((answer) => answer.json()).then((/** @type {State} */ state) => {
  for (const badge of document.querySelectorAll('[data-state]')) {
    const n = state.counts[badge.getAttribute('data-state') ?? ''];
    badge.textContent = n ? String(n) : '';
  }
  const when = state.as_of ?? state.built;
  const parts = [dated(when, t(state.as_of ? 'js.fresh.as_of' : 'js.fresh.built', { when: since(when) }))];
  if (state.commit) parts.push(dated(when, t('js.fresh.commit', { id: state.commit })));
  document.querySelector('[data-fresh]')?.replaceChildren(...parts, ...state.sources.map(freshness));
  for (const place of document.querySelectorAll('[data-source]')) {
    const source = state.sources.find(({ name }) => name === place.getAttribute('data-source'));
    if (source?.read) place.textContent = since(source.read);
    else if (source?.changed) place.textContent = t('js.fresh.changed_at', { when: since(source.changed) });
    if (source?.failure) place.classList.add('bad');
    // Sources that nobody has heard of for two weeks.
    else if (source?.read && Date.now() - Date.parse(source.read) > 14 * 86400e3) place.classList.add('warn');
  }
}).catch(() => {});

/* Another language stays chosen: theme.js goes there from pages that are opened in this one. */
for (const link of document.querySelectorAll('a[data-language]')) {
  link.addEventListener('click', () => {
    try {
      localStorage.setItem('language', link.getAttribute('data-language') ?? '');
    } catch {
      // No storage: the choice holds while one follows links.
    }
  });
}

/* Copy buttons. */
for (const button of document.querySelectorAll('button[data-copy]')) {
  if (!(button instanceof HTMLElement)) continue;
  // Only pages that came safely may use the clipboard.
  button.hidden = !navigator.clipboard;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.dataset.copy ?? '');
    const use = button.querySelector('use');
    use?.setAttribute('href', icon('check'));
    button.classList.add('done');
    setTimeout(() => {
      use?.setAttribute('href', icon('copy'));
      button.classList.remove('done');
    }, 1500);
  });
}

/* Lists: up and down go from row to row, Enter follows the link that has the focus. */
document.addEventListener('keydown', (event) => {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  const rows = step ? [...document.querySelectorAll('table.list td.what a')] : [];
  const at = rows.indexOf(/** @type {Element} */ (document.activeElement));
  if (!step || at < 0 || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const next = rows[at + step];
  if (next instanceof HTMLElement) {
    event.preventDefault();
    next.focus();
  }
});

/* Search: the box is loaded when somebody goes there, by `/` or Ctrl-K too. */
const search = document.getElementById('search');
if (search instanceof HTMLInputElement) {
  search.disabled = false;
  search.addEventListener('focus', () => {
    import('./search-box.js').then(({ startSearch }) => startSearch(), () => { search.placeholder = t('js.search.offline'); });
  }, { once: true });
  document.addEventListener('keydown', (event) => {
    const typing = event.target instanceof Element && event.target.closest('input, textarea, select, [contenteditable]');
    const slash = event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
    const k = event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey);
    if (slash || k) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  });
}

/* Without a network: where the portal wants it, a worker keeps search and the pages that were seen. */
const offline = new URL(`${base}offline.js`, document.baseURI).href;
if ('offline' in document.body.dataset) {
  navigator.serviceWorker?.register(offline).catch(() => {});
} else if (navigator.serviceWorker?.controller?.scriptURL === offline) {
  navigator.serviceWorker.getRegistration().then((old) => old?.unregister()).then(() => drop('seen', 'kept'));
}

if (document.getElementById('found')) import('./search-page.js').then(({ startPage }) => startPage());

const missing = document.querySelector('[data-missing]');
if (missing) import('./missing.js').then(({ startMissing }) => startMissing(missing)).catch(() => {});

const star = document.querySelector('[data-star]');
if (star instanceof HTMLElement) startStar(star);
if (document.querySelector('.api details')) import('./api.js').then(({ startApi }) => startApi());
const filters = document.getElementById('filters');
if (filters instanceof HTMLFormElement) import('./list.js').then(({ startList }) => startList(filters));
if (document.getElementById('home')) import('./home.js').then(({ startHome }) => startHome(icon));
if (document.getElementById('me')) import('./sign-in.js').then(({ startMe }) => startMe());
if (document.querySelector('form.request')) {
  import('./request-form.js').then(({ startForm }) => startForm());
}
