// @ts-check
import { t } from './words.js';

/** The form of a template: grows the request file while somebody fills it in. */

/** Starts the form of the page. */
export function startForm() {
  const found = document.querySelector('form.request');
  if (!(found instanceof HTMLFormElement)) return;
  const form = found;
  const yaml = form.querySelector('[data-yaml]');
  const path = form.querySelector('[data-path]');
  const open = form.querySelector('[data-open]');
  const copy = form.querySelector('[data-copy-yaml]');
  const say = form.querySelector('[data-say]');
  const requester = form.querySelector('[data-requester]');
  let touched = false;

  const controls = /** @type {(HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement)[]} */ (
    [...form.querySelectorAll('[data-parameter]')]);

  function update() {
    const request = requestText();
    const id = requestId();
    yaml?.replaceChildren(request);
    path?.replaceChildren(`scaffolds/requests/${id}.yaml`);
    if (open instanceof HTMLAnchorElement) {
      // GitHub, Gitea and Forgejo take the content of a new file as `value`.
      const url = (open.dataset.url ?? '').replace('{path}', encodeURIComponent(`scaffolds/requests/${id}.yaml`));
      const content = encodeURIComponent(request);
      open.href = url.includes('{content}')
        ? url.replace('{content}', content)
        : `${url}${url.includes('?') ? '&' : '?'}value=${content}`;
    }
    if (touched) showMistakes();
  }

  function requestText() {
    const lines = [`template: ${form.dataset.template}`];
    if (requester instanceof HTMLSelectElement && requester.value) lines.push(`requester: ${scalar(requester.value)}`);
    const parameters = controls.flatMap(parameter);
    if (parameters.length) lines.push('parameters:', ...parameters);
    return `${lines.join('\n')}\n`;
  }

  /** @param {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} control @returns {string[]} */
  function parameter(control) {
    const name = key(control.dataset.parameter ?? '');
    const type = control.dataset.type;
    if (control instanceof HTMLInputElement && control.type === 'checkbox') return [`  ${name}: ${control.checked}`];
    const text = control.value;
    if (!text) return [];
    if (type === 'integer' || type === 'number') return [`  ${name}: ${Number.isNaN(Number(text)) ? scalar(text) : text.trim()}`];
    if (type === 'array' || type === 'object') return [`  ${name}:`, ...text.trimEnd().split('\n').map((line) => `    ${line}`)];
    if (!text.includes('\n')) return [`  ${name}: ${scalar(text)}`];
    return [`  ${name}: ${JSON.stringify(text)}`];
  }

  function requestId() {
    const named = controls.find((control) => /^(name|component_?(id|name))$/i.test(control.dataset.parameter ?? ''));
    const words = [form.dataset.name, named?.value].filter(Boolean).join('-');
    return words.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
  }

  function showMistakes() {
    for (const control of form.querySelectorAll('input, select, textarea')) {
      if (!(control instanceof HTMLInputElement || control instanceof HTMLSelectElement || control instanceof HTMLTextAreaElement)) continue;
      const help = control.closest('.field')?.querySelector('.help');
      const valid = control.validity.valid;
      control.closest('.field')?.classList.toggle('wrong', !valid);
      control.setAttribute('aria-invalid', String(!valid));
      if (!(help instanceof HTMLElement)) continue;
      help.dataset.text ??= help.textContent ?? '';
      help.textContent = valid ? help.dataset.text : `${mistake(control)} ${help.dataset.text}`.trim();
      help.hidden = !help.textContent;
    }
  }

  /** @returns {boolean} */
  function check() {
    touched = true;
    showMistakes();
    const first = form.querySelector('.wrong :is(input, select, textarea)');
    if (say) say.textContent = first ? t('js.form.wrong') : '';
    if (first instanceof HTMLElement) first.focus();
    return !first;
  }

  form.addEventListener('input', update);
  form.addEventListener('submit', (event) => event.preventDefault());
  if (open instanceof HTMLAnchorElement) {
    open.hidden = false;
    open.addEventListener('click', (event) => {
      if (!check()) event.preventDefault();
    });
  }
  if (copy instanceof HTMLButtonElement && navigator.clipboard) {
    copy.hidden = false;
    copy.addEventListener('click', async () => {
      if (!check()) return;
      await navigator.clipboard.writeText(requestText());
      if (say) say.textContent = t('js.form.copied');
    });
  }
  update();
}

/** @param {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} control */
function mistake({ validity }) {
  if (validity.valueMissing) return t('js.form.required');
  if (validity.patternMismatch) return t('js.form.pattern');
  if (validity.tooLong) return t('js.form.long');
  if (validity.tooShort) return t('js.form.short');
  if (validity.rangeUnderflow) return t('js.form.small');
  if (validity.rangeOverflow) return t('js.form.large');
  return t('js.form.invalid');
}

/** Quotes what YAML would not read as the same text. @param {string} text */
function scalar(text) {
  const plain = /^[\p{L}_/][\p{L}\p{N} _./@()+-]*(:[\p{L}\p{N}_./@+-]+)*$/u.test(text) && !/\s$/.test(text);
  return plain && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text) ? text : JSON.stringify(text);
}

/** @param {string} name */
const key = (name) => (/^[\w-]+$/.test(name) ? name : JSON.stringify(name));
