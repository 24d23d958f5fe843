/** Loads the search engine when something asks for it first. */

import { base } from '../frame/address.js';

/** @import { Search } from '../../search/types.js' */

/**
 * A search engine of its own, with its own worker. After a failure the next call loads it again.
 * @returns {() => Promise<Search>}
 */
export function createEngine() {
  /** @type {Promise<Search> | null} */
  let loading = null;
  return () => {
    const started = (loading ??= import('../../search/client.js').then(({ createSearch }) =>
      createSearch(new URL(`${base}search/`, document.baseURI))));
    started.catch(() => { loading = null; });
    return started;
  };
}

/** The engine that the parts of a page share. */
export const search = createEngine();
