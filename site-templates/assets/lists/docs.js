/** Filters the list of documentation by the words that a visitor types. */

import { listen } from '../frame/listen.js';
import { t } from '../frame/words.js';

/** Starts the filter of the page. */
export function startDocs() {
  const input = document.getElementById('docs-filter');
  const status = document.getElementById('docs-found');
  if (!(input instanceof HTMLInputElement)) return;
  const groups = [...document.querySelectorAll('#docs-list > section')].map((group) => ({
    group: /** @type {HTMLElement} */ (group),
    owner: fold(group.querySelector('h2')?.textContent ?? ''),
    rows: [...group.querySelectorAll('.rows > li')].map((row) => ({
      row: /** @type {HTMLElement} */ (row),
      text: fold(row.textContent ?? ''),
    })),
  }));
  listen(input, 'input', () => {
    const words = fold(input.value).split(/\s+/).filter(Boolean);
    let found = 0;
    for (const { group, owner, rows } of groups) {
      let any = false;
      for (const { row, text } of rows) {
        row.hidden = !words.every((word) => text.includes(word) || owner.includes(word));
        if (!row.hidden) found += 1;
        any ||= !row.hidden;
      }
      group.hidden = !any;
    }
    if (status) status.textContent = words.length ? t('js.docs.found', { n: found }) : '';
  });
}

/** @param {string} text */
function fold(text) {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
