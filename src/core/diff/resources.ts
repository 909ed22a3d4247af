import type { Resource, ResourceKey } from '../bindplane/resource.ts';
import { canonicalJson } from '../document/digest.ts';
import { compareText } from '../document/finding.ts';
import { isMap } from '../document/node.ts';
import type { Json, JsonMap } from '../document/node.ts';
import { compareResourceKeys } from '../resources/graph.ts';

export type ChangeAction = 'create' | 'update' | 'delete' | 'unchanged';

/** One place at which a resource differs. `moved`: a list holds the same items in another order. */
export interface FieldChange {
  readonly path: string;
  readonly action: 'added' | 'removed' | 'changed' | 'moved';
}

/** Change of one resource between base and head; `fields` are dotted paths that differ, with `name`-keyed items. */
export interface ResourceChange {
  readonly action: ChangeAction;
  readonly key: ResourceKey;
  readonly before?: Resource;
  readonly after?: Resource;
  readonly fields: readonly string[];
  /** What happened at each of `fields`; never the values, which may be secret. */
  readonly details?: readonly FieldChange[];
  /** The deleted resource that this one is under another name. */
  readonly renamedFrom?: ResourceKey;
  /** The created resource that this deleted one has become. */
  readonly renamedTo?: ResourceKey;
}

/**
 * Changes between two sets of resources, one for each key of either, by kind and name. Paths of an update begin with `labels`,
 * `displayName`, `description` or `spec`; items of lists are named by their `name`, else `id`, else `type`
 * (`spec.parameters.grpc_port.value`), else by position.
 */
export function diffResources(
  base: ReadonlyMap<ResourceKey, Resource>,
  head: ReadonlyMap<ResourceKey, Resource>,
): readonly ResourceChange[] {
  const keys = [...new Set([...base.keys(), ...head.keys()])].sort(compareResourceKeys);
  return keys.map((key) => diffResource(key, base.get(key), head.get(key)));
}

/** The change of one resource; `unchanged` where both are equal (or both absent). */
export function diffResource(
  key: ResourceKey,
  before: Resource | undefined,
  after: Resource | undefined,
): ResourceChange {
  if (before === undefined) {
    return { action: after === undefined ? 'unchanged' : 'create', key, ...(after && { after }), fields: [] };
  }
  if (after === undefined) return { action: 'delete', key, before, fields: [] };
  if (before.digest === after.digest) return { action: 'unchanged', key, before, after, fields: [] };
  const details = diffJson('', resourceContent(before), resourceContent(after));
  if (details.length === 0) return { action: 'unchanged', key, before, after, fields: [] };
  return { action: 'update', key, before, after, fields: details.map((change) => change.path), details };
}

/** What of a resource, besides its name, is a person's to write; what the server adds to its metadata is not. */
export function resourceContent(resource: Resource): JsonMap {
  const { displayName, description } = resource.metadata;
  return {
    ...(typeof displayName === 'string' && displayName !== '' && { displayName }),
    ...(typeof description === 'string' && description !== '' && { description }),
    labels: resource.labels,
    spec: resource.spec,
  };
}

/** Places at which two values differ, in the order of their keys. A path is empty for the values themselves. */
export function diffJson(path: string, before: Json, after: Json): readonly FieldChange[] {
  if (isMap(before) && isMap(after)) return diffMaps(path, before, after);
  if (isList(before) && isList(after)) return diffLists(path, before, after);
  return canonicalJson(before) === canonicalJson(after) ? [] : [{ path, action: 'changed' }];
}

function diffMaps(path: string, before: JsonMap, after: JsonMap): readonly FieldChange[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(compareText);
  return keys.flatMap((key) => diffMember(join(path, key), own(before, key), own(after, key)));
}

function diffMember(path: string, before: Json | undefined, after: Json | undefined): readonly FieldChange[] {
  if (before === undefined) return after === undefined ? [] : [{ path, action: 'added' }];
  if (after === undefined) return [{ path, action: 'removed' }];
  return diffJson(path, before, after);
}

function diffLists(path: string, before: readonly Json[], after: readonly Json[]): readonly FieldChange[] {
  const old = keyed(before);
  const young = keyed(after);
  if (old === undefined || young === undefined) {
    return canonicalJson(before) === canonicalJson(after) ? [] : [{ path, action: 'changed' }];
  }
  const keys = [...new Set([...old.keys(), ...young.keys()])];
  const changes = keys.flatMap((key) => diffMember(join(path, key), old.get(key), young.get(key)));
  const kept = (list: ReadonlyMap<string, Json>): string =>
    [...list.keys()].filter((key) => old.has(key) && young.has(key)).join('\n');
  return kept(old) === kept(young) ? changes : [...changes, { path, action: 'moved' }];
}

/** Items of a list by what names them; a repeated name gets its number. Undefined for lists that hold anything but maps. */
function keyed(list: readonly Json[]): ReadonlyMap<string, Json> | undefined {
  const items = new Map<string, Json>();
  for (const [index, item] of list.entries()) {
    if (!isMap(item)) return undefined;
    const name = [item['name'], item['id'], item['type']].find(
      (value) => typeof value === 'string' && value !== '',
    );
    const base = typeof name === 'string' ? name : String(index);
    let key = base;
    for (let repeat = 2; items.has(key); repeat++) key = `${base}#${repeat}`;
    items.set(key, item);
  }
  return items;
}

function own(map: JsonMap, key: string): Json | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
