/** The form of a template: shows the request while a visitor fills the form in, and what the plan would refuse. */

import { listen } from '../frame/listen.js';
import { t } from '../frame/words.js';
import { RequestForm } from './request.js';
import { fillIn, valuesOfRun } from './values.js';

/** @import { Control, Draft } from './request.js' */
/** @import { Fault } from './schema.js' */

/** Starts the form of the page. @param {HTMLElement} form */
export function startForm(form) {
  if (form instanceof HTMLFormElement) new FormView(form).start();
}

/** What the form's page shows of the request. */
class FormView {
  /** Whether the visitor tried to use the request: from then on mistakes are shown. */
  #wasChecked = false;
  /** The request as it is filled in now. @type {Promise<Draft> | null} */
  #current = null;

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.request = new RequestForm(form);
    this.open = form.querySelector('[data-open]');
    this.say = form.querySelector('[data-say]');
  }

  /** Listens to the controls, and shows the request as the page came. */
  start() {
    const { form, open, say } = this;
    form.addEventListener('input', () => this.#update());
    listen(form, 'submit', (event) => event.preventDefault());
    if (open instanceof HTMLAnchorElement) {
      open.hidden = false;
      open.addEventListener('click', async (event) => {
        event.preventDefault();
        const isElsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
        if ((await this.#checked()) === null) return;
        if (isElsewhere) window.open(open.href, '_blank', 'noopener');
        else location.assign(open.href);
      });
    }
    const copy = form.querySelector('[data-copy-yaml]');
    if (copy instanceof HTMLButtonElement && navigator.clipboard) {
      copy.hidden = false;
      copy.addEventListener('click', async () => {
        const text = await this.#checked();
        if (text === null) return;
        await navigator.clipboard.writeText(text);
        if (say) say.textContent = t('js.form.copied');
      });
    }
    const from = new URLSearchParams(location.search).get('from');
    if (from) this.#startOver(from);
    else this.#update();
  }

  /** Fills in the values of an earlier request, and shows what is wrong with them now. @param {string} id */
  async #startOver(id) {
    const say = this.form.querySelector('[data-from]');
    try {
      const lost = await fillIn(this.request.controls, await valuesOfRun(id));
      this.#wasChecked = true;
      say?.append(t('js.form.from', { id }), lost.length ? ` ${t('js.form.lost', { names: lost.join(', ') })}` : '');
    } catch (error) {
      say?.append(t('js.form.no_from', { id, why: error instanceof Error ? error.message : String(error) }));
    }
    say?.classList.add('notice');
    say?.toggleAttribute('hidden', false);
    await this.#update();
  }

  async #update() {
    this.request.limitChoices();
    const mine = (this.#current = this.request.draft());
    const { text, file, faults } = await mine;
    if (mine !== this.#current) return;
    this.form.querySelector('[data-yaml]')?.replaceChildren(text);
    this.form.querySelector('[data-path]')?.replaceChildren(file);
    if (this.open instanceof HTMLAnchorElement) this.open.href = newFileAddress(this.open.dataset.url ?? '', file, text);
    if (this.#wasChecked) this.#showFaults(faults);
  }

  /** The request, when the plan would accept it; else the focus goes to the first control that is wrong. */
  async #checked() {
    this.#wasChecked = true;
    const draft = await this.#current;
    if (draft && this.#showFaults(draft.faults)) return draft.text;
    const first = this.form.querySelector('.wrong :is(input, select, textarea)');
    if (first instanceof HTMLElement) first.focus();
    return null;
  }

  /** Shows beside each control what is wrong with it; whether nothing is. @param {Fault[]} faults */
  #showFaults(faults) {
    const { controls, requester } = this.request;
    for (const control of controls) {
      const name = control.dataset.parameter;
      showMistake(control, name === undefined ? [] : faults.filter(({ path: [first] }) => first === name));
    }
    if (requester) showMistake(requester, requester.value ? [] : [{ path: [], key: 'required' }]);
    const shown = new Set(controls.map(({ dataset }) => dataset.parameter));
    const rest = faults.filter(({ path: [name] }) => name === undefined || !shown.has(String(name)));
    const isWrong = rest.length > 0 || this.form.querySelector('.wrong') !== null;
    if (!this.say) return !isWrong;
    this.say.textContent = isWrong ? [t('js.form.wrong'), ...rest.map((fault) => `${fault.path[0] ?? ''} ${sentence(fault)}`.trim())].join(' ') : '';
    this.say.classList.toggle('bad', isWrong);
    return !isWrong;
  }
}

/** @param {Control} control @param {Fault[]} faults */
function showMistake(control, faults) {
  const field = control.closest('.field');
  const help = field?.querySelector('.mistake');
  field?.classList.toggle('wrong', faults.length > 0);
  control.setAttribute('aria-invalid', String(faults.length > 0));
  if (!(help instanceof HTMLElement)) return;
  help.hidden = !faults.length;
  help.textContent = faults.map(sentence).join(' ');
}

/**
 * The address at a forge where a new file is begun. GitHub, Gitea and Forgejo take its content as `value`.
 * @param {string} url with `{path}`, and with `{content}` where the forge has another place for it
 * @param {string} file
 * @param {string} text
 */
function newFileAddress(url, file, text) {
  const address = url.replace('{path}', encodeURIComponent(file));
  const content = encodeURIComponent(text);
  return address.includes('{content}')
    ? address.replace('{content}', content)
    : `${address}${address.includes('?') ? '&' : '?'}value=${content}`;
}

/** @param {Fault} fault */
function sentence({ path, key, values }) {
  const inner = path.slice(1).join('.');
  return `${inner ? `${inner}: ` : ''}${t(`js.form.${key}`, values)}`;
}
