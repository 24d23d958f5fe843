// A site of a catalog in which every field of every kind is hostile: a real parser reads every file.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { browse, onPage, serve, visit } from './portal.mjs';

const CALLBOARD = resolve(process.env.CALLBOARD ?? '../../target/debug/callboard');

/** A text with every attack. */
const EVILS = [
  '<script>window.ran = true</script>',
  '"><img src=x onerror="window.ran = true">',
  "'><svg onload='window.ran = true'><use href='data:image/svg+xml,<svg/>'/></svg>",
  'javascript:window.ran=true',
  '</script></style></title></textarea><iframe src="https://evil.example/"></iframe>',
  '{{ site.title }} {% include "pages/frame.html" %} [[ nav.home ]] ${{ parameters.x }}',
  '[click](javascript:window.ran=true) ![x](https://evil.example/x.png) <https://evil.example> [r]: javascript:x',
  '\u202egnp.exe \u2066\u2069 \u200b\u200f',
  '👩‍👩‍👧‍👦 🏳️‍🌈 Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞',
  '&lt;b&gt; &#60;script&#62; &amp; <!-- --> <![CDATA[ ]]> %3Cscript%3E',
  '#*&!|>%@`~ - : "\' \\ null yes 0x1f 1e9 2026-01-01',
  'a\tb\u0000\u0008\u001b[31m\u007f\u0085\u2028\u2029c',
  `${'> '.repeat(300)}${'- '.repeat(300)}${'*'.repeat(500)}${'['.repeat(500)}`,
  'x'.repeat(10_000),
];
const ALL = EVILS.join('\n\n');
const KINDS = ['Component', 'API', 'System', 'Domain', 'Resource', 'Group', 'User', 'Location', 'Template', 'Robot'];

/** An entity of a kind whose every text is `evil`. */
function entity(kind, number, evil) {
  const name = `evil-${number}`;
  const others = KINDS.map((other) => `${other.toLowerCase()}:default/${name}`);
  const of = (wanted) => others.filter((other) => other.startsWith(wanted));
  return {
    apiVersion: kind === 'Template' ? 'scaffolder.backstage.io/v1beta3' : 'backstage.io/v1alpha1',
    kind,
    metadata: {
      name,
      title: evil,
      description: `${evil}\n\n${ALL}`,
      annotations: {
        'backstage.io/view-url': 'javascript:alert(1)',
        'backstage.io/edit-url': evil,
        'backstage.io/source-location': `url:${evil}`,
        'github.com/project-slug': evil,
        'jira/project-key': evil,
        'x.example/successor': evil,
      },
      links: [{ url: 'javascript:window.ran=true', title: evil, icon: evil, type: evil },
        { url: `https://good.example/${encodeURIComponent(evil.slice(0, 50))}?a="><script>`, title: evil }],
    },
    spec: {
      type: evil, lifecycle: evil, owner: `group:default/${name}`, system: `system:default/${name}`,
      domain: `domain:default/${name}`, definition: ALL, target: evil, targets: [evil, 'javascript:x'], presence: 'optional',
      profile: { displayName: evil, email: `${evil}@evil.example`, picture: 'javascript:x' },
      memberOf: of('group'), children: [], parent: 'group:default/evil-0', members: of('user'),
      dependsOn: [...of('component'), ...of('resource'), 'component:default/nowhere'],
      providesApis: of('api'), consumesApis: of('api'),
      parameters: [{ title: evil, description: evil, required: [evil],
        properties: { [evil.slice(0, 60)]: { type: 'string', title: evil, description: evil, default: evil, enum: [evil, 'b'], 'ui:help': evil } } }],
      steps: [{ id: 'a', name: evil, action: 'debug:log', input: { message: 'x' } }],
      output: { links: [{ title: evil, url: 'javascript:x' }] },
      [`x-${evil.slice(0, 40)}`]: { [evil.slice(0, 40)]: [evil, { deep: evil }] },
    },
  };
}

