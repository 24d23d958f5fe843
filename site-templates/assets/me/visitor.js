/**
 * Who the visitor is, and their menu in the bar. Signing in is in `sign-in.js`, what the browser stores in
 * `store.js`.
 */

import { pageAddress, root } from '../frame/address.js';
import { t } from '../frame/words.js';
import { clear, isPlace, key, read, write } from './store.js';

/** @import { Me } from '../../types.js' */

/** @returns {Me | null} */
export function me() {
  const person = read('me');
  if (!isPlace(person, 'name', 'initials', 'hue') || !('teams' in person) || !Array.isArray(person.teams)) return null;
  return {
    ...person,
    teams: person.teams.filter((team) => isPlace(team, 'title')),
    signedIn: 'signedIn' in person && person.signedIn === true,
  };
}

/** @param {Me} person */
export function remember(person) {
  write('me', person);
  showWho();
}

/** Forgets everything about the visitor. */
export function forget() {
  clear();
  showWho();
}

/** A person's initials in their colour. @param {Me} person */
export function avatar({ initials, hue }) {
  const mark = document.createElement('span');
  mark.className = `av ${/^hue-\d$/.test(hue) ? hue : 'hue-0'}`;
  mark.setAttribute('aria-hidden', 'true');
  mark.textContent = initials;
  return mark;
}

/** Forgets the visitor, then opens the page that ends the session at the provider too. */
export function signOut() {
  const person = me();
  forget();
  if (person?.signedIn) sessionStorage.setItem(key('sign-out'), '1');
  location.assign(`${root}${person?.signedIn ? 'me.html' : 'index.html'}`);
}

/** Whether the visitor has just signed out; true once. */
export function hasSignedOut() {
  const has = sessionStorage.getItem(key('sign-out')) !== null;
  sessionStorage.removeItem(key('sign-out'));
  return has;
}

const who = document.getElementById('who');

/** Shows at the end of the bar a menu where the visitor is known, else the link to say who one is. */
export function showWho() {
  const person = me();
  document.documentElement.classList.toggle('is-known', person !== null);
  const menu = document.getElementById('my-menu');
  const old = document.getElementById('my');
  menu?.remove();
  old?.remove();
  if (!who) return;
  who.hidden = person !== null;
  if (!person) return;
  const button = document.createElement('button');
  button.id = 'my';
  button.type = 'button';
  button.className = 'tool';
  button.title = t('js.me.menu', { name: person.name });
  button.setAttribute('aria-label', button.title);
  button.setAttribute('popovertarget', 'my-menu');
  button.append(avatar(person));
  who.after(button, myMenu(person));
}

/** @param {Me} person */
function myMenu(person) {
  const menu = document.createElement('div');
  menu.id = 'my-menu';
  menu.popover = 'auto';
  const name = document.createElement('strong');
  name.textContent = person.name;
  const out = document.createElement('button');
  out.type = 'button';
  out.textContent = t(person.signedIn ? 'js.me.sign_out' : 'js.me.forget');
  out.addEventListener('click', signOut);
  const mine = `${root}catalog/components.html?mine`;
  menu.append(
    name,
    link(pageAddress(person.url), t('js.me.page')),
    link(mine, t('js.me.mine')),
    link(`${root}me.html`, t('js.me.change')),
    out,
  );
  return menu;
}

/** @param {string} href @param {string} text */
function link(href, text) {
  const made = document.createElement('a');
  made.href = href;
  made.textContent = text;
  return made;
}
