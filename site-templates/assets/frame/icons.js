/** Icons of kinds, for entities that scripts add to a page. */

import { icon } from './address.js';

/** Kinds that have an icon of their own. */
const KINDS = ['component', 'api', 'system', 'domain', 'resource', 'group', 'user', 'location', 'template'];

/**
 * The icon of a kind, named for screen readers where it has a label.
 * @param {string} kind
 * @param {string} [label]
 */
export function kindIcon(kind, label) {
  const name = kind.toLowerCase();
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', `i k-${name}`);
  if (label === undefined) svg.setAttribute('aria-hidden', 'true');
  else {
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', label);
  }
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', icon(name === 'doc' ? 'book' : KINDS.includes(name) ? name : 'other'));
  svg.append(use);
  return svg;
}