/** A portal of such entities; fields that the rules refuse are listed as problems. */
async function portal(directory) {
  const write = async (path, value) => {
    await mkdir(join(directory, path, '..'), { recursive: true });
    // JSON is YAML, except for a few characters that have to be escaped.
    const json = JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
    await writeFile(join(directory, path), typeof value === 'string' ? value : json);
  };
  await write('callboard.yaml', {
    title: `${EVILS[0]} ${EVILS[1]}`,
    site: { url: 'https://portal.example/sub/path/', languages: ['en', 'fr'], footer: [{ label: EVILS[4], url: 'https://a.example/"><script>' }] },
  });
  for (const [number, evil] of EVILS.entries()) {
    for (const kind of KINDS) await write(`catalog-data/manual/${kind}-${number}.yaml`, entity(kind, number, evil));
  }
  await write('catalog-data/manual/broken.yaml', `a: [${EVILS[0]}\n\tb: {{ x }}`);
  await write('scaffolds/requests/evil.yaml', { template: EVILS[0], requester: EVILS[1], parameters: { a: EVILS[0] } });
}

/** Runs the program; a catalog with errors is built too, and reports them. */
function build(directory) {
  try {
    execFileSync(CALLBOARD, ['-C', directory, 'build', '--out', 'site'], { stdio: 'pipe', timeout: 600_000 });
  } catch (error) {
    assert.equal(error.status, 1, String(error.stderr));
  }
}

