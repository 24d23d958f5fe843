// @ts-check
/**
 * The search worker: loads the engine and the index, answers one question after the other, and fetches
 * what an answer needs. When anything fails it says so and is of no more use: the page starts another.
 */

import { openIndex } from './engine.js';

/** @typedef {{base: string, text?: string, limit?: number, list?: import('./client.js').ListQuestion}} Question */

/** @type {Promise<import('./engine.js').Engine> | null} */
let opened = null;

/**
 * @param {string | URL} url
 * @param {RequestCache} [cache]
 * @returns {Promise<Response>}
 */
async function load(url, cache) {
  const response = await fetch(url, { cache }).catch(() => null);
  if (!response?.ok) throw new Error(`search could not load ${url}${response ? ` (HTTP ${response.status})` : ''}`);
  return response;
}

/**
 * Loads what is packed as gzip, whatever the host knows about it: some unpack such files themselves.
 * @param {string | URL} url
 * @param {string} [type] what is in it
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

/** What never changes has a folder of its own. @param {string} base @param {string} name */
const part = (base, name) => new URL(`parts/${name}`, base);

/** @param {string} base */
async function loadBundle(base) {
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
  // The engine stops dead on bytes that no index has.
  if (error instanceof WebAssembly.RuntimeError) return 'the search index is damaged';
  return error instanceof Error ? error.message : String(error);
}

/**
 * @param {Question} question
 * @returns {Promise<unknown>}
 */
async function answer({ base, text, limit = 0, list }) {
  opened ??= open(base);
  const engine = await opened;
  if (list) return engine.list(list);
  return text === undefined ? null : engine.query(text, limit);
}

/** @param {MessageEvent<Question>} event */
self.onmessage = async ({ data }) => {
  try {
    self.postMessage({ answer: await answer(data) });
  } catch (error) {
    self.postMessage({ error: reason(error) });
  }
};
