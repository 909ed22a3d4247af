import type { SourceRange } from '../document/finding.ts';
import { at, isList, isMap, type Json, type JsonMap, type Path } from '../document/node.ts';
import { itemId, specItems } from './items.ts';
import type { Resource } from './resource.ts';
import { SIGNALS, type Signal } from './types.ts';

/** Lists of a v2 Configuration whose items stand in its routing; `processors` holds processor groups. */
export const NODE_LISTS = ['sources', 'processors', 'connectors', 'destinations'] as const;

export type NodeList = (typeof NODE_LISTS)[number];

/** One item of a v2 Configuration as its routes see it. */
export interface RouteNode {
  readonly list: NodeList;
  readonly index: number;
  /** The item's own id, else the one that apply sends for it. */
  readonly id: string;
  readonly value: JsonMap;
  readonly path: Path;
  /** The item's `id:`, else its `name:` or `type:`, else the item. */
  readonly at?: SourceRange;
}

/** One target of one route. `to` is absent when no item of the Configuration has that id. */
export interface Route {
  readonly from: RouteNode;
  readonly signals: readonly Signal[];
  /** The route's own id: for a connector the branch it belongs to. */
  readonly id: string;
  /** As it is written: `destinations/d-backend`. */
  readonly target: string;
  readonly to?: RouteNode;
  readonly at?: SourceRange;
}

export interface Routes {
  readonly nodes: readonly RouteNode[];
  readonly routes: readonly Route[];
  /** The routes that leave a node, and those that lead to it. */
  readonly leaving: ReadonlyMap<RouteNode, readonly Route[]>;
  readonly arriving: ReadonlyMap<RouteNode | undefined, readonly Route[]>;
  /** False when no item has routes: the server then sends each source's signals to all destinations that take them. */
  readonly isWritten: boolean;
}

/** Whether a Configuration is wired by routes (`…/v2`, `…/v2beta`) and holds no raw config. */
export function isRouted({ kind, apiVersion, spec }: Resource): boolean {
  const { raw } = spec;
  return kind === 'Configuration' && apiVersion.includes('/v2') && !(typeof raw === 'string' && raw !== '');
}

/** A branch of a node's own routes; connectors have a pipeline for each. */
export interface Branch {
  readonly signals: readonly Signal[];
  readonly id: string;
  /** The route's `id:`, else the route. */
  readonly at?: SourceRange;
}

/** Whether any item of a Configuration says where its signals go. */
export function hasRoutes(spec: JsonMap): boolean {
  return NODE_LISTS.some((list) =>
    specItems(spec, list).some(({ routes }) => isMap(routes) && Object.keys(routes).length > 0),
  );
}

const ROUTES_OF = new WeakMap<Resource, Routes>();

/** The items of a v2 Configuration and the routes between them, in document order (reference/bindplane.md §1.3). */
export function routesOf(configuration: Resource): Routes {
  let known = ROUTES_OF.get(configuration);
  if (known === undefined) {
    known = readRoutes(configuration);
    ROUTES_OF.set(configuration, known);
  }
  return known;
}

/** `processors/pg-1`: how a route names a node. */
export function targetOf({ list, id }: RouteNode): string {
  return `${list}/${id}`;
}

/** Nodes that something from a running source arrives at, the sources themselves included. */
export function reachedNodes({ nodes, leaving }: Routes): ReadonlySet<RouteNode> {
  const reached = new Set(
    nodes.filter(({ list, value }) => list === 'sources' && value['disabled'] !== true),
  );
  // A set hands out what is added while it is walked.
  for (const node of reached) {
    for (const { to } of leaving.get(node) ?? []) if (to !== undefined) reached.add(to);
  }
  return reached;
}

function readRoutes(configuration: Resource): Routes {
  const nodes = NODE_LISTS.flatMap((list) => nodesOf(configuration, list));
  const byTarget = new Map(nodes.toReversed().map((node) => [targetOf(node), node]));
  const routes = nodes.flatMap((node) => routesFrom(configuration, node, byTarget));
  return {
    nodes,
    routes,
    leaving: Map.groupBy(routes, ({ from }) => from),
    arriving: Map.groupBy(routes, ({ to }) => to),
    isWritten: hasRoutes(configuration.spec),
  };
}

function nodesOf({ key, spec, document }: Resource, list: NodeList): readonly RouteNode[] {
  const items = specItems(spec, list);
  return items.map((value, index) => {
    const path = ['spec', list, index];
    const place = ['id', 'name', 'type'].map((field) => at(document, ...path, field)?.at).find(Boolean);
    const own = place ?? at(document, ...path)?.at;
    return {
      list,
      index,
      id: itemId(key, list, items, index),
      value,
      path,
      ...(own !== undefined && { at: own }),
    };
  });
}

/** The routes of one node, those without targets too. */
export function branchesOf({ document }: Resource, node: RouteNode): readonly Branch[] {
  return entriesOf(node).map(({ signals, id, path }) => {
    const place = (at(document, ...path, 'id') ?? at(document, ...path))?.at;
    return { signals, id, ...(place && { at: place }) };
  });
}

function routesFrom(
  { document }: Resource,
  from: RouteNode,
  byTarget: ReadonlyMap<string, RouteNode>,
): readonly Route[] {
  return entriesOf(from).flatMap(({ signals, id, path, targets }) =>
    targets.flatMap((target: Json, index) => {
      if (typeof target !== 'string') return [];
      const to = byTarget.get(target);
      const range = at(document, ...path, 'components', index)?.at;
      return [{ from, signals, id, target, ...(to && { to }), ...(range && { at: range }) }];
    }),
  );
}

interface RouteEntry {
  readonly signals: readonly Signal[];
  readonly id: string;
  readonly path: Path;
  readonly targets: readonly Json[];
}

/** `routes: {logs: [{id, components}], logs+metrics: […]}` as a list; a route without id is called by its index. */
function entriesOf({ value, path }: RouteNode): readonly RouteEntry[] {
  const { routes } = value;
  if (!isMap(routes)) return [];
  return Object.entries(routes).flatMap(([key, list]) => {
    const named = key.split('+');
    const signals = SIGNALS.filter((signal) => named.includes(signal));
    return (isList(list) ? list : []).flatMap((route: Json, index) => {
      if (!isMap(route)) return [];
      const id = typeof route['id'] === 'string' && route['id'] !== '' ? route['id'] : String(index);
      const targets = isList(route['components']) ? route['components'] : [];
      return [{ signals, id, path: [...path, 'routes', key, index], targets }];
    });
  });
}
