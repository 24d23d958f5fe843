/** Dates relative to now, and how fresh the catalog is. */

import { base } from './address.js';
import { t } from './words.js';

/** @import { Source, State } from '../../types.js' */

const { lang } = document.documentElement;
const ago = new Intl.RelativeTimeFormat(lang, { numeric: 'auto', style: 'short' });
const day = new Intl.DateTimeFormat(lang, { dateStyle: 'full', timeZone: 'UTC' });
/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [['year', 31536000], ['month', 2592000], ['week', 604800], ['day', 86400], ['hour', 3600], ['minute', 60]];
/** After so many milliseconds without being read a source gets a warning: two weeks. */
const OLD = 14 * 86400e3;

/** How long ago a time was, in words. @param {string} iso */
function since(iso) {
  const seconds = (Date.parse(iso) - Date.now()) / 1000;
  const unit = UNITS.find(([, size]) => Math.abs(seconds) >= size);
  if (Number.isNaN(seconds)) return iso;
  return unit ? ago.format(Math.trunc(seconds / unit[1]), unit[0]) : t('js.now');
}

/** Writes the dates of the page relative to now; the exact date stays as the title. */
export function showDates() {
  for (const time of document.querySelectorAll('time[data-ago]')) {
    time.textContent = since(time.getAttribute('datetime') ?? '');
    time.classList.add('done');
  }
  for (const time of document.querySelectorAll('time[data-day]')) {
    time.textContent = day.format(new Date(time.getAttribute('datetime') ?? ''));
  }
}

/** Shows how fresh the catalog and its sources are, and the numbers in the navigation. */
export async function showFreshness() {
  /** @type {State} */
  const { built, as_of: asOf, commit, sources, counts } = await (await fetch(`${base}assets/state.json`)).json();
  for (const badge of document.querySelectorAll('[data-state]')) {
    const n = counts[badge.getAttribute('data-state') ?? ''];
    badge.textContent = n ? String(n) : '';
  }
  const when = asOf ?? built;
  const parts = [dated(when, t(asOf ? 'js.fresh.as_of' : 'js.fresh.built', { when: since(when) }))];
  if (commit) parts.push(dated(when, t('js.fresh.commit', { id: commit })));
  document.querySelector('[data-fresh]')?.replaceChildren(...parts, ...sources.map(freshness));
  for (const place of document.querySelectorAll('[data-source]')) {
    const source = sources.find(({ name }) => name === place.getAttribute('data-source'));
    if (source?.read) place.textContent = since(source.read);
    else if (source?.changed) place.textContent = t('js.fresh.changed_at', { when: since(source.changed) });
    if (source?.failure) place.classList.add('bad');
    else if (source?.read && Date.now() - Date.parse(source.read) > OLD) place.classList.add('warn');
  }
}

/** @param {Source} source */
function freshness({ name, read, changed, failure, since: failing }) {
  if (!read && !failure && changed) return dated(changed, t('js.fresh.changed', { name, when: since(changed) }));
  if (!read && !failure) return dated('', t('js.fresh.unread', { name }));
  const when = failure ? failing : read;
  const text = failure ? t('js.fresh.failed', { name }) : name;
  return dated(when ?? '', when ? `${text} ${since(when)}` : text, failure && 'bad');
}

/** A text with the exact date as its title. @param {string} iso @param {string} text @param {string} [className] */
function dated(iso, text, className) {
  const span = document.createElement('span');
  span.textContent = text;
  span.title = new Date(iso).toLocaleString(lang);
  if (className) span.className = className;
  return span;
}
