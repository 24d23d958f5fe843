/** The controls of every page: theme, menu of narrow screens, copy buttons. */

import { icon } from './address.js';
import { listen, onReturn } from './listen.js';
import { t } from './words.js';

const THEMES = ['auto', 'light', 'dark'];

/** The button that changes the theme: auto, light, dark, in turn. */
export function startTheme() {
  const button = document.getElementById('theme');
  if (!button) return;
  const { dataset } = document.documentElement;
  const chosen = () => dataset.theme ?? 'auto';
  /** @param {string} theme */
  const choose = (theme) => {
    if (theme === 'auto') delete dataset.theme;
    else dataset.theme = theme;
    show();
  };
  const show = () => {
    const theme = chosen();
    button.title = t('js.theme', { what: t(`js.theme.${theme}`) });
    button.querySelector('.sr')?.replaceChildren(button.title);
    button.querySelector('use')?.setAttribute('href', icon(`theme-${theme}`));
  };
  show();
  listen(button, 'click', () => {
    choose(THEMES[THEMES.indexOf(chosen()) + 1] ?? 'auto');
    try {
      localStorage.setItem('theme', chosen());
    } catch {
      // No storage: the choice holds for this page.
    }
  });
  onReturn(() => {
    const theme = localStorage.getItem('theme');
    if (theme && THEMES.includes(theme)) choose(theme);
  });
}

/** The menu of narrow screens; without this script its link jumps to the navigation. */
export function startMenu() {
  const menu = document.querySelector('.menu');
  const side = document.getElementById('nav');
  if (!(menu instanceof HTMLElement) || !side) return;
  menu.setAttribute('role', 'button');
  menu.setAttribute('aria-controls', 'nav');
  /** @param {boolean} open */
  const setOpen = (open) => {
    side.classList.toggle('open', open);
    menu.setAttribute('aria-expanded', String(open));
  };
  setOpen(false);
  listen(menu, 'click', (event) => {
    event.preventDefault();
    setOpen(!side.classList.contains('open'));
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') setOpen(false);
  });
}

/** The buttons that copy a text. */
export function startCopying() {
  for (const button of document.querySelectorAll('button[data-copy]')) {
    if (!(button instanceof HTMLElement)) continue;
    // Browsers give the clipboard only to pages that came over HTTPS.
    button.hidden = !navigator.clipboard;
    listen(button, 'click', async () => {
      try {
        await navigator.clipboard.writeText(button.dataset.copy ?? '');
      } catch {
        // Not allowed, or the press was too long ago for this browser: the button stays as it is.
        return;
      }
      const use = button.querySelector('use');
      use?.setAttribute('href', icon('check'));
      button.classList.add('done');
      setTimeout(() => {
        use?.setAttribute('href', icon('copy'));
        button.classList.remove('done');
      }, 1500);
    });
  }
}
