import type { JsonMap } from '../document/node.ts';
import type { Topology, TopologyEdge, TopologyNode } from '../plan/topology.ts';
import { visibleLine } from './untrusted.ts';
import { plural } from './verdict.ts';

const SHAPES: Readonly<Record<TopologyNode['kind'], readonly [open: string, close: string]>> = {
  source: ['([', '])'],
  configuration: ['[', ']'],
  destination: ['[(', ')]'],
};

/** A picture that GitHub draws (mermaid flowchart). Names from outside are written as character codes where they are more than words. */
export function topologyMermaid({ nodes, edges }: Topology): string {
  const ids = new Map(nodes.map(({ id }, index) => [id, `n${index}`]));
  const lines = edges.map((edge) => `  ${ids.get(edge.from)} ${arrow(edge)} ${ids.get(edge.to)}`);
  const marked = edges.flatMap(({ change }, index) =>
    change === undefined ? [] : [`  linkStyle ${index} ${STROKES[change]}`],
  );
  const boxes = nodes.map((node) => {
    const [open, close] = SHAPES[node.kind];
    return `  ${ids.get(node.id)}${open}"${mermaidText(labelOf(node))}"${close}`;
  });
  return ['flowchart LR', ...boxes, ...lines, ...marked, ''].join('\n');
}

const STROKES: Readonly<Record<NonNullable<TopologyEdge['change']>, string>> = {
  added: 'stroke:#1a7f37,stroke-width:3px',
  removed: 'stroke:#cf222e,stroke-width:3px,stroke-dasharray:4',
};

function arrow({ kind, change }: TopologyEdge): string {
  const words = [kind === 'sends' ? 'sends to' : '', change ?? ''].filter((word) => word !== '').join(', ');
  const line = kind === 'sends' ? '-.->' : '-->';
  return words === '' ? line : `${line}|${words}|`;
}

/** Mermaid's entity codes (`#35;`) for every character that could mean something to it. */
function mermaidText(text: string): string {
  // A code is drawn as its character: what must not be seen raw has to be shown as its number before.
  return visibleLine(text).replaceAll(
    /[^\p{L}\p{N} ._/,-]/gu,
    (character) => `#${character.codePointAt(0) ?? 63};`,
  );
}

function labelOf({ label, reach }: TopologyNode): string {
  // Without known agents nothing can be said of a configuration that no workload here is meant for.
  const isKnown = reach !== undefined && (reach.unit === 'agents' || reach.count > 0);
  return !isKnown ? label : `${label}, ${plural(reach.count, reach.unit.slice(0, -1))}`;
}

const DOT_SHAPES: Readonly<Record<TopologyNode['kind'], string>> = {
  source: 'ellipse',
  configuration: 'box',
  destination: 'cylinder',
};

/** The same for Graphviz. */
export function topologyDot({ nodes, edges }: Topology): string {
  const boxes = nodes.map(
    (node) => `  ${quoted(node.id)} [label=${quoted(labelOf(node))}, shape=${DOT_SHAPES[node.kind]}];`,
  );
  const lines = edges.map((edge) => {
    const attributes = [
      ...(edge.kind === 'sends' ? ['style=dashed'] : []),
      ...(edge.change === undefined
        ? []
        : [`label=${edge.change}`, `color=${edge.change === 'added' ? 'green' : 'red'}`]),
    ];
    const list = attributes.length === 0 ? '' : ` [${attributes.join(', ')}]`;
    return `  ${quoted(edge.from)} -> ${quoted(edge.to)}${list};`;
  });
  return ['digraph fleet {', '  rankdir=LR;', ...boxes, ...lines, '}', ''].join('\n');
}

function quoted(text: string): string {
  // A backslash begins an escape of Graphviz's own (`\n`, `\N`).
  return `"${text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll(/[\n\r]/g, ' ')}"`;
}

/** The same as data: `{nodes, edges}`. */
export function topologyJson({ nodes, edges }: Topology): JsonMap {
  return {
    nodes: nodes.map(({ id, kind, label, reach }) => ({
      id,
      kind,
      label,
      ...(reach && { reach: { ...reach } }),
    })),
    edges: edges.map(({ from, to, kind, change }) => ({ from, to, kind, ...(change && { change }) })),
  };
}
