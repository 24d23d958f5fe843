// @ts-check
/**
 * The wasm engine as JavaScript sees it: passes bytes in and out of its memory. The only place that
 * knows the engine's exports. Loads nothing itself, so that it runs in a worker and in tests alike.
 */

/**
 * @typedef {object} Exports
 * @property {WebAssembly.Memory} memory
 * @property {(len: number) => number} alloc
 * @property {(manifest: number, manifestLen: number, hot: number, hotLen: number) => number} open
 * @property {(text: number, len: number, limit: number) => number} query
 * @property {(question: number, len: number) => number} list
 * @property {() => number} result_ptr
 * @property {() => number} result_len
 */

/**
 * @typedef {object} Engine
 * @property {(text: string, limit: number) => import('./client.js').Answer} query
 * @property {(question: import('./client.js').ListQuestion) => import('./client.js').Listing} list
 */

/**
 * Opens an index.
 * @param {WebAssembly.Module} module the engine
 * @param {Uint8Array} manifest
 * @param {Uint8Array} hot the hot bundle that the manifest names
 * @param {(name: string) => Uint8Array} readChunk gives a chunk by name, at once; may throw
 * @returns {Promise<Engine>}
 */
export async function openIndex(module, manifest, hot, readChunk) {
  /** @type {unknown} what `readChunk` threw: says more than the engine can */
  let failure = null;
  const instance = await WebAssembly.instantiate(module, { env: { host_read: hostRead } });
  const engine = /** @type {Exports} */ (/** @type {unknown} */ (instance.exports));

  /** @param {number} at @param {number} len */
  const view = (at, len) => new Uint8Array(engine.memory.buffer, at, len);

  /**
   * The engine's import: fills `into` from `offset` of a chunk; 0 when done.
   * @param {number} name @param {number} nameLen
   * @param {number} offset @param {number} into @param {number} len
   */
  function hostRead(name, nameLen, offset, into, len) {
    try {
      const chunk = readChunk(new TextDecoder().decode(view(name, nameLen)));
      if (offset + len > chunk.length) throw new Error('a part of the search index is cut short');
      view(into, len).set(chunk.subarray(offset, offset + len));
      return 0;
    } catch (error) {
      failure = error;
      return 1;
    }
  }

  /** @param {Uint8Array} bytes @returns {[number, number]} */
  function put(bytes) {
    const at = engine.alloc(bytes.length);
    view(at, bytes.length).set(bytes);
    return [at, bytes.length];
  }

  /** @param {number} failed @returns {string} the result; throws when the call failed */
  function result(failed) {
    const text = new TextDecoder().decode(view(engine.result_ptr(), engine.result_len()));
    if (failed) throw failure ?? new Error(text);
    return text;
  }

  result(engine.open(...put(manifest), ...put(hot)));
  return {
    query(text, limit) {
      failure = null;
      return JSON.parse(result(engine.query(...put(new TextEncoder().encode(text)), limit)));
    },
    list(question) {
      failure = null;
      return JSON.parse(result(engine.list(...put(new TextEncoder().encode(JSON.stringify(question))))));
    },
  };
}
