// One page of each type in the built demo.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SITE } from './portal.mjs';

/** The first page of a folder, in the order of names. */
const first = async (directory, matches = '.html') => {
  const names = (await readdir(join(SITE, directory))).filter((name) => name.endsWith('.html') && name.includes(matches));
  if (!names.length) throw new Error(`no page in ${directory}: is ${SITE} the built demo?`);
  return `${directory}/${names.sort()[0]}`;
};

/** The start page of some documentation. */
async function firstDoc() {
  const files = await readdir(join(SITE, 'docs'), { recursive: true });
  return `docs/${files.filter((name) => name.endsWith('index.html')).sort()[0]}`;
}

/** Paths by type of page. */
export const PAGES = {
  home: 'index.html',
  list: 'catalog/components.html',
  narrowed: await first('catalog', 'components.type.'),
  component: 'catalog/default/component/panier-api.html',
  api: await first('catalog/default/api'),
  resource: await first('catalog/default/resource'),
  system: 'catalog/default/system/panier.html',
  domain: await first('catalog/default/domain'),
  teams: 'teams.html',
  domains: 'domains.html',
  me: 'me.html',
  team: await first('catalog/default/group'),
  person: await first('catalog/default/user'),
  docs: 'docs.html',
  doc: await firstDoc(),
  search: 'search.html',
  create: 'create.html',
  template: await first('catalog/default/template'),
  runs: 'runs.html',
  run: await first('runs'),
  changes: 'changes.html',
  health: 'health.html',
  docs: 'docs.html',
  doc: 'docs/default/component/panier-api/demarrer.html',
  about: 'about.html',
  missing: '404.html',
  french: 'fr/catalog/default/component/panier-api.html',
};
