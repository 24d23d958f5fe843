/** The page of a missing address: entities whose names are like the last part of the address. */

import { search } from './engine.js';
import { element, hitLink } from './hits.js';
import { t } from '../frame/words.js';

/** How many entities are offered. */
const MOST = 8;

/** The words of the address. */
function words() {
  const last = location.pathname.replace(/(index)?(\.(html|md|json))?\/?$/, '').split('/').pop() ?? '';
  try {
    return decodeURIComponent(last).replace(/[-_.~\s]+/g, ' ').trim().slice(0, 100);
  } catch {
    return '';
  }
}

/**
 * Adds the nearest entities to the end of the page, where nothing has to move, and fills the search box with the
 * words.
 * @param {Element} place
 */
export async function startMissing(place) {
  const question = words();
  const box = document.getElementById('search');
  if (!question || !(box instanceof HTMLInputElement)) return;
  // Unless the visitor is searching already.
  if (!box.value && document.activeElement !== box) box.value = question;
  const engine = await search();
  const hits = (await engine.search(question, { limit: MOST }))?.hits ?? [];
  if (!hits.length) return;
  const list = element('ul', '', hits.map((hit) => element('li', '', [hitLink(hit)])));
  const section = element('section', 'hits-of', [element('h2', '', [t('js.search.nearest')]), list]);
  place.parentElement?.append(section);
}
