/** The rows of a list, and the links to its pages. */

import { pageAddress } from '../frame/address.js';

/** @import { Row } from '../../search/types.js' */

/** Life cycles that have a colour of their own. */
const LIFECYCLES = ['production', 'deprecated', 'experimental'];
/** How many pages before and after the current one have a link. */
const NEAR = 2;

/**
 * A row, from the page's own template.
 * @param {HTMLTemplateElement} template
 * @param {Row} entity
 * @param {string} path address of the list
 */
export function rowOf(template, entity, path) {
  const content = document.importNode(template.content, true);
  for (const cell of content.querySelectorAll('[data-col]')) fill(/** @type {HTMLElement} */ (cell), entity, path);
  return /** @type {Element} */ (content.firstElementChild);
}

/** @param {HTMLElement} cell @param {Row} entity @param {string} path */
function fill(cell, entity, path) {
  const field = cell.dataset.col;
  if (field === 'name') {
    cell.querySelector('a')?.setAttribute('href', pageAddress(entity.url));
    cell.querySelector('bdi')?.replaceChildren(entity.title || entity.name);
    if (entity.description) cell.querySelector('small')?.replaceChildren(entity.description);
    else cell.querySelector('small')?.remove();
  } else if (field === 'owner' || field === 'system') {
    const card = entity[field];
    if (card) cell.append(card.url ? link(pageAddress(card.url), card.title) : text(card.title, 'gone'));
  } else if (field === 'lifecycle' && entity.lifecycle) {
    cell.append(text(entity.lifecycle, `lc lc-${LIFECYCLES.includes(entity.lifecycle) ? entity.lifecycle : 'other'}`));
  } else if (field === 'tags') {
    cell.append(...entity.tags.map((tag) => link(`${path}?tag=${encodeURIComponent(tag)}`, `#${tag}`, 'tag')));
  } else if (field === 'type' || field === 'namespace') {
    cell.textContent = entity[field];
  }
}

/**
 * Links to the first page, the last one and those around the current one.
 * @param {number} current counted from 1
 * @param {number} last
 * @param {(page: number) => string} addressOf
 */
export function pageLinks(current, last, addressOf) {
  /** @type {HTMLElement[]} */
  const links = [];
  for (let number = 1; number <= last; number++) {
    if (number === current) {
      const here = text(String(number));
      here.setAttribute('aria-current', 'page');
      links.push(here);
    } else if (number === 1 || number === last || Math.abs(number - current) <= NEAR) {
      links.push(link(addressOf(number), String(number)));
    } else if (links.at(-1)?.textContent !== '…') {
      links.push(text('…'));
    }
  }
  return links;
}

/** @param {string} textContent @param {string} [className] */
function text(textContent, className) {
  return Object.assign(document.createElement('span'), { textContent }, className && { className });
}

/** @param {string} href @param {string} textContent @param {string} [className] */
function link(href, textContent, className) {
  return Object.assign(document.createElement('a'), { href, textContent }, className && { className });
}
