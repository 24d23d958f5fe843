/**
 * Validation by JSON Schema (draft-07, as Backstage): what a schema refuses in a value. The same rules are in
 * `src/scaffold/parameters`; a test compares the verdicts.
 */

/**
 * A JSON Schema.
 * @typedef {object} JsonSchema
 * @property {string} [$ref] `#/…` from the root of the page's schema
 * @property {string | string[]} [type]
 * @property {unknown[]} [enum]
 * @property {unknown} [const]
 * @property {unknown} [default]
 * @property {number} [minLength]
 * @property {number} [maxLength]
 * @property {string} [pattern]
 * @property {string} [format]
 * @property {number} [minimum]
 * @property {number} [maximum]
 * @property {number} [exclusiveMinimum]
 * @property {number} [exclusiveMaximum]
 * @property {number} [multipleOf]
 * @property {number} [minItems]
 * @property {number} [maxItems]
 * @property {boolean} [uniqueItems]
 * @property {Schema | Schema[]} [items]
 * @property {Schema} [additionalItems]
 * @property {Schema} [contains]
 * @property {string[]} [required]
 * @property {Record<string, Schema>} [properties]
 * @property {Record<string, Schema>} [patternProperties]
 * @property {Schema} [additionalProperties]
 * @property {Schema} [propertyNames]
 * @property {number} [minProperties]
 * @property {number} [maxProperties]
 * @property {Schema[]} [allOf]
 * @property {Schema[]} [anyOf]
 * @property {Schema[]} [oneOf]
 * @property {Schema} [not]
 * @property {Schema} [if]
 * @property {Schema} [then]
 * @property {Schema} [else]
 * @property {Record<string, Schema | string[]>} [dependencies]
 *
 * @typedef {JsonSchema & { 'ui:field'?: string, 'ui:options'?: Record<string, unknown> }} SchemaObject with Backstage's keys
 * @typedef {SchemaObject | boolean} Schema
 * @typedef {Record<string, unknown>} Values
 * @typedef {(string | number)[]} Path from the parameters to a value
 * @typedef {Record<string, string | number>} MessageValues
 * @typedef {{ path: Path, key: string, values?: MessageValues | undefined }} Fault `key` of a message
 * @typedef {(key: string, values?: MessageValues) => Fault} Wrong makes a fault of the value
 */

/** Conditions inside of conditions are followed so deep. */
export const MOST_DEPTH = 16;

/** @param {unknown} value @returns {value is Values} */
export const isMap = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A schema that has keys, of what a template has in its place. @param {unknown} schema @returns {SchemaObject | undefined} */
export const keysOf = (schema) => (isMap(schema) ? schema : undefined);

/**
 * The value of a key that the map itself has.
 * @template Value
 * @param {Record<string, Value> | undefined} map
 * @param {string} name
 * @returns {Value | undefined}
 */
export const own = (map, name) => (isMap(map) && Object.hasOwn(map, name) ? map[name] : undefined);

/** @param {Schema} schema @param {unknown} value @param {Schema} [root] */
export const isValid = (schema, value, root = {}) => faults(schema, value, [], root).length === 0;

/**
 * What a schema refuses in a value.
 * @param {Schema | undefined} schema
 * @param {unknown} value
 * @param {Path} path
 * @param {Schema} root where references begin
 * @returns {Fault[]}
 */
export function faults(schema, value, path, root) {
  if (schema === false) return [{ path, key: 'invalid' }];
  if (!isMap(schema)) return [];
  if (typeof schema.$ref === 'string') {
    return path.length > MOST_DEPTH * 4 ? [] : faults(target(schema.$ref, root), value, path, root);
  }
  /** @type {Wrong} */
  const wrong = (key, values) => ({ path, key, values });
  const types = schema.type === undefined ? [] : [schema.type].flat();
  if (types.length && !types.some((type) => hasType(value, type))) return [wrong(`type_${types[0]}`)];
  const choices = Array.isArray(schema.enum) ? schema.enum : Object.hasOwn(schema, 'const') ? [schema.const] : null;
  if (choices && !choices.some((choice) => isEqual(choice, value))) {
    return [wrong('choice', { choices: choices.map((choice) => (typeof choice === 'string' ? choice : JSON.stringify(choice))).join(', ') })];
  }
  const found = typeof value === 'string' ? textFaults(schema, value, wrong)
    : typeof value === 'number' ? numberFaults(schema, value, wrong)
      : Array.isArray(value) ? listFaults(schema, value, path, root, wrong)
        : isMap(value) ? mapFaults(schema, value, path, root, wrong) : [];
  return [...found, ...combinedFaults(schema, value, path, root, wrong)];
}

