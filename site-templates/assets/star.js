// @ts-check
/** The star of an entity's page, and remembering that the page was opened. */

import { opened, starred, toggleStar, within } from './me.js';
import { t } from './words.js';

/** @param {HTMLElement} button the star, which says which entity the page is of */
export function startStar(button) {
  const entity = {
    ref: button.dataset.star ?? '',
    kind: button.dataset.kind ?? '',
    title: document.querySelector('h1 bdi')?.textContent ?? '',
    url: within(location.href.replace(/[?#].*$/, '')),
  };
  /** @param {boolean} isStarred */
  const show = (isStarred) => {
    button.setAttribute('aria-pressed', String(isStarred));
    button.title = t(isStarred ? 'js.star.remove' : 'js.star.add');
  };
  button.addEventListener('click', () => show(toggleStar(entity)));
  show(starred().some(({ ref }) => ref === entity.ref));
  opened(entity);
}
