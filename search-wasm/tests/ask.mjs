// Asks a wasm engine over an index folder, outside of a browser: `node ask.mjs ENGINE FOLDER`.
// Reads one question per line, writes one line of JSON for each: the answer, or `{"error": …}`; at the
// end how many parts of the index it read.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { gunzipSync } from 'node:zlib';

const [enginePath, folder] = process.argv.slice(2);
const engineJs = readFileSync(new URL('../../site-templates/search/engine.js', import.meta.url), 'utf8');
const { openIndex } = await import('data:text/javascript,' + encodeURIComponent(engineJs));

const write = (value) => process.stdout.write(JSON.stringify(value) + '\n');
const attempt = async (action) => {
  try {
    return await action();
  } catch (error) {
    write({ error: error.message });
  }
};

const unpacked = (name) => gunzipSync(readFileSync(join(folder, 'parts', name)));
const { bundle } = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'));
const module = await WebAssembly.compile(gunzipSync(readFileSync(enginePath)));
let read = 0;
const load = async (name) => {
  read += 1;
  return unpacked(name);
};
const engine = await attempt(() => openIndex(module, unpacked(bundle), load));
if (engine) {
  for await (const question of createInterface({ input: process.stdin })) {
    await attempt(async () => write(await engine.query(question, 10)));
  }
}
write(read);
