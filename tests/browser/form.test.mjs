// The form of a template accepts and refuses the same values as the plan.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import AxeBuilder from '@axe-core/playwright';
import { browse, eventually, onPage, PROGRAM, serve, visit } from './portal.mjs';

const run = promisify(execFile);

/** Schemas, each the parameters of a template `t-N`, and the values that are filled in. */
const TABLE = [
  // Patterns match anywhere, and may be invalid in the HTML attribute.
  [{ a: { type: 'string', pattern: '[a-z0-9-]' } }, [{ a: '!!' }, { a: '!a!' }, { a: '-' }]],
  [{ a: { type: 'string', pattern: '^[\\w.-]+$' } }, [{ a: 'a.b-c' }, { a: 'a b' }, { a: 'é' }]],
  [{ a: { type: 'string', pattern: '^\\p{Lu}' } }, [{ a: 'Éa' }, { a: 'éa' }]],
  [{ a: { type: 'string', pattern: '^(?!-)[a-z-]{1,5}$' } }, [{ a: 'abcde' }, { a: '-bc' }, { a: 'abcdef' }]],
  // Characters are code points.
  [{ a: { type: 'string', minLength: 2, maxLength: 3 } }, [{ a: '😀' }, { a: '😀😀😀' }, { a: '😀😀😀😀' }, { a: 'é' }, { a: '' }]],
  [{ a: { type: 'integer', minimum: 2, maximum: 10, multipleOf: 2 } }, [{ a: '1' }, { a: '2' }, { a: '3' }, { a: '12' }, { a: '2.5' }, { a: '-4' }]],
  [{ a: { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1, multipleOf: 0.25 } }, [{ a: '0' }, { a: '0.5' }, { a: '0.3' }, { a: '1' }]],
  [{ a: { type: 'integer', enum: [21, 25] } }, [{ a: '21' }]],
  [{ a: { enum: [1, 'one', true] } }, [{ a: '1' }, { a: 'one' }, { a: 'true' }]],
  [{ a: { type: 'boolean', const: true } }, [{ a: false }, { a: true }]],
  // Lists and maps are YAML.
  [{ a: { type: 'array', minItems: 1, maxItems: 2, uniqueItems: true, items: { type: 'string', pattern: '^[a-z]+$' } } },
    [{ a: '- a\n- b' }, { a: '[a, b]' }, { a: '[]' }, { a: '[a, a]' }, { a: '- a\n- B' }, { a: '- 1' }, { a: '- a\n- b\n- c' }, { a: 'text' }]],
  [{ a: { type: 'object', properties: { n: { type: 'integer' }, m: { type: 'string', enum: ['x', 'y'] } }, required: ['n'] } },
    [{ a: 'n: 1' }, { a: 'm: x' }, { a: 'n: 1\nm: z' }, { a: 'n: one' }, { a: 'n: 1\nother: 2' }, { a: '{n: 1, m: y}' }]],
  [{ a: { type: 'object', additionalProperties: { type: 'integer' } } }, [{ a: 'x: 1\n"yes": 2' }, { a: 'x: y' }]],
  [{ a: { type: 'array', default: ['x', 'y'], items: { type: 'string' } } }, [{}, { a: '- z' }]],
  // Fields of Backstage.
  [{ a: { type: 'string', 'ui:field': 'EntityNamePicker' } }, [{ a: 'a.b_c-1' }, { a: '-a' }, { a: 'a b' }, { a: 'x'.repeat(64) }]],
  [{ a: { type: 'array', 'ui:field': 'EntityTagsPicker', items: { type: 'string' } } }, [{ a: '[a, b-c, "c++"]' }, { a: '[a_b]' }, { a: '["-"]' }]],
  [{ a: { type: 'string', 'ui:field': 'RepoUrlPicker', 'ui:options': { allowedHosts: ['git.example'], allowedOwners: ['us'] } } },
    [{ a: 'git.example?owner=us&repo=x' }, { a: 'evil.example?owner=us&repo=x' }, { a: 'git.example?owner=them&repo=x' }, { a: 'a b' }]],
  [{ a: { type: 'string', 'ui:field': 'OwnerPicker' } }, [{ a: 'group:default/crew' }]],
  [{ a: { type: 'string', 'ui:field': 'MyGroupsPicker' } }, [{ a: 'group:default/crew' }]],
  [{ a: { type: 'string', 'ui:field': 'OwnedEntityPicker', 'ui:options': { allowedKinds: ['Component'] } } }, [{ a: 'component:default/taken' }]],
  [{ a: { type: 'string', 'ui:field': 'EntityPicker', 'ui:options': { catalogFilter: { 'relations.ownedBy': 'group:default/guests' } } } },
    [{ a: 'component:default/theirs' }]],
  [{ a: { type: 'array', 'ui:field': 'MultiEntityPicker', items: { type: 'string' }, 'ui:options': { allowedKinds: ['Group'] } } },
    [{}, { a: ['group:default/crew'] }, { a: ['group:default/crew', 'group:default/guests'] }]],
  [{ a: { type: 'string', format: 'email' } }, [{ a: 'x@y.example' }, { a: 'x' }, { a: 'x@' }]],
  [{ a: { type: 'string', format: 'uri' } }, [{ a: 'https://x.example/a?b#c' }, { a: 'x/y' }, { a: 'https://x y' }]],
  // Text stays text.
  [{ a: { type: 'string' } }, ['yes', 'No', '1.0', '0x1', '0o7', '1e3', '.inf', '~', 'null', ': ', 'a: b', 'a #b', '#a', '- a', '  a', 'a  ', '"a"', "'a", '{a', '[a',
    '&a', '*a', '!a', '|', '>', '%a', '@a', '`a', '2026-11-30', '12:30:45', '<<', '=', '---', '...', 'a\\b', '\u2028', 'a\u2029b', 'a\u0085b', '\ufeffa', 'a\u202eb',
    '\u200b', '😀', '👨‍👩‍👧', '${{ x }}', 'é'].map((a) => ({ a }))],
  [{ a: { type: 'string', 'ui:widget': 'textarea' } }, ['a\nb', '\n', 'a\n\n', ' a\n  b', 'a: |\n  b', '- a\n- b', '\ta'].map((a) => ({ a }))],
  // Conditions.
  [{ parameters: {
    properties: { a: { type: 'string', enum: ['none', 'postgres'], default: 'none' } },
    dependencies: { a: { oneOf: [
      { properties: { a: { enum: ['none'] } } },
      { properties: { a: { enum: ['postgres'] }, size: { type: 'integer', minimum: 1 } }, required: ['size'] },
    ] } },
  } }, [{ a: 'none' }, { a: 'postgres' }, { a: 'postgres', size: '0' }, { a: 'postgres', size: '3' }, { a: 'none', size: '3' }]],
  [{ parameters: {
    properties: { a: { type: 'string' } },
    if: { properties: { a: { const: 'yes' } }, required: ['a'] },
    then: { properties: { why: { type: 'string', minLength: 3 } }, required: ['why'] },
    else: { properties: { not: { type: 'string', pattern: '^x' } } },
  } }, [{ a: 'yes' }, { a: 'yes', why: 'ab' }, { a: 'yes', why: 'abc' }, { a: 'no' }, { a: 'no', not: 'y' }, { a: 'no', not: 'xy' }]],
  [{ parameters: { properties: { a: { type: 'string' }, b: { type: 'string' } }, anyOf: [{ required: ['a'] }, { required: ['b'] }] } }, [{}, { a: 'x' }, { b: 'x' }, { a: 'x', b: 'x' }]],
  [{ parameters: { properties: { a: { type: 'string' }, b: { type: 'string' } }, allOf: [{ required: ['a'] }, { not: { required: ['b'] } }] } }, [{}, { a: 'x' }, { a: 'x', b: 'x' }]],
  [{ parameters: { properties: { a: { type: 'string' } }, required: ['a'] } }, [{}, { a: 'x' }]],
];

