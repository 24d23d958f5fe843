// Serves a site on loopback as a good host of plain files does: compressed, with types, cache lifetimes and the
// headers of the site's `_headers`.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.xml': 'application/xml',
};
const compressed = promisify(gzip);

/**
 * Serves a directory below a path such as `/sub/path/`.
 * @param {string} directory
 * @param {number} port any free one when 0
 * @returns {Promise<{url: string, close: () => Promise<void>}>} `url` ends with the path
 */
export async function host(directory, below = '/', port = 0) {
  const rules = headerRules(await readFile(join(directory, '_headers'), 'utf8').catch(() => ''));
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://site').pathname);
    for (const [pattern, key, value] of rules) if (pattern.test(path)) response.setHeader(key, value);
    const name = path.endsWith('/') ? `${path}index.html` : path;
    try {
      if (!name.startsWith(below)) throw new Error('outside the site');
      const body = await readFile(join(directory, normalize(`/${name.slice(below.length)}`)));
      await send(request, response, 200, extname(name), body);
    } catch {
      const missing = await readFile(join(directory, '404.html')).catch(() => Buffer.from('not found'));
      await send(request, response, 404, '.html', missing);
    }
  });
  await new Promise((done) => server.listen(port, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${server.address().port}${below}`,
    close: () => new Promise((done) => server.close(done).closeAllConnections()),
  };
}

/**
 * The rules of a `_headers` file; a later one replaces an earlier one.
 * @param {string} text
 * @returns {[RegExp, string, string][]}
 */
function headerRules(text) {
  let pattern = /$^/;
  const rules = [];
  for (const line of text.split('\n').filter((line) => line.trim() && !line.startsWith('#'))) {
    if (/^\S/.test(line)) {
      const parts = line.trim().split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
      pattern = new RegExp(`^${parts.join('.*')}$`);
    } else {
      const [key, ...value] = line.trim().split(':');
      rules.push([pattern, key, value.join(':').trim()]);
    }
  }
  return rules;
}

/** Files in a folder that is named by a hash never change. */
async function send(request, response, status, extension, body) {
  const isKept = /\/assets\/[0-9a-f]+\//.test(request.url) && status === 200;
  const isPacked = extension in TYPES && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  response.writeHead(status, {
    'content-type': TYPES[extension] ?? 'application/octet-stream',
    'cache-control': isKept ? 'public, max-age=31536000, immutable' : 'no-cache',
    ...(isPacked && { 'content-encoding': 'gzip', vary: 'accept-encoding' }),
  });
  response.end(isPacked ? await compressed(body) : body);
}
