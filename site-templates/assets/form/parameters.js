/**
 * What the plan of a request would refuse in its parameters: by the schema of a page, after its defaults are
 * applied, and by the rules of Backstage's fields. The same rules are in `src/scaffold/parameters`.
 */

import { faults, isMap, isValid, keysOf, MOST_DEPTH, own } from './schema.js';

/** @import { Fault, Path, Schema, SchemaObject, Values } from './schema.js' */

/**
 * All that is wrong with the parameters of a page.
 * @param {SchemaObject} page
 * @param {Values} given the values as the request has them
 * @returns {Fault[]} at most one for each value
 */
export function faultsOf(page, given) {
  const values = structuredClone(given);
  applyDefaults(page, values);
  const found = [
    ...Object.entries(values).flatMap(([name, value]) => unknownNames(own(page.properties, name), value, [name])),
    ...inapplicable(page, given, values),
    ...fieldFaults(page, values, []),
    ...faults({ type: 'object', ...page }, values, [], page),
  ];
  const places = found.map(({ path }) => path.join('/'));
  return found.filter((_, at) => places.indexOf(places[at] ?? '') === at);
}

/**
 * Values of properties that a condition switches off; one that is the default, which the form fills in, is left out by
 * the plan.
 * @param {SchemaObject} page
 * @param {Values} given
 * @param {Values} values with defaults
 * @returns {Fault[]}
 */
function inapplicable(page, given, values) {
  const applied = active(page, values, MOST_DEPTH, true);
  if (applied.some((part) => isMap(part.additionalProperties) || isMap(part.patternProperties))) return [];
  return Object.entries(given)
    .filter(([name]) => !applied.some((part) => own(part.properties, name) !== undefined))
    .filter(([name, value]) => {
      const declared = declarations(page, name);
      return declared.length && !declared.some((property) => isValid({ const: property.default }, value));
    })
    .map(([name]) => ({ path: [name], key: 'inapplicable' }));
}

/** Every schema of a property, in any condition. @param {Schema | undefined} schema @param {string} name @returns {SchemaObject[]} */
function declarations(schema, name) {
  const property = keysOf(own(keysOf(schema)?.properties, name));
  return [...(property ? [property] : []), ...parts(schema).flatMap((part) => declarations(part, name))];
}

/** A name of Backstage's entities. @param {string} text */
export const isName = (text) => /^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/i.test(text);

/**
 * Every property that a schema may have, in any of its conditions.
 * @param {Schema | undefined} schema
 * @param {string[]} [names]
 */
function allNames(schema, names = []) {
  names.push(...Object.keys(keysOf(schema)?.properties ?? {}));
  for (const part of parts(schema)) allNames(part, names);
  return names;
}

/** The conditional parts of a schema. @param {Schema | undefined} schema @returns {SchemaObject[]} */
function parts(schema) {
  const { allOf, oneOf, anyOf, dependencies, if: condition, then, else: otherwise } = keysOf(schema) ?? {};
  const lists = [allOf, oneOf, anyOf].flatMap((list) => (Array.isArray(list) ? list : []));
  return [...lists, condition, then, otherwise, ...Object.values(dependencies ?? {})].filter(isMap);
}

/**
 * The parts of a schema that apply to values, the schema itself first.
 * @param {Schema | string[] | undefined} schema
 * @param {Values} values
 * @param {number} [depth] how many conditions may follow from each other
 * @param {boolean} [every] of alternatives all that fit, instead of the first
 * @returns {SchemaObject[]}
 */
function active(schema, values, depth = MOST_DEPTH, every = false) {
  if (!depth || !isMap(schema)) return [];
  /** @type {(Schema | string[] | undefined)[]} */
  const chosen = Array.isArray(schema.allOf) ? [...schema.allOf] : [];
  if (schema.if !== undefined) chosen.push(isValid(schema.if, values) ? schema.then : schema.else);
  for (const list of [schema.oneOf, schema.anyOf]) {
    const fitting = (Array.isArray(list) ? list : []).filter((part) => isValid({ properties: keysOf(part)?.properties ?? {} }, values));
    chosen.push(...(every ? fitting : fitting.slice(0, 1)));
  }
  for (const [name, part] of Object.entries(schema.dependencies ?? {})) if (Object.hasOwn(values, name)) chosen.push(part);
  return [schema, ...chosen.flatMap((part) => active(part, values, depth - 1, every))];
}