/** The schema that a reference names. @param {string} reference @param {Schema} root */
function target(reference, root) {
  const names = decodeURIComponent(reference).split('/').slice(1).map((name) => name.replace(/~1/g, '/').replace(/~0/g, '~'));
  /** @type {unknown} */
  let at = root;
  for (const name of names) at = /** @type {Values | null | undefined} */ (at)?.[name];
  return /** @type {Schema | undefined} */ (at);
}

/** @param {unknown} value */
const typeOf = (value) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);
/** @param {unknown} value @param {string} type */
const hasType = (value, type) => (type === 'integer' ? Number.isInteger(value) : typeOf(value) === type);

/** Whether two values are the same JSON, whatever the order of keys. @param {unknown} one @param {unknown} other @returns {boolean} */
function isEqual(one, other) {
  if (typeof one !== 'object' || typeof other !== 'object' || !one || !other) return one === other;
  const [left, right] = [Object.entries(one), new Map(Object.entries(other))];
  return Array.isArray(one) === Array.isArray(other) && left.length === right.size
    && left.every(([key, value]) => right.has(key) && isEqual(value, right.get(key)));
}

/** @param {SchemaObject} schema @param {string} value @param {Wrong} wrong */
function textFaults({ minLength, maxLength, pattern, format }, value, wrong) {
  // JSON Schema counts characters as code points.
  const { length } = [...value];
  const found = [];
  if (minLength !== undefined && length < minLength) found.push(wrong('short', { n: minLength }));
  if (maxLength !== undefined && length > maxLength) found.push(wrong('long', { n: maxLength }));
  if (typeof pattern === 'string' && regExp(pattern)?.test(value) === false) found.push(wrong('pattern', { pattern }));
  if (format !== undefined && own(FORMATS, format)?.(value) === false) found.push(wrong('format', { format }));
  return found;
}

/** A pattern as JSON Schema means it: found anywhere, by ECMA-262. @param {string} pattern */
function regExp(pattern) {
  for (const flags of ['u', '']) {
    try {
      return new RegExp(pattern, flags);
    } catch {
      // Old patterns are invalid with `u`: `\-` outside of a class, for example.
    }
  }
  return null;
}

/** @type {Record<string, (text: string) => boolean>} */
const FORMATS = {
  email: (text) => /^[^\s@]+@[^\s@.]([^\s@]*[^\s@.])?$/.test(text),
  uri: (text) => /^[a-z][a-z0-9+.-]*:[^\s<>"{}|\\^`]*$/i.test(text) && (!/^https?:/i.test(text) || URL.canParse(text)),
  hostname: (text) => text.length <= 253 && /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i.test(text),
  ipv4: (text) => /^((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(?!$)|$)){4}$/.test(text),
  date: (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text),
  'date-time': (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(text) && !Number.isNaN(Date.parse(text)),
  regex: (text) => regExp(text) !== null,
};

/** @param {SchemaObject} schema @param {number} value @param {Wrong} wrong */
function numberFaults({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }, value, wrong) {
  const found = [];
  if (minimum !== undefined && value < minimum) found.push(wrong('small', { least: minimum }));
  if (maximum !== undefined && value > maximum) found.push(wrong('large', { most: maximum }));
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) found.push(wrong('small_or_same', { least: exclusiveMinimum }));
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) found.push(wrong('large_or_same', { most: exclusiveMaximum }));
  if (typeof multipleOf !== 'number') return found;
  const times = value / multipleOf;
  if (Math.abs(times - Math.round(times)) > 1e-9) found.push(wrong('step', { step: multipleOf }));
  return found;
}

