import { splitVersion } from '../bindplane/names.ts';
import { givenParameters } from '../bindplane/parameters.ts';
import type { GivenParameter } from '../bindplane/parameters.ts';
import type { Resource } from '../bindplane/resource.ts';
import type { TypeKind } from '../bindplane/types.ts';
import type { SourceRange } from '../document/finding.ts';
import { at, isMap } from '../document/node.ts';
import type { Json, JsonMap, Path } from '../document/node.ts';

/** Something with a type and parameters: a library resource, or an inline item of a resource. */
export interface TypedItem {
  readonly resource: Resource;
  readonly inline: boolean;
  readonly kind: TypeKind;
  /** Without a version. */
  readonly type: string;
  readonly id?: string;
  readonly parameters: readonly GivenParameter[];
  readonly at?: SourceRange;
}

const KIND_OF_RESOURCE: Readonly<Record<string, TypeKind>> = {
  Source: 'source',
  Destination: 'destination',
  Processor: 'processor',
  Connector: 'connector',
  Extension: 'extension',
};

const KIND_OF_LIST: Readonly<Record<string, TypeKind>> = {
  sources: 'source',
  destinations: 'destination',
  processors: 'processor',
  connectors: 'connector',
  extensions: 'extension',
};

/** The resource itself, where its kind has a type, and every inline item below it at any depth. */
export function typedItemsOf(resource: Resource): readonly TypedItem[] {
  if (resource.kind.endsWith('Type')) return [];
  const kind = KIND_OF_RESOURCE[resource.kind];
  const own = kind === undefined ? [] : typedItem(resource, kind, resource.spec, ['spec'], false);
  return [...own, ...itemsBelow(resource, resource.spec, ['spec'])];
}

function itemsBelow(resource: Resource, spec: JsonMap, path: Path): readonly TypedItem[] {
  return Object.entries(KIND_OF_LIST).flatMap(([list, kind]) => {
    const items = spec[list];
    if (!Array.isArray(items)) return [];
    return items.flatMap((item: Json, index) => {
      if (!isMap(item)) return [];
      const place = [...path, list, index];
      return [...typedItem(resource, kind, item, place, true), ...itemsBelow(resource, item, place)];
    });
  });
}

function typedItem(
  resource: Resource,
  kind: TypeKind,
  spec: JsonMap,
  path: Path,
  inline: boolean,
): readonly TypedItem[] {
  const { type, id } = spec;
  if (typeof type !== 'string' || type === '') return [];
  const place = at(resource.document, ...path, 'type')?.at ?? resource.at;
  return [
    {
      resource,
      inline,
      kind,
      type: splitVersion(type).name,
      ...(typeof id === 'string' && id !== '' && { id }),
      parameters: givenParameters(spec, resource.document, path),
      ...(place && { at: place }),
    },
  ];
}
