// Questions drawn from a site's own listing, the same every time: names, halves of names, slips, words.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * @param {string} site folder of a built site
 * @param {number} many
 * @returns {Promise<string[]>}
 */
export async function questions(site, many) {
  const read = async (file) => JSON.parse(await readFile(join(site, file), 'utf8'));
  const { kinds } = await read('catalog.json');
  const lists = await Promise.all(kinds.map(({ files }) => read(files[0])));
  const named = lists.flat().filter(({ name }) => name.length > 7);
  const step = Math.floor(named.length / many);
  return Array.from({ length: many }, (_, at) => form(at, named[at * step]));
}

function form(at, { name, title = name, description }) {
  const half = name.slice(0, Math.ceil(name.length / 2));
  const slip = name.slice(0, 2) + name[3] + name[2] + name.slice(4);
  const words = (description ?? title).split(/\s+/).filter((word) => word.length > 4).slice(0, 2).join(' ');
  return [name, half, slip, words || title][at % 4];
}
