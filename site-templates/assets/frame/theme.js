// Runs before the page is drawn, so that nothing flashes or moves: sets the chosen theme and language, that
// there are scripts, whether the visitor is known, and how many entities the browser stores for them. It also has
// what must work before any other script is loaded: the keys, and keeping presses for `listen.js`.
document.documentElement.classList.add('js');
// A list that is opened with filters does not show the unfiltered rows first.
if (location.search) document.documentElement.classList.add('has-query');
try {
  const { classList, dataset, style } = document.documentElement;
  const theme = localStorage.getItem('theme');
  if (theme === 'light' || theme === 'dark') dataset.theme = theme;
  const language = localStorage.getItem('language');
  const other = language && document.querySelector(`link[rel=alternate][data-language="${CSS.escape(language)}"]`);
  if (other instanceof HTMLLinkElement) {
    classList.add('is-leaving');
    location.replace(other.href + location.search + location.hash);
  }
  // `me/store.js` writes these values, with the same keys.
  const site = new URL('../../../', /** @type {HTMLScriptElement} */ (document.currentScript).src).pathname;
  /** @param {string} name @returns {{ length?: number } | null} */
  const kept = (name) => JSON.parse(localStorage.getItem(`callboard ${site} ${name}`) ?? 'null');
  if (kept('me')) classList.add('is-known');
  for (const name of ['starred', 'recent']) {
    const count = kept(name)?.length ?? 0;
    classList.toggle(`has-${name}`, count > 0);
    style.setProperty(`--${name}`, String(Math.min(count, 8)));
  }
} catch {
  // No storage: the system's theme, the portal's language, an unknown visitor.
}

{
  // Buttons that were pressed and forms that were sent before their script was loaded. `listen.js` repeats that;
  // other changes (a typed word, a checked box, an open fold) it reads from the control itself.
  const types = ['click', 'submit'];
  /** @type {import('../../types.js').EarlyPresses} */
  const early = {
    presses: [],
    stop: () => types.forEach((type) => document.removeEventListener(type, keep, true)),
  };
  /** @param {Event} event */
  const keep = (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const pressed = event.type === 'submit' ? target : target?.closest('button, [data-sort], .menu');
    // A link or a form that has an address works without a script.
    if (!pressed || (event.type === 'submit' && pressed.hasAttribute('action'))) return;
    early.presses.push(pressed);
    if (!(pressed instanceof HTMLButtonElement)) event.preventDefault();
  };
  for (const type of types) document.addEventListener(type, keep, true);
  globalThis.early = early;

  // A chosen language is stored: pages that are opened in another one lead to it.
  document.addEventListener('click', ({ target }) => {
    const language = target instanceof Element && target.closest('a[data-language]')?.getAttribute('data-language');
    try {
      if (language) localStorage.setItem('language', language);
    } catch {
      // No storage: the choice holds while the visitor follows links.
    }
  });

  // `/` and Ctrl-K go to search. In lists, up and down go from row to row; Enter follows the link there.
  document.addEventListener('keydown', (event) => {
    const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
    const has = ctrlKey || metaKey;
    const search = document.getElementById('search');
    const typing = event.target instanceof Element && event.target.closest('input, textarea, select, [contenteditable]');
    if (search instanceof HTMLInputElement && (has ? key.toLowerCase() === 'k' : key === '/' && !altKey && !typing)) {
      event.preventDefault();
      search.focus();
      search.select();
    }
    const step = altKey || has || shiftKey ? 0 : key === 'ArrowDown' ? 1 : key === 'ArrowUp' ? -1 : 0;
    const rows = step ? [...document.querySelectorAll('table.list td.what a')] : [];
    const at = rows.indexOf(/** @type {Element} */ (document.activeElement));
    const next = at < 0 ? null : rows[at + step];
    if (next instanceof HTMLElement) {
      event.preventDefault();
      next.focus();
    }
  });
}
