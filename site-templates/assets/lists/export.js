/** A list as a file: CSV for spreadsheets, JSON for programs. */

/** @import { Row } from '../../search/types.js' */

/** @type {[string, (row: Row) => string][]} */
const COLUMNS = [
  ['ref', (row) => row.ref],
  ['kind', (row) => row.kind],
  ['namespace', (row) => row.namespace],
  ['name', (row) => row.name],
  ['title', (row) => row.title],
  ['description', (row) => row.description],
  ['type', (row) => row.type],
  ['lifecycle', (row) => row.lifecycle],
  ['owner', (row) => row.owner?.title ?? ''],
  ['system', (row) => row.system?.title ?? ''],
  ['tags', (row) => row.tags.join(' ')],
  ['url', (row) => row.url],
];

/** RFC 4180, with a byte order mark, by which Excel knows UTF-8. @param {Row[]} rows */
export function csv(rows) {
  const lines = [COLUMNS.map(([name]) => name), ...rows.map((row) => COLUMNS.map(([, value]) => value(row)))];
  return `\ufeff${lines.map((line) => line.map(cell).join(',')).join('\r\n')}\r\n`;
}

/**
 * A quoted cell. A text that a spreadsheet would run as a formula gets an apostrophe before it; OWASP's "CSV
 * Injection" names the characters.
 * @param {string | null} value
 */
function cell(value) {
  const text = value ?? '';
  return `"${(/^\s*[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text).replace(/"/g, '""')}"`;
}

/** @param {Row[]} rows */
export const json = (rows) => `${JSON.stringify(rows, null, 2)}\n`;

/** Saves a file on the visitor's computer. @param {string} name @param {string} type @param {string} text */
export function save(name, type, text) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
