// @ts-check
/**
 * Home of a known visitor, made of parts of their own page and of their teams' pages: what those say
 * is said once.
 */

import { pageAddress } from '../frame/address.js';
import { onReturn } from '../frame/listen.js';
import { load, me, personOf, recent, remember, starred } from './me.js';
import { t } from '../frame/words.js';

/** @typedef {import('./me.js').Me} Me @typedef {import('./me.js').Kept} Kept */

/** How many teams are shown whole, and how many entities of those that are kept. */
const TEAMS = 6;
const KEPT = 8;
const KINDS = ['component', 'api', 'system', 'domain', 'resource', 'group', 'user', 'location', 'template'];

/** @param {(name: string) => string} icon address of an icon */
export function startHome(icon) {
  show(icon);
  onReturn(() => show(icon));
}

/** @param {(name: string) => string} icon */
function show(icon) {
  keep('starred', starred(), icon);
  keep('recent', recent(), icon);
  const person = me();
  const place = document.getElementById('mine');
  if (!person || !place) return;
  showMine(person, place).catch((error) => {
    if (error instanceof Error && error.message === '404') place.append(say('p', t('js.me.gone'), 'empty'));
    else place.append(say('p', t('js.home.failed', { why: error instanceof Error ? error.message : String(error) }), 'empty'));
  });
}

/**
 * @param {Me} known as remembered; the pages may know better
 * @param {HTMLElement} place
 */
async function showMine(known, place) {
  // The pages of the teams that are remembered come together with the person's own.
  const early = new Map(known.teams.slice(0, TEAMS).map(({ url }) => [url, load(url).catch(() => null)]));
  const page = await load(known.url);
  const person = personOf(known.url, page, known.signedIn);
  if (JSON.stringify(person) !== JSON.stringify(known)) remember(person);
  const teams = await Promise.all(person.teams.slice(0, TEAMS).map(async (team) => {
    return { team, page: (await early.get(team.url)) ?? (await load(team.url).catch(() => null)) };
  }));
  const parts = [runs(person)];
  if (!teams.length) parts.push(say('p', t('js.home.no_team'), 'empty'));
  parts.push(...teams.map(({ team, page: its }) => owned(team, its)));
  const own = part(page, 'owned');
  if (own) parts.push(own);
  // What changed in it: the person's page says it for all teams, else each team's does.
  const recent = part(page, 'recent');
  const history = recent ? [recent] : teams.map(({ page: its }) => its && part(its, 'recent'));
  parts.push(...history, colleagues(page));
  place.replaceChildren(...parts.filter((made) => made !== null));
}

/**
 * A section of another page, without the anchors that belong there.
 * @param {Document} page
 * @param {string} id
 */
function part(page, id) {
  const found = page.getElementById(id);
  if (!found) return null;
  const made = document.importNode(found, true);
  for (const anchor of [made, ...made.querySelectorAll('[id]')]) anchor.removeAttribute('id');
  made.classList.add(id);
  return made;
}

/**
 * What a team owns, under its name.
 * @param {{ url: string, title: string }} team
 * @param {Document | null} page
 */
function owned(team, page) {
  const section = (page && part(page, 'owned')) ?? document.createElement('section');
  const count = section.querySelector('h2 .n');
  const heading = document.createElement('h2');
  const link = document.createElement('a');
  link.href = pageAddress(team.url);
  link.textContent = team.title;
  heading.append(link);
  if (count) heading.append(' ', count);
  section.querySelector('h2')?.remove();
  section.prepend(heading);
  if (!section.querySelector('li')) section.replaceChildren(heading, say('p', t('js.home.nothing_owned'), 'soft'));
  return section;
}

/** Everybody in the same teams, once. @param {Document} page */
function colleagues(page) {
  const people = new Map([...page.querySelectorAll('.membership .person[href]')].map((card) => [card.getAttribute('href'), card]));
  if (!people.size) return null;
  const list = document.createElement('ul');
  list.className = 'people';
  for (const card of people.values()) {
    const item = document.createElement('li');
    item.append(document.importNode(card, true));
    list.append(item);
  }
  return section(t('js.home.colleagues'), people.size, list);
}

/** The visitor's runs that have not ended. @param {Me} person */
function runs(person) {
  const all = document.getElementById('open-runs');
  if (!(all instanceof HTMLTemplateElement)) return null;
  const mine = [...all.content.querySelectorAll('[data-by]')].filter((run) => run.getAttribute('data-by') === person.url);
  if (!mine.length) return null;
  const list = document.createElement('ul');
  list.className = 'rows runs';
  list.append(...mine.flatMap((run) => [...run.querySelectorAll('li')].map((row) => document.importNode(row, true))));
  return section(t('js.home.runs'), mine.length, list);
}

/** @param {string} title @param {number} count @param {Element} content */
function section(title, count, content) {
  const made = document.createElement('section');
  const heading = say('h2', `${title} `);
  heading.append(say('span', String(count), 'n'));
  made.append(heading, content);
  return made;
}

/**
 * @param {'starred' | 'recent'} id
 * @param {Kept[]} entities
 * @param {(name: string) => string} icon
 */
function keep(id, entities, icon) {
  const list = document.querySelector(`#${id} ul`);
  const rows = entities.slice(0, KEPT).map((entity) => {
    const link = document.createElement('a');
    link.className = 'named';
    link.href = pageAddress(entity.url);
    const title = document.createElement('bdi');
    title.textContent = entity.title;
    link.append(kindIcon(entity.kind, icon), title);
    const item = document.createElement('li');
    item.append(link);
    return item;
  });
  list?.replaceChildren(...rows);
}

/** @param {string} kind @param {(name: string) => string} icon */
function kindIcon(kind, icon) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', `i k-${kind}`);
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', icon(KINDS.includes(kind) ? kind : 'other'));
  svg.append(use);
  return svg;
}

/** @param {string} name @param {string} text @param {string} [className] */
function say(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}
