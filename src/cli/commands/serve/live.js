/** Follows the builds of `callboard serve --watch`: reloads the page when it changed, shows problems. */

/**
 * @typedef {{ level: string, place: { file: string, line?: number, column?: number }, message: string, hint?: string }} Problem
 * @typedef {{ build: number, changed: string[] | null, summary: string, failure: string | null, problems: Problem[] }} News
 */

const here = decodeURIComponent(location.pathname).replace(/^\//, '').replace(/(^|\/)$/, '$1index.html');
const place = `callboard-scroll:${location.pathname}`;

/* A reloaded page keeps its scroll position. */
const scroll = sessionStorage.getItem(place);
sessionStorage.removeItem(place);
if (scroll) scrollTo({ top: Number(scroll), behavior: 'instant' });

const sheet = document.createElement('link');
sheet.rel = 'stylesheet';
sheet.href = '/.callboard/live.css';
document.head.append(sheet);

/** Whether a build changed this page, or a file that every page uses. @param {News} news */
function isTouched({ changed }) {
  const isShared = (/** @type {string} */ path) => path.startsWith('assets/') && path !== 'assets/state.json';
  return !changed || document.querySelector('[data-missing]') !== null
    || changed.some((path) => path === here || isShared(path));
}

/** @param {string} className @param {string} text */
function line(className, text) {
  const span = document.createElement('span');
  span.className = className;
  span.textContent = text;
  return span;
}

/** @param {Problem} problem */
function row({ level, place: { file, line: number, column }, message, hint }) {
  const item = document.createElement('li');
  const at = number ? `${file}:${number}:${column}` : file;
  item.append(line('level', `${level}: `), line('place', at), line('message', `\n${message}`));
  if (hint) item.append(line('hint', `\nhint: ${hint}`));
  return item;
}

/* The problems of the last successful build: the box opens when there are new ones. */
/** @type {string[] | undefined} */
let known;
/** @param {News} news */
function show({ summary, failure, problems }) {
  document.getElementById('callboard-live')?.remove();
  const texts = problems.map((problem) => JSON.stringify(problem));
  const isNew = known !== undefined && texts.some((text) => !known?.includes(text));
  if (!failure) known = texts;
  if (!failure && !problems.length) return;
  const box = document.createElement('details');
  box.id = 'callboard-live';
  box.dataset.level = failure ? 'error' : problems[0]?.level ?? '';
  box.open = box.dataset.level === 'error' || isNew;
  const head = document.createElement('summary');
  head.textContent = failure || summary;
  const list = document.createElement('ul');
  list.append(...problems.map(row));
  box.append(head, list);
  document.body.append(box);
}

/* Number of the build that made this page. */
let build = NaN;
new EventSource('/.callboard/events').addEventListener('message', ({ data }) => {
  if (!data) return;
  const news = /** @type {News} */ (JSON.parse(data));
  const isNew = build < news.build;
  const isMissed = build + 1 < news.build;
  build = news.build;
  if (isNew && (isMissed || isTouched(news))) {
    sessionStorage.setItem(place, String(scrollY));
    location.reload();
  } else {
    show(news);
  }
});