/** @param {SchemaObject} schema @param {unknown[]} value @param {Path} path @param {Schema} root @param {Wrong} wrong */
function listFaults({ minItems, maxItems, uniqueItems, items, additionalItems, contains }, value, path, root, wrong) {
  const found = [];
  if (minItems !== undefined && value.length < minItems) found.push(wrong('few', { n: minItems }));
  if (maxItems !== undefined && value.length > maxItems) found.push(wrong('many', { n: maxItems }));
  if (uniqueItems === true && value.some((one, at) => value.slice(0, at).some((other) => isEqual(one, other)))) found.push(wrong('twice'));
  if (contains !== undefined && !value.some((item) => isValid(contains, item, root))) found.push(wrong('invalid'));
  const of = (/** @type {number} */ at) => (Array.isArray(items) ? (at < items.length ? items[at] : additionalItems) : items);
  return [...found, ...value.flatMap((item, at) => faults(of(at), item, [...path, at], root))];
}

/** @param {SchemaObject} schema @param {Values} value @param {Path} path @param {Schema} root @param {Wrong} wrong @returns {Fault[]} */
function mapFaults(schema, value, path, root, wrong) {
  const { required, properties, patternProperties, additionalProperties, propertyNames, minProperties, maxProperties } = schema;
  const names = Object.keys(value);
  /** @type {Fault[]} */
  const found = (Array.isArray(required) ? required : []).filter((name) => !Object.hasOwn(value, name)).map((name) => ({ path: [...path, name], key: 'required' }));
  if (minProperties !== undefined && names.length < minProperties) found.push(wrong('few', { n: minProperties }));
  if (maxProperties !== undefined && names.length > maxProperties) found.push(wrong('many', { n: maxProperties }));
  for (const name of names) {
    const at = [...path, name];
    const patterns = Object.entries(patternProperties ?? {}).filter(([pattern]) => regExp(pattern)?.test(name));
    const property = own(properties, name);
    const schemas = [...(property === undefined ? [] : [property]), ...patterns.map(([, inner]) => inner)];
    if (!schemas.length && additionalProperties === false) found.push({ path: at, key: 'unknown', values: { name } });
    else if (!schemas.length && additionalProperties !== undefined) schemas.push(additionalProperties);
    for (const inner of schemas) found.push(...faults(inner, value[name], at, root));
    if (propertyNames !== undefined && !isValid(propertyNames, name, root)) found.push({ path: at, key: 'unknown', values: { name } });
  }
  return found;
}

/** @param {SchemaObject} schema @param {unknown} value @param {Path} path @param {Schema} root @param {Wrong} wrong @returns {Fault[]} */
function combinedFaults(schema, value, path, root, wrong) {
  const { allOf, anyOf, oneOf, not, dependencies } = schema;
  const found = (Array.isArray(allOf) ? allOf : []).flatMap((part) => faults(part, value, path, root));
  for (const [list, most] of /** @type {const} */ ([[anyOf, Infinity], [oneOf, 1]])) {
    if (!Array.isArray(list)) continue;
    const all = list.map((part) => faults(part, value, path, root));
    const count = all.filter((wrongs) => !wrongs.length).length;
    // The alternative that is nearest says what is missing; one whose choice does not fit is far.
    const distance = (/** @type {Fault[]} */ wrongs) => wrongs.reduce((sum, { key }) => sum + (key === 'choice' ? MOST_DEPTH : 1), 0);
    if (!count) found.push(...(all.sort((a, b) => distance(a) - distance(b))[0] ?? [wrong('invalid')]));
    else if (count > most) found.push(wrong('invalid'));
  }
  if (not !== undefined && isValid(not, value, root)) found.push(wrong('invalid'));
  if (schema.if !== undefined) found.push(...faults(isValid(schema.if, value, root) ? schema.then : schema.else, value, path, root));
  if (!isMap(value)) return found;
  for (const [name, part] of Object.entries(dependencies ?? {})) {
    if (!Object.hasOwn(value, name)) continue;
    found.push(...faults(Array.isArray(part) ? { required: part } : part, value, path, root));
  }
  return found;
}
