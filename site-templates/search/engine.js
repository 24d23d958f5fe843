// @ts-check
/**
 * The wasm engine as JavaScript sees it: passes bytes in and out of its memory, and fetches the parts of
 * the index that it turns out to need, all at once, before it is asked again. The only place that knows
 * the engine's exports. Knows no host, so that it runs in a worker and in tests alike.
 */

/**
 * @typedef {object} Exports
 * @property {WebAssembly.Memory} memory
 * @property {(len: number) => number} alloc
 * @property {(bundle: number, len: number) => number} open
 * @property {(text: number, len: number, limit: number) => number} query
 * @property {(question: number, len: number) => number} list
 * @property {() => number} result_ptr
 * @property {() => number} result_len
 */

/**
 * @typedef {object} Engine
 * @property {(text: string, limit: number) => Promise<import('./client.js').Answer>} query
 * @property {(question: import('./client.js').ListQuestion) => Promise<import('./client.js').Listing>} list
 */

/** What the engine's import answers. */
const DONE = 0;
const FAILED = 1;
const TO_COME = 2;

/**
 * How many bytes of parts of the index are kept, unpacked, between questions: a large index's hottest few
 * thousand. With fewer, questions of different kinds drive out each other's parts.
 */
const KEPT_BYTES = 32 << 20;

/**
 * Opens an index.
 * @param {WebAssembly.Module} module the engine
 * @param {Uint8Array} bundle where the index begins, unpacked
 * @param {(name: string) => Promise<Uint8Array>} load gives a chunk by name, unpacked
 * @returns {Promise<Engine>}
 */
export async function openIndex(module, bundle, load) {
  /** @type {Map<string, Uint8Array>} the least recently used first */
  const chunks = new Map();
  let keptBytes = 0;
  /** @type {Set<string>} what the engine asked for and is not there yet */
  const wanted = new Set();
  const instance = await WebAssembly.instantiate(module, { env: { host_read: hostRead } });
  const engine = /** @type {Exports} */ (/** @type {unknown} */ (instance.exports));

  /** @param {number} at @param {number} len */
  const view = (at, len) => new Uint8Array(engine.memory.buffer, at, len);

  /**
   * The engine's import: fills `into` from `offset` of a chunk.
   * @param {number} name @param {number} nameLen
   * @param {number} offset @param {number} into @param {number} len
   */
  function hostRead(name, nameLen, offset, into, len) {
    const key = new TextDecoder().decode(view(name, nameLen));
    const chunk = chunks.get(key);
    if (!chunk) {
      wanted.add(key);
      return TO_COME;
    }
    chunks.delete(key);
    chunks.set(key, chunk);
    if (offset + len > chunk.length) return FAILED;
    view(into, len).set(chunk.subarray(offset, offset + len));
    return DONE;
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
    if (failed) throw new Error(text);
    return text;
  }

  /**
   * Calls until nothing is missing. Each round needs what the one before could not know.
   * @param {(bytes: number, len: number) => number} call
   * @param {string} question
   */
  async function ask(call, question) {
    const bytes = new TextEncoder().encode(question);
    for (;;) {
      wanted.clear();
      const failed = call(...put(bytes));
      if (!failed || !wanted.size) return finish(failed);
      await Promise.all([...wanted].map(async (name) => keep(name, await load(name))));
    }
  }

  /** @param {string} name @param {Uint8Array} chunk */
  function keep(name, chunk) {
    keptBytes += chunk.length - (chunks.get(name)?.length ?? 0);
    chunks.set(name, chunk);
  }

  /** @param {number} failed */
  function finish(failed) {
    for (const [name, { length }] of chunks) {
      if (keptBytes <= KEPT_BYTES) break;
      chunks.delete(name);
      keptBytes -= length;
    }
    return JSON.parse(result(failed));
  }

  result(engine.open(...put(bundle)));
  return {
    query: (text, limit) => ask((at, len) => engine.query(at, len, limit), text),
    list: (question) => ask(engine.list, JSON.stringify(question)),
  };
}