const template = (name, parameters, steps = '[{id: say, action: "debug:log", input: {message: "hello"}}]') => [
  'apiVersion: scaffolder.backstage.io/v1beta3', 'kind: Template', `metadata: {name: ${name}}`,
  `spec: {type: service, owner: crew, parameters: ${JSON.stringify(parameters)}, steps: ${steps}}`, '',
].join('\n');

const COMPANY = ['Group crew {type: team, children: []}', 'Group guests {type: team, children: []}', 'User ada {memberOf: [crew]}',
  'Component taken {type: service, lifecycle: production, owner: crew}', 'Component theirs {type: service, lifecycle: production, owner: guests}']
  .map((line) => line.match(/^(\S+) (\S+) (.*)$/).slice(1))
  .map(([kind, name, spec]) => `apiVersion: backstage.io/v1alpha1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${spec}\n`).join('---\n');

const DESCRIPTOR = 'apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: "${{ values.name }}"}\nspec: {type: service, lifecycle: production, owner: crew}\n';
const REGISTER = JSON.stringify([
  { id: 'fetch', action: 'fetch:template', input: { url: './skeleton', values: { name: '${{ parameters.name }}' } } },
  { id: 'publish', action: 'publish:git', input: { repoUrl: 'git.example?owner=us&repo=${{ parameters.name }}' } },
  { id: 'register', action: 'catalog:register', input: { repoContentsUrl: '${{ steps.publish.output.repoContentsUrl }}', catalogInfoPath: '/catalog-info.yaml' } },
]);

