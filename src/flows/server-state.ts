import { resourceFromJson } from '../core/bindplane/read.ts';
import type { Resource, ResourceKey } from '../core/bindplane/resource.ts';
import type { TypeCatalogue, TypeKind } from '../core/bindplane/types.ts';
import { canonicalJson } from '../core/document/digest.ts';
import { isMap, type Json, type JsonMap } from '../core/document/node.ts';

/** What a server shows instead of a secret it keeps (reference/bindplane.md §1.2). */
const MASKED = '(sensitive)';

/** Keys that only a server writes into items. */
const SERVER_KEYS: ReadonlySet<string> = new Set(['id', 'sensitive']);

/** A server writes defaults of optional fields as empty values (`contentType: ""`, exports of 2026: `topologyInterval: ""`). */
function isEmpty(value: Json): boolean {
  if (value === '' || value === null || value === false) return true;
  return Array.isArray(value) ? value.length === 0 : isMap(value) && Object.keys(value).length === 0;
}

function isParameterList(value: readonly Json[]): boolean {
  return (
    value.length > 0 &&
    value.every((item) => isMap(item) && typeof item['name'] === 'string' && 'value' in item)
  );
}

/** `name:3` and `type:5` without the version, where the author wrote none. */
function alignScalar(server: Json, written: Json): Json {
  if (server === MASKED) return written;
  if (typeof server === 'string' && typeof written === 'string' && !written.includes(':')) {
    return server.replace(/:\d+$/, '') === written ? written : server;
  }
  const comparable =
    typeof server !== 'object' && typeof written !== 'object' && server !== null && written !== null;
  return comparable && String(server) === String(written) ? written : server;
}

type Defaults = ReadonlyMap<string, Json>;

const NO_DEFAULTS: Defaults = new Map();

function alignParameters(server: readonly Json[], written: readonly Json[], defaults: Defaults): Json[] {
  const byName = new Map(server.filter(isMap).map((item) => [item['name'], item]));
  const known = written.flatMap((item) => {
    const match = isMap(item) ? byName.get(item['name']) : undefined;
    return match === undefined ? [] : [align(match, item, NO_DEFAULTS)];
  });
  const names = new Set(written.filter(isMap).map((item) => item['name']));
  const added = server.filter((item) => {
    if (!isMap(item) || names.has(item['name'])) return false;
    const standard = typeof item['name'] === 'string' ? defaults.get(item['name']) : undefined;
    const value = item['value'] ?? null;
    return standard === undefined ? !isEmpty(value) : canonicalJson(standard) !== canonicalJson(value);
  });
  return [...known, ...added];
}

function align(server: Json, written: Json, defaults: Defaults): Json {
  if (Array.isArray(server)) {
    const list = Array.isArray(written) ? written : [];
    if (isParameterList(server)) return alignParameters(server, list, defaults);
    return server.map((item: Json, index) =>
      list[index] === undefined ? item : align(item, list[index], defaults),
    );
  }
  if (!isMap(server)) return alignScalar(server, written);
  const map = isMap(written) ? written : {};
  const kept: [string, Json][] = [];
  for (const [key, value] of Object.entries(server)) {
    const own = map[key];
    if (own !== undefined) kept.push([key, align(value, own, defaults)]);
    else if (!SERVER_KEYS.has(key)) {
      // Defaults are written out where the author wrote no parameter at all.
      const left =
        Array.isArray(value) && isParameterList(value) ? alignParameters(value, [], defaults) : value;
      if (!isEmpty(left)) kept.push([key, left]);
    }
  }
  // What the author wrote and the server leaves out of its answer because it is empty there.
  for (const [key, value] of Object.entries(map)) {
    if (server[key] === undefined && isEmpty(value)) kept.push([key, value]);
  }
  return Object.fromEntries(kept);
}

const TYPE_KIND: Readonly<Partial<Record<Resource['kind'], TypeKind>>> = {
  Source: 'source',
  Destination: 'destination',
  Processor: 'processor',
  Connector: 'connector',
  Extension: 'extension',
};

function defaultsOf(resource: Resource, types: TypeCatalogue): Defaults {
  const kind = TYPE_KIND[resource.kind];
  const name = resource.spec['type'];
  if (kind === undefined || typeof name !== 'string') return NO_DEFAULTS;
  const type = types.get(kind, name.replace(/:\d+$/, ''));
  return new Map(
    (type?.parameters ?? []).flatMap(({ name, default: value }) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}

/**
 * A server's resource as the author of `written` would have put it: without version pins, ids, masks and expanded defaults that the author
 * did not write. What then still differs is a real difference. Secrets behind a mask count as equal: nobody can see them.
 */
export function asWritten(server: Resource, written: Resource, types: TypeCatalogue): Resource {
  const spec = align(server.spec, written.spec, defaultsOf(written, types));
  const metadata: JsonMap = {
    name: written.name,
    labels: server.labels,
    displayName: server.metadata['displayName'] ?? '',
    description: server.metadata['description'] ?? '',
  };
  return resourceFromJson({ apiVersion: written.apiVersion, kind: server.kind, metadata, spec }) ?? server;
}

/** What the server holds of a set of written resources, put as written; and how many it holds that no file describes. */
export interface ServerState {
  readonly resources: ReadonlyMap<ResourceKey, Resource>;
  readonly unmanaged: readonly Resource[];
}

/**
 * Sorts a server's resources into those the files describe and the unmanaged rest.
 * @param alsoManaged keys whose file existed at the last applied commit: they may be deleted
 */
export function serverState(
  server: readonly Resource[],
  written: ReadonlyMap<ResourceKey, Resource>,
  types: TypeCatalogue,
  alsoManaged: ReadonlyMap<ResourceKey, Resource> = new Map(),
): ServerState {
  const resources = new Map<ResourceKey, Resource>();
  const unmanaged: Resource[] = [];
  for (const resource of server) {
    const file = written.get(resource.key) ?? alsoManaged.get(resource.key);
    if (file === undefined) unmanaged.push(resource);
    else resources.set(resource.key, asWritten(resource, file, types));
  }
  return { resources, unmanaged };
}
