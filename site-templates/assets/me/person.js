/** Other pages of the portal as sources: the page of a person says who they are, a team's page what it owns. */

import { linkAddress, pageAddress, within } from '../frame/address.js';

/** @import { Me } from '../../types.js' */

/**
 * Another page of the portal, with all its addresses made absolute.
 * @param {string} url relative to the root
 * @returns {Promise<Document>} rejects with the HTTP status as its message
 */
export async function load(url) {
  const address = pageAddress(url);
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  for (const link of page.querySelectorAll('[href]')) {
    const target = linkAddress(link.getAttribute('href') ?? '', answer.url || address);
    if (target === null) link.removeAttribute('href');
    else link.setAttribute('href', target);
  }
  return page;
}

/**
 * The person whose page this is, with the teams that the page names.
 * @param {string} url
 * @param {Document} page
 * @param {boolean} signedIn
 * @returns {Me}
 */
export function personOf(url, page, signedIn) {
  const avatar = page.querySelector('.head .av');
  const links = /** @type {NodeListOf<HTMLAnchorElement>} */ (page.querySelectorAll('.membership > h2 > a[href]'));
  return {
    url,
    name: page.querySelector('h1 bdi')?.textContent?.trim() ?? url,
    initials: avatar?.textContent ?? '',
    hue: [...(avatar?.classList ?? [])].find((name) => name.startsWith('hue-')) ?? 'hue-0',
    teams: [...links].map((link) => ({ url: within(link.href), title: link.textContent?.trim() ?? '' })),
    signedIn,
  };
}
