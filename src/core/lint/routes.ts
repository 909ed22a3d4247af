import { splitVersion } from '../bindplane/names.ts';
import type { Resource } from '../bindplane/resource.ts';
import { branchesOf, isRouted, reachedNodes, routesOf, targetOf } from '../bindplane/routes.ts';
import type { NodeList, Route, RouteNode, Routes } from '../bindplane/routes.ts';
import { SIGNALS } from '../bindplane/types.ts';
import type { Signal } from '../bindplane/types.ts';
import { closest } from '../document/closest.ts';
import type { Finding, Fix, SourceRange } from '../document/finding.ts';
import { at } from '../document/node.ts';
import { appendToMap, lineOf } from './edits.ts';
import type { Texts } from './edits.ts';
import type { LintInput } from './rule.ts';

/** What a rule says about one place of one v2 Configuration. */
type RouteFinding = Omit<Finding, 'rule'>;

/** Routes of v2 Configurations to items that do not exist: the server has nowhere to send what they take. */
export function unknownTargets({ head }: LintInput): readonly RouteFinding[] {
  return routed(head.repository.resources).flatMap((configuration) => {
    const { nodes, arriving } = routesOf(configuration);
    return (arriving.get(undefined) ?? []).map((route) =>
      unknownTarget(route, nodes, configuration, head.repository.texts),
    );
  });
}

function unknownTarget(
  route: Route,
  nodes: readonly RouteNode[],
  configuration: Resource,
  texts: Texts,
): RouteFinding {
  const { target } = route;
  const nameless = nodes.find((node) => isMeantBy(node, target));
  if (nameless !== undefined) return withoutId(nameless, route, configuration, texts);
  const { from, at: place } = route;
  const { key, name } = configuration;
  const targets = nodes.filter(({ list }) => list !== 'sources').map(targetOf);
  const meant = closest(target, targets);
  const hint = meant === undefined ? '' : `, did you mean \`${meant}\`?`;
  return {
    severity: 'error',
    message: `${words(from)} of Configuration \`${name}\` routes to \`${target}\`, which no item there has as its id${hint}`,
    ...(place && { at: place }),
    ...(meant !== undefined && place && { fixes: [rewrite(target, meant, place, texts)] }),
    configuration: key,
  };
}

/** Whether the target is what BindPlane's own editor would call an item that has no id: `d-` and its name. */
function isMeantBy({ list, value }: RouteNode, target: string): boolean {
  const { id, name } = value;
  if ((typeof id === 'string' && id !== '') || typeof name !== 'string' || name === '') return false;
  const own = splitVersion(name).name;
  return list !== 'sources' && [`${list}/${own}`, `${list}/${list.charAt(0)}-${own}`].includes(target);
}

function withoutId(
  node: RouteNode,
  { from, target, at: place }: Route,
  { key, name, document }: Resource,
  texts: Texts,
): RouteFinding {
  const id = target.slice(target.indexOf('/') + 1);
  const item = at(document, ...node.path);
  const edits = item?.kind === 'map' ? appendToMap(item, [`id: ${id}`], texts) : undefined;
  const title = `give ${words(node)} the id \`${id}\``;
  return {
    severity: 'error',
    message: `${words(from)} of Configuration \`${name}\` routes to \`${target}\`, but ${words(node)} there has no id, so no route finds it`,
    ...(place && { at: place }),
    ...(node.at && { related: [{ message: 'the item without id', at: node.at }] }),
    fixes: [{ title, ...(node.at && { at: node.at }), ...(edits && { edits }) }],
    configuration: key,
  };
}

function rewrite(target: string, meant: string, place: SourceRange, texts: Texts): Fix {
  const written = lineOf(place, texts).slice(place.column - 1, place.endColumn - 1);
  const edits = written.includes(target) ? [{ at: place, text: written.replace(target, meant) }] : undefined;
  return { title: `write \`${meant}\``, at: place, ...(edits && { edits }) };
}

/** Routes that lead back to where they came from; the collector refuses pipelines in a circle. */
export function routeCircles({ head }: LintInput): readonly RouteFinding[] {
  return routed(head.repository.resources).flatMap((configuration) => {
    const turning = SIGNALS.map((signal) => circling(routesOf(configuration), signal)).find(
      (nodes) => nodes.length > 0,
    );
    const first = turning?.[0];
    if (turning === undefined || first === undefined) return [];
    return [
      {
        severity: 'error',
        message: `Routes of Configuration \`${configuration.name}\` go in a circle, which the collector refuses: ${turning.map(targetOf).join(', ')}`,
        ...(first.at && { at: first.at }),
        configuration: configuration.key,
      },
    ];
  });
}

