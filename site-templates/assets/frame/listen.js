/**
 * Listens to a control, and repeats what a visitor did with it before its script was loaded. On a slow network a
 * visitor can press and type long before the scripts of the page have come.
 *
 * The control itself shows typed words, boxes and choices, an open fold and the focus. Presses and sent forms
 * leave no trace in it, so `theme.js`, which comes first, keeps them.
 */

const { early } = globalThis;

/**
 * Adds a listener, and calls it at once for what was done before. Call it after the script has read the state that
 * the page came with.
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

/** Ends the keeping of presses, when every script of the page is loaded. */
export const stopKeeping = () => early?.stop();

/** Removes from the kept presses those that a script handles now, and returns them. @param {(element: Element) => boolean} isMine */
function take(isMine) {
  const mine = early?.presses.filter(isMine) ?? [];
  if (early) early.presses = early.presses.filter((element) => !isMine(element));
  return mine;
}

/** Whether the visitor changed a control, or is using it. @param {HTMLElement} control @param {string} type */
function wasDone(control, type) {
  if (type === 'focus') return document.activeElement === control;
  if (type === 'toggle') return control instanceof HTMLDetailsElement && control.open;
  return type === 'input' && control instanceof HTMLInputElement && control.value !== control.defaultValue;
}