let browser, site, portal;
before(async () => {
  portal = await mkdtemp(join(tmpdir(), 'callboard-form-'));
  const write = async (file, text) => {
    await mkdir(dirname(join(portal, file)), { recursive: true });
    await writeFile(join(portal, file), text);
  };
  await write('callboard.yaml', 'title: Forms\nauthor: {name: A, email: a@b.example}\nscaffold: {repositories: .callboard/repositories}\n');
  await write('catalog-data/manual/company.yaml', COMPANY);
  for (const [at, [schema]] of TABLE.entries()) {
    await write(`scaffolds/templates/t-${at}/template.yaml`, template(`t-${at}`, schema.parameters ?? { properties: schema }));
  }
  const named = { properties: { name: { type: 'string' } }, required: ['name'] };
  await write('scaffolds/templates/maker/template.yaml', template('maker', named, REGISTER));
  await write('scaffolds/templates/maker/skeleton/catalog-info.yaml', DESCRIPTOR);
  await write('scaffolds/requests/maker-asked.yaml', 'template: maker\nrequester: user:default/ada\nparameters: {name: asked}\n');
  await write('scaffolds/requests/t-0.yaml', 'template: t-0\nrequester: user:default/ada\nparameters: {a: b}\n');
  await run(PROGRAM, ['build', '--portal', portal, '--out', join(portal, 'site')]);
  [browser, site] = await Promise.all([browse(), serve('/', join(portal, 'site'))]);
});
after(async () => {
  await Promise.all([browser?.close(), site?.close()]);
  await rm(portal, { recursive: true });
});

const on = (act, options = {}) => onPage(browser, site.url, { permissions: ['clipboard-read', 'clipboard-write'], ...options }, act);
const pageOf = (name) => `catalog/default/template/${name}.html`;

/** Fills in a fresh form: parameters by name, and the requester. */
async function fill(page, values) {
  await page.locator('[data-requester]').selectOption('user:default/ada');
  for (const [name, value] of Object.entries(values)) {
    const control = page.locator(`[data-parameter="${name}"]`);
    const tag = await control.evaluate((at) => (at.type === 'checkbox' ? 'checkbox' : at.localName));
    if (tag === 'checkbox') await control.setChecked(value);
    else if (tag === 'select') await control.selectOption(value);
    else await control.fill(value);
  }
}

/** Copies the request: its text, or the mistakes that the form shows. */
async function copy(page) {
  await page.evaluate(() => navigator.clipboard.writeText(''));
  // What the form said before is not the answer.
  await page.locator('[data-say]').evaluate((say) => say.replaceChildren());
  await page.locator('[data-copy-yaml]').click();
  await page.locator('[data-say]:not(:empty)').waitFor();
  const taken = await page.evaluate(() => navigator.clipboard.readText());
  return { taken, shown: await page.locator('[data-yaml]').textContent() };
}

/** The parameters of a request in its plan, `null` when the plan refuses it. */
async function plan(id, text) {
  const file = join(portal, 'scaffolds/requests', `${id}.yaml`);
  await writeFile(file, text);
  try {
    const { stdout } = await run(PROGRAM, ['scaffold', 'plan', '--portal', portal, '--format', 'json', file]);
    return stdout;
  } catch (error) {
    if (error.code !== 1) throw error;
    return null;
  } finally {
    await rm(file);
  }
}

describe('form and plan refuse the same values', () => {
  for (const [at, [schema, filled]] of TABLE.entries()) {
    test(JSON.stringify(schema).slice(0, 100), () => on(async (page) => {
      for (const [number, values] of filled.entries()) {
        await page.goto(pageOf(`t-${at}`));
        await fill(page, values);
        const { taken, shown } = await copy(page);
        const planned = await plan(`try-${at}-${number}`, taken || shown);
        const about = `${JSON.stringify(values)}\n${shown}\n${await page.locator('.mistake').allInnerTexts()}`;
        assert.equal(taken !== '', planned !== null, about);
        if (taken) assert.equal(taken, shown);
        // A text is the same in the plan as it was typed.
        if (planned && schema.a?.type === 'string' && values.a) {
          assert.ok(JSON.stringify(JSON.parse(planned)).includes(JSON.stringify(values.a)), `${about}\n${planned}`);
        }
      }
    }));
  }
});

