import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { provenanceOf } from '../../../../src/core/collector/provenance.ts';
import { emitYaml } from '../../../../src/core/document/emit.ts';
import type { Json } from '../../../../src/core/document/node.ts';
import { readInstrumentation } from '../../../../src/core/kubernetes/operator/instrumentation.ts';
import { readOpAmpBridge } from '../../../../src/core/kubernetes/operator/opamp-bridge.ts';
import { dig, rootsOf } from '../helm/chart-examples.ts';
import { HEAD, render, withConfig } from './rendered.ts';

describe('versions of the resource', () => {
  const text =
    'receivers:\n  zipkin: {}\nexporters:\n  debug: {}\nservice:\n  pipelines:\n    traces: {receivers: [zipkin], exporters: [debug]}\n';
  const indented = text.replaceAll(/^/gm, '    ').trimEnd();
  const old = `${HEAD.replace('v1beta1', 'v1alpha1')}  minReplicas: 1\n  maxReplicas: 3\n  config: |\n${indented}\n`;

  it('v1alpha1 is read from its text, at the lines of the file', () => {
    const rendered = render(old);
    expect(rendered.findings).toEqual([]);
    expect(rendered.autoscaler).toEqual({ min: 1, max: 3 });
    if (rendered.config === undefined) throw new Error('no config');
    const at = provenanceOf(rendered.config, ['receivers', 'zipkin'])?.at;
    expect(old.split('\n')[(at?.line ?? 0) - 1]).toBe('      zipkin: {}');
  });

  it.each([
    ['OPR-002', `${HEAD}  config: |\n${indented}\n`],
    ['OPR-002', `${HEAD.replace('v1beta1', 'v1alpha1')}  config:\n${indented}\n`],
    ['OPR-003', `${HEAD.replace('v1beta1', 'v1alpha1')}  config: "null"\n`],
    ['OPR-003', `${HEAD.replace('v1beta1', 'v1alpha1')}  config: |\n    receivers: [\n`],
    ['OPR-004', `${withConfig('{zipkin: {}}')}      pipeline: {}\n`],
  ])('%s: case %#', (rule, resource) => {
    expect(render(resource).findings.map((finding) => finding.rule)).toEqual([rule]);
    expect(render(resource).findings[0]?.at?.file).toBe('collector.yaml');
  });

  it('drops what the operator drops', () => {
    const rendered = render(
      `${withConfig('{zipkin: {}}')}        metrics: {receivers: [zipkin], processors: [], exporters: [debug], x: 1}\n`,
    );
    expect(dig(rendered.config?.tree, 'service', 'pipelines', 'metrics')).toEqual({
      receivers: ['zipkin'],
      exporters: ['debug'],
    });
  });
});

describe('what the webhook refuses', () => {
  const zipkin = '{zipkin: {}}';
  it.each([
    ['  volumeClaimTemplates: [{}]\n', zipkin, "does not support the attribute 'volumeClaimTemplates'"],
    ['  mode: sidecar\n  tolerations: [{}]\n', zipkin, "does not support the attribute 'tolerations'"],
    [
      '  targetAllocator: {enabled: true}\n',
      '{prometheus: {}}',
      'does not support the target allocation deployment',
    ],
    [
      '  mode: daemonset\n  targetAllocator: {enabled: true}\n',
      '{prometheus: {}}',
      'must be used with target allocation strategy per-node',
    ],
    [
      '  mode: statefulset\n  targetAllocator: {enabled: true}\n',
      '{prometheus/x: {}}',
      'rename one of them to "prometheus"',
    ],
    ['  autoscaler: {minReplicas: 2}\n', zipkin, 'spec.maxReplica must be set'],
    [
      '  replicas: 5\n  autoscaler: {maxReplicas: 2}\n',
      zipkin,
      'replicas must not be greater than maxReplicas',
    ],
    [
      '  autoscaler: {maxReplicas: 2, behavior: {scaleUp: {stabilizationWindowSeconds: 4000}}}\n',
      zipkin,
      'scaleUp.stabilizationWindowSeconds',
    ],
    ['  ingress: {ruleType: subdomain}\n', zipkin, 'a valid Ingress hostname'],
    ['', '{otlp: {protocols: {quic: {}}}}', 'unknown protocol set: quic'],
  ])('%s%s', (spec, receivers, words) => {
    const [finding] = render(withConfig(receivers, '', spec)).findings;
    expect(finding?.rule).toBe('OPR-006');
    expect(finding?.severity).toBe('error');
    expect(finding?.otelcolMessage).toContain(words);
    expect(finding?.at?.line).toBeGreaterThan(3);
  });

  it('warns of nulls, which other tools drop', () => {
    expect(render(withConfig('{mine: null}')).findings).toMatchObject([
      { rule: 'OPR-006', severity: 'warning', at: { line: 6 } },
    ]);
  });
});

