// The list of runs is filtered by its address, a run can be started over, and the page of an open run follows it.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import AxeBuilder from '@axe-core/playwright';
import { browse, eventually, onPage, PROGRAM, serve, visit } from './portal.mjs';

const run = promisify(execFile);

const SETTINGS = (port) => `title: Runs
scaffold:
  runs: {live: 'http://localhost:${port}/runs/{id}.yaml'}
`;

const CATALOG = `
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: crew, title: The crew}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: guests}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: ada}
spec: {memberOf: [crew], profile: {displayName: Ada Byron}}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: bob}
spec: {memberOf: [guests]}
`;

/** A template with each kind of control. */
const TEMPLATE = (name) => `apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: ${name}, title: A ${name}}
spec:
  owner: crew
  type: service
  parameters:
    required: [name]
    properties:
      name: {type: string, pattern: '^[a-z0-9-]+$'}
      size: {type: integer, default: 1}
      engine: {enum: [none, postgres, 7]}
      docs: {type: boolean}
      groups: {type: array, items: {type: string}, 'ui:field': MultiEntityPicker, 'ui:options': {allowedKinds: [Group]}}
      labels: {type: object}
      about: {type: string, 'ui:widget': textarea}
  steps:
    - {id: say, name: Say it, action: 'debug:log', input: {message: hello}}
`;

/** The values of the request that is started over. */
const VALUES = { name: 'first', size: 12, engine: 7, docs: true, groups: ['group:default/guests'], labels: { a: ['x', 'y: z'] }, about: 'two\nlines' };

/** How many runs ended long ago. */
const OLD = 120;

/** The record of a run. */
function record(id, { status = 'completed', template = 'service', requester = 'ada', more = {}, step = {}, day = 1 } = {}) {
  const at = `2026-01-${String(day).padStart(2, '0')}T09:00:00Z`;
  return JSON.stringify({
    version: 2, request: id, template: `template:default/${template}`, digest: 'd', requester: `user:default/${requester}`, plan: 'p', status, created: at,
    ...(status === 'processing' ? {} : { finished: at.replace(':00Z', ':12Z') }),
    steps: [
      { id: 'say', name: 'Say it', action: 'debug:log', status: 'completed', started: at, finished: at, message: 'wrote 1 line', log: ['hello <b>you</b>'] },
      { id: 'make', name: 'Make it', action: 'publish:git', status, started: at, ...step },
    ],
    ...more,
  });
}

const LEASE = { lease: { runner: 'r', until: '2099-01-01T00:00:00Z' } };
const EFFECT = (state) => ({ effects: [{ id: 'make/1', kind: 'k', target: 'https://git.example/crew/it', summary: 'creates repository `crew/it`', ...(state && { state }) }] });

const RECORDS = new Map([
  ...Array.from({ length: OLD }, (_, at) => [`old-${at}`, record(`old-${at}`, { requester: at % 3 ? 'ada' : 'bob', template: at % 2 ? 'service' : 'library', day: 1 + (at % 20) })]),
  ['first', record('first', { day: 25, more: { parameters: { ...VALUES, gone: 'x' } } })],
  ['broken', record('broken', { status: 'failed', day: 26, step: { message: 'the forge said <i>no</i>', ...EFFECT('failed') } })],
  ['asks', record('asks', { status: 'failed', day: 27, step: EFFECT('intended') })],
  ['left', record('left', { status: 'processing', day: 27, requester: 'bob' })],
  ['going', record('going', { status: 'processing', day: 28, more: LEASE, step: EFFECT() })],
]);

/** What the forge answers for a record now. */
const live = new Map();
let portal = '';
let site = { url: '', close: async () => {} };
let forge;
let browser;

/** @param {string} file @param {string} text */
async function put(file, text) {
  await mkdir(dirname(join(portal, file)), { recursive: true });
  await writeFile(join(portal, file), text);
}

/** Commits the records to their branch. */
async function commitRecords() {
  const git = spawn('git', ['-C', portal, 'fast-import', '--quiet'], { stdio: ['pipe', 'inherit', 'inherit'] });
  git.stdin.write('commit refs/heads/callboard-runs\ncommitter T <t@example> 1767225600 +0000\ndata 4\nruns\n');
  for (const [id, text] of RECORDS) git.stdin.write(`M 100644 inline runs/${id}.yaml\ndata ${Buffer.byteLength(text)}\n${text}\n`);
  git.stdin.end();
  assert.equal((await once(git, 'exit'))[0], 0);
}

