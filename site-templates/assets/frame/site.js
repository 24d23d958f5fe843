/** The script of every page: starts what every page has, and imports the scripts that this page needs. */

import { startStar } from '../entity/star.js';
import { drop } from '../me/store.js';
import { showWho } from '../me/visitor.js';
import { base } from './address.js';
import { startCopying, startMenu, startTheme } from './controls.js';
import { showDates, showFreshness } from './dates.js';
import { listen, onReturn, stopKeeping } from './listen.js';
import { t } from './words.js';

startTheme();
showWho();
onReturn(showWho);
startMenu();
showDates();
showFreshness().catch(() => {});
startCopying();
startSearch();
startOffline();

const star = document.querySelector('[data-star]');
if (star instanceof HTMLElement) startStar(star);

/**
 * Scripts that only some pages need: the element that needs one, and how it is started there.
 * @type {[selector: string, start: (element: HTMLElement) => Promise<void>][]}
 */
const PARTS = [
  ['#found', () => import('../search/page.js').then(({ startPage }) => startPage())],
  ['[data-missing]', (place) => import('../search/missing.js').then(({ startMissing }) => startMissing(place)).catch(() => {})],
  ['.api details', () => import('../entity/api.js').then(({ startApi }) => startApi())],
  ['#filters', (form) => import('../lists/list.js').then(({ startList }) => startList(form))],
  ['#run-filters', (form) => import('../runs/list.js').then(({ startRuns }) => startRuns(form))],
  ['[data-live]', (run) => import('../runs/live.js').then(({ startLive }) => startLive(run))],
  ['#home', () => import('../me/home.js').then(({ startHome }) => startHome())],
  ['#me', () => import('../me/sign-in.js').then(({ startMe }) => startMe())],
  ['#docs-filter', () => import('../lists/docs.js').then(({ startDocs }) => startDocs())],
  ['form.request', (form) => import('../form/form.js').then(({ startForm }) => startForm(form))],
];
const started = PARTS.map(([selector, start]) => {
  const element = document.querySelector(selector);
  return element instanceof HTMLElement && start(element);
});
Promise.all(started).finally(stopKeeping);

/** The script of the search box is loaded when the box gets the focus. */
function startSearch() {
  const search = document.getElementById('search');
  if (!(search instanceof HTMLInputElement)) return;
  let isLoaded = false;
  let isAsked = false;
  /** Enter is answered when the script has come. @param {Event} event */
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
      // The next focus tries again.
      isLoaded = false;
      search.placeholder = t('js.search.offline');
      return;
    }
    search.form?.removeEventListener('submit', wait);
    box.startSearch();
    if (isAsked) search.form?.requestSubmit();
  });
}

/** Starts the service worker, which caches search and pages, where the portal has one; else removes an old one. */
function startOffline() {
  const offline = new URL(`${base}offline.js`, document.baseURI).href;
  if ('offline' in document.body.dataset) {
    navigator.serviceWorker?.register(offline).catch(() => {});
  } else if (navigator.serviceWorker?.controller?.scriptURL === offline) {
    navigator.serviceWorker.getRegistration().then((old) => old?.unregister()).then(() => drop('seen', 'kept'));
  }
}
