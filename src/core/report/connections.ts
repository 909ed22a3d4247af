import type { RootContent } from 'mdast';
import { LIMITS } from '../document/limits.ts';
import type { Topology, TopologyEdge, TopologyNode } from '../plan/topology.ts';
import type { Prose } from './markdown.ts';
import { details, paragraph } from './markdown.ts';
import { topologyMermaid } from './topology-text.ts';
import { plural } from './verdict.ts';

/** The connections that change as a picture in a closed part; with too many boxes their number alone. */
export function connections(topology: Topology | undefined, prose: Prose): RootContent[] {
  if (topology === undefined) return [];
  const count = (change: TopologyEdge['change']): number =>
    topology.edges.filter((edge) => edge.change === change).length;
  const words = (['added', 'removed'] as const)
    .filter((change) => count(change) > 0)
    .map((change) => `${count(change)} ${change}`)
    .join(', ');
  const { nodes } = topology;
  const picture =
    nodes.length > LIMITS.report.pictureNodes
      ? paragraph(
          `${plural(nodes.length, 'resource')} are too many for a picture here: see `,
          prose.code('collie graph'),
          ' on your machine.',
        )
      : prose.picture(topologyMermaid({ ...topology, nodes: nodes.map((node) => named(node, prose)) }));
  return details(`Connections · ${words}`, [picture], false);
}

function named(node: TopologyNode, prose: Prose): TopologyNode {
  return { ...node, label: prose.plain(node.label) };
}
