/** The facets of the search page: values of fields that add a condition to the question, or remove it. */

import { t } from '../frame/words.js';
import { element, kindWords } from './hits.js';
import { has, term, toggled } from './query.js';

/** @import { FacetValue } from '../../search/types.js' */

/** Fields that have a facet. */
export const FACETS = ['kind', 'type', 'owner', 'lifecycle', 'system', 'tag'];
/** How many values a facet shows. */
const VALUES = 8;

/**
 * The facets of a question. A facet of one value is shown only when the question has it as a condition.
 * @param {Record<string, FacetValue[]>} facets
 * @param {string} question
 * @param {(question: string) => void} ask called with the question of a chosen value
 */
export function facetSections(facets, question, ask) {
  return FACETS.flatMap((field) => {
    const values = facets[field] ?? [];
    const isNarrow = values.some(([value]) => has(question, term(field, value)));
    if (values.length < 2 && !isNarrow) return [];
    const items = values.slice(0, VALUES).map((value) => element('li', '', [valueButton(field, value, question, ask)]));
    return [element('section', '', [element('h2', '', [t(`js.facet.${field}`)]), element('ul', '', items)])];
  });
}

/**
 * @param {string} field
 * @param {FacetValue} value
 * @param {string} question
 * @param {(question: string) => void} ask
 */
function valueButton(field, [value, label, count], question, ask) {
  const condition = term(field, value);
  const name = field === 'kind' ? kindWords(value, 2) : label;
  const button = element('button', 'offer', [element('span', '', [name]), element('span', 'n', [String(count)])]);
  button.setAttribute('type', 'button');
  button.setAttribute('aria-pressed', String(has(question, condition)));
  button.addEventListener('click', () => ask(`${toggled(question, field, condition)} `));
  return button;
}
