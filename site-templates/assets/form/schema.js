// @ts-check
/**
 * What the plan of a request would refuse in its parameters: JSON Schema (draft-07, as Backstage) and what the
 * fields of the form ask. The same rules are in `src/scaffold/parameters`; a test compares the verdicts.
 */

/**
 * @typedef {Record<string, any>} Schema
 * @typedef {(string | number)[]} Path from the parameters to a value
 * @typedef {{ path: Path, key: string, values?: Record<string, string | number> }} Fault `key` of a message
 */

/** How often conditions may switch on further conditions. */
const MOST_DEPTH = 16;

/**
 * All that is wrong with the parameters of a page.
 * @param {Schema} page
 * @param {Record<string, unknown>} given the values as the request has them
 * @returns {Fault[]}
 */
export function faultsOf(page, given) {
  const values = structuredClone(given);
  applyDefaults(page, values);
  const found = [
    ...Object.entries(values).flatMap(([name, value]) => unknownNames(own(page.properties, name), value, [name])),
    ...fieldFaults(page, values, []),
    ...faults({ type: 'object', ...page }, values, [], page),
  ];
  const places = found.map(({ path }) => path.join('/'));
  return found.filter((_, at) => places.indexOf(places[at]) === at);
}

/**
 * Every property that a page may have, in any of its conditions.
 * @param {Schema} schema
 * @param {string[]} [names]
 */
function allNames(schema, names = []) {
  names.push(...Object.keys(schema?.properties ?? {}));
  for (const part of parts(schema)) allNames(part, names);
  return names;
}

/** The conditional parts of a schema. @param {Schema} schema @returns {Schema[]} */
function parts(schema) {
  const { allOf, oneOf, anyOf, dependencies } = schema ?? {};
  const lists = [allOf, oneOf, anyOf].flatMap((list) => (Array.isArray(list) ? list : []));
  return [...lists, schema?.if, schema?.then, schema?.else, ...Object.values(dependencies ?? {})].filter(isMap);
}

/** @param {unknown} value @returns {value is Record<string, any>} */
const isMap = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
/** @param {Schema | undefined} map @param {string} name */
const own = (map, name) => (isMap(map) && Object.hasOwn(map, name) ? map[name] : undefined);

/** The parts of a schema that apply to values, itself first. @param {Schema} schema @param {Schema} values @returns {Schema[]} */
function active(schema, values, depth = MOST_DEPTH) {
  if (!depth || !isMap(schema)) return [];
  const chosen = Array.isArray(schema.allOf) ? [...schema.allOf] : [];
  if (schema.if !== undefined) chosen.push(isValid(schema.if, values) ? schema.then : schema.else);
  for (const key of ['oneOf', 'anyOf']) {
    const agrees = (/** @type {Schema} */ part) => isValid({ properties: part?.properties ?? {} }, values);
    if (Array.isArray(schema[key])) chosen.push(schema[key].find(agrees));
  }
  for (const [name, part] of Object.entries(schema.dependencies ?? {})) if (Object.hasOwn(values, name)) chosen.push(part);
  return [schema, ...chosen.flatMap((part) => active(part, values, depth - 1))];
}

/** Adds defaults: first a schema's own, then those of what they switch on. @param {Schema} schema @param {Schema} values */
function applyDefaults(schema, values) {
  defaultProperties(schema, values);
  for (let turn = 0, before = -1; turn < MOST_DEPTH && before !== Object.keys(values).length; turn++) {
    before = Object.keys(values).length;
    for (const part of active(schema, values)) defaultProperties(part, values);
  }
}

/** @param {Schema} schema @param {Schema} values */
function defaultProperties(schema, values) {
  for (const [name, property] of Object.entries(schema?.properties ?? {})) {
    const value = own(values, name);
    if (value === undefined && property?.default !== undefined) values[name] = structuredClone(property.default);
    else if (value === undefined && property?.properties) {
      const inner = {};
      applyDefaults(property, inner);
      if (Object.keys(inner).length) values[name] = inner;
    } else if (isMap(value)) applyDefaults(property, value);
    else if (Array.isArray(value) && property?.items) for (const item of value) if (isMap(item)) applyDefaults(property.items, item);
  }
}

/** Names in maps that their schemas do not list, unless those leave them open. @param {Schema | undefined} schema @param {unknown} value @param {Path} path @returns {Fault[]} */
function unknownNames(schema, value, path) {
  if (Array.isArray(value)) return value.flatMap((item, at) => unknownNames(schema?.items, item, [...path, at]));
  const known = allNames(schema ?? {});
  if (!isMap(value) || !known.length || schema?.additionalProperties !== undefined || schema?.patternProperties !== undefined) return [];
  return Object.entries(value).flatMap(([name, inner]) => (known.includes(name)
    ? unknownNames(own(schema?.properties, name), inner, [...path, name]) : [{ path: [...path, name], key: 'unknown', values: { name } }]));
}