/** Adds defaults: a schema's own first, then those of the conditions that then apply. @param {Schema} schema @param {Values} values */
function applyDefaults(schema, values) {
  addDefaults(schema, values);
  for (let turn = 0, before = -1; turn < MOST_DEPTH && before !== Object.keys(values).length; turn++) {
    before = Object.keys(values).length;
    for (const part of active(schema, values)) addDefaults(part, values);
  }
}

/** @param {Schema} schema @param {Values} values */
function addDefaults(schema, values) {
  for (const [name, inner] of Object.entries(keysOf(schema)?.properties ?? {})) {
    const property = keysOf(inner);
    const items = keysOf(property?.items);
    const value = own(values, name);
    if (value === undefined && property?.default !== undefined) values[name] = structuredClone(property.default);
    else if (value === undefined && property?.properties) {
      const made = {};
      applyDefaults(property, made);
      if (Object.keys(made).length) values[name] = made;
    } else if (isMap(value)) applyDefaults(inner, value);
    else if (Array.isArray(value) && items) for (const item of value) if (isMap(item)) applyDefaults(items, item);
  }
}

/**
 * Names in maps that their schemas do not list, unless those leave them open.
 * @param {Schema | undefined} schema
 * @param {unknown} value
 * @param {Path} path
 * @returns {Fault[]}
 */
function unknownNames(schema, value, path) {
  const { items, properties, additionalProperties, patternProperties } = keysOf(schema) ?? {};
  if (Array.isArray(value)) return value.flatMap((item, at) => unknownNames(keysOf(items), item, [...path, at]));
  const known = allNames(schema);
  if (!isMap(value) || !known.length || additionalProperties !== undefined || patternProperties !== undefined) return [];
  return Object.entries(value).flatMap(([name, inner]) => (known.includes(name)
    ? unknownNames(own(properties, name), inner, [...path, name]) : [{ path: [...path, name], key: 'unknown', values: { name } }]));
}

/** What Backstage's fields refuse in values. @param {Schema | undefined} schema @param {Values} values @param {Path} path @returns {Fault[]} */
function fieldFaults(schema, values, path) {
  return active(schema, values).flatMap((part) => Object.entries(part.properties ?? {})
    .flatMap(([name, property]) => (Object.hasOwn(values, name) ? fieldFault(property, values[name], [...path, name]) : [])));
}

/** @param {Schema | undefined} schema @param {unknown} value @param {Path} path @returns {Fault[]} */
function fieldFault(schema, value, path) {
  const { 'ui:field': field, 'ui:options': options, items } = keysOf(schema) ?? {};
  if (isMap(value)) return fieldFaults(schema, value, path);
  if (Array.isArray(value)) {
    const inner = value.flatMap((item, at) => fieldFault(field === 'MultiEntityPicker' ? schema : keysOf(items), item, [...path, at]));
    const tags = field === 'EntityTagsPicker' ? value.flatMap((tag, at) => (isTag(tag) ? [] : [{ path: [...path, at], key: 'tag' }])) : [];
    return [...inner, ...tags];
  }
  if (typeof value !== 'string') return [];
  if (field === 'EntityNamePicker' && !isName(value)) return [{ path, key: 'name' }];
  if (field === 'RepoUrlPicker') return repositoryFault(options ?? {}, value, path);
  return [];
}

/** Whether a value can be a tag; values of other types are for the schema. @param {unknown} tag */
function isTag(tag) {
  return typeof tag !== 'string' || (tag.length <= 63 && /^[a-z0-9:+#]+(-[a-z0-9:+#]+)*$/.test(tag.toLowerCase()));
}

/** @param {Record<string, unknown>} options @param {string} text @param {Path} path @returns {Fault[]} */
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
