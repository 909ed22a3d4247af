import { fromMarkdown } from 'mdast-util-from-markdown';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildPlan } from '../../../src/core/plan/build-plan.ts';
import { changedPart, topologyDiff, topologyOf, type Topology } from '../../../src/core/plan/topology.ts';
import { planComment } from '../../../src/core/report/plan-comment.ts';
import { topologyDot, topologyJson, topologyMermaid } from '../../../src/core/report/topology-text.ts';
import { loadRepository } from '../../../src/core/resources/load.ts';
import { viewOf } from '../../../src/core/resources/view.ts';
import { builtInCatalogue } from '../../support/catalogue.ts';
import { folderView, repositoryView, textsBelow } from '../../support/repository.ts';
import { plan } from '../../support/values.ts';

const DEMO = resolve(import.meta.dirname, '../../../app/demo/repository');

function drawn({ edges }: Topology): readonly string[] {
  return edges.map(
    ({ from, to, kind, change }) => `${from} ${kind} ${to}${change === undefined ? '' : ` (${change})`}`,
  );
}

describe('how a fleet hangs together', () => {
  const base = topologyOf(folderView(`${DEMO}/base`));

  it('knows the Services that an operator makes in front of a collector', () => {
    const collector = (name: string, exporter: string): string => `apiVersion: opentelemetry.io/v1beta1
kind: OpenTelemetryCollector
metadata: {name: ${name}, namespace: obs}
spec:
  image: otel/opentelemetry-collector-contrib:0.139.0
  config:
    receivers: {otlp: {protocols: {grpc: {endpoint: "0.0.0.0:4317"}}}}
    exporters: {otlp: {endpoint: "${exporter}"}}
    service: {pipelines: {traces: {receivers: [otlp], exporters: [otlp]}}}
`;
    const view = repositoryView({
      'agent.yaml': collector('agent', 'gateway-collector.obs:4317'),
      'gateway.yaml': collector('gateway', 'backend.example:4317'),
    });
    expect(drawn(topologyOf(view))).toEqual([
      'OpenTelemetryCollector/obs/agent sends OpenTelemetryCollector/obs/gateway',
    ]);
  });

  it('shows what feeds what, and which agents receive what others send', () => {
    expect(drawn(base)).toEqual([
      'Configuration/shop-cluster sends Configuration/shop-gateway',
      'Configuration/shop-cluster feeds Destination/shop-gateway',
      'Configuration/shop-gateway feeds Destination/shop-backend',
      'Configuration/shop-node sends Configuration/shop-gateway',
      'Configuration/shop-node feeds Destination/shop-gateway',
      'Source/shop-container feeds Configuration/shop-node',
      'Source/shop-events feeds Configuration/shop-cluster',
      'Source/shop-otlp feeds Configuration/shop-gateway',
      'Source/shop-otlp feeds Configuration/shop-node',
    ]);
    expect(base.nodes.find(({ label }) => label === 'shop-node')).toMatchObject({
      kind: 'configuration',
      reach: { count: 1, unit: 'workloads' },
    });
  });

  it('marks what another revision has and has not', () => {
    const { nodes } = base;
    const without = { nodes, edges: base.edges.slice(1) };
    expect(drawn(topologyDiff(without, base)).filter((line) => line.includes('('))).toEqual([
      'Configuration/shop-cluster sends Configuration/shop-gateway (added)',
    ]);
    expect(drawn(topologyDiff(base, without)).filter((line) => line.includes('('))).toEqual([
      'Configuration/shop-cluster sends Configuration/shop-gateway (removed)',
    ]);
    expect(topologyDiff(base, base)).toEqual(base);
  });

  it('is drawn for GitHub, for Graphviz and as data', async () => {
    await expect(topologyMermaid(base)).toMatchFileSnapshot('golden/topology.mmd');
    await expect(topologyDot(base)).toMatchFileSnapshot('golden/topology.dot');
    expect(topologyJson(base)).toEqual(base);
  });

  it('lets no name out of its label', () => {
    const evil = 'a"]; click n0 "https://evil.example" --> b\n```\n<img src=x>\\';
    const hostile: Topology = { nodes: [{ id: evil, kind: 'source', label: evil }], edges: [] };
    const lines = topologyMermaid(hostile).trim().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/^ {2}n0\(\["[\p{L}\p{N} ._/,#;-]*"\]\)$/u);
    const { children } = fromMarkdown(`\`\`\`mermaid\n${topologyMermaid(hostile)}\`\`\`\n`);
    expect(children.map(({ type }) => type)).toEqual(['code']);
    expect(topologyDot(hostile).split('\n')).toHaveLength(5);
  });

  describe('in the comment of a plan', () => {
    const node = (id: string): Topology['nodes'][number] => ({ id, kind: 'source', label: id });
    const commentOf = (topology: Topology | undefined): string =>
      planComment(plan({ ...(topology && { topology }) }), {}).body;

    it('is what is around the connections that change', () => {
      const before = folderView(`${DEMO}/base`);
      const files = [...before.repository.texts].map(([path, text]) => ({ path, text }));
      const act = textsBelow(`${DEMO}/act-2`);
      const changed = [...files.filter(({ path }) => !act.some((file) => file.path === path)), ...act];
      const after = viewOf(loadRepository(changed), before.context);
      const { topology } = buildPlan({ base: before, head: after, catalogue: builtInCatalogue() });
      expect(topology === undefined ? [] : drawn(topology)).toEqual([
        'Source/shop-kubelet feeds Configuration/shop-node (added)',
      ]);
      expect(commentOf(topology)).toContain('<details><summary>Connections · 1 added</summary>');
      expect(commentOf(topology)).toContain('  n1 -->|added| n0\n');
    });

    it('is not there when none changes', () => {
      expect(changedPart(topologyDiff(base, base))).toBeUndefined();
      expect(commentOf(undefined)).not.toContain('Connections');
    });

    it('is counted where it would be a thicket', () => {
      const ids = Array.from({ length: 60 }, (_, index) => `Source/s-${index}`);
      const edges = ids.map(
        (from) => ({ from, to: 'Configuration/c', kind: 'feeds', change: 'removed' }) as const,
      );
      const body = commentOf({ nodes: [...ids, 'Configuration/c'].map(node), edges });
      expect(body).toContain('Connections · 60 removed');
      expect(body).toContain(
        '61 resources are too many for a picture here: see `collie graph` on your machine.',
      );
      expect(body).not.toContain('mermaid');
    });
  });
});