/** Nodes on circles of one signal, and on the ways between circles: what stays when ends and beginnings are taken off. */
function circling({ nodes, leaving, arriving }: Routes, signal: Signal): readonly RouteNode[] {
  const carries = ({ signals }: Route): boolean => signals.includes(signal);
  const after = (node: RouteNode): readonly RouteNode[] =>
    (leaving.get(node) ?? []).flatMap((route) => (carries(route) ? (route.to ?? []) : []));
  const before = (node: RouteNode): readonly RouteNode[] =>
    (arriving.get(node) ?? []).flatMap((route) => (carries(route) ? route.from : []));
  const alive = new Set(nodes);
  takeOff(alive, after, before);
  takeOff(alive, before, after);
  return [...alive];
}

/** Takes away nodes that have none `next`, and then those that have none any more. */
function takeOff(
  alive: Set<RouteNode>,
  next: (node: RouteNode) => readonly RouteNode[],
  previous: (node: RouteNode) => readonly RouteNode[],
): void {
  const left = new Map(
    [...alive].map((node) => [node, next(node).filter((other) => alive.has(other)).length]),
  );
  const loose = new Set([...alive].filter((node) => left.get(node) === 0));
  // A set hands out what is added while it is walked.
  for (const node of loose) {
    alive.delete(node);
    for (const other of previous(node)) {
      const rest = (left.get(other) ?? 0) - 1;
      left.set(other, rest);
      if (rest === 0 && alive.has(other)) loose.add(other);
    }
  }
}

/** Items of v2 Configurations that nothing arrives at, or that send on nothing of what they take. */
export function idleItems({ head }: LintInput): readonly RouteFinding[] {
  return routed(head.repository.resources).flatMap((configuration) => {
    const routes = routesOf(configuration);
    if (!routes.isWritten) return [];
    const reached = reachedNodes(routes);
    return routes.nodes.flatMap((node): readonly RouteFinding[] => {
      const complaint = idle(node, configuration, reached);
      if (complaint === undefined || node.value['disabled'] === true) return [];
      return [
        {
          severity: 'warning',
          message: `${words(node)} of Configuration \`${configuration.name}\` ${complaint}`,
          ...(node.at && { at: node.at }),
          configuration: configuration.key,
        },
      ];
    });
  });
}

function idle(node: RouteNode, configuration: Resource, reached: ReadonlySet<RouteNode>): string | undefined {
  const { leaving, arriving } = routesOf(configuration);
  if (!reached.has(node) && node.list !== 'sources') {
    // A route that misses its target is told at its place; what it would have reached is a consequence.
    return arriving.has(undefined) ? undefined : 'is on no route from a source: nothing arrives there';
  }
  if (node.list === 'destinations') return undefined;
  if (leaving.has(node)) return undefined;
  return branchesOf(configuration, node).length === 0
    ? 'has no routes: what it takes goes nowhere'
    : 'has routes without components: what it takes goes nowhere';
}

/** Two items of one list with one id: a route cannot tell them apart. */
export function sameIds({ head }: LintInput): readonly RouteFinding[] {
  return routed(head.repository.resources).flatMap((configuration) => {
    const first = new Map<string, RouteNode>();
    return routesOf(configuration).nodes.flatMap((node): readonly RouteFinding[] => {
      const earlier = first.get(targetOf(node));
      if (earlier === undefined) {
        first.set(targetOf(node), node);
        return [];
      }
      return [
        {
          severity: 'error',
          message: `Two items in \`${node.list}\` of Configuration \`${configuration.name}\` have the id \`${node.id}\`: routes cannot tell them apart`,
          ...(node.at && { at: node.at }),
          ...(earlier.at && { related: [{ message: 'the first one', at: earlier.at }] }),
          configuration: configuration.key,
        },
      ];
    });
  });
}

function routed(resources: ReadonlyMap<string, Resource>): readonly Resource[] {
  return [...resources.values()].filter(isRouted);
}

const WORD: Readonly<Record<NodeList, string>> = {
  sources: 'Source',
  processors: 'Processor group',
  connectors: 'Connector',
  destinations: 'Destination',
};

/** The item as its author calls it: by a name, by an id that a person wrote, or by its type. */
function words({ list, id, value }: RouteNode): string {
  const written = /^[0-9A-HJKMNP-TV-Z]{26}$/.test(id) ? '' : value['id'];
  const own = [value['displayName'], value['name'], written, value['type']].find(
    (text) => typeof text === 'string' && text !== '',
  );
  return `${WORD[list]} \`${typeof own === 'string' ? own : id}\``;
}
