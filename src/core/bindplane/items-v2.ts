import { isList, isMap, type Json } from '../document/node.ts';
import type { PlacedComponent } from './assemble.ts';
import { placed } from './assemble.ts';
import type { Item, ItemResolver, Notes } from './items.ts';
import { specItems } from './items.ts';
import { emptyPartials } from './template.ts';
import type { Resource } from './resource.ts';
import { routesOf, type NodeList, type RouteNode } from './routes.ts';
import { SIGNALS, type Signal, type TypeKind } from './types.ts';

/** An item of a v2 Configuration, rendered: a station on the way from receivers to exporters. */
export interface Station {
  readonly node: RouteNode;
  /** Its name in pipelines and `forward` connectors: `s-…`, `p-…`, `c-…`, `d-…` and the item's id. */
  readonly name: string;
  /** What the item itself is; a processor group is nothing by itself. */
  readonly item: Item;
  /** The processors of a group, or those attached to the item. */
  readonly processors: readonly Item[];
}

const LETTER: Readonly<Record<NodeList, string>> = {
  sources: 's',
  processors: 'p',
  connectors: 'c',
  destinations: 'd',
};

const KIND: Readonly<Record<NodeList, TypeKind>> = {
  sources: 'source',
  processors: 'processor',
  connectors: 'connector',
  destinations: 'destination',
};

/**
 * Every item of a v2 Configuration. Ids in the config are made from the item's id, also for library items, but a destination keeps its
 * own name (reference/bindplane.md §2.2: read off two servers' outputs with inline sources and a library destination). The names of
 * processors follow v1's rule. What no server's output has shown is noted as not verified.
 */
export function stationsOf(
  configuration: Resource,
  resolver: ItemResolver,
  notes: Notes,
): readonly Station[] {
  return routesOf(configuration).nodes.map((node) => {
    const name = `${LETTER[node.list]}-${node.id}`;
    const { value, path } = node;
    const processors = specItems(value, 'processors').map((processor, index) =>
      resolver.resolve({
        kind: 'processor',
        value: processor,
        path: [...path, 'processors', index],
        inlineName: `${name}__processor${index}`,
        isInlineByType: true,
      }),
    );
    noteUnverified(node, notes);
    return { node, name, item: itemOf(node, name, resolver), processors };
  });
}

/** Processors that a station puts into a pipeline; a destination's own come after those attached to it, any other's before. */
export function processorsOf(station: Station, signal: Signal): readonly PlacedComponent[] {
  const own = placed(station.item, signal, 'processors');
  const attached = station.processors.flatMap((processor) => placed(processor, signal, 'processors'));
  return station.node.list === 'destinations' ? [...attached, ...own] : [...own, ...attached];
}

/**
 * The connectors of a station that is one, each once: what its type has for a signal, or all that it has where it has nothing for that one
 * (what counts logs is read from by metrics).
 */
export function connectorsOf({ item }: Station, signal?: Signal): readonly PlacedComponent[] {
  const own = signal === undefined ? [] : placed(item, signal, 'connectors');
  if (own.length > 0) return own;
  const all = SIGNALS.flatMap((signal) => placed(item, signal, 'connectors'));
  return [...new Map(all.map((component) => [component.id, component])).values()];
}

/** Ids of the branches that a connector declares in its parameter `routes`, as BindPlane's routing connector does. */
export function declaredBranches({ item }: Station): readonly string[] {
  const value = item.given.find(({ name }) => name === 'routes')?.value;
  return (isList(value) ? value : []).flatMap((branch: Json) =>
    isMap(branch) && typeof branch['id'] === 'string' ? [branch['id']] : [],
  );
}

function itemOf(node: RouteNode, name: string, resolver: ItemResolver): Item {
  const { list, value, path } = node;
  if (list === 'processors' && !value['name'] && !value['type']) {
    return {
      kind: 'processor',
      name,
      given: [],
      partials: emptyPartials(),
      processors: [],
      ...(node.at && { typeAt: node.at }),
    };
  }
  return resolver.resolve({
    kind: KIND[list],
    value,
    path,
    inlineName: name,
    isInlineByType: true,
    ...(list !== 'destinations' && list !== 'processors' && { isNamedByPlace: true }),
  });
}

/** What the two real outputs did not hold. */
function noteUnverified({ list, value }: RouteNode, notes: Notes): void {
  const isLibrary = typeof value['name'] === 'string' && value['name'] !== '';
  if (list === 'processors') notes.unverifiedRules.add('processor groups');
  else if (list === 'connectors') notes.unverifiedRules.add('connectors');
  else if (specItems(value, 'processors').length > 0) notes.unverifiedRules.add('attached processors');
  if (list === 'sources' && isLibrary) notes.unverifiedRules.add('library sources');
  if (list === 'destinations' && !isLibrary) notes.unverifiedRules.add('inline destinations');
}