describe('a hostile catalog', () => {
  let directory, site, browser, files;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hostile-'));
    await portal(directory);
    build(directory);
    const names = await readdir(join(directory, 'site'), { recursive: true, withFileTypes: true });
    files = names.filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(join(directory, 'site/').length));
    [site, browser] = await Promise.all([serve('/sub/path/', join(directory, 'site')), browse()]);
  });
  after(async () => {
    await Promise.all([browser?.close(), site?.close()]);
    if (directory) await rm(directory, { recursive: true, force: true });
  });
  const of = (ending) => files.filter((name) => name.endsWith(ending) && !name.startsWith('search/') && !name.startsWith('.'));
  const text = (name) => readFile(join(directory, 'site', name), 'utf8');

  test('becomes a complete site', () => {
    for (const kind of KINDS) {
      const pages = of('.html').filter((name) => name.startsWith(`catalog/default/${kind.toLowerCase()}/evil-`));
      assert.equal(pages.length, EVILS.length, kind);
    }
  });

  test('adds no element, attribute or address to a page', async () => {
    await onPage(browser, site.url, {}, async (page) => {
      await page.goto('404.html');
      const htmls = of('.html');
      for (const name of htmls) {
        const found = await page.evaluate(check, [await text(name), name]);
        assert.deepEqual(found, [], name);
      }
      assert.ok(htmls.length > 2 * KINDS.length * EVILS.length);
    });
  });

  test('is valid JSON and valid XML', async () => {
    const isOurs = (name) => !name.includes('.definition.');
    for (const name of of('.json').filter(isOurs)) JSON.parse(await text(name));
    await onPage(browser, site.url, {}, async (page) => {
      await page.goto('404.html');
      for (const name of [...of('.xml'), ...of('.svg')]) { // none is a definition's
        const error = await page.evaluate((xml) => {
          const read = new DOMParser().parseFromString(xml, 'application/xml');
          return [...read.querySelectorAll('parsererror, script')].map((at) => at.textContent).join();
        }, await text(name));
        assert.equal(error, '', name);
      }
    });
    assert.ok(of('.xml').length >= 2);
  });

  test('runs no script, requests nothing from other hosts and stays within the window', async () => {
    await onPage(browser, site.url, { viewport: { width: 320, height: 700 } }, async (page) => {
      const shown = KINDS.flatMap((kind) => [0, 8, 12, 13].map((n) => `catalog/default/${kind.toLowerCase()}/evil-${n}.html`));
      for (const path of ['index.html', 'catalog/components.html', 'teams.html', 'domains.html', 'create.html', 'health.html', 'fr/index.html', ...shown]) {
        await visit(page, path);
        assert.equal(await page.evaluate(() => window.ran), undefined, path);
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(width <= 320, `${path} is ${width} px wide`);
      }
    });
  });

  test('is accessible', async () => {
    await onPage(browser, site.url, {}, async (page) => {
      for (const kind of KINDS) {
        await visit(page, `catalog/default/${kind.toLowerCase()}/evil-0.html`);
        const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
        assert.deepEqual(violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`)), [], kind);
      }
    });
  });

  test('is found and shown as text by search', async () => {
    await onPage(browser, site.url, {}, async (page) => {
      await page.goto('index.html');
      await page.keyboard.press('/');
      await page.keyboard.insertText('evil-0');
      await page.getByRole('option').first().waitFor();
      assert.equal(await page.locator('#hits script, #hits img').count(), 0);
      assert.equal(await page.evaluate(() => window.ran), undefined);
    });
  });
});

/** Runs in the browser: parts of a page that are not the theme's. */
function check([html, name]) {
  const ELEMENTS = new Set(('html head meta title link script body a header svg use form input kbd span button div nav ul li main '
    + 'article section aside h1 h2 h3 h4 h5 h6 p code pre dl dt dd small bdi ol time details summary table thead tbody tr th td '
    + 'footer strong em b i del blockquote br hr select option label textarea noscript output fieldset legend caption img '
    + 'figure figcaption g path rect circle line text tspan marker defs polyline polygon title desc colgroup col sup sub abbr dfn '
    + 'style mark datalist template search').split(' '));
  const found = [];
  const page = new DOMParser().parseFromString(html, 'text/html');
  const scripts = [...page.querySelectorAll('script')];
  for (const script of scripts) {
    if (script.textContent.trim() && script.type !== 'application/json') found.push(`a script: ${script.textContent.slice(0, 60)}`);
  }
  for (const at of page.querySelectorAll('*')) {
    const tag = at.localName;
    if (!ELEMENTS.has(tag) || tag === 'style') found.push(`<${tag}>`);
    for (const { name: attribute, value } of at.attributes) {
      if (!/^(aria-[a-z]+|data-[a-z-]+|[a-z][a-z-]*|viewBox|xlink:href|xml:[a-z]+|xmlns(:xlink)?|refX|refY|markerWidth|markerHeight|preserveAspectRatio|textLength|lengthAdjust)$/.test(attribute)
        || /^on|^style$|^srcdoc$|^formaction$/.test(attribute)) found.push(`${tag} ${attribute}`);
      if (['src', 'srcset', 'poster', 'action', 'data'].includes(attribute) && !/^(\.\.\/|[\w.-])/.test(value) && !value.startsWith('/sub/path/')) {
        found.push(`${tag} ${attribute}=${value.slice(0, 60)}`);
      }
      if (attribute.endsWith('href')) {
        const { protocol, host } = new URL(value, `https://portal.example/sub/path/${name}`);
        if (!['https:', 'http:', 'mailto:'].includes(protocol)) found.push(`${tag} ${attribute}=${value.slice(0, 60)}`);
        // An address of the catalog may be a link and nothing else.
        if (tag !== 'a' && protocol !== 'mailto:' && host !== 'portal.example') found.push(`${tag} ${attribute}=${value.slice(0, 60)}`);
      }
    }
  }
  if (/[\u202a-\u202e\u2066-\u2069]/.test(html)) found.push('text that changes direction');
  for (const id of new Set([...page.querySelectorAll('[id]')].map((at) => at.id))) {
    if (page.querySelectorAll(`[id="${CSS.escape(id)}"]`).length > 1) found.push(`the id ${id} twice`);
  }
  return found;
}
