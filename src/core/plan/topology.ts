import { isConfiguration } from '../fleet/config-key.ts';
import type { ConfigKey } from '../fleet/config-key.ts';
import { compareText } from '../document/finding.ts';
import { reachOf } from '../resources/targets.ts';
import type { LoadedView } from '../resources/view.ts';
import { gatewaysOf } from './senders.ts';

/** How a fleet hangs together: sources feed configurations, these send to destinations, and some of those are gateways of our own. */
export interface Topology {
  readonly nodes: readonly TopologyNode[];
  readonly edges: readonly TopologyEdge[];
}

export interface TopologyNode {
  /** A resource key; for an inline item its configuration's key, the kind of its type and its type. */
  readonly id: string;
  readonly kind: 'source' | 'configuration' | 'destination';
  readonly label: string;
  /** Whom a configuration reaches. */
  readonly reach?: { readonly count: number; readonly unit: 'agents' | 'workloads' };
}

export interface TopologyEdge {
  readonly from: string;
  readonly to: string;
  /** `sends` leads from a configuration to one whose agents receive what it sends. */
  readonly kind: 'feeds' | 'sends';
  /** Against another revision, where there is one. */
  readonly change?: 'added' | 'removed';
}

const KINDS: Readonly<Record<string, { readonly kind: TopologyNode['kind']; readonly inline: boolean }>> = {
  Source: { kind: 'source', inline: false },
  SourceType: { kind: 'source', inline: true },
  Destination: { kind: 'destination', inline: false },
  DestinationType: { kind: 'destination', inline: true },
};

/**
 * The topology of one revision, nodes and edges in a stable order.
 * @param among Configurations to draw with what they are connected to; all where absent
 */
export function topologyOf(view: LoadedView, among?: ReadonlySet<ConfigKey>): Topology {
  const nodes = new Map<string, TopologyNode>();
  const edges = new Map<string, TopologyEdge>();
  const addEdge = (edge: TopologyEdge): void => void edges.set(edgeKey(edge), edge);
  const gateways = gatewaysOf(view);
  const keys = [...view.effective.keys()].filter((key) => among === undefined || among.has(key));
  for (const key of keys) {
    nodes.set(key, configurationNode(view, key));
    for (const { to } of isConfiguration(key) ? view.graph.from(key) : []) {
      const slash = to.indexOf('/');
      const found = KINDS[to.slice(0, slash)];
      if (found === undefined) continue;
      const name = to.slice(slash + 1);
      const id = found.inline ? `${key} ${to}` : to;
      nodes.set(id, { id, kind: found.kind, label: found.inline ? `${name} (inline)` : name });
      addEdge(
        found.kind === 'source' ? { from: id, to: key, kind: 'feeds' } : { from: key, to: id, kind: 'feeds' },
      );
    }
    for (const gateway of gateways.get(key) ?? []) {
      nodes.set(gateway, configurationNode(view, gateway));
      addEdge({ from: key, to: gateway, kind: 'sends' });
    }
  }
  return sorted(nodes.values(), edges.values());
}

function configurationNode(view: LoadedView, key: ConfigKey): TopologyNode {
  const target = view.targets.get(key);
  const reach = target === undefined ? undefined : reachOf(target);
  return { id: key, kind: 'configuration', label: key.slice(key.indexOf('/') + 1), ...(reach && { reach }) };
}

/**
 * What is around the connections that change between two revisions; undefined when none does.
 * @param among the Configurations that may differ between them
 */
export function changedTopology(
  base: LoadedView,
  head: LoadedView,
  among: ReadonlySet<ConfigKey>,
): Topology | undefined {
  const first = changedPart(topologyDiff(topologyOf(base, among), topologyOf(head, among)));
  if (first === undefined) return undefined;
  // What the ends of changed connections have with each other is part of the picture, also where they did not change themselves.
  const drawn = new Set(first.nodes.map(({ id }) => id));
  const near = new Set([...among, ...[...head.effective.keys()].filter((key) => drawn.has(key))]);
  return changedPart(topologyDiff(topologyOf(base, near), topologyOf(head, near)));
}

/** Both revisions in one picture: what only one of them has is marked. */
export function topologyDiff(base: Topology, head: Topology): Topology {
  const [before, after] = [base, head].map(({ edges }) => new Set(edges.map(edgeKey)));
  const nodes = new Map([...base.nodes, ...head.nodes].map((node) => [node.id, node]));
  const edges = [
    ...head.edges.map((edge): TopologyEdge =>
      before?.has(edgeKey(edge)) === true ? edge : { ...edge, change: 'added' },
    ),
    ...base.edges
      .filter((edge) => after?.has(edgeKey(edge)) !== true)
      .map((edge): TopologyEdge => ({ ...edge, change: 'removed' })),
  ];
  return sorted(nodes.values(), edges);
}

/** What of a compared topology is around changed connections; undefined when none changed. */
export function changedPart({ nodes, edges }: Topology): Topology | undefined {
  const changed = edges.filter(({ change }) => change !== undefined);
  if (changed.length === 0) return undefined;
  const ids = new Set(changed.flatMap(({ from, to }) => [from, to]));
  // Where what changes comes from and goes to is part of the picture.
  const near = edges.filter(({ from, to }) => ids.has(from) && ids.has(to));
  return sorted(
    nodes.filter(({ id }) => ids.has(id)),
    near,
  );
}

function edgeKey({ from, to, kind }: TopologyEdge): string {
  return `${from}\n${to}\n${kind}`;
}

function sorted(nodes: Iterable<TopologyNode>, edges: Iterable<TopologyEdge>): Topology {
  return {
    nodes: [...nodes].sort((a, b) => compareText(a.id, b.id)),
    edges: [...edges].sort((a, b) => compareText(edgeKey(a), edgeKey(b))),
  };
}
