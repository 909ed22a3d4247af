import type { Resource } from '../../../src/core/bindplane/resource.ts';
import { manifestOf } from '../../../src/core/bindplane/manifest.ts';
import { splitVersion } from '../../../src/core/bindplane/names.ts';
import { resourceFromJson } from '../../../src/core/bindplane/read.ts';
import { textOf } from '../json.ts';
import type { Json, JsonMap } from '../../../src/core/document/node.ts';
import { isList, isMap } from '../../../src/core/document/node.ts';

const LISTS: readonly string[] = ['sources', 'destinations', 'processors', 'connectors', 'extensions'];

/**
 * A resource as it is stored and compared: without what only a server writes, with an id on each item of a Configuration.
 * Items without an id take that of the stored item in their place, else one made from their place alone, so that the same
 * file applied again is the same document (reference/lab-bindplane.md §3: BindPlane makes a new version each time).
 */
export function normalised(resource: Resource, stored: JsonMap | undefined): JsonMap {
  const storedSpec = stored?.['spec'];
  const spec = isMap(storedSpec) ? adoptIds(resource.spec, storedSpec) : resource.spec;
  return manifestOf({ ...resource, spec });
}

function adoptIds(spec: JsonMap, stored: JsonMap): JsonMap {
  const entries = Object.entries(spec).map(([key, value]): [string, Json] => {
    const before = stored[key];
    if (!LISTS.includes(key) || !isList(value) || !isList(before)) return [key, value];
    return [key, value.map((item, index) => adoptId(item, before[index]))];
  });
  return Object.fromEntries(entries);
}

function adoptId(item: Json, stored: Json | undefined): Json {
  if (!isMap(item) || !isMap(stored) || !isSame(item, stored)) return item;
  const own = item['id'];
  const id = typeof own === 'string' && own !== '' ? own : stored['id'];
  return { ...adoptIds(item, stored), ...(id === undefined ? {} : { id }) };
}

function isSame(a: JsonMap, b: JsonMap): boolean {
  const name = (item: JsonMap, key: string): string => splitVersion(textOf(item[key])).name;
  return (
    name(a, 'name') === name(b, 'name') && (name(a, 'name') !== '' || name(a, 'type') === name(b, 'type'))
  );
}

/** The resource of a stored document; stored documents always are one. */
export function resourceOf(document: JsonMap, version: number): Resource {
  const resource = resourceFromJson(document);
  if (resource === undefined) throw new Error('a stored document is no resource');
  return { ...resource, metadata: { ...resource.metadata, version } };
}
