// @ts-check
/** A missing address: what its last part may have meant. */

import { search } from './engine.js';
import { element, hitLink } from './hits.js';
import { t } from '../frame/words.js';

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
 * Offers what is nearest at the end, where nothing has to move, and leaves the words in the box of search.
 * @param {Element} place
 */
export async function startMissing(place) {
  const question = words();
  const box = document.getElementById('search');
  if (!question || !(box instanceof HTMLInputElement)) return;
  // Unless somebody is searching already.
  if (!box.value && document.activeElement !== box) box.value = question;
  const engine = await search();
  const hits = (await engine.search(question, { limit: MOST }))?.hits ?? [];
  if (!hits.length) return;
  const list = element('ul', '', hits.map((hit) => element('li', '', [hitLink(hit)])));
  const section = element('section', 'hits-of', [element('h2', '', [t('js.search.nearest')]), list]);
  place.parentElement?.append(section);
}
