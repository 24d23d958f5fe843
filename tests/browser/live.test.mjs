// `callboard serve --watch` in a browser: pages reload after each build and show problems.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { browse } from './portal.mjs';

const program = process.env.CALLBOARD ?? join(import.meta.dirname, '../../target/debug/callboard');

/** @param {string} description */
const cart = (description) => `apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: cart, description: ${description}, links: [${'{url: "https://x.example/"}, '.repeat(80)}]}
spec: {type: service, lifecycle: production, owner: shop}
`;

test('pages reload after each build, and show problems', { timeout: 600_000 }, async () => {
  const portal = await mkdtemp(join(tmpdir(), 'callboard-live-'));
  const file = join(portal, 'catalog-data/manual/cart.yaml');
  const settings = join(portal, 'callboard.yaml');
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(settings, 'title: Live\n');
  await writeFile(file, cart('first'));
  const server = spawn(program, ['-C', portal, 'serve', '--watch', '--port', '0']);
  server.stderr.resume();
  const browser = await browse();
  try {
    let told = '';
    for await (const chunk of server.stdout) {
      told += chunk;
      if (told.includes('/ ')) break;
    }
    const [url] = told.match(/http:\/\/[\d.:]+/) ?? [];
    const context = await browser.newContext({ viewport: { width: 1000, height: 500 } });
    const page = await context.newPage();
    /** @type {string[]} */
    const complaints = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));

    await page.goto(`${url}/catalog/default/component/cart.html`);
    const box = page.locator('#callboard-live');
    await box.waitFor();
    assert.equal(await box.getAttribute('open'), null, 'what is known already is folded');
    await page.evaluate(() => scrollTo(0, 300));
    const top = await page.evaluate(() => scrollY);
    assert.ok(top > 0);

    await writeFile(file, cart('second <b>thing</b>'));
    await page.getByText('second <b>thing</b>').first().waitFor();
    await box.waitFor();
    assert.equal(await page.evaluate(() => scrollY), top, 'the page is where it was');

    await writeFile(settings, 'title: [\n');
    await page.locator('#callboard-live[open]').getByText('callboard.yaml:2:1').waitFor();
    await writeFile(settings, 'title: Live\n');
    await page.locator('#callboard-live:not([open])').waitFor();
    await writeFile(file, cart('third').replace('shop', 'nobody'));
    await page.getByText('third').first().waitFor();
    assert.deepEqual(complaints, []);

    server.kill('SIGINT');
    const [code] = await once(server, 'exit');
    assert.equal(code, 0);
  } finally {
    server.kill('SIGKILL');
    await browser.close();
    await rm(portal, { recursive: true });
  }
});
