/**
 * The listbox below the search box: groups of options, of which one is selected while the focus stays in the box.
 * Roles and keys follow the combobox pattern of the ARIA Authoring Practices Guide.
 */

import { t } from '../frame/words.js';
import { element } from './hits.js';

/** The listbox of one input. It does not know what its options mean. */
export class Listbox {
  #input;
  #list;
  #status;
  #selected = -1;

  /** @param {HTMLInputElement} input @param {HTMLFormElement} form the list is added to its end */
  constructor(input, form) {
    const list = element('div', 'hits', []);
    list.id = 'hits';
    list.setAttribute('role', 'listbox');
    list.setAttribute('aria-label', t('js.search.results'));
    list.hidden = true;
    const status = element('div', 'sr', []);
    status.setAttribute('role', 'status');
    form.append(list, status);
    input.setAttribute('role', 'combobox');
    input.setAttribute('aria-controls', 'hits');
    input.setAttribute('aria-expanded', 'false');
    input.setAttribute('aria-autocomplete', 'list');
    // A press on an option must not take the focus away before the click.
    list.addEventListener('mousedown', (event) => event.preventDefault());
    this.#input = input;
    this.#list = list;
    this.#status = status;
  }

  get isOpen() {
    return !this.#list.hidden;
  }

  /** Index of the selected option; -1 for none. */
  get selected() {
    return this.#selected;
  }

  /** The selected option, else the first one. */
  get chosen() {
    return this.#options[Math.max(this.#selected, 0)];
  }

  get hasOptions() {
    return this.#options.length > 0;
  }

  get #options() {
    return /** @type {HTMLElement[]} */ ([...this.#list.querySelectorAll('[role=option]')]);
  }

  /** @param {boolean} open */
  setOpen(open) {
    this.#list.hidden = !open;
    this.#input.setAttribute('aria-expanded', String(open));
    if (!open) this.select(-1);
  }

  /** @param {number} at */
  select(at) {
    this.#selected = at;
    const options = this.#options;
    options.forEach((option, index) => option.setAttribute('aria-selected', String(index === at)));
    const option = options[at];
    if (option) {
      this.#input.setAttribute('aria-activedescendant', option.id);
      option.scrollIntoView({ block: 'nearest' });
    } else {
      this.#input.removeAttribute('aria-activedescendant');
    }
  }

  /** Selects the option before or after the selected one. @param {number} by */
  move(by) {
    const count = this.#options.length;
    if (count) this.select((this.#selected + by + count) % count);
  }

  /** What screen readers say of the list. @param {string} text */
  setStatus(text) {
    this.#status.textContent = text;
  }

  /**
   * Shows a sentence.
   * @param {string} text
   * @param {{ beside?: Node[], below?: Node[] }} [more] what follows the sentence, in its line and below it
   */
  say(text, { beside = [], below = [] } = {}) {
    this.show([element('div', 'say', [text, ...beside.flatMap((node) => [' ', node])]), ...below]);
    this.setStatus(text);
    this.setOpen(true);
  }

  /** Replaces what the list shows; links and buttons of class `offer` become options. @param {(Node | string)[]} items */
  show(items) {
    this.#list.replaceChildren(...items);
    this.#list.querySelectorAll('a, button.offer').forEach((item, at) => {
      item.id = `hit-${at}`;
      item.setAttribute('role', 'option');
      item.setAttribute('aria-selected', 'false');
      if (item instanceof HTMLElement) item.tabIndex = -1;
    });
  }

  scrollToStart() {
    this.#list.scrollTop = 0;
  }
}

/** Options under a heading. @param {string} title @param {HTMLElement[]} items */
export function group(title, items) {
  const made = element('div', 'group', []);
  made.setAttribute('role', 'group');
  if (title) {
    made.setAttribute('aria-label', title);
    const heading = element('div', 'of', [title]);
    heading.setAttribute('aria-hidden', 'true');
    made.append(heading);
  }
  made.append(...items);
  return made;
}