before(async () => {
  forge = createServer((request, response) => {
    const text = live.get(request.url.replace(/^\/runs\/(.*)\.yaml$/, '$1'));
    response.writeHead(text === undefined ? 404 : 200, { 'access-control-allow-origin': '*', 'content-type': 'text/plain' }).end(text);
  });
  forge.listen(0, '127.0.0.1');
  await once(forge, 'listening');
  portal = await mkdtemp(join(tmpdir(), 'callboard-runs-'));
  await put('callboard.yaml', SETTINGS(forge.address().port));
  await put('catalog-data/manual/org.yaml', CATALOG);
  for (const name of ['service', 'library']) await put(`scaffolds/templates/${name}/template.yaml`, TEMPLATE(name));
  await run('git', ['-C', portal, 'init', '--quiet', '-b', 'main']);
  await commitRecords();
  await run(PROGRAM, ['-C', portal, 'build', '--out', 'site']);
  site = await serve('/', join(portal, 'site'));
  browser = await browse();
});

after(async () => {
  await browser?.close();
  await site.close();
  forge?.close();
  if (!process.env.KEEP_PORTAL) await rm(portal, { recursive: true });
});

const forgeOrigin = () => `http://localhost:${forge.address().port}`;
const on = (check, options = {}) => onPage(browser, site.url, options, check, [forgeOrigin()]);
/** The requests of the list's rows. */
const shown = (page) => page.locator('#list tbody .what a').allInnerTexts();
const total = RECORDS.size;

test('without JavaScript all runs are in pages, the newest first', () => on(async (page) => {
  await page.goto('runs.html');
  assert.deepEqual((await shown(page)).slice(0, 5), ['going', 'left', 'asks', 'broken', 'first']);
  assert.equal((await shown(page)).length, 50);
  await page.locator('#pages').getByText('3', { exact: true }).click();
  assert.equal((await shown(page)).length, total - 100);
  await page.goto('runs/broken.html');
  await page.getByText('the forge said <i>no</i>').waitFor();
  await page.getByText('creates repository crew/it').waitFor();
}, { javaScriptEnabled: false }));

test('the list is filtered by words, state, template and team, and its address is the state', () => on(async (page) => {
  await visit(page, 'runs.html');
  const pick = async (field, value) => {
    await page.locator(`[data-field=${field}] summary`).click();
    await page.locator(`[data-field=${field}] .options label`, { hasText: value }).locator('input').check();
    await page.keyboard.press('Escape');
  };
  await pick('state', 'Question');
  await eventually(() => shown(page), ['asks']);
  assert.equal(new URL(page.url()).search, '?state=asking');
  await pick('state', 'Stopped');
  await eventually(() => shown(page), ['left', 'asks']);
  await page.goBack();
  await eventually(() => shown(page), ['asks']);
  await page.locator('[data-clear]').click();
  await eventually(async () => (await shown(page)).length, 50);
  assert.equal(new URL(page.url()).search, '');

  await pick('template', 'A library');
  await pick('team', 'guests');
  await page.locator('[data-shown]').filter({ hasText: `20 of ${total}` }).waitFor();
  assert.equal((await shown(page)).length, 20);
  const row = page.locator('#list tbody tr').first();
  assert.deepEqual(await row.locator('td').evaluateAll((cells) => cells.slice(1, 6).map(({ textContent }) => textContent.trim())), ['A library', 'bob', 'Done', '2/2', '12 s']);

  await page.goto('runs.html?q=old-1');
  await page.locator('[data-shown]').filter({ hasText: /^31 of/ }).waitFor();
  await page.goto('runs.html?team=group%3Adefault%2Fcrew&page=2');
  await page.locator('[data-range]').filter({ hasText: '51–84' }).waitFor();
  await page.goto('runs.html?q=nothing+has+this');
  await page.locator('#none').filter({ hasText: 'Nothing' }).waitFor();
}));

test('the runs of the visitor are those that they asked for', () => on(async (page) => {
  await visit(page, 'runs.html?mine');
  await page.locator('#none').filter({ hasText: 'Say who you are' }).waitFor();
  await page.goto('me.html');
  await page.getByLabel('I am').fill('bob');
  await page.getByRole('button', { name: 'bob' }).click();
  await page.waitForFunction(() => document.documentElement.classList.contains('is-known'));
  await visit(page, 'runs.html?mine');
  await page.locator('[data-shown]').filter({ hasText: `41 of ${total}` }).waitFor();
  assert.equal(await page.locator('[data-toggle=mine]').getAttribute('aria-pressed'), 'true');
}));

