import type { Resource } from '../../../src/core/bindplane/resource.ts';
import { manifestOf } from '../../../src/core/bindplane/manifest.ts';
import { splitVersion } from '../../../src/core/bindplane/names.ts';
import { resourceFromJson } from '../../../src/core/bindplane/read.ts';
import { savedSpec, specHash, type Pin } from '../../../src/core/bindplane/saved-form.ts';
import type { TypeCatalogue } from '../../../src/core/bindplane/types.ts';
import type { Json, JsonMap } from '../../../src/core/document/node.ts';
import { isList, isMap } from '../../../src/core/document/node.ts';
import { textOf } from '../json.ts';
import { flagged, masked } from './secrets.ts';
import { ITEM_KINDS } from './kinds.ts';

/**
 * A resource as it is stored and compared: the server's form of its spec, with an id on each item of a Configuration.
 * Items without an id take that of the stored item in their place, else one made from their place alone, so that the same
 * file applied again is the same document (reference/lab-bindplane.md §3: BindPlane makes a new version each time).
 */
export function normalised(resource: Resource, stored: JsonMap | undefined, pin: Pin): JsonMap {
  const storedSpec = stored?.['spec'];
  const own = isMap(storedSpec) ? adoptIds(resource.spec, storedSpec) : resource.spec;
  const { apiVersion, metadata, spec } = fields(manifestOf({ ...resource, spec: own }));
  const given = Object.entries(isMap(metadata) ? metadata : {})
    .filter(([, value]) => value !== null && value !== '')
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const labels = Object.entries(resource.labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    apiVersion: apiVersion ?? '',
    kind: resource.kind,
    metadata: { name: resource.name, ...Object.fromEntries(given), labels: Object.fromEntries(labels) },
    spec: savedSpec(resource.kind, isMap(spec) ? spec : {}, pin),
  };
}

/** A resource as it was sent, in the server's form, without ids and versions: what deletions show. */
export function echoed(resource: Resource, apiVersion: string): JsonMap {
  const { kind, labels, metadata, spec } = resource;
  const kept = ['displayName', 'description', 'icon'].flatMap((key): [string, Json][] => {
    const text = textOf(metadata[key]);
    return text === '' ? [] : [[key, text]];
  });
  return {
    apiVersion,
    kind,
    metadata: { id: '', name: resource.name, ...Object.fromEntries(kept), labels },
    spec: savedSpec(kind, spec, (_kind, reference) => reference),
  };
}

interface Fields {
  readonly apiVersion?: Json;
  readonly metadata?: Json;
  readonly spec?: Json;
}

function fields(document: JsonMap): Fields {
  return document;
}

/**
 * The document as it goes to the store: secrets marked as such, the hash of its spec beside it. Secrets are covered before
 * the hash is made: the hash of a short secret could be guessed.
 */
export function sealed(document: JsonMap, types: TypeCatalogue): JsonMap {
  const marked = flagged(document, types);
  const { metadata, spec } = fields(masked(marked));
  const hash = specHash(isMap(spec) ? spec : {});
  return { ...marked, metadata: { ...(isMap(metadata) ? metadata : {}), hash } };
}

function adoptIds(spec: JsonMap, stored: JsonMap): JsonMap {
  const entries = Object.entries(spec).map(([key, value]): [string, Json] => {
    const before = stored[key];
    if (!Object.hasOwn(ITEM_KINDS, key) || !isList(value) || !isList(before)) return [key, value];
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

/** Resources by the documents they were read from: documents are never changed, and the store gives the same ones again. */
const READ = new WeakMap<JsonMap, Resource>();

/** The resource of a stored document; stored documents always are one. */
export function resourceOf(document: JsonMap, version: number): Resource {
  const known = READ.get(document);
  if (known !== undefined && known.metadata['version'] === version) return known;
  const metadata = isMap(document['metadata']) ? document['metadata'] : {};
  const resource = resourceFromJson({ ...document, metadata: { ...metadata, version } });
  if (resource === undefined) throw new Error('a stored document is no resource');
  READ.set(document, resource);
  return resource;
}

/** Whether two documents in the server's form are the same: their keys stand in one order, so their texts are. */
export function isSameDocument(a: Json | undefined, b: Json | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
