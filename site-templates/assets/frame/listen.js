// @ts-check
/**
 * Listens to a control, and takes up what a visitor did with it before its script had come. Scripts are
 * imported when a page needs them; on a slow network that is long after one can press and type.
 *
 * What a control says itself is read from it: typed words, boxes and choices, an open fold, the focus. Presses
 * and sent forms leave no trace, so `theme.js`, which comes first, keeps them.
 */

/** @type {{ presses: Element[], stop: () => void } | undefined} missing where a portal has its own `theme.js` */
const early = /** @type {any} */ (globalThis).early;

/**
 * Adds a listener, and repeats at once what was done before. Call it where the listener can run: after the
 * script has read the state that the page came with.
 * @template {keyof HTMLElementEventMap} Type
 * @param {HTMLElement} control one that the page came with; presses of buttons inside it count too
 * @param {Type} type
 * @param {(event: HTMLElementEventMap[Type]) => void} react
 */
export function listen(control, type, react) {
  control.addEventListener(type, react);
  if (type === 'click') {
    for (const pressed of take((element) => control.contains(element))) /** @type {HTMLElement} */ (pressed).click();
  } else if (type === 'submit') {
    if (take((element) => element === control).length) /** @type {HTMLFormElement} */ (control).requestSubmit();
  } else if (wasDone(control, type)) {
    control.dispatchEvent(new Event(type));
  }
}

/**
 * Shows again what may have been chosen on another page, when a page comes back from the browser's
 * back/forward cache as it was left.
 * @param {() => void} show
 */
export const onReturn = (show) => addEventListener('pageshow', ({ persisted }) => persisted && show());

/** What is pressed from now on is not kept: every script of the page has come. */
export const stopKeeping = () => early?.stop();

/** Takes out of what was pressed what a script is there for now. @param {(element: Element) => boolean} isMine */
function take(isMine) {
  const mine = early?.presses.filter(isMine) ?? [];
  if (early) early.presses = early.presses.filter((element) => !isMine(element));
  return mine;
}

/** Whether a control is not as the page came, or is in use. @param {HTMLElement} control @param {string} type */
function wasDone(control, type) {
  if (type === 'focus') return document.activeElement === control;
  if (type === 'toggle') return control instanceof HTMLDetailsElement && control.open;
  return type === 'input' && control instanceof HTMLInputElement && control.value !== control.defaultValue;
}
