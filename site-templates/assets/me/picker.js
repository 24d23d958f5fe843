/** "I am …": finds people of the catalog by the words that a visitor types, and lets them choose. */

import { listen } from '../frame/listen.js';
import { t } from '../frame/words.js';
import { createEngine } from '../search/engine.js';

/** @import { Hit } from '../../search/types.js' */

/** How many people are offered. */
const LIMIT = 12;

/** @param {(url: string) => Promise<void>} choose called with the page of the chosen person */
export function startPicker(choose) {
  const form = document.getElementById('picker');
  const input = form?.querySelector('input');
  const list = form?.querySelector('ul');
  const status = form?.querySelector('[role=status]');
  if (!form || !input || !list || !status) return;
  const engine = createEngine();
  let latest = 0;
  /** Settles when the last question is answered. */
  let answered = Promise.resolve();

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

  /** @param {Hit} hit */
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
  // Enter chooses the first person; the down key goes into the list, up and down move there.
  listen(form, 'submit', async (event) => {
    event.preventDefault();
    await answered;
    list.querySelector('button')?.click();
  });
  form.addEventListener('keydown', (event) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const stops = [input, ...list.querySelectorAll('button')];
    const next = stops[stops.findIndex((stop) => stop === document.activeElement) + step];
    if (!step || !next) return;
    event.preventDefault();
    next.focus();
  });
}
