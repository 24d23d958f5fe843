// Callboard's search and Pagefind on the same built site in the same Chromium, side by side.
//
//   CALLBOARD=PROGRAM PORTAL=DIR SITE=DIR node run.mjs [--json]
//
// What is counted is what the host sends after the page: programs, index, and what ten results need.
// Exits with 1 where Callboard exceeds a budget. With LARGE=1 the budgets of large catalogs count, and Pagefind is
// left out: it would need some 40 GB of memory for 250,000 pages.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { host } from './host.mjs';
import { questions } from './queries.mjs';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync'];
const site = resolve(process.env.SITE ?? 'site');
const isLarge = process.env.LARGE === '1';
const FIRSTS = 5;
const LATER = 20;
const WARM = 60;
const ROUNDS = 4;

const scratch = mkdtempSync(join(tmpdir(), 'search-bench-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

const ENGINES = isLarge ? ['callboard'] : ['callboard', 'pagefind'];

/** Files below a folder and their bytes. */
function weigh(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return { files: files.length, bytes: files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0) };
}

/** Runs a program to its end; what that took. */
function time(...command) {
  const run = spawnSync('/usr/bin/time', ['-f', '%e %M', ...command], { encoding: 'utf8' });
  const [seconds, kilobytes] = run.stderr.trim().split('\n').at(-1).split(' ').map(Number);
  if (!(seconds > 0)) throw new Error(`${command.join(' ')}: ${run.stderr}`);
  return { seconds, megabytes: kilobytes / 1e3 };
}

/** Runs in the page: makes `ask`, which answers when ten results can be shown. */
const START = {
  callboard: async (client) => {
    const { createSearch } = await import(client);
    const search = createSearch('/site/search/');
    globalThis.ask = (text) => search.search(text, { limit: 10 }).then(({ hits }) => hits.length);
  },
  pagefind: async (client) => {
    const search = await import(client);
    globalThis.ask = async (text) => {
      const { results } = await search.search(text);
      await Promise.all(results.slice(0, 10).map((result) => result.data()));
      return results.length;
    };
  },
};

const share = (values, part) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))];

/** Opens a page of a browser that has never been here, with an engine that is ready to load. */
async function visit(browser, engine, url) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(url);
  await page.evaluate(START[engine], clients[engine]);
  const ask = (text) => page.evaluate((question) => globalThis.ask(question), text);
  return { page, ask, leave: () => context.close() };
}

/** What the first search of a visitor takes, whatever it is: the worst of some. */
async function firsts(browser, engine, served) {
  const all = [];
  for (let at = 0; at < FIRSTS; at++) {
    served.take();
    const { ask, leave } = await visit(browser, engine, served.url);
    await ask(asked[at]);
    all.push(served.take());
    await leave();
  }
  return all.sort((a, b) => b.bytes - a.bytes)[0];
}

/** Asks all, again and again; how long each answer takes, in milliseconds. */
const timed = ({ page }, texts) => page.evaluate(async ([texts, rounds]) => {
  const times = [];
  for (let round = 0; round < rounds; round++) {
    for (const text of texts) {
      const start = performance.now();
      await globalThis.ask(text);
      times.push(performance.now() - start);
    }
  }
  return times;
}, [texts, ROUNDS]);

/** Measures one engine on one kind of host. */
async function measure(browser, engine, packs) {
  const served = await host(folders, packs);
  const first = await firsts(browser, engine, served);
  const visitor = await visit(browser, engine, served.url);
  await visitor.ask(asked[0]);
  const later = [];
  served.take();
  for (const text of asked.slice(1, LATER + 1)) {
    await visitor.ask(text);
    later.push(served.take().bytes / 1e3);
  }
  for (const text of asked) await visitor.ask(text);
  const times = await timed(visitor, asked);
  const memory = await visitor.page.evaluate(async () => (await performance.measureUserAgentSpecificMemory()).bytes / 1e6);
  await visitor.leave();
  await served.close();
  return {
    first: first.bytes / 1e3,
    requests: first.requests,
    later: share(later, 0.5),
    later95: share(later, 0.95),
    warm: share(times, 0.5),
    warm95: share(times, 0.95),
    memory,
  };
}

