import { isList, isMap, type Json, type JsonMap } from '../document/node.ts';
import { itemId, specItems } from './items.ts';
import type { Resource } from './resource.ts';

/** What only a server writes; it would be ignored, or make an unchanged resource look changed (reference/bindplane.md §1.1). */
const SERVER_MADE = ['id', 'hash', 'version', 'dateModified', 'deprecated', 'additionalInfo'];

/**
 * The JSON that apply sends for a resource. Server-made fields are left out, and every item of a Configuration's lists gets an `id` when
 * its author gave none, the one the preview was rendered with: without ids a server makes new ones, and with them a new version of an
 * unchanged Configuration, at each apply (reference/lab-bindplane.md §3).
 */
export function manifestOf(resource: Resource): JsonMap {
  const metadata = Object.fromEntries(
    Object.entries(resource.metadata).filter(([key]) => !SERVER_MADE.includes(key)),
  );
  const spec = resource.kind === 'Configuration' ? withItemIds(resource.spec, resource.key) : resource.spec;
  return {
    apiVersion: resource.apiVersion,
    kind: resource.kind,
    metadata: {
      ...metadata,
      name: resource.name,
      ...(Object.keys(resource.labels).length > 0 && { labels: resource.labels }),
    },
    spec,
  };
}

/** The spec with an id on each item of its lists, attached processors included. */
function withItemIds(spec: JsonMap, owner: string): JsonMap {
  const lists = ['sources', 'destinations', 'processors', 'connectors', 'extensions'];
  return Object.fromEntries(
    Object.entries(spec).map(([key, value]): [string, Json] => {
      if (!lists.includes(key) || !isList(value) || !value.every((item: Json) => isMap(item))) {
        return [key, value];
      }
      const items = specItems(spec, key);
      return [
        key,
        items.map((item, index) => {
          const id = itemId(owner, key, items, index);
          return withItemIds({ id, ...item, ...(item['id'] === '' && { id }) }, `${owner} ${id}`);
        }),
      ];
    }),
  );
}
