// @ts-check
/** "I am …": finds people of the catalog by what somebody types and lets them choose. */

import { base } from '../frame/address.js';
import { listen } from '../frame/listen.js';
import { t } from '../frame/words.js';

/** How many people are offered. */
const LIMIT = 12;

/** @param {(url: string) => Promise<void>} choose takes the page of the person chosen */
export function startPicker(choose) {
  const form = document.getElementById('picker');
  const input = form?.querySelector('input');
  const list = form?.querySelector('ul');
  const status = form?.querySelector('[role=status]');
  if (!form || !input || !list || !status) return;
  /** @type {Promise<import('../../search/client.js').Search> | null} */
  let search = null;
  let latest = 0;
  /** The answer that is being waited for. */
  let answered = Promise.resolve();

  const engine = () => {
    search ??= import('../../search/client.js').then(({ createSearch }) => createSearch(new URL(`${base}search/`, document.baseURI)));
    search.catch(() => { search = null; });
    return search;
  };

  async function ask() {
    const turn = ++latest;
    const text = input?.value.trim() ?? '';
    if (!text) return tell('', []);
    try {
      const answer = await (await engine()).search(`kind:user ${text}`, { limit: LIMIT });
      if (!answer || turn !== latest) return;
      const rows = answer.complete ? answer.hits.map(row) : [];
      tell(rows.length ? t('js.me.found', { n: rows.length }) : t('js.me.none', { what: text }), rows);
    } catch (error) {
      if (turn === latest) tell(t('js.search.failed', { why: error instanceof Error ? error.message : String(error) }), []);
    }
  }

  /** @param {string} text @param {HTMLElement[]} rows */
  function tell(text, rows) {
    if (!list || !status) return;
    status.textContent = text;
    list.replaceChildren(...rows);
    if (rows.length || !text) return;
    const line = document.createElement('li');
    line.textContent = text;
    list.append(line);
  }

  /** @param {import('../../search/client.js').Hit} hit */
  function row(hit) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'named';
    const name = document.createElement('bdi');
    name.textContent = hit.title || hit.name;
    const more = document.createElement('small');
    more.textContent = hit.name;
    button.append(name, more);
    button.addEventListener('click', () => choose(hit.url).catch((error) => {
      tell(t('js.home.failed', { why: error instanceof Error ? error.message : String(error) }), []);
    }));
    const item = document.createElement('li');
    item.append(button);
    return item;
  }

  listen(input, 'focus', () => engine().then((ready) => ready.start()).catch(() => {}));
  listen(input, 'input', () => { answered = ask(); });
  // Enter takes the first; down goes into the list, up and down move there.
  listen(form, 'submit', async (event) => {
    event.preventDefault();
    await answered;
    list.querySelector('button')?.click();
  });
  form.addEventListener('keydown', (event) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const stops = [input, ...list.querySelectorAll('button')];
    const next = stops[stops.indexOf(/** @type {any} */ (document.activeElement)) + step];
    if (!step || !next) return;
    event.preventDefault();
    next.focus();
  });
}