const engineFolder = readdirSync(join(site, 'search'), { withFileTypes: true }).find((entry) => entry.isDirectory() && entry.name !== 'parts').name;
const asked = await questions(site, WARM);
const indexes = { callboard: join(scratch, 'callboard'), pagefind: join(scratch, 'pagefind') };
cpSync(join(site, 'search'), indexes.callboard, { recursive: true });
rmSync(join(indexes.callboard, engineFolder), { recursive: true });
const folders = { site, pagefind: indexes.pagefind };
const clients = { callboard: `/site/search/${engineFolder}/client.js`, pagefind: '/pagefind/pagefind.js' };
const took = {
  // Searching the catalog itself reads it and makes the index first.
  callboard: time(resolve(process.env.CALLBOARD), '-C', resolve(process.env.PORTAL), 'search', '--limit', '1', asked[0]),
  pagefind: isLarge ? null : time(resolve('node_modules/.bin/pagefind'), '--site', site, '--output-path', indexes.pagefind, '--silent'),
};
/** The size of an engine, in kB; Pagefind has one for each language and one for all others. */
function engineSize(engine) {
  const isEngine = (name) => (engine === 'callboard' ? name === 'engine.bin' : /^wasm\.\w+\.pagefind$/.test(name));
  const folder = engine === 'callboard' ? join(site, 'search', engineFolder) : indexes.pagefind;
  const sizes = readdirSync(folder).filter(isEngine).map((name) => statSync(join(folder, name)).size);
  return Math.max(...sizes) / 1e3;
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [...FLAGS, '--enable-blink-features=ForceEagerMeasureMemory'],
});
const measured = {};
for (const engine of ENGINES) {
  measured[engine] = {};
  for (const [name, packs] of [['gzip', true], ['plain', false]]) {
    measured[engine][name] = await measure(browser, engine, packs);
  }
}
await browser.close();

const large = (most, ofLarge) => (isLarge ? ofLarge : most);
const of = (pick) => ['callboard', 'pagefind'].map((engine) => (ENGINES.includes(engine) ? pick(engine) : NaN));
const rows = [
  ['index, with reading: seconds', of((engine) => took[engine].seconds), large(2)],
  ['index, with reading: MB of memory', of((engine) => took[engine].megabytes), large(300)],
  ['index: MB', of((engine) => weigh(indexes[engine]).bytes / 1e6), large(15)],
  ['index: files', of((engine) => weigh(indexes[engine]).files), large(300)],
  ['engine: kB gzip', of(engineSize), 350],
  ...['gzip', 'plain'].flatMap((name) => {
    const told = (key) => of((engine) => measured[engine][name][key]);
    return [
      [`first search, ${name} host: kB, worst of ${FIRSTS}`, told('first'), large(480, 1000)],
      [`first search, ${name} host: requests`, told('requests')],
      [`later cold query, ${name} host: kB, median`, told('later'), large(50)],
      [`later cold query, ${name} host: kB, 95 %`, told('later95')],
    ];
  }),
  ['warm query: ms, median', of((engine) => measured[engine].gzip.warm), large(3)],
  ['warm query: ms, 95 %', of((engine) => measured[engine].gzip.warm95), large(10, 30)],
  ['memory of page and worker: MB', of((engine) => measured[engine].gzip.memory), large(undefined, 100)],
];
const table = rows.map(([name, [ours, theirs], most]) => ({ name, callboard: ours, pagefind: theirs, budget: most ?? null, exceeded: most !== undefined && ours > most }));
if (process.argv.includes('--json')) {
  console.log(JSON.stringify(table, null, 2));
} else {
  const number = (value) => (value === null || Number.isNaN(value) ? '–' : value.toFixed(value < 100 ? 1 : 0)).padStart(10);
  console.log(`${''.padEnd(42)}${['Callboard', 'Pagefind', 'ratio', 'budget'].map((text) => text.padStart(10)).join('')}`);
  for (const { name, callboard, pagefind, budget, exceeded } of table) {
    console.log(`${name.padEnd(42)}${[callboard, pagefind, callboard / pagefind, budget].map(number).join('')}${exceeded ? '  exceeded' : ''}`);
  }
}
process.exitCode = table.some(({ exceeded }) => exceeded) ? 1 : 0;
