/** The states of runs and steps: their icons and words are in a template of the page. */

/** @param {string} state @returns {HTMLElement | null} the icon and the word of a state; `null` of an unknown one */
export function stateMark(state) {
  const all = document.getElementById('states');
  if (!(all instanceof HTMLTemplateElement)) return null;
  const mark = all.content.querySelector(`[data-state="${CSS.escape(state)}"] > *`);
  return mark instanceof HTMLElement ? document.importNode(mark, true) : null;
}

/** The word of a state. @param {string} state */
export const stateWord = (state) => stateMark(state)?.textContent?.trim() ?? state;
