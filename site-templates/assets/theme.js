// @ts-check
// Runs before the page is drawn, so that a chosen theme or language never flashes. The buttons are in
// site.js.
try {
  const theme = localStorage.getItem('theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  const language = localStorage.getItem('language');
  const other = language && document.querySelector(`link[rel=alternate][hreflang="${CSS.escape(language)}"]`);
  if (other instanceof HTMLLinkElement) location.replace(other.href + location.search + location.hash);
} catch {
  // No storage: the system's theme and the portal's language.
}
