// @ts-check
/**
 * The page's side of search: starts the worker when it is first needed, asks it one question at a
 * time, and never delivers an answer that a later question has overtaken. Knows nothing of the page.
 */

/**
 * A half-open range `[start, end)` of a text to mark, in UTF-16 units, as `String.slice` takes them.
 * @typedef {[number, number]} Mark
 */

/**
 * Where a word of the question was found.
 * @typedef {'name' | 'title' | 'tags' | 'owner' | 'description' | 'text'} Place
 */

/**
 * One entity that answers the question.
 * @typedef {object} Hit
 * @property {string} url as it was given to the index: relative to the site's root
 * @property {string} kind
 * @property {string} namespace
 * @property {string} name
 * @property {string} title empty when the entity has none
 * @property {string} description one line, shortened to what a list shows; may be empty
 * @property {string} owner for display; may be empty
 * @property {string} lifecycle may be empty
 * @property {string[]} tags
 * @property {{name: Mark[], title: Mark[], description: Mark[], owner: Mark[]}} marks matched words
 * @property {Place[]} places where words were found, the weightiest first
 * @property {number} score
 */

/**
 * @typedef {object} Answer
 * @property {Hit[]} hits best first
 * @property {boolean} complete false when no entity has every word, so that the hits have most
 * @property {string[]} suggestions where words are unknown: questions with the nearest spellings
 */

/**
 * A list that is asked for.
 * @typedef {object} ListQuestion
 * @property {string} query in the query language: `kind:api owner:team-x "exact words"`
 * @property {string} [sort] `title` (also when missing), `relevance`, or a field
 * @property {boolean} [descending]
 * @property {number} [offset]
 * @property {number} [limit] rows; 0 when only the numbers are wanted
 * @property {string[]} [facets] fields whose values are counted
 */

/**
 * @typedef {{ title: string, url: string | null }} Card
 * @typedef {object} Row
 * @property {string} ref
 * @property {string} kind
 * @property {string} name
 * @property {string} title empty when the entity has none
 * @property {string} url
 * @property {string} description
 * @property {Card | null} owner
 * @property {Card | null} system
 * @property {string} type
 * @property {string} lifecycle
 * @property {string[]} tags
 * @property {string} namespace
 */

/**
 * A list, and for each field its values: the value, what people call it, how many have it.
 * @typedef {{ total: number, rows: Row[], facets: Record<string, [string, string, number][]> }} Listing
 */

/**
 * @typedef {object} Search
 * @property {(question: ListQuestion) => Promise<Listing | null>} list answers with a list; `null`
 *   and errors as with `search`
 * @property {() => Promise<void>} start loads the engine ahead of the first question (on focus, say)
 * @property {(text: string, options?: {limit?: number}) => Promise<Answer | null>} search
 *   answers a question; `null` when a later question has overtaken this one; rejects with a
 *   {@link SearchError} when something could not be loaded, after which asking again tries again
 */

/** Search could not be started or a part of the index could not be loaded. */
export class SearchError extends Error {
  name = 'SearchError';
}

/** How many hits an answer holds when the caller does not say. */
const DEFAULT_LIMIT = 20;

/**
 * Prepares search over the index in a folder. Nothing is loaded before the first call.
 * @param {string | URL} baseUrl the folder of the index files, absolute or relative to the page
 * @returns {Search}
 */
export function createSearch(baseUrl) {
  const base = new URL(String(baseUrl).replace(/\/?$/, '/'), document.baseURI).href;
  /** @type {Worker | null} */
  let worker = null;
  /** @typedef {{message: object, resolve: (answer: any) => void, reject: (e: Error) => void}} Job */
  /** @type {Job | null} */
  let running = null;
  /** @type {Job | null} */
  let waiting = null;

  /** @returns {Worker} */
  function open() {
    const opened = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    opened.onmessage = ({ data }) => settle(data);
    opened.onerror = (event) => {
      event.preventDefault();
      settle({ error: event.message || 'the search worker could not be loaded' });
    };
    return opened;
  }

  /**
   * Ends the running job and starts the waiting one. After an error that is in a new worker, which
   * reads the manifest again: the site may have been built anew.
   * @param {{answer?: Answer | null, error?: string}} data
   */
  function settle({ answer = null, error }) {
    const job = running;
    running = null;
    if (error !== undefined) {
      worker?.terminate();
      worker = null;
      job?.reject(new SearchError(error));
    } else {
      job?.resolve(waiting ? null : answer);
    }
    const next = waiting;
    waiting = null;
    if (next) run(next);
  }

  /** @param {Job} job */
  function run(job) {
    running = job;
    worker ??= open();
    worker.postMessage({ base, ...job.message });
  }

  /**
   * @param {object} message
   * @returns {Promise<any>}
   */
  function ask(message) {
    return new Promise((resolve, reject) => {
      const job = { message, resolve, reject };
      if (!running) return run(job);
      waiting?.resolve(null);
      waiting = job;
    });
  }

  return {
    async start() {
      if (!running) await ask({});
    },
    list: (question) => ask({ list: question }),
    search: (text, { limit = DEFAULT_LIMIT } = {}) => ask({ text, limit }),
  };
}
