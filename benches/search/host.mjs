// Folders on loopback, as a host serves them that compresses or does not, with every byte counted.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { gzipSync } from 'node:zlib';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm' };
/** Pages may measure memory only where nothing else can be in their process. */
const ALONE = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

/**
 * Serves each folder below its name, and an empty page at the root.
 * @param {Record<string, string>} folders
 * @param {boolean} packs whether texts and programs are compressed on the way, as good hosts do
 */
export async function host(folders, packs) {
  const sent = { bytes: 0, requests: 0 };
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://host').pathname);
    const [, name, ...rest] = path.split('/');
    const headers = { ...ALONE, 'content-type': TYPES[extname(path)] ?? 'application/octet-stream', 'cache-control': 'max-age=3600' };
    try {
      const isRoot = path === '/';
      let body = isRoot ? Buffer.from('<!doctype html><title>bench</title>') : await readFile(join(folders[name], normalize(`/${rest.join('/')}`)));
      if (packs && extname(path) in TYPES) {
        body = gzipSync(body);
        headers['content-encoding'] = 'gzip';
      }
      if (isRoot) headers['content-type'] = 'text/html';
      else {
        sent.bytes += body.length;
        sent.requests += 1;
      }
      response.writeHead(200, headers).end(body);
    } catch {
      response.writeHead(404, headers).end();
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    /** What was sent since the last call. */
    take() {
      const taken = { ...sent };
      sent.bytes = sent.requests = 0;
      return taken;
    },
    close: () => new Promise((done) => server.close(done).closeAllConnections()),
  };
}
