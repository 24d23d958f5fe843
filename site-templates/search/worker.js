/**
 * The search worker: loads the engine and the index, answers one question after the other, and fetches the parts
 * of the index that an answer needs. After an error it answers nothing more: the page starts another worker.
 */

import { openIndex } from './engine.js';

/** @import { Engine } from './engine.js' */
/** @import { Answer, Listing, WorkerAnswer, WorkerQuestion } from './types.js' */

/** @type {Promise<Engine> | null} */
let opened = null;

/**
 * @param {string | URL} url
 * @param {RequestCache} [cache]
 * @returns {Promise<Response>}
 */
async function load(url, cache) {
  const response = await fetch(url, cache && { cache }).catch(() => null);
  if (!response?.ok) throw new Error(`search could not load ${url}${response ? ` (HTTP ${response.status})` : ''}`);
  return response;
}

/**
 * Loads a file that is packed as gzip. Some hosts unpack such files themselves, so the first bytes decide.
 * @param {string | URL} url
 * @param {string} [type] media type of the unpacked file
 * @returns {Promise<Response>}
 */
async function loadPacked(url, type = '') {
  const packed = await (await load(url)).arrayBuffer();
  const [first, second] = new Uint8Array(packed);
  const body = new Blob([packed]).stream();
  const isPacked = first === 0x1f && second === 0x8b;
  return new Response(isPacked ? body.pipeThrough(new DecompressionStream('gzip')) : body, { headers: { 'content-type': type } });
}

/** @param {string | URL} url @returns {Promise<Uint8Array>} */
async function unpacked(url) {
  const response = await loadPacked(url);
  const bytes = await response.arrayBuffer().catch(() => { throw new Error(`search: ${url} is damaged`); });
  return new Uint8Array(bytes);
}

/** The address of a part: parts never change and have a folder of their own. @param {string} base @param {string} name */
const part = (base, name) => new URL(`parts/${name}`, base);

/** Loads the part that the index begins with. @param {string} base */
async function loadBundle(base) {
  /** @type {{ bundle: string }} */
  const { bundle } = await (await load(new URL('index.json', base), 'no-cache')).json();
  return unpacked(part(base, bundle));
}

/** @param {string} base */
async function open(base) {
  const engine = loadPacked(new URL('./engine.bin', import.meta.url), 'application/wasm');
  const [module, bundle] = await Promise.all([WebAssembly.compileStreaming(engine), loadBundle(base)]);
  return openIndex(module, bundle, (name) => unpacked(part(base, name)));
}

/** @param {unknown} error */
function reason(error) {
  // The engine traps when it reads bytes that no index has.
  if (error instanceof WebAssembly.RuntimeError) return 'the search index is damaged';
  return error instanceof Error ? error.message : String(error);
}

/**
 * @param {WorkerQuestion} question
 * @returns {Promise<Answer | Listing | null>}
 */
async function answer({ base, text, limit = 0, list }) {
  opened ??= open(base);
  const engine = await opened;
  if (list) return engine.list(list);
  return text === undefined ? null : engine.query(text, limit);
}

/** @param {WorkerAnswer} message */
const say = (message) => self.postMessage(message);

/** @param {MessageEvent<WorkerQuestion>} event */
self.onmessage = async ({ data }) => {
  try {
    say({ answer: await answer(data) });
  } catch (error) {
    say({ error: reason(error) });
  }
};
