/**
 * The service worker: caches search, and the pages that a visitor has opened, for use without a network. Files whose
 * names contain a hash of their content come from the cache; all others come from the network while there is one.
 * The build replaces `{id}` by a hash of the list of files to cache, so browsers notice when the list changes.
 */

/** TypeScript's type of `self` is that of any worker. */
const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const root = new URL('./', worker.location.href).href;
/** Names of two caches: the files of the list, and the others that were opened. `me/store.js` deletes them. */
const KEPT = `callboard ${new URL(root).pathname} kept`;
const SEEN = `callboard ${new URL(root).pathname} seen`;
/** The second cache has at most so many files; then the oldest is removed. */
const MOST = 1000;
/** How many files are fetched at the same time. */
const AT_ONCE = 6;

/** @returns {Promise<Set<string>>} addresses */
async function wanted() {
  const list = await fetch(`${root}offline.json`, { cache: 'no-cache' });
  /** @type {{ files: string[] }} */
  const { files } = await list.json();
  return new Set(files.map((file) => root + file));
}

/** Whether an address always has the same bytes: its path contains a hash. @param {string} url */
const isForever = (url) => /^(assets\/[0-9a-f]{10}\/|search\/(parts|[0-9a-f]{10})\/)/.test(url.slice(root.length));

/** Fetches the files of the list that are not cached, and those that may have changed. */
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

/** Removes files that the list no longer has. */
async function tidy() {
  const [cache, list] = await Promise.all([caches.open(KEPT), wanted()]);
  const old = (await cache.keys()).filter(({ url }) => !list.has(url));
  await Promise.all(old.map((request) => cache.delete(request)));
}

/** The address of the file without query and fragment; a folder's file is its `index.html`. @param {string} url */
function fileOf(url) {
  const address = url.replace(/[?#].*$/s, '');
  return address.endsWith('/') ? `${address}index.html` : address;
}

/** @param {string} url @param {Response} answer */
async function remember(url, answer) {
  if (!answer.ok || answer.redirected) return;
  const cache = await caches.open(SEEN);
  // A new response, because the old one contains the whole address: at sign-in that has the provider's answer in it.
  await cache.put(fileOf(url), new Response(answer.body, answer));
  const [oldest, ...others] = await cache.keys();
  if (oldest && others.length >= MOST) await cache.delete(oldest);
}

/** @param {string} url */
async function recall(url) {
  const file = fileOf(url);
  const seen = await (await caches.open(SEEN)).match(file);
  return seen ?? (await caches.open(KEPT)).match(file);
}

/** Takes over the pages that are open already, and caches them. */
async function begin() {
  await worker.clients.claim();
  const pages = await worker.clients.matchAll({ type: 'window' });
  const urls = pages.map((page) => fileOf(page.url)).filter((url) => url.startsWith(root));
  await Promise.all(urls.map(async (url) => remember(url, await fetch(url))));
}

/** Sends the visitor of a page that is not cached to the search page, which looks for the page's name. @param {string} url */
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

worker.addEventListener('install', (event) => {
  event.waitUntil(keep().then(() => worker.skipWaiting()));
});
worker.addEventListener('activate', (event) => {
  event.waitUntil(tidy().catch(() => {}).then(begin).catch(() => {}));
});
worker.addEventListener('fetch', (event) => {
  const { request } = event;
  // A stream of events does not end, so it cannot be cached.
  const isStream = request.headers.get('accept') === 'text/event-stream';
  if (request.method !== 'GET' || isStream || !request.url.startsWith(root)) return;
  event.respondWith(answer({ request, waitUntil: (work) => event.waitUntil(work) }));
});
