/** Hits of a search as elements, for the search box and the search page. */

import { pageAddress } from '../frame/address.js';
import { kindIcon } from '../frame/icons.js';
import { t } from '../frame/words.js';

/** @import { Hit, Mark } from '../../search/types.js' */

/**
 * The name of a kind, in the singular or the plural by `n`.
 * @param {string} kind
 * @param {number} n
 */
export function kindWords(kind, n) {
  const key = `js.kind.${kind.toLowerCase()}`;
  const words = t(key, { n });
  return words === key ? kind : words;
}

/**
 * The link of a hit: title, owner, a line of description, and where the words were found when they are not in
 * these texts.
 * @param {Hit} hit
 */
export function hitLink(hit) {
  const item = document.createElement('a');
  item.href = pageAddress(hit.url);
  const title = element('span', 't', hit.title ? marked(hit.title, hit.marks.title) : marked(hit.name, hit.marks.name));
  if (hit.title && hit.name) title.append(element('code', '', marked(hit.name, hit.marks.name)));
  const said = hit.owner ? marked(hit.owner, hit.marks.owner) : [kindWords(hit.kind, 1)];
  item.append(kindIcon(hit.kind, kindWords(hit.kind, 1)), title, element('span', 'o', said));
  const line = element('span', 'd', []);
  const why = reason(hit);
  if (why) line.append(element('span', 'why', [why]));
  if (hit.description) line.append(...marked(hit.description, hit.marks.description));
  if (line.hasChildNodes()) item.append(line);
  return item;
}

/** Where the words were found, when the link does not show them. @param {Hit} hit */
function reason(hit) {
  const place = hit.places[0];
  if (place === 'tags') return hit.tags.map((tag) => `#${tag}`).join(' ');
  return place === 'text' ? t('js.search.in_text') : '';
}

/**
 * @param {string} name
 * @param {string} className
 * @param {(Node | string)[]} children
 */
export function element(name, className, children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/**
 * A text with its matched parts marked.
 * @param {string} text
 * @param {Mark[]} marks
 */
function marked(text, marks) {
  /** @type {(Node | string)[]} */
  const parts = [];
  let from = 0;
  for (const [start, end] of marks) {
    parts.push(text.slice(from, start), element('mark', '', [text.slice(start, end)]));
    from = end;
  }
  parts.push(text.slice(from));
  return parts;
}

/**
 * Groups hits by kind, the kind of the best hit first; within a kind the order stays.
 * @param {Hit[]} hits
 * @returns {[string, Hit[]][]}
 */
export function byKind(hits) {
  /** @type {Map<string, Hit[]>} */
  const groups = new Map();
  for (const hit of hits) {
    const group = groups.get(hit.kind);
    if (group) group.push(hit);
    else groups.set(hit.kind, [hit]);
  }
  return [...groups];
}
