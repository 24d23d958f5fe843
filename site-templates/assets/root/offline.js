// @ts-check
/**
 * Keeps search, and the pages that somebody has seen, for when there is no network. What is named by its content
 * comes from what is kept; all else comes from the network while there is one. It changes with every list of
 * what is to be kept, `{id}`, and so browsers know when there is a new one.
 */

/** @type {any} the worker's global scope, which type checkers take for a page's */
const worker = self;
const root = new URL('./', worker.location.href).href;
/** The files of the list, and what was seen of others; `me.js` knows the names too. */
const KEPT = `callboard ${new URL(root).pathname} kept`;
const SEEN = `callboard ${new URL(root).pathname} seen`;
/** Pages and other files of others at most; then the oldest goes. */
const MOST = 1000;
/** Files that are asked for at once. */
const AT_ONCE = 6;

/** @returns {Promise<Set<string>>} addresses */
async function wanted() {
  const list = await fetch(`${root}offline.json`, { cache: 'no-cache' });
  const { files } = await list.json();
  return new Set(files.map((/** @type {string} */ file) => root + file));
}

/** Whether an address always has the same bytes: there is a hash in it. @param {string} url */
const isForever = (url) => /^(assets\/[0-9a-f]{10}\/|search\/(parts|[0-9a-f]{10})\/)/.test(url.slice(root.length));

/** Fetches what is missing, and what may have changed. */
async function keep() {
  const cache = await caches.open(KEPT);
  const has = new Set((await cache.keys()).map(({ url }) => url));
  const missing = [...await wanted()].filter((url) => !isForever(url) || !has.has(url));
  const next = async () => {
    for (let url = missing.pop(); url; url = missing.pop()) {
      const answer = await fetch(url, { cache: 'no-cache' });
      if (!answer.ok) throw new Error(`${url}: HTTP ${answer.status}`);
      await cache.put(url, answer);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
}

/** Forgets what the list no longer has. */
async function tidy() {
  const [cache, list] = await Promise.all([caches.open(KEPT), wanted()]);
  const old = (await cache.keys()).filter(({ url }) => !list.has(url));
  await Promise.all(old.map((request) => cache.delete(request)));
}

/** The file that an address means: a question does not change it, and a folder is its index. @param {string} url */
function fileOf(url) {
  const [address] = url.split(/[?#]/);
  return address.endsWith('/') ? `${address}index.html` : address;
}

/** @param {string} url @param {Response} answer */
async function remember(url, answer) {
  if (!answer.ok || answer.redirected) return;
  const cache = await caches.open(SEEN);
  // A new one, because the old one has the whole address in it: a provider's answer, when somebody signs in.
  await cache.put(fileOf(url), new Response(answer.body, answer));
  const [oldest, ...others] = await cache.keys();
  if (others.length >= MOST) await cache.delete(oldest);
}

/** @param {string} url */
async function recall(url) {
  const file = fileOf(url);
  const seen = await (await caches.open(SEEN)).match(file);
  return seen ?? (await caches.open(KEPT)).match(file);
}

/** Answers for the pages that are open, which came before the worker did. */
async function begin() {
  await worker.clients.claim();
  const pages = await worker.clients.matchAll({ type: 'window' });
  const urls = pages.map((/** @type {{url: string}} */ page) => fileOf(page.url)).filter((/** @type {string} */ url) => url.startsWith(root));
  await Promise.all(urls.map(async (/** @type {string} */ url) => remember(url, await fetch(url))));
}

/** Where search tells what it knows of a page that was never seen. @param {string} url */
function elsewhere(url) {
  const path = fileOf(url).slice(root.length);
  const name = decodeURIComponent(path.split('/').pop() ?? '').replace(/\.html$/, '');
  const language = /^([a-z]{2,3}(-[a-z]+)?\/)(catalog|docs)\//i.exec(path)?.[1] ?? '';
  return Response.redirect(`${root}${language}search.html?offline&q=${encodeURIComponent(name)}`);
}

/** @param {{request: Request, waitUntil: (work: Promise<unknown>) => void}} event */
async function answer({ request, waitUntil }) {
  if (isForever(request.url)) {
    const kept = await recall(request.url);
    if (kept) return kept;
  }
  try {
    const fresh = await fetch(request);
    waitUntil(remember(request.url, fresh.clone()).catch(() => {}));
    return fresh;
  } catch (error) {
    const known = await recall(request.url);
    if (known) return known;
    if (request.mode === 'navigate') return elsewhere(request.url);
    throw error;
  }
}

worker.addEventListener('install', (/** @type {any} */ event) => {
  event.waitUntil(keep().then(() => worker.skipWaiting()));
});
worker.addEventListener('activate', (/** @type {any} */ event) => {
  event.waitUntil(tidy().catch(() => {}).then(begin).catch(() => {}));
});
worker.addEventListener('fetch', (/** @type {any} */ event) => {
  const { request } = event;
  // A stream of events has no end that could be kept.
  const isStream = request.headers.get('accept') === 'text/event-stream';
  if (request.method !== 'GET' || isStream || !request.url.startsWith(root)) return;
  event.respondWith(answer({ request, waitUntil: (work) => event.waitUntil(work) }));
});
