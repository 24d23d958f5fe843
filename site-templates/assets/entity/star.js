/** The star of an entity's page; it also stores that the page was opened. */

import { within } from '../frame/address.js';
import { listen, onReturn } from '../frame/listen.js';
import { t } from '../frame/words.js';
import { opened, starred, toggleStar } from '../me/store.js';

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
  const read = () => show(starred().some(({ ref }) => ref === entity.ref));
  read();
  onReturn(read);
  opened(entity);
  listen(button, 'click', () => show(toggleStar(entity)));
}
