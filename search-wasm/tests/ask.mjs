// Asks a wasm engine over an index folder, outside of a browser: `node ask.mjs ENGINE.wasm FOLDER`.
// Reads one question per line, writes one line of JSON for each: the answer, or `{"error": …}`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

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

const manifest = readFileSync(join(folder, 'index.json'));
const hot = readFileSync(join(folder, 'hot'));
const module = await WebAssembly.compile(readFileSync(enginePath));
const engine = await attempt(() =>
  openIndex(module, manifest, hot, (name) => readFileSync(join(folder, name))));
if (engine) {
  for await (const question of createInterface({ input: process.stdin })) {
    await attempt(() => write(engine.query(question, 10)));
  }
}
