import type { ComponentCatalogue } from '../collector/catalogue.ts';
import { COMPONENT_CLASSES, componentType } from '../collector/component-id.ts';
import type { ComponentClass } from '../collector/component-id.ts';
import { canonicalJson } from '../document/digest.ts';
import { compareText } from '../document/finding.ts';
import { isList, isMap } from '../document/node.ts';
import type { Json, JsonMap } from '../document/node.ts';
import { normalisedBody } from './notation.ts';

/** What is known about renamed component types. */
export type TypeNames = Pick<ComponentCatalogue, 'canonicalType'>;

/** Ids by class: from one way to call a component to another. */
export type IdMaps = Readonly<Record<ComponentClass, ReadonlyMap<string, string>>>;

/**
 * A config in the one form that all its notations have. Two configs with equal `tree`s make a collector do the same: ids have current type
 * names, lists without an order are sorted, empty things are absent (reference/collector.md §1.1, §2.6, §3.11).
 */
export interface ConfigModel {
  readonly tree: JsonMap;
  /** How the text calls each component: from the id in `tree` to the written one. */
  readonly written: IdMaps;
}

/** The model of a config tree; of an absent one, that of an empty config. Total: what has another shape is kept as it is. */
export function configModel(tree: JsonMap | undefined, names: TypeNames): ConfigModel {
  const config = tree ?? {};
  const ids = idMaps((cls) => canonicalIds(config[cls], cls, names));
  const model: Record<string, Json> = {};
  for (const [key, value] of Object.entries(config)) {
    const cls = COMPONENT_CLASSES.find((candidate) => candidate === key);
    const kept = cls === undefined ? value : section(value, ids[cls], ids.extensions);
    const own = key === 'service' ? service(value, ids) : kept;
    if (!isNothing(own)) define(model, key, own);
  }
  const written = idMaps((cls) => new Map([...ids[cls]].map(([from, to]) => [to, from])));
  return { tree: model, written };
}

/** One map for each class. */
export function idMaps(of: (cls: ComponentClass) => ReadonlyMap<string, string>): IdMaps {
  return {
    receivers: of('receivers'),
    processors: of('processors'),
    exporters: of('exporters'),
    connectors: of('connectors'),
    extensions: of('extensions'),
  };
}

/** The same model with components called otherwise, wherever they are spoken of; `ids` leads from ids of the model to new ones. */
export function renamedModel({ tree, written }: ConfigModel, ids: IdMaps): ConfigModel {
  if (COMPONENT_CLASSES.every((cls) => ids[cls].size === 0)) return { tree, written };
  const model: Record<string, Json> = {};
  for (const [key, value] of Object.entries(tree)) {
    const cls = COMPONENT_CLASSES.find((candidate) => candidate === key);
    const kept = cls === undefined ? value : section(value, ids[cls], ids.extensions);
    define(model, key, key === 'service' ? service(value, ids) : kept);
  }
  const mapped = idMaps(
    (cls) => new Map([...written[cls]].map(([id, name]) => [ids[cls].get(id) ?? id, name])),
  );
  return { tree: model, written: mapped };
}

/** The bodies of a class by id. */
export function bodiesOf({ tree }: ConfigModel, cls: ComponentClass): ReadonlyMap<string, Json> {
  const own = tree[cls];
  return new Map(isMap(own) ? Object.entries(own) : []);
}

/** From written ids to those with current type names. Where the current name is taken, an id keeps its own: both are components. */
function canonicalIds(
  value: Json | undefined,
  cls: ComponentClass,
  names: TypeNames,
): ReadonlyMap<string, string> {
  const ids = isMap(value) ? Object.keys(value) : [];
  const plain = new Map(ids.map((id) => [id, trimmed(id)]));
  const taken = new Set(plain.values());
  if (taken.size < ids.length) return new Map(ids.map((id) => [id, id]));
  const result = new Map<string, string>();
  for (const [id, name] of plain) {
    const type = componentType(name);
    const current = names.canonicalType(cls, type) + name.slice(type.length);
    const own = current === name || taken.has(current) ? name : current;
    taken.add(own);
    result.set(id, own);
    // A reference may be written without the blanks of the key.
    if (!plain.has(name)) result.set(name, own);
  }
  return result;
}

/** Spaces around an id and its parts do not count (core `component/identifiable.go`). */
function trimmed(id: string): string {
  const slash = id.indexOf('/');
  return slash < 0 ? id.trim() : `${id.slice(0, slash).trim()}/${id.slice(slash + 1).trim()}`;
}

function section(
  value: Json,
  ids: ReadonlyMap<string, string>,
  extensions: ReadonlyMap<string, string>,
): Json {
  if (!isMap(value)) return value;
  const bodies: Record<string, Json> = {};
  for (const [id, body] of Object.entries(value)) {
    define(
      bodies,
      ids.get(id) ?? id,
      normalisedBody(body ?? {}, (name) => extensions.get(name) ?? name),
    );
  }
  return bodies;
}

function service(value: Json, ids: IdMaps): Json {
  if (!isMap(value)) return value;
  const result: Record<string, Json> = {};
  for (const [key, part] of Object.entries(value)) {
    const own =
      key === 'extensions'
        ? asSet(part, [ids.extensions])
        : key === 'pipelines'
          ? pipelines(part, ids)
          : normalisedBody(part);
    if (!isNothing(own)) define(result, key, own);
  }
  return result;
}

function pipelines(value: Json, ids: IdMaps): Json {
  if (!isMap(value)) return value;
  const result: Record<string, Json> = {};
  const keys = new Set(Object.keys(value).map(trimmed));
  const unique = keys.size === Object.keys(value).length;
  for (const [id, body] of Object.entries(value)) {
    define(result, unique ? trimmed(id) : id, isMap(body) ? pipeline(body, ids) : (body ?? {}));
  }
  return result;
}

function pipeline(body: JsonMap, ids: IdMaps): JsonMap {
  const result: Record<string, Json> = {};
  for (const [key, list] of Object.entries(body)) {
    const own =
      key === 'receivers' || key === 'exporters'
        ? asSet(list, [ids[key], ids.connectors])
        : key === 'processors'
          ? named(list, [ids.processors])
          : list;
    if (!isNothing(own)) define(result, key, own);
  }
  return result;
}

/** The order of receivers, exporters and extensions says nothing (reference/collector.md §1.1). */
function asSet(value: Json, maps: readonly ReadonlyMap<string, string>[]): Json {
  const list = named(value, maps);
  if (!isList(list)) return list;
  if (list.every((item) => typeof item === 'string')) return [...new Set(list)].sort(compareText);
  const byText = new Map(list.map((item) => [canonicalJson(item), item]));
  return [...byText].sort(([a], [b]) => compareText(a, b)).map(([, item]) => item);
}

function named(value: Json, maps: readonly ReadonlyMap<string, string>[]): Json {
  if (!isList(value)) return value;
  return value.map((item) => {
    if (typeof item !== 'string') return item;
    for (const map of maps) {
      const name = map.get(item) ?? map.get(trimmed(item));
      if (name !== undefined) return name;
    }
    return trimmed(item);
  });
}

function isNothing(value: Json): boolean {
  if (value === null) return true;
  if (isList(value)) return value.length === 0;
  return isMap(value) && Object.keys(value).length === 0;
}

/** Sets a key whatever it is called (`__proto__` too). */
function define(target: Record<string, Json>, key: string, value: Json): void {
  if (key !== '__proto__') target[key] = value;
  else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}