test('invalid YAML is refused with its line, and the first wrong field gets the focus', () => on(async (page) => {
  const at = TABLE.findIndex(([schema]) => schema.a?.type === 'object');
  await page.goto(pageOf(`t-${at}`));
  for (const text of ['a:\tb\n\tc: d', '{n: 1', 'n: "1', ' n: 1\nm: x', 'n: 1\nn: 2', 'n: 1\n---\nn: 2', '- a\nn: 1', '@a']) {
    await fill(page, { a: text });
    const { taken } = await copy(page);
    assert.equal(taken, '', text);
    assert.match(await page.locator('#m-a').innerText(), /^(Not YAML: .+|Has to be a map)/, text);
  }
  const control = page.locator('[data-parameter=a]');
  assert.equal(await control.getAttribute('aria-invalid'), 'true');
  assert.ok(await control.evaluate((field) => field === document.activeElement && document.getElementById('m-a').textContent !== ''
    && field.getAttribute('aria-describedby').split(' ').includes('m-a')));
  await fill(page, { a: 'n: 1' });
  await page.locator('.field.wrong').waitFor({ state: 'detached' });
  assert.notEqual((await copy(page)).taken, '');
}));

test('pickers offer the entities that the plan accepts from the requester', () => on(async (page) => {
  for (const [field, own, other] of [['MyGroupsPicker', 'group:default/crew', 'group:default/guests'],
    ['OwnedEntityPicker', 'component:default/taken', 'component:default/theirs']]) {
    await visit(page, pageOf(`t-${TABLE.findIndex(([schema]) => schema.a?.['ui:field'] === field)}`));
    const picker = page.locator('[data-parameter=a]');
    const offered = () => picker.locator('option:not([hidden])').evaluateAll((options) => options.map(({ value }) => value).filter(Boolean));
    assert.deepEqual((await offered()).sort(), [own, other].sort(), field);
    await picker.selectOption(other);
    await page.locator('[data-requester]').selectOption('user:default/ada');
    await eventually(offered, [own], field);
    await eventually(() => picker.inputValue(), '', field);
  }
}));

test('a name that an entity, or another request, has is refused, as the plan does', () => on(async (page) => {
  for (const [name, isFree] of [['taken', false], ['Taken', false], ['asked', false], ['free', true]]) {
    await page.goto(pageOf('maker'));
    await fill(page, { name });
    const { taken, shown } = await copy(page);
    assert.equal(taken !== '', isFree, name);
    assert.equal(await plan(`maker-${name === 'asked' ? 'again' : name}`, shown) !== null, isFree, name);
    if (!isFree) assert.match(await page.locator('#m-name').innerText(), /taken/);
  }
}));

test('a request without a name gets the first free id', () => on(async (page) => {
  await page.goto(pageOf('t-0'));
  await page.locator('[data-path]').filter({ hasText: 'scaffolds/requests/t-0-2.yaml' }).waitFor();
}));

test('a requester has to be chosen', () => on(async (page) => {
  await page.goto(pageOf('maker'));
  await page.locator('[data-parameter=name]').fill('free');
  await page.locator('[data-copy-yaml]').click();
  await page.locator('#m-f-requester:not(:empty)').waitFor();
  assert.ok(await page.locator('[data-requester]').evaluate((field) => field === document.activeElement));
}));

test('a form with conditional fields shows them all, with a note', () => on(async (page) => {
  for (const [at, [schema]] of TABLE.entries()) {
    await page.goto(pageOf(`t-${at}`));
    const has = /"(dependencies|then|else)":/.test(JSON.stringify(schema));
    assert.equal(await page.locator('form.request > .inputs > .notice').count(), has ? 1 : 0, JSON.stringify(schema));
    if (!has) continue;
    assert.ok(await page.locator('[data-conditional]').count() > 0);
  }
}));

test('of several alternatives the chosen one names what is missing', () => on(async (page) => {
  const at = TABLE.findIndex(([schema]) => schema.parameters?.dependencies);
  await page.goto(pageOf(`t-${at}`));
  await fill(page, { a: 'postgres' });
  assert.equal((await copy(page)).taken, '');
  assert.deepEqual(await page.locator('.mistake:not([hidden])').evaluateAll((all) => all.map(({ id, textContent }) => [id, textContent])), [['m-size', 'Required.']]);
}));

test('a form with mistakes is accessible', () => on(async (page) => {
  await page.goto(pageOf('maker'));
  await page.locator('[data-copy-yaml]').click();
  await page.locator('.field.wrong').first().waitFor();
  const found = await new AxeBuilder({ page }).setLegacyMode().include('form.request').analyze();
  assert.deepEqual(found.violations.map(({ id }) => id), []);
}));
