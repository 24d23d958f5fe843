// @ts-check
/**
 * The search worker: loads the engine and the index, answers one question after the other. Reads a
 * part of the index synchronously when the engine asks for it, which only a worker may do, and keeps
 * it. When anything fails it says so and is of no more use: the page starts another one.
 */

import { openIndex } from './engine.js';

/** @typedef {{base: string, text?: string, limit?: number, list?: import('./client.js').ListQuestion}} Question */

/** How many parts of the index are kept in memory; the browser's own cache has the others. */
const KEPT_CHUNKS = 512;

/** @type {Map<string, Uint8Array>} the least recently used first */
const chunks = new Map();

/** @type {Promise<import('./engine.js').Engine> | null} */
let opened = null;

/**
 * @param {string | URL} url
 * @param {RequestCache} [cache]
 * @returns {Promise<Response>}
 */
async function load(url, cache) {
  const response = await fetch(url, { cache }).catch(() => null);
  if (!response?.ok) throw missing(url, response?.status);
  return response;
}

/** @param {string | URL} url @param {number} [status] */
function missing(url, status) {
  return new Error(`search could not load ${url}${status ? ` (HTTP ${status})` : ''}`);
}

/** @param {Response} response */
const bytes = async (response) => new Uint8Array(await response.arrayBuffer());

/** @returns {Promise<WebAssembly.Module>} */
async function loadEngine() {
  const response = await load(new URL('./engine.wasm', import.meta.url));
  // A plain host may not know the type, which compiling while loading insists on.
  return response.headers.get('content-type')?.startsWith('application/wasm')
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}

/** @param {string} base */
async function open(base) {
  const loadingEngine = loadEngine();
  loadingEngine.catch(() => {}); // awaited below, after what may fail first
  const manifest = await bytes(await load(new URL('index.json', base), 'no-cache'));
  const { hot } = JSON.parse(new TextDecoder().decode(manifest));
  const hotBytes = await bytes(await load(new URL(hot.name, base)));
  return openIndex(await loadingEngine, manifest, hotBytes, (name) => readChunk(base, name));
}

/** @param {string} base @param {string} name @returns {Uint8Array} */
function readChunk(base, name) {
  const chunk = chunks.get(name) ?? fetchNow(new URL(name, base));
  chunks.delete(name);
  chunks.set(name, chunk);
  if (chunks.size > KEPT_CHUNKS) chunks.delete(chunks.keys().next().value ?? '');
  return chunk;
}

/** @param {URL} url @returns {Uint8Array} */
function fetchNow(url) {
  const request = new XMLHttpRequest();
  request.open('GET', url, false);
  request.responseType = 'arraybuffer';
  try {
    request.send();
  } catch {
    throw missing(url);
  }
  if (request.status !== 200) throw missing(url, request.status);
  return new Uint8Array(request.response);
}

/** @param {unknown} error */
function reason(error) {
  // The engine stops dead on bytes that no index has.
  if (error instanceof WebAssembly.RuntimeError) return 'the search index is damaged';
  return error instanceof Error ? error.message : String(error);
}

/** @param {MessageEvent<Question>} event */
self.onmessage = async ({ data: { base, text, limit = 0, list } }) => {
  try {
    opened ??= open(base);
    const engine = await opened;
    const answer = list ? engine.list(list) : text === undefined ? null : engine.query(text, limit);
    self.postMessage({ answer });
  } catch (error) {
    self.postMessage({ error: reason(error) });
  }
};
