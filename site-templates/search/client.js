/**
 * The page's side of search: starts the worker when the first question comes, sends it one question at a
 * time, and drops the answer to a question that a later one has replaced. Does not know the page. The types of
 * questions and answers are in `types.d.ts` of the source.
 */

/** @import { Answer, Listing, Search, WorkerAnswer, WorkerQuestion } from './types.js' */

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
  /**
   * A question, and how the promise of its answer is settled.
   * @typedef {object} Job
   * @property {Omit<WorkerQuestion, 'base'>} question
   * @property {(answer: Answer | Listing | null) => void} resolve
   * @property {(error: Error) => void} reject
   */
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
   * Ends the running job and starts the waiting one. After an error a new worker starts, which reads the
   * manifest again: the site may have been rebuilt.
   * @param {WorkerAnswer} data
   */
  function settle(data) {
    const job = running;
    running = null;
    if ('error' in data) {
      worker?.terminate();
      worker = null;
      job?.reject(new SearchError(data.error));
    } else {
      job?.resolve(waiting ? null : data.answer);
    }
    const next = waiting;
    waiting = null;
    if (next) run(next);
  }

  /** @param {Job} job */
  function run(job) {
    running = job;
    worker ??= open();
    worker.postMessage(/** @satisfies {WorkerQuestion} */ ({ base, ...job.question }));
  }

  /**
   * Asks when nothing else runs, else next: a job that waits already is dropped.
   * @param {Job['question']} question
   * @returns {Promise<Answer | Listing | null>}
   */
  function ask(question) {
    return new Promise((resolve, reject) => {
      const job = { question, resolve, reject };
      if (!running) return run(job);
      waiting?.resolve(null);
      waiting = job;
    });
  }

  return {
    async start() {
      if (!running) await ask({});
    },
    // The worker answers each question with what it asks for.
    list: (question) => /** @type {Promise<Listing | null>} */ (ask({ list: question })),
    search: (text, { limit = DEFAULT_LIMIT } = {}) => /** @type {Promise<Answer | null>} */ (ask({ text, limit })),
  };
}
