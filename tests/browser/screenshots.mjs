// Photographs every type of page, wide and narrow, light and dark: `node screenshots.mjs OUTDIR`.

import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PAGES } from './pages.mjs';
import { browse, serve } from './portal.mjs';

const [directory] = process.argv.slice(2);
if (!directory) {
  console.error('usage: node screenshots.mjs OUTDIR');
  process.exit(2);
}
const out = resolve(directory);
await mkdir(out, { recursive: true });
const site = await serve();
const browser = await browse();

for (const width of [1440, 768, 360]) {
  for (const colorScheme of ['light', 'dark']) {
    const viewport = { width, height: width > 700 ? 900 : 740 };
    const context = await browser.newContext({ baseURL: site.url, viewport, colorScheme });
    const page = await context.newPage();
    const shoot = (type) => page.screenshot({ path: join(out, `${type}-${width}-${colorScheme}.png`) });
    for (const [type, path] of Object.entries(PAGES)) {
      await page.goto(path, { waitUntil: 'networkidle' });
      await shoot(type);
    }
    await page.goto(PAGES.home);
    await page.locator('#search').fill('panier');
    await page.getByRole('option').first().waitFor();
    await shoot('search');
    await context.close();
  }
}
await browser.close();
await site.close();
