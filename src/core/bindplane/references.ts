import { at, isList, isMap, type Json, type JsonMap, type Path } from '../document/node.ts';
import { splitVersion } from './names.ts';
import { isRouted } from './routes.ts';
import type { Kind, Reference, Resource, ResourceKey } from './resource.ts';

/** Lists of a spec whose items name a resource of a kind, or are one of a type. */
const LISTS: Readonly<Record<string, { readonly kind: Kind; readonly type: Kind }>> = {
  sources: { kind: 'Source', type: 'SourceType' },
  destinations: { kind: 'Destination', type: 'DestinationType' },
  processors: { kind: 'Processor', type: 'ProcessorType' },
  connectors: { kind: 'Connector', type: 'ConnectorType' },
  extensions: { kind: 'Extension', type: 'ExtensionType' },
};

const TYPE_OF: Readonly<Partial<Record<Kind, Kind>>> = {
  Source: 'SourceType',
  Destination: 'DestinationType',
  Processor: 'ProcessorType',
  Connector: 'ConnectorType',
  Extension: 'ExtensionType',
};

/**
 * Every resource that `resource` names, in document order: library items of a Configuration at any depth (attached processors, processor
 * groups of v2), a Fleet's configuration, and types (`SourceType/otlp`), which mostly live in the catalogue and not among the resources.
 * Versions (`name:3`) are split off; `at` is the place of the name. Items without name and type give nothing, and an item of v2 that has both is
 * inline.
 */
export function referencesOf(resource: Resource): readonly Reference[] {
  const references: Reference[] = [];
  const isInlineByType = isRouted(resource);
  const add = (kind: Kind, text: Json | undefined, path: Path): void => {
    if (typeof text !== 'string' || text === '') return;
    const { name, version } = splitVersion(text);
    const to: ResourceKey = `${kind}/${name}`;
    const place = at(resource.document, ...path)?.at;
    references.push({
      from: resource.key,
      to,
      ...(version !== undefined && { version }),
      ...(place !== undefined && { at: place }),
    });
  };
  const walk = (spec: JsonMap, path: Path): void => {
    for (const [list, { kind, type }] of Object.entries(LISTS)) {
      const items = spec[list];
      if (!isList(items)) continue;
      items.forEach((item: Json, index) => {
        if (!isMap(item)) return;
        const own = [...path, list, index];
        const isInline = isInlineByType && typeof item['type'] === 'string' && item['type'] !== '';
        if (typeof item['name'] === 'string' && item['name'] !== '' && !isInline) {
          add(kind, item['name'], [...own, 'name']);
        } else add(type, item['type'], [...own, 'type']);
        walk(item, own);
      });
    }
  };
  const ownType = TYPE_OF[resource.kind];
  if (ownType !== undefined) add(ownType, resource.spec['type'], ['spec', 'type']);
  if (resource.kind === 'Fleet') {
    add('Configuration', resource.spec['configuration'], ['spec', 'configuration']);
  }
  if (!resource.kind.endsWith('Type')) walk(resource.spec, ['spec']);
  return references;
}
