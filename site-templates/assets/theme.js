// @ts-check
// Runs before the page is drawn, so that a chosen theme never flashes. The button is in site.js.
try {
  const theme = localStorage.getItem('theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // No storage: the system's theme.
}