test('a run is started over with its values, which the form checks', () => on(async (page) => {
  await visit(page, 'runs/first.html');
  await page.locator('#again').click();
  await page.locator('[data-from]').filter({ hasText: 'These are the values of first. This form cannot take over: gone.' }).waitFor();
  const yaml = `template: service
parameters:
  name: first
  size: 12
  engine: 7
  docs: true
  groups:
    - group:default/guests
  labels:
    a:
      - x
      - "y: z"
  about: "two\\nlines"
`;
  await eventually(() => page.locator('[data-yaml]').textContent(), yaml);
  await page.locator('#m-f-requester:not(:empty)').waitFor();
  await page.locator('[data-parameter=name]').fill('Not a name');
  await page.locator('#m-name').filter({ hasText: 'Has to match' }).waitFor();

  await visit(page, 'catalog/default/template/service.html');
  assert.equal(await page.locator('[data-from]').isHidden(), true);
}));

test('the page of an open run follows it to its end', () => on(async (page) => {
  await page.clock.install({ time: new Date('2026-01-28T09:01:00Z') });
  live.set('going', RECORDS.get('going'));
  await page.goto('runs/going.html');
  await page.locator('[data-state-of]').filter({ hasText: 'Running' }).waitFor();
  await page.locator('.effects .st-waiting').waitFor();
  const hostile = { id: 'more', each: '<b>item</b>', name: '<img src=x onerror=alert(1)>', action: 'debug:log', status: 'open' };
  const steps = JSON.parse(RECORDS.get('going')).steps;
  live.set('going', record('going', { status: 'processing', day: 28, more: { ...LEASE, steps: [steps[0], { ...steps[1], ...EFFECT('done'), status: 'completed', finished: '2026-01-28T09:01:05Z', message: 'made `<b>it</b>`' }, hostile] } }));
  const step = page.locator('[data-step=make]');
  const turn = page.locator('[data-step=more]');
  // The page asks again when its time has come.
  await eventually(async () => {
    await page.clock.runFor(5_000);
    return step.locator('.took').innerText();
  }, 'Done1 min 05 s');
  assert.equal(await step.locator('[data-message]').innerHTML(), 'made <code>&lt;b&gt;it&lt;/b&gt;</code>');
  assert.equal(await step.locator('.effects .st-completed').count(), 1);
  assert.match(await turn.innerText(), /<img src=x onerror=alert\(1\)>\s<b>item<\/b>\sdebug:log/);
  assert.equal(await page.locator('[data-done]').innerText(), '2/3');

  live.set('going', record('going', { day: 28, more: { steps: [steps[0]] } }));
  await eventually(async () => {
    await page.clock.runFor(5_000);
    return page.locator('[data-state-of]').innerText();
  }, 'Done');
  await page.locator('[data-as-of]').filter({ hasText: 'The run has ended.' }).waitFor();
  assert.equal(await page.locator('.steps > li').count(), 1);
}));

test('a record that is none, and one that is missing, leave the page as it is', () => on(async (page) => {
  for (const text of ['{', '[]', 'status: 7', '<html>', `status: ${'x'.repeat(100)}`]) {
    live.set('left', text);
    const asked = page.waitForResponse((response) => response.url().endsWith('/runs/left.yaml'));
    await page.goto('runs/left.html');
    await asked;
    await page.locator('[data-state-of]').filter({ hasText: 'Stopped' }).waitFor();
    await page.getByText('callboard scaffold resume left --push').waitFor();
    assert.equal(await page.locator('.steps > li').count(), 2);
  }
}));

test('a run that has ended asks nobody', () => on(async (page) => {
  await visit(page, 'runs/first.html');
  assert.equal(await page.locator('[data-live]').count(), 0);
  assert.match(await page.locator('#values').innerText(), /about\s+two\s+lines/);
}));

test('the pages of runs are accessible', () => on(async (page) => {
  live.set('asks', RECORDS.get('asks'));
  for (const path of ['runs.html?state=completed', 'runs/asks.html', 'runs/first.html']) {
    await visit(page, path);
    const found = await new AxeBuilder({ page }).setLegacyMode().include('main').analyze();
    assert.deepEqual(found.violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`), [], path);
  }
}));