/** A name of Backstage's entities. @param {string} text */
export const isName = (text) => /^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/i.test(text);

/** What Backstage's fields ask of values. @param {Schema} schema @param {Schema} values @param {Path} path @returns {Fault[]} */
function fieldFaults(schema, values, path) {
  return active(schema, values).flatMap((part) => Object.entries(part.properties ?? {})
    .flatMap(([name, property]) => (Object.hasOwn(values, name) ? fieldFault(property, values[name], [...path, name]) : [])));
}

/** @param {Schema} schema @param {unknown} value @param {Path} path @returns {Fault[]} */
function fieldFault(schema, value, path) {
  const field = schema?.['ui:field'];
  if (isMap(value)) return fieldFaults(schema, value, path);
  if (Array.isArray(value)) {
    const isTag = (/** @type {unknown} */ tag) => typeof tag !== 'string' || (tag.length <= 63 && /^[a-z0-9:+#]+(-[a-z0-9:+#]+)*$/.test(tag.toLowerCase()));
    const inner = value.flatMap((item, at) => fieldFault(field === 'MultiEntityPicker' ? schema : schema?.items, item, [...path, at]));
    const tags = field === 'EntityTagsPicker' ? value.flatMap((tag, at) => (isTag(tag) ? [] : [{ path: [...path, at], key: 'tag' }])) : [];
    return [...inner, ...tags];
  }
  if (typeof value !== 'string') return [];
  if (field === 'EntityNamePicker' && !isName(value)) return [{ path, key: 'name' }];
  if (field === 'RepoUrlPicker') return repositoryFault(schema['ui:options'] ?? {}, value, path);
  return [];
}

/** @param {Schema} options @param {string} text @param {Path} path @returns {Fault[]} */
function repositoryFault(options, text, path) {
  if (!URL.canParse(`https://${text}`)) return [{ path, key: 'repository' }];
  const { host, searchParams } = new URL(`https://${text}`);
  const limits = { Hosts: host, Owners: 'owner', Organizations: 'organization', Projects: 'project', Repos: 'repo' };
  for (const [name, part] of Object.entries(limits)) {
    const allowed = options[`allowed${name}`];
    const found = name === 'Hosts' ? host : searchParams.get(part)?.replace(/^\/+|\/+$/g, '');
    if (found && Array.isArray(allowed) && allowed.length && !allowed.includes(found)) {
      return [{ path, key: 'choice', values: { choices: allowed.join(', ') } }];
    }
  }
  return [];
}

/** @param {Schema | boolean} schema @param {unknown} value @param {Schema} [root] */
const isValid = (schema, value, root = {}) => faults(schema, value, [], root).length === 0;

/** @param {unknown} value */
const typeOf = (value) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);
/** @param {unknown} value @param {string} type */
const hasType = (value, type) => (type === 'integer' ? Number.isInteger(value) : typeOf(value) === type);

/** Two values that JSON does not tell apart, whatever the order of keys. @param {unknown} one @param {unknown} other @returns {boolean} */
function isEqual(one, other) {
  if (typeof one !== 'object' || typeof other !== 'object' || !one || !other) return one === other;
  const [left, right] = [Object.entries(one), Object.entries(other)];
  return Array.isArray(one) === Array.isArray(other) && left.length === right.length
    && left.every(([key, value]) => Object.hasOwn(other, key) && isEqual(value, /** @type {any} */ (other)[key]));
}

/**
 * What a schema refuses in a value.
 * @param {Schema | boolean} schema
 * @param {unknown} value
 * @param {Path} path
 * @param {Schema} root where references begin
 * @returns {Fault[]}
 */
function faults(schema, value, path, root) {
  if (schema === false) return [{ path, key: 'invalid' }];
  if (!isMap(schema)) return [];
  if (typeof schema.$ref === 'string') {
    const names = decodeURIComponent(schema.$ref).split('/').slice(1);
    const target = names.reduce((/** @type {any} */ at, name) => at?.[name.replace(/~1/g, '/').replace(/~0/g, '~')], root);
    return path.length > MOST_DEPTH * 4 ? [] : faults(target, value, path, root);
  }
  /** @type {(key: string, values?: Fault['values']) => Fault} */
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

/** @typedef {(key: string, values?: Fault['values']) => Fault} Wrong */

/** @param {Schema} schema @param {string} value @param {Wrong} wrong */
function textFaults({ minLength, maxLength, pattern, format }, value, wrong) {
  // Characters are code points, as JSON Schema counts them.
  const { length } = [...value];
  const found = [];
  if (length < minLength) found.push(wrong('short', { n: minLength }));
  if (length > maxLength) found.push(wrong('long', { n: maxLength }));
  if (typeof pattern === 'string' && regExp(pattern)?.test(value) === false) found.push(wrong('pattern', { pattern }));
  if (Object.hasOwn(FORMATS, format) && !FORMATS[format](value)) found.push(wrong('format', { format }));
  return found;
}

/** A pattern as JSON Schema means it: found anywhere, by ECMA-262. @param {string} pattern */
function regExp(pattern) {
  for (const flags of ['u', '']) {
    try {
      return new RegExp(pattern, flags);
    } catch {
      // Some patterns are old: `\-` outside of a class is none with `u`.
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

/** @param {Schema} schema @param {number} value @param {Wrong} wrong */
function numberFaults({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }, value, wrong) {
  const found = [];
  if (value < minimum) found.push(wrong('small', { least: minimum }));
  if (value > maximum) found.push(wrong('large', { most: maximum }));
  if (value <= exclusiveMinimum) found.push(wrong('small_or_same', { least: exclusiveMinimum }));
  if (value >= exclusiveMaximum) found.push(wrong('large_or_same', { most: exclusiveMaximum }));
  const times = value / multipleOf;
  if (typeof multipleOf === 'number' && Math.abs(times - Math.round(times)) > 1e-9) found.push(wrong('step', { step: multipleOf }));
  return found;
}

/** @param {Schema} schema @param {unknown[]} value @param {Path} path @param {Schema} root @param {Wrong} wrong */
function listFaults({ minItems, maxItems, uniqueItems, items, additionalItems, contains }, value, path, root, wrong) {
  const found = [];
  if (value.length < minItems) found.push(wrong('few', { n: minItems }));
  if (value.length > maxItems) found.push(wrong('many', { n: maxItems }));
  if (uniqueItems === true && value.some((one, at) => value.slice(0, at).some((other) => isEqual(one, other)))) found.push(wrong('twice'));
  if (contains !== undefined && !value.some((item) => isValid(contains, item, root))) found.push(wrong('invalid'));
  const of = (/** @type {number} */ at) => (Array.isArray(items) ? (at < items.length ? items[at] : additionalItems) : items);
  return [...found, ...value.flatMap((item, at) => (of(at) === undefined ? [] : faults(of(at), item, [...path, at], root)))];
}

/** @param {Schema} schema @param {Schema} value @param {Path} path @param {Schema} root @param {Wrong} wrong @returns {Fault[]} */
function mapFaults(schema, value, path, root, wrong) {
  const { required, properties, patternProperties, additionalProperties, propertyNames, minProperties, maxProperties } = schema;
  const names = Object.keys(value);
  /** @type {Fault[]} */
  const found = (Array.isArray(required) ? required : []).filter((name) => !Object.hasOwn(value, name)).map((name) => ({ path: [...path, name], key: 'required' }));
  if (names.length < minProperties) found.push(wrong('few', { n: minProperties }));
  if (names.length > maxProperties) found.push(wrong('many', { n: maxProperties }));
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

/** @param {Schema} schema @param {unknown} value @param {Path} path @param {Schema} root @param {Wrong} wrong @returns {Fault[]} */
function combinedFaults(schema, value, path, root, wrong) {
  const { allOf, anyOf, oneOf, not, dependencies } = schema;
  const found = (Array.isArray(allOf) ? allOf : []).flatMap((part) => faults(part, value, path, root));
  for (const [list, most] of /** @type {[unknown, number][]} */ ([[anyOf, Infinity], [oneOf, 1]])) {
    if (!Array.isArray(list)) continue;
    const all = list.map((part) => faults(part, value, path, root));
    const count = all.filter((wrongs) => !wrongs.length).length;
    // Of several alternatives, the one that comes nearest says what is missing: one that was not chosen is far.
    const distance = (/** @type {Fault[]} */ wrongs) => wrongs.reduce((sum, { key }) => sum + (key === 'choice' ? MOST_DEPTH : 1), 0);
    if (!count) found.push(...(all.sort((a, b) => distance(a) - distance(b))[0] ?? [wrong('invalid')]));
    else if (count > most) found.push(wrong('invalid'));
  }
  if (not !== undefined && isValid(not, value, root)) found.push(wrong('invalid'));
  if (schema.if !== undefined) {
    const branch = isValid(schema.if, value, root) ? schema.then : schema.else;
    if (branch !== undefined) found.push(...faults(branch, value, path, root));
  }
  if (!isMap(value)) return found;
  for (const [name, part] of Object.entries(dependencies ?? {})) {
    if (!Object.hasOwn(value, name)) continue;
    found.push(...faults(Array.isArray(part) ? { required: part } : part, value, path, root));
  }
  return found;
}
