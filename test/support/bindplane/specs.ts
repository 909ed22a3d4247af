import { isMap, type Json, type JsonMap } from '../../../src/core/document/node.ts';
import { textOf, type Data, type Store, type Stored } from './store.ts';

/** Lists of a spec and the kind their items are of. */
export const ITEM_KINDS: Readonly<Record<string, string>> = {
  sources: 'Source',
  destinations: 'Destination',
  processors: 'Processor',
  extensions: 'Extension',
  connectors: 'Connector',
};

export interface Item {
  readonly kind: string;
  readonly item: JsonMap;
}

export function itemsOf(spec: JsonMap): readonly Item[] {
  return Object.entries(ITEM_KINDS).flatMap(([key, kind]) => {
    const list = spec[key];
    const items = Array.isArray(list) ? list.filter(isMap) : [];
    return items.flatMap((item) => [{ kind, item }, ...itemsOf(item)]);
  });
}

export function split(reference: string): { name: string; version?: number } {
  const [name = '', suffix] = reference.split(':');
  return suffix !== undefined && /^\d+$/.test(suffix) ? { name, version: Number(suffix) } : { name };
}

export function mapsOf(value: Json | undefined): readonly JsonMap[] {
  return Array.isArray(value) ? value.filter(isMap) : [];
}

/** Types and references with the newest version, items with ids: what a save makes of a spec. */
export function pinned(spec: JsonMap, kind: string, store: Store, ids: boolean = false): Data {
  const result: Data = ids
    ? { id: spec['id'] === undefined || spec['id'] === '' ? store.newId() : spec['id'], ...spec }
    : { ...spec };
  if (ids && result['id'] === '') result['id'] = store.newId();
  if (typeof spec['type'] === 'string' && kind in TYPED) {
    result['type'] = withVersion(`${kind}Type`, spec['type'], store);
  }
  if (ids && typeof spec['name'] === 'string' && spec['name'] !== '') {
    result['name'] = withVersion(kind, spec['name'], store);
  }
  for (const [key, itemKind] of Object.entries(ITEM_KINDS)) {
    if (Array.isArray(spec[key])) {
      result[key] = mapsOf(spec[key]).map((item) => pinned(item, itemKind, store, true));
    }
  }
  return result;
}

/** Kinds that have a type and parameters. */
export const TYPED: Readonly<Record<string, true>> = {
  Source: true,
  Destination: true,
  Processor: true,
  Extension: true,
  Connector: true,
};

function withVersion(kind: string, reference: string, store: Store): string {
  const { name, version } = split(reference);
  const newest = store.get(kind, name)?.version;
  return version !== undefined || newest === undefined ? reference : `${name}:${newest}`;
}

/** References to the given resources without their version. */
export function unpinned(spec: JsonMap, library: readonly Stored[]): Data {
  const result: Data = { ...spec };
  for (const [key, kind] of Object.entries(ITEM_KINDS)) {
    if (!Array.isArray(spec[key])) continue;
    result[key] = mapsOf(spec[key]).map((item): Data => {
      const inner = unpinned(item, library);
      const { name } = split(textOf(item['name']));
      const isChanged = library.some((resource) => resource.kind === kind && resource.name === name);
      return isChanged ? { ...inner, name } : inner;
    });
  }
  return result;
}

const PLACEHOLDER = '(sensitive)';

/** The placeholder keeps the value stored under the same resource, for items under the same id; for something new it is stored as it stands. */
export function withSecrets(spec: JsonMap, stored: JsonMap | undefined): Data {
  const result: Data = { ...spec };
  const before = mapsOf(stored?.['parameters']);
  if (Array.isArray(spec['parameters'])) {
    result['parameters'] = mapsOf(spec['parameters']).map((parameter): Data => {
      const old = before.find((candidate) => candidate['name'] === parameter['name']);
      return parameter['value'] === PLACEHOLDER && old !== undefined
        ? { ...parameter, value: old['value'] ?? null }
        : { ...parameter };
    });
  }
  for (const key of Object.keys(ITEM_KINDS)) {
    if (!Array.isArray(spec[key])) continue;
    const olds = mapsOf(stored?.[key]);
    result[key] = mapsOf(spec[key]).map((item) =>
      withSecrets(
        item,
        olds.find((old) => old['id'] === item['id']),
      ),
    );
  }
  return result;
}

/** The spec as answers show it: secrets that the type names are covered. */
export function masked(spec: JsonMap, kind: string, store: Store): Data {
  const result: Data = { ...spec };
  const { name, version } = split(textOf(spec['type']));
  const definitions = mapsOf(store.get(`${kind}Type`, name, version)?.spec['parameters']);
  const secrets = definitions
    .filter(({ options }) => isMap(options) && options['sensitive'] === true)
    .map((definition) => definition['name']);
  if (Array.isArray(spec['parameters']) && secrets.length > 0) {
    result['parameters'] = mapsOf(spec['parameters']).map((parameter): Data =>
      secrets.includes(parameter['name'] ?? null)
        ? { ...parameter, value: PLACEHOLDER, sensitive: true }
        : { ...parameter },
    );
  }
  for (const [key, itemKind] of Object.entries(ITEM_KINDS)) {
    if (Array.isArray(spec[key])) {
      result[key] = mapsOf(spec[key]).map((item) => masked(item, itemKind, store));
    }
  }
  return result;
}
