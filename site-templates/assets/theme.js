// @ts-check
// Runs before the page is drawn, so that nothing flashes or moves: the chosen theme and language, that
// there are scripts, whether the visitor is known, and how much the browser keeps for them.
document.documentElement.classList.add('js');
// A list that is opened with filters shows no other rows first.
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
  // What me.js writes, under the same names.
  const site = new URL('../../', /** @type {HTMLScriptElement} */ (document.currentScript).src).pathname;
  /** @param {string} name */
  const kept = (name) => JSON.parse(localStorage.getItem(`callboard ${site} ${name}`) ?? 'null');
  if (kept('me')) classList.add('is-known');
  for (const name of ['starred', 'recent']) {
    const count = kept(name)?.length ?? 0;
    classList.toggle(`has-${name}`, count > 0);
    style.setProperty(`--${name}`, String(Math.min(count, 8)));
  }
} catch {
  // No storage: the system's theme, the portal's language, a visitor nobody knows.
}
