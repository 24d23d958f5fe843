/** The definition of an API: one button folds or unfolds all of it, and what the address names is open. */

import { listen } from '../frame/listen.js';

/** Opens what the address names, and every fold around it. */
function openNamed() {
  const id = decodeURIComponent(location.hash.slice(1));
  const named = id && document.getElementById(id);
  if (!named) return;
  let wasClosed = false;
  for (let fold = named.closest('details'); fold; fold = fold.parentElement?.closest('details') ?? null) {
    wasClosed ||= !fold.open;
    fold.open = true;
  }
  if (wasClosed) named.scrollIntoView();
}

/** Makes the button and the address work. */
export function startApi() {
  const folds = /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll('.api details'));
  const button = document.querySelector('[data-unfold]');
  if (button instanceof HTMLButtonElement) {
    const [unfold, fold] = button.children;
    button.hidden = false;
    listen(button, 'click', () => {
      const open = unfold instanceof HTMLElement && !unfold.hidden;
      for (const one of folds) one.open = open;
      for (const word of [unfold, fold]) word?.toggleAttribute('hidden');
    });
  }
  addEventListener('hashchange', openNamed);
  openNamed();
}
