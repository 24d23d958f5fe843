/**
 * The WebAssembly engine as JavaScript sees it: copies bytes into and out of its memory, and loads the parts of
 * the index that an answer lacks, all at once, before it asks the engine again. The only file that knows the
 * engine's exports. It uses neither page nor network, so that it runs in a worker and in tests alike.
 */

/** @import { Answer, Listing, ListQuestion } from './types.js' */

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
 * @property {(text: string, limit: number) => Promise<Answer>} query
 * @property {(question: ListQuestion) => Promise<Listing>} list
 */

/** Results of the function that the engine imports: the bytes are there, cannot be read, or are not loaded yet. */
const DONE = 0;
const FAILED = 1;
const TO_COME = 2;

/**
 * At most so many bytes of unpacked parts of the index are cached between questions: the few thousand parts of a
 * large index that are used most. With a smaller cache, questions of different kinds evict each other's parts.
 */
const KEPT_BYTES = 32 << 20;

/**
 * Opens an index.
 * @param {WebAssembly.Module} module the engine
 * @param {Uint8Array} bundle the part that the index begins with, unpacked
 * @param {(name: string) => Promise<Uint8Array>} load loads a part by its name and unpacks it
 * @returns {Promise<Engine>}
 */
export async function openIndex(module, bundle, load) {
  /** @type {Map<string, Uint8Array>} the least recently used first */
  const chunks = new Map();
  let keptBytes = 0;
  /** @type {Set<string>} parts that the engine asked for and that are not loaded yet */
  const wanted = new Set();
  const instance = await WebAssembly.instantiate(module, { env: { host_read: hostRead } });
  const engine = /** @type {Exports} */ (/** @type {unknown} */ (instance.exports));

  /** @param {number} at @param {number} len */
  const view = (at, len) => new Uint8Array(engine.memory.buffer, at, len);

  /**
   * The function that the engine imports: copies `len` bytes of a part, from `offset` on, to `into`.
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

  /** Copies bytes into the engine's memory. @param {Uint8Array} bytes @returns {[at: number, len: number]} */
  function put(bytes) {
    const at = engine.alloc(bytes.length);
    view(at, bytes.length).set(bytes);
    return [at, bytes.length];
  }

  /** @param {number} failed what the call returned @returns {string} the result; throws when the call failed */
  function result(failed) {
    const text = new TextDecoder().decode(view(engine.result_ptr(), engine.result_len()));
    if (failed) throw new Error(text);
    return text;
  }

  /**
   * Calls the engine until no part is missing. What a round reads decides which parts the next one needs.
   * @param {(bytes: number, len: number) => number} call
   * @param {string} question
   * @returns {Promise<unknown>} the engine's JSON
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

  /** Evicts the parts that were used least recently. @param {number} failed @returns {unknown} */
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
    query: async (text, limit) => /** @type {Answer} */ (await ask((at, len) => engine.query(at, len, limit), text)),
    list: async (question) => /** @type {Listing} */ (await ask(engine.list, JSON.stringify(question))),
  };
}
