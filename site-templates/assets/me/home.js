/**
 * The home page of a known visitor, put together from parts of their own page and of their teams' pages, and the
 * entities that they starred or opened.
 */

import { pageAddress } from '../frame/address.js';
import { onReturn } from '../frame/listen.js';
import { t } from '../frame/words.js';
import { kindIcon } from '../frame/icons.js';
import { load, personOf } from './person.js';
import { recent, starred } from './store.js';
import { me, remember } from './visitor.js';

/** @import { Kept, Me, Place } from '../../types.js' */

/** How many teams are shown, and how many starred or opened entities. */
const TEAMS = 6;
const KEPT = 8;

/** Starts the page. */
export function startHome() {
  show();
  onReturn(show);
}

function show() {
  showKept('starred', starred());
  showKept('recent', recent());
  const person = me();
  const place = document.getElementById('mine');
  if (!person || !place) return;
  showMine(person, place).catch((error) => {
    if (error instanceof Error && error.message === '404') place.append(say('p', t('js.me.gone'), 'empty'));
    else place.append(say('p', t('js.home.failed', { why: error instanceof Error ? error.message : String(error) }), 'empty'));
  });
}

/**
 * @param {Me} known as stored; their page may say something newer
 * @param {HTMLElement} place
 */
async function showMine(known, place) {
  // The pages of the stored teams are loaded together with the person's own.
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
  // Recent changes: the person's page has them for all teams; where it does not, each team's page has its own.
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
 * @param {Place} team
 * @param {Document | null} page `null` when it could not be loaded
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

/** The people of the same teams, each once. @param {Document} page */
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

/** @param {'starred' | 'recent'} id @param {Kept[]} entities */
function showKept(id, entities) {
  const list = document.querySelector(`#${id} ul`);
  const rows = entities.slice(0, KEPT).map((entity) => {
    const link = document.createElement('a');
    link.className = 'named';
    link.href = pageAddress(entity.url);
    const title = document.createElement('bdi');
    title.textContent = entity.title;
    link.append(kindIcon(entity.kind), title);
    const item = document.createElement('li');
    item.append(link);
    return item;
  });
  list?.replaceChildren(...rows);
}

/** @param {string} name @param {string} text @param {string} [className] */
function say(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}
