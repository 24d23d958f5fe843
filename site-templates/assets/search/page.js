/** The search page: the address has its question; it shows hits by kind, and facets beside them. */

import { listen } from '../frame/listen.js';
import { t } from '../frame/words.js';
import { search } from './engine.js';
import { byKind, element, hitLink, kindWords } from './hits.js';
import { has, term, toggled, words } from './query.js';

/** @import { Answer, FacetValue } from '../../search/types.js' */

/** How many hits are shown. */
const LIMIT = 60;
/** How long typing must pause before the page follows, in milliseconds. */
const PAUSE = 120;
/** Fields whose values narrow the hits, and how many values each shows. */
const FACETS = ['kind', 'type', 'owner', 'lifecycle', 'system', 'tag'];
const VALUES = 8;

/** Starts the page. */
export function startPage() {
  const form = document.getElementById('find');
  const place = document.getElementById('found');
  const side = document.getElementById('narrow');
  const status = document.getElementById('found-status');
  const found = form?.querySelector('input');
  if (!(form instanceof HTMLFormElement) || !(found instanceof HTMLInputElement) || !place || !side || !status) return;
  const input = found;
  let latest = 0;
  let pause = 0;

  const here = () => new URLSearchParams(location.search).get('q') ?? '';

  /** @param {string} question @param {boolean} isTyping */
  function go(question, isTyping) {
    const address = question.trim() ? `?q=${encodeURIComponent(question)}` : location.pathname;
    history[isTyping && history.state?.typing ? 'replaceState' : 'pushState']({ typing: isTyping }, '', address);
    if (input.value !== question) input.value = question;
    show(question);
  }

  /** @param {string} question */
  async function show(question) {
    const turn = ++latest;
    if (!question.trim()) {
      place?.replaceChildren();
      side?.replaceChildren();
      if (status) status.textContent = '';
      return;
    }
    try {
      const engine = await search();
      const answer = await engine.search(question, { limit: LIMIT });
      if (!answer || turn !== latest) return;
      showHits(answer, question);
      const listing = await engine.list({ query: question, limit: 0, facets: FACETS });
      if (turn !== latest) return;
      say(answer, listing?.total ?? answer.hits.length, question);
      if (listing) showFacets(listing.facets, question);
    } catch (error) {
      if (turn !== latest || !status) return;
      status.textContent = t('js.search.failed', { why: error instanceof Error ? error.message : String(error) });
      const again = element('button', 'again', [t('js.search.again')]);
      again.addEventListener('click', () => show(question));
      place?.replaceChildren(again);
    }
  }

  /**
   * Says how many hits there are.
   * @param {Answer} answer
   * @param {number} total
   * @param {string} question
   */
  function say({ hits, complete }, total, question) {
    if (!status) return;
    status.textContent = !hits.length ? t('js.search.none', { what: question.trim() })
      : complete ? t('js.search.count', { n: total }) : t('js.search.most');
  }

  /**
   * @param {Answer} answer
   * @param {string} question
   */
  function showHits({ hits, suggestions }, question) {
    const sections = byKind(hits).map(([kind, some]) => {
      const section = element('section', 'hits-of', [element('h2', '', [kindWords(kind, some.length)])]);
      section.append(element('ul', '', some.map((hit) => element('li', '', [hitLink(hit)]))));
      return section;
    });
    const all = hits.length ? '' : words(question);
    place?.replaceChildren(...offers(t('js.search.nearest'), suggestions), ...offers(t('js.search.wider'), all ? [all] : []), ...sections);
  }

  /**
   * A line of other questions to ask.
   * @param {string} title
   * @param {string[]} questions
   */
  function offers(title, questions) {
    if (!questions.length) return [];
    const links = questions.map((question) => {
      const link = element('a', '', [question]);
      link.setAttribute('href', `?q=${encodeURIComponent(question)}`);
      link.addEventListener('click', (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        go(question, false);
        input.focus();
      });
      return link;
    });
    return [element('p', 'instead', [`${title} `, ...links.flatMap((link, at) => (at ? [', ', link] : [link]))])];
  }

  /**
   * @param {Record<string, FacetValue[]>} facets
   * @param {string} question
   */
  function showFacets(facets, question) {
    const isNarrow = (/** @type {string} */ field) => facets[field]?.some(([value]) => has(question, term(field, value)));
    side?.replaceChildren(...FACETS.filter((field) => (facets[field]?.length ?? 0) > 1 || isNarrow(field)).map((field) => {
      const values = (facets[field] ?? []).slice(0, VALUES).map(([value, label, count]) => {
        const condition = term(field, value);
        const button = element('button', 'offer', [element('span', '', [field === 'kind' ? kindWords(value, 2) : label]), element('span', 'n', [String(count)])]);
        button.setAttribute('type', 'button');
        button.setAttribute('aria-pressed', String(has(question, condition)));
        button.addEventListener('click', () => go(`${toggled(question, field, condition)} `, false));
        return element('li', '', [button]);
      });
      return element('section', '', [element('h2', '', [t(`js.facet.${field}`)]), element('ul', '', values)]);
    }));
  }

  listen(form, 'submit', (event) => {
    event.preventDefault();
    const first = place?.querySelector('a');
    if (first instanceof HTMLAnchorElement) first.focus();
  });
  place.addEventListener('keydown', (event) => {
    const links = [...place.querySelectorAll('a')];
    const at = links.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
    const next = event.key === 'ArrowDown' ? links[at + 1] : event.key === 'ArrowUp' ? links[at - 1] ?? input : null;
    if (at < 0 || !next) return;
    event.preventDefault();
    next.focus();
  });
  window.addEventListener('popstate', () => {
    input.value = here();
    show(here());
  });
  listen(input, 'input', () => {
    clearTimeout(pause);
    pause = window.setTimeout(() => input.value !== here() && go(input.value, true), PAUSE);
  });
  if (input.value === input.defaultValue) input.value = here();
  show(here());
  // The service worker sends visitors here from pages that it has not cached.
  const note = document.getElementById('found-offline');
  if (note) note.hidden = !new URLSearchParams(location.search).has('offline');
}
