import { describe, expect, it } from 'vitest';
import type { Topology } from '../../../src/core/plan/topology.ts';
import { connections } from '../../../src/core/report/connections.ts';
import { createProse, markdown } from '../../../src/core/report/markdown.ts';
import { topologyMermaid } from '../../../src/core/report/topology-text.ts';
import { createRedactor } from '../../../src/core/report/redact.ts';

/** Sources that all feed one configuration. */
function star(labels: readonly string[]): Topology {
  return {
    nodes: [
      { id: 'all', kind: 'configuration', label: 'all', reach: { count: 2, unit: 'agents' } },
      ...labels.map((label, index) => ({ id: String(index), kind: 'source' as const, label })),
    ],
    edges: labels.map((_, index) => ({ from: String(index), to: 'all', kind: 'feeds', change: 'added' })),
  };
}

function drawn(topology: Topology, known: readonly string[] = []): string {
  return markdown(connections(topology, createProse(createRedactor({ known }))));
}

describe('the picture of connections', () => {
  it('is whole however many boxes it has room for: half a picture is none', () => {
    const text = drawn(
      star(Array.from({ length: 39 }, (_, index) => `source-with-a-rather-long-name-${index}`)),
    );
    expect(text.match(/^ {2}n\d+ -->/gm)).toHaveLength(39);
    expect(text.match(/^ {2}linkStyle /gm)).toHaveLength(39);
    expect(text).not.toContain('more characters');
  });

  it('shows hidden characters by their numbers, not as codes that mermaid turns back', () => {
    const text = drawn(star(['a\u202egnp.exe', 'b"] --> n0']));
    expect(text).toContain('a#92;u#123;202e#125;gnp.exe');
    expect(text).not.toContain('#8238;');
    expect(topologyMermaid(star(['a\u202egnp.exe']))).not.toContain('#8238;');
    expect(text).toContain('b#34;#93; --#62; n0');
  });

  it('has no secret in its labels', () => {
    expect(drawn(star(['plant-secret-4711']), ['plant-secret-4711'])).not.toContain('4711');
  });
});
