/**
 * Addresses that scripts make from stored or fetched texts. Other pages of this host can write the storage, and
 * a proxy can change an answer, so an address that leads out of the portal is not followed.
 */

/** What addresses of pages of this language, and of the portal, begin with; relative to this page. */
export const root = document.body.dataset.root ?? '';
export const base = document.body.dataset.base ?? root;

const portal = new URL(base || './', document.baseURI);
const home = new URL(root || './', document.baseURI);

/** The address of an icon. @param {string} name */
export const icon = (name) => new URL(`../icons.svg#${name}`, import.meta.url).href;

/** Schemes that a link of a fetched page may have. */
const SCHEMES = ['http:', 'https:', 'mailto:'];

/** Whether an address is one of the portal. @param {URL} address */
const isInside = ({ protocol, host, pathname }) => protocol === portal.protocol && host === portal.host && pathname.startsWith(portal.pathname);

/** @param {unknown} text @param {URL} from @returns {URL | null} */
function parse(text, from) {
  return typeof text === 'string' && URL.canParse(text, from) ? new URL(text, from) : null;
}

/**
 * Whether a text is an address inside the portal, relative to the root of its pages.
 * @param {unknown} url
 * @returns {url is string}
 */
export function isPage(url) {
  const address = parse(url, home);
  return address !== null && isInside(address);
}

/**
 * The address of a page, from a text that is relative to the root of the portal's pages or absolute. The home page,
 * when the text leads out of the portal or is a script.
 * @param {unknown} url
 */
export function pageAddress(url) {
  const address = parse(url, home);
  return address && isInside(address) ? address.href : new URL('index.html', home).href;
}

/** An address of a page of the portal, relative to the root of its pages. @param {string} href */
export const within = (href) => href.slice(home.href.length);

/**
 * The address of a link of a fetched page; `null` when no link may lead there.
 * @param {string} href
 * @param {string} from the page's own address
 */
export function linkAddress(href, from) {
  const address = parse(href, new URL(from));
  return address && SCHEMES.includes(address.protocol) ? address.href : null;
}

/**
 * An address of an identity provider; `null` when its scheme is not `http` or `https`.
 * @param {unknown} text
 */
export function webAddress(text) {
  const address = typeof text === 'string' && URL.canParse(text) ? new URL(text) : null;
  return address && ['http:', 'https:'].includes(address.protocol) ? address : null;
}
