// One page of each type in the built demo.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SITE } from './portal.mjs';

const first = async (directory) => {
  const names = (await readdir(join(SITE, directory))).filter((name) => name.endsWith('.html'));
  if (!names.length) throw new Error(`no page in ${directory}: is ${SITE} the built demo?`);
  return `${directory}/${names.sort()[0]}`;
};

/** Paths by type of page. */
export const PAGES = {
  home: 'index.html',
  list: 'catalog/components.html',
  component: 'catalog/default/component/panier-api.html',
  teams: 'teams.html',
  domains: 'domains.html',
  me: 'me.html',
  team: await first('catalog/default/group'),
  person: await first('catalog/default/user'),
  create: 'create.html',
  template: await first('catalog/default/template'),
  runs: 'runs.html',
  run: await first('runs'),
  health: 'health.html',
  docs: 'docs.html',
  doc: 'docs/default/component/panier-api/demarrer.html',
};
