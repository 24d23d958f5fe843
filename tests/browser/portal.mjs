// Shared by the tests: the built site on loopback, a browser, and pages that fail on every error.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual, promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { host } from './host.mjs';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Directory of the built site. */
export const SITE = resolve(process.env.CALLBOARD_SITE ?? '../../target/demo/site');

export const PROGRAM = resolve(process.env.CALLBOARD ?? '../../target/debug/callboard');

/** Its folder of scripts and styles, which is named by a hash. */
export const ASSETS = await readFile(join(SITE, 'index.html'), 'utf8').then(
  (html) => join(SITE, /** @type {string[]} */ (html.match(/assets\/[0-9a-f]+\//))[0]),
  () => SITE,
);

/**
 * Serves a site on loopback, as a plain file host does, below a path such as `/sub/path/`.
 * @returns {Promise<{url: string, close: () => Promise<void>}>} `url` ends with the path
 */
export const serve = (below = '/', directory = SITE, port = 0) => host(directory, below, port);

/**
 * Builds the demo with other settings of its site.
 * @param {string} settings further lines of `site`
 */
export async function buildDemo(settings) {
  const portal = await mkdtemp(join(tmpdir(), 'callboard-demo-'));
  const demo = dirname(SITE);
  for (const name of ['callboard.yaml', 'catalog-data', 'scaffolds']) {
    await cp(join(demo, name), join(portal, name), { recursive: true });
  }
  const file = join(portal, 'callboard.yaml');
  const text = await readFile(file, 'utf8');
  if (!/^site:\n/m.test(text)) throw new Error('the demo has no `site:`');
  await writeFile(file, text.replace(/^site:\n/m, `site:\n${settings}`));
  const site = join(portal, 'site');
  await promisify(execFile)(PROGRAM, ['build', '--portal', portal, '--out', site]);
  return { site, remove: () => rm(portal, { recursive: true }) };
}

/** The longest wait, in milliseconds: the machine may be busy with other work. */
const PATIENCE = 120_000;

/** Starts Chromium; `CHROMIUM` names another executable. Its pages wait as long as a busy machine needs. */
export async function browse() {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args: FLAGS, timeout: PATIENCE });
  const newContext = browser.newContext.bind(browser);
  browser.newContext = async (options) => {
    const context = await newContext(options);
    context.setDefaultTimeout(PATIENCE);
    return context;
  };
  return browser;
}

/**
 * Reads a state that a script of the page changes until it is deeply equal to what is expected. After the longest
 * wait the assertion fails with both.
 * @template Value
 * @param {() => Value | Promise<Value>} read called every 50 ms
 * @param {Value} expected
 * @param {string} [message]
 */
export async function eventually(read, expected, message) {
  const end = Date.now() + PATIENCE;
  let value = await read();
  while (!isDeepStrictEqual(value, expected) && Date.now() < end) {
    await pause(50);
    value = await read();
  }
  assert.deepEqual(value, expected, message);
}

/** Waits until every script of a page of `onPage` is started. @param {import('playwright-core').Page} page */
export const areStarted = (page) => page.waitForFunction(() => window.areStarted);

/**
 * Opens a page in `onPage` and waits until its scripts are started and have filled it in.
 * @param {import('playwright-core').Page} page
 * @param {string} path
 */
export async function visit(page, path) {
  await page.goto(path);
  await areStarted(page);
  await page.locator('[data-fresh] > span').first().waitFor({ state: 'attached' });
}

/**
 * Opens a page in a context of its own, runs a test on it, and fails when the page had an error: a console
 * error, a policy violation, a failed or missing file, a request to another host.
 * @param {import('playwright-core').Browser} browser
 * @param {string} url of the site; paths are relative to it
 * @param {import('playwright-core').BrowserContextOptions} options
 * @param {(page: import('playwright-core').Page) => Promise<void>} test
 * @param {string[]} others further origins that this test may request
 */
export async function onPage(browser, url, options, test, others = []) {
  const context = await browser.newContext({ baseURL: url, ...options });
  const faults = [];
  // Errors of pages of other hosts do not count.
  const isTheirs = (address) => others.some((origin) => address.startsWith(`${origin}/`));
  const byThem = (request) => !request.isNavigationRequest() && isTheirs(request.frame().url());
  context.on('console', (message) => {
    const fault = ['error', 'warning'].includes(message.type());
    if (fault && !isTheirs(message.page()?.url() ?? '')) faults.push(`console: ${message.text()}`);
  });
  context.on('weberror', (error) => faults.push(`script: ${error.error()}`));
  context.on('request', (request) => {
    const target = new URL(request.url());
    if (target.protocol.startsWith('http') && target.origin !== new URL(url).origin && !isTheirs(target.href) && !byThem(request)) {
      faults.push(`request to another host: ${request.url()}`);
    }
  });
  context.on('response', (response) => {
    if (response.status() >= 400 && !isTheirs(response.url())) faults.push(`${response.status()}: ${response.url()}`);
  });
  context.on('requestfailed', (request) => {
    // Leaving a page while it loads cancels its requests.
    const reason = request.failure()?.errorText;
    if (reason !== 'net::ERR_ABORTED' && !isTheirs(request.url()) && !byThem(request)) faults.push(`${reason}: ${request.url()}`);
  });
  if (others.length) {
    // Pages of other hosts get nothing from the internet.
    const isLocal = ({ hostname }) => ['localhost', '127.0.0.1'].includes(hostname);
    await context.route((address) => !isLocal(address), (route) => route.abort());
  }
  await context.exposeFunction('tellViolation', (text, address) => {
    if (!isTheirs(address)) faults.push(`policy: ${text}`);
  });
  if (options.javaScriptEnabled !== false) {
    await context.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) => {
        window.tellViolation(`${event.violatedDirective} ${event.blockedURI}`, location.href);
      });
      // A page stops keeping presses when all its scripts are started.
      let early;
      Object.defineProperty(window, 'early', {
        configurable: true,
        get: () => early,
        set: (kept) => {
          const { stop } = kept;
          early = Object.assign(kept, { stop: () => { stop(); window.areStarted = true; } });
        },
      });
    });
  }
  try {
    await test(await context.newPage());
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
}
