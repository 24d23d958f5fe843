// @ts-check
/** The one search engine of a page: loaded when something asks for it first. */

import { base } from '../frame/address.js';

/** @type {Promise<import('../../search/client.js').Search> | null} */
let loading = null;

/** @returns {Promise<import('../../search/client.js').Search>} */
export function search() {
  const started = (loading ??= import('../../search/client.js').then(({ createSearch }) =>
    createSearch(new URL(`${base}search/`, document.baseURI))));
  // A failure is not kept: the next question tries again.
  started.catch(() => { loading = null; });
  return started;
}