it('never throws, whatever the resource is', () => {
  const keys = [
    'config',
    'receivers',
    'service',
    'pipelines',
    'traces',
    'otlp',
    'protocols',
    'targetAllocator',
    'enabled',
    'ports',
    'mode',
    'extensions',
    'telemetry',
    'metrics',
  ];
  const anything = fc.letrec<{ node: Json }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom<Json>(null, '', 0, true, 'statefulset', 'otlp', ':1'),
      fc.array(tie('node'), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom(...keys), tie('node'), { maxKeys: 5 }),
    ),
  })).node;
  fc.assert(
    fc.property(anything, fc.constantFrom('v1alpha1', 'v1beta1'), (spec, version) => {
      const resource = { apiVersion: `opentelemetry.io/${version}`, metadata: { name: 'a' }, spec };
      expect(render(emitYaml(resource), '0.158.0').title).toBe('OpenTelemetryCollector default/a');
    }),
    { numRuns: process.env['COLLIE_LAWS'] === 'full' ? 5000 : 60 },
  );
}, 120_000);

it('reads an Instrumentation and an OpAMPBridge as objects', () => {
  const [instrumentation] = rootsOf(
    'i.yaml',
    `apiVersion: opentelemetry.io/v1alpha1
kind: Instrumentation
metadata: {name: apps}
spec:
  exporter: {endpoint: "http://gateway-collector:4317"}
  propagators: [tracecontext, b3]
  sampler: {type: parentbased_traceidratio, argument: "0.25"}
  python:
    env: [{name: OTEL_EXPORTER_OTLP_ENDPOINT, value: "http://gateway-collector:4318"}]
`,
  ).map((root) => readInstrumentation(root));
  expect(instrumentation).toMatchObject({
    key: 'Instrumentation/default/apps',
    endpoint: { value: 'http://gateway-collector:4317', at: { line: 5 } },
    propagators: [{ value: 'tracecontext' }, { value: 'b3' }],
    sampler: { value: 'parentbased_traceidratio' },
    samplerArgument: { value: '0.25' },
    languages: [{ language: 'python', endpoint: { value: 'http://gateway-collector:4318' } }],
  });
  const [bridge] = rootsOf(
    'b.yaml',
    `apiVersion: opentelemetry.io/v1alpha1
kind: OpAMPBridge
metadata: {name: bridge, namespace: shop}
spec:
  endpoint: ws://opamp:4320/v1/opamp
  capabilities: {AcceptsRemoteConfig: true, ReportsHealth: false}
  componentsAllowed: {receivers: [otlp]}
`,
  ).map((root) => readOpAmpBridge(root));
  expect(bridge).toMatchObject({
    key: 'OpAMPBridge/shop/bridge',
    endpoint: { value: 'ws://opamp:4320/v1/opamp' },
    capabilities: ['AcceptsRemoteConfig'],
    componentsAllowed: { receivers: ['otlp'] },
  });
  const [other] = rootsOf('c.yaml', 'apiVersion: v1\nkind: OpAMPBridge\n');
  expect(other === undefined ? undefined : readOpAmpBridge(other)).toBeUndefined();
});
