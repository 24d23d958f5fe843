// @ts-check
/**
 * Addresses that scripts make of what is stored or fetched. Storage can be written by whatever else runs on
 * this host, and answers by whoever stands between: an address that leads out of the portal is not followed.
 */

export const root = document.body.dataset.root ?? '';
export const base = document.body.dataset.base ?? root;

/** What the portal's addresses begin with. */
const portal = new URL(base || './', document.baseURI);
/** What the addresses of the pages of this language begin with. */
const home = new URL(root || './', document.baseURI);

/** Schemes that a link of a fetched page may have, as the program writes them. */
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
 * The address of a page, by what is stored or fetched of it: relative to the root of the portal's pages, or
 * whole. Home, when that would lead out of the portal or run a script.
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
 * An address where an identity provider wants the visitor; `null` when it is not the web's.
 * @param {unknown} text
 */
export function webAddress(text) {
  const address = typeof text === 'string' && URL.canParse(text) ? new URL(text) : null;
  return address && ['http:', 'https:'].includes(address.protocol) ? address : null;
}
