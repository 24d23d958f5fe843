// @ts-check
/** What every page does: theme, menu, relative dates, copying, search; and it imports what this page needs. */

import { base } from './address.js';
import { listen, onReturn, stopKeeping } from './listen.js';
import { drop, showWho } from '../me/me.js';
import { startStar } from '../entity/star.js';
import { t } from './words.js';

/** @param {string} name @returns {string} */
const icon = (name) => new URL(`../icons.svg#${name}`, import.meta.url).href;

/* Theme: auto, light, dark, in turn. */
const themes = ['auto', 'light', 'dark'];
const themeButton = document.getElementById('theme');
if (themeButton) {
  const { dataset } = document.documentElement;
  const chosen = () => dataset.theme ?? 'auto';
  /** @param {string} theme */
  const choose = (theme) => {
    if (theme === 'auto') delete dataset.theme;
    else dataset.theme = theme;
    show();
  };
  const show = () => {
    const theme = chosen();
    themeButton.title = t('js.theme', { what: t(`js.theme.${theme}`) });
    themeButton.querySelector('.sr')?.replaceChildren(themeButton.title);
    themeButton.querySelector('use')?.setAttribute('href', icon(`theme-${theme}`));
  };
  show();
  listen(themeButton, 'click', () => {
    choose(themes[(themes.indexOf(chosen()) + 1) % themes.length]);
    try {
      localStorage.setItem('theme', chosen());
    } catch {
      // No storage: the choice holds for this page.
    }
  });
  onReturn(() => {
    const theme = localStorage.getItem('theme');
    if (theme && themes.includes(theme)) choose(theme);
  });
}

showWho();
onReturn(showWho);

/* Menu of narrow screens; without this script its link jumps to the navigation. */
const menu = document.querySelector('.menu');
const side = document.getElementById('nav');
if (menu instanceof HTMLElement && side) {
  menu.setAttribute('role', 'button');
  menu.setAttribute('aria-controls', 'nav');
  /** @param {boolean} open */
  const setOpen = (open) => {
    side.classList.toggle('open', open);
    menu.setAttribute('aria-expanded', String(open));
  };
  setOpen(false);
  listen(menu, 'click', (event) => {
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

/* Copy buttons. */
for (const button of document.querySelectorAll('button[data-copy]')) {
  if (!(button instanceof HTMLElement)) continue;
  // Only pages that came safely may use the clipboard.
  button.hidden = !navigator.clipboard;
  listen(button, 'click', async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy ?? '');
    } catch {
      // Not allowed, or the press was too long ago for this browser: the button stays as it is.
      return;
    }
    const use = button.querySelector('use');
    use?.setAttribute('href', icon('check'));
    button.classList.add('done');
    setTimeout(() => {
      use?.setAttribute('href', icon('copy'));
      button.classList.remove('done');
    }, 1500);
  });
}

/* Search: the box is loaded when somebody goes there. */
const search = document.getElementById('search');
if (search instanceof HTMLInputElement) {
  let isLoaded = false;
  let isAsked = false;
  /** Enter is answered when the box has come. @param {Event} event */
  const wait = (event) => {
    event.preventDefault();
    isAsked = true;
  };
  search.disabled = false;
  if (search.form) listen(search.form, 'submit', wait);
  listen(search, 'focus', async () => {
    if (isLoaded) return;
    isLoaded = true;
    const box = await import('../search/box.js').catch(() => null);
    if (!box) {
      // Going there again tries again.
      isLoaded = false;
      search.placeholder = t('js.search.offline');
      return;
    }
    search.form?.removeEventListener('submit', wait);
    box.startSearch();
    if (isAsked) search.form?.requestSubmit();
  });
}

/* Without a network: where the portal wants it, a worker keeps search and the pages that were seen. */
const offline = new URL(`${base}offline.js`, document.baseURI).href;
if ('offline' in document.body.dataset) {
  navigator.serviceWorker?.register(offline).catch(() => {});
} else if (navigator.serviceWorker?.controller?.scriptURL === offline) {
  navigator.serviceWorker.getRegistration().then((old) => old?.unregister()).then(() => drop('seen', 'kept'));
}

/* What this page has besides. */
const missing = document.querySelector('[data-missing]');
const star = document.querySelector('[data-star]');
const filters = document.getElementById('filters');
if (star instanceof HTMLElement) startStar(star);
/** @type {[unknown, () => Promise<void>][]} */
const parts = [
  [document.getElementById('found'), () => import('../search/page.js').then(({ startPage }) => startPage())],
  [missing, () => import('../search/missing.js').then(({ startMissing }) => missing && startMissing(missing)).catch(() => {})],
  [document.querySelector('.api details'), () => import('../entity/api.js').then(({ startApi }) => startApi())],
  [filters, () => import('../lists/list.js').then(({ startList }) => startList(/** @type {HTMLFormElement} */ (filters)))],
  [document.getElementById('home'), () => import('../me/home.js').then(({ startHome }) => startHome(icon))],
  [document.getElementById('me'), () => import('../me/sign-in.js').then(({ startMe }) => startMe())],
  [document.getElementById('docs-filter'), () => import('../lists/docs.js').then(({ startDocs }) => startDocs())],
  [document.querySelector('form.request'), () => import('../form/request.js').then(({ startForm }) => startForm())],
];
Promise.all(parts.map(([has, start]) => has && start())).finally(stopKeeping);
