import { describe, expect, it } from 'vitest';
import { provenanceOf } from '../../../../src/core/collector/provenance.ts';
import { parseYaml } from '../../../../src/core/document/yaml.ts';
import { objectsOf } from '../../../../src/core/kubernetes/objects.ts';
import { podCollectors } from '../../../../src/core/kubernetes/pods/pod-collectors.ts';
import type { RenderedCollector } from '../../../../src/core/kubernetes/rendered-collector.ts';

const CONFIG = `receivers: {otlp: {protocols: {grpc: {endpoint: "0.0.0.0:4317"}}}}
exporters: {debug: {}}
service: {pipelines: {traces: {receivers: [otlp], exporters: [debug]}}}`;

function configMap(name: string, data: Readonly<Record<string, string>>): string {
  const entries = Object.entries(data).map(
    ([key, text]) => `  ${key}: |\n${text.replaceAll(/^/gm, '    ')}\n`,
  );
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: obs}\ndata:\n${entries.join('')}`;
}

function workload(container: string, volumes = '', kind = 'Deployment'): string {
  return `apiVersion: apps/v1
kind: ${kind}
metadata: {name: gateway, namespace: obs}
spec:
  template:
    spec:
      volumes: [${volumes}]
      containers:
        - name: collector
          image: otel/opentelemetry-collector-contrib:0.130.0
${container.replaceAll(/^/gm, '          ')}
`;
}

const VOLUME = '{name: config, configMap: {name: gateway-config}}';
const MOUNT = 'volumeMounts: [{name: config, mountPath: /conf}]';

function collectors(...documents: readonly string[]): readonly RenderedCollector[] {
  const parsed = parseYaml('all.yaml', documents.join('---\n'));
  expect(parsed.findings).toEqual([]);
  return podCollectors(parsed.documents.flatMap(({ root }) => objectsOf(root)));
}

function only(...documents: readonly string[]): RenderedCollector {
  const found = collectors(...documents);
  expect(found).toHaveLength(1);
  const [first] = found;
  if (first === undefined) throw new Error('no collector');
  return first;
}

describe('a collector that a workload runs', () => {
  it('reads the ConfigMap that its arguments lead to, each key at its line', () => {
    const found = only(
      configMap('gateway-config', { 'relay.yaml': CONFIG }),
      workload(`args: [--config=/conf/relay.yaml]\n${MOUNT}`, VOLUME),
    );
    expect(found).toMatchObject({
      title: 'Deployment gateway',
      namespace: 'obs',
      mode: 'deployment',
      distribution: 'otelcol-contrib',
      version: '0.130.0',
      source: { configMap: 'gateway-config', key: 'relay.yaml', file: '/conf/relay.yaml' },
      unrendered: [],
    });
    expect(found.config?.tree['receivers']).toEqual({
      otlp: { protocols: { grpc: { endpoint: '0.0.0.0:4317' } } },
    });
    const place = provenanceOf(found.config ?? { provenance: [] }, ['service', 'pipelines', 'traces'])?.at;
    expect(place).toMatchObject({ file: 'all.yaml', line: 8, column: 27 });
  });

  it.each<[what: string, container: string, volumes: string]>([
    ['an argument of two words', `args: ["--config", "/conf/c.yaml"]\n${MOUNT}`, VOLUME],
    ['the command', `command: [/otelcol, --config=file:/conf/c.yaml]\n${MOUNT}`, VOLUME],
    [
      'items under another name',
      `args: [--config=/conf/relay.yaml]\n${MOUNT}`,
      '{name: config, configMap: {name: gateway-config, items: [{key: c.yaml, path: relay.yaml}]}}',
    ],
    [
      'a single file by subPath',
      'args: [--config=/etc/x.yaml]\nvolumeMounts: [{name: config, mountPath: /etc/x.yaml, subPath: c.yaml}]',
      VOLUME,
    ],
    [
      'a projected volume',
      `args: [--config=/conf/c.yaml]\n${MOUNT}`,
      '{name: config, projected: {sources: [{secret: {name: s}}, {configMap: {name: gateway-config}}]}}',
    ],
    [
      'the longest mount',
      'args: [--config=/conf/deep/c.yaml]\nvolumeMounts: [{name: other, mountPath: /conf}, {name: config, mountPath: /conf/deep}]',
      `{name: other, emptyDir: {}}, ${VOLUME}`,
    ],
    [
      'the file that the image reads by itself',
      'volumeMounts: [{name: config, mountPath: /etc/otelcol-contrib}]',
      '{name: config, configMap: {name: gateway-config, items: [{key: c.yaml, path: config.yaml}]}}',
    ],
  ])('finds its config by %s', (_what, container, volumes) => {
    const found = only(configMap('gateway-config', { 'c.yaml': CONFIG }), workload(container, volumes));
    expect(Object.keys(found.config?.tree ?? {})).toEqual(['receivers', 'exporters', 'service']);
    expect(found.unrendered).toEqual([]);
  });

  it('merges what several arguments name: maps merge, lists and nulls replace, --set comes last', () => {
    const found = only(
      configMap('gateway-config', {
        'a.yaml': CONFIG,
        'b.yaml':
          'exporters: {debug: null, otlp: {endpoint: b:4317}}\nservice: {pipelines: {traces: {exporters: [otlp]}}}',
      }),
      workload(
        `args: [--config=/conf/a.yaml, --set=exporters.otlp.timeout=3s, --config=/conf/b.yaml, "--config=yaml:exporters::otlp::compression: none"]\n${MOUNT}`,
        VOLUME,
      ),
    );
    expect(found.config?.tree).toMatchObject({
      exporters: { debug: null, otlp: { endpoint: 'b:4317', compression: 'none', timeout: '3s' } },
      service: { pipelines: { traces: { receivers: ['otlp'], exporters: ['otlp'] } } },
    });
  });

  it.each<[what: string, container: string, volumes: string, reason: string]>([
    [
      'a Secret holds it',
      `args: [--config=/conf/c.yaml]\n${MOUNT}`,
      '{name: config, secret: {secretName: s}}',
      '/conf/c.yaml comes from the volume config, whose content no file shows.',
    ],
    [
      'no file declares the ConfigMap',
      `args: [--config=/conf/c.yaml]\n${MOUNT}`,
      '{name: config, configMap: {name: elsewhere}}',
      '/conf/c.yaml comes from ConfigMap elsewhere, which no file declares.',
    ],
    [
      'the ConfigMap has another key',
      `args: [--config=/conf/d.yaml]\n${MOUNT}`,
      VOLUME,
      '/conf/d.yaml comes from ConfigMap gateway-config, which has no key d.yaml.',
    ],
    ['it is in the image', 'args: [--config=/etc/own.yaml]', '', '/etc/own.yaml is in the image.'],
    [
      'it is read over the network',
      'args: [--config=https://config.example/c.yaml]',
      '',
      'https://config.example/c.yaml is read when the collector starts.',
    ],
    [
      'a variable from a Secret holds it',
      'args: [--config=env:CONFIG]\nenv: [{name: CONFIG, valueFrom: {secretKeyRef: {name: s, key: k}}}]',
      '',
      'The variable CONFIG holds it, whose value no file shows.',
    ],
  ])('says why its config is not known: %s', (_what, container, volumes, reason) => {
    const [found] = collectors(
      workload(container, volumes),
      configMap('gateway-config', { 'c.yaml': CONFIG }),
    );
    expect(found?.config).toBeUndefined();
    expect(found?.unrendered).toEqual([reason]);
  });

  it('is told by a variable', () => {
    const found = only(
      workload(
        `args: [--config=env:CONFIG]\nenv:\n  - name: CONFIG\n    value: |\n${CONFIG.replaceAll(/^/gm, '      ')}`,
      ),
    );
    expect(found.config?.tree['exporters']).toEqual({ debug: {} });
  });

  it('takes the key that kubeagent takes for its mode', () => {
    const agent = (mode: string): string =>
      workload(
        `env: [{name: DEPLOYMENT_MODE, value: ${mode}}]\nvolumeMounts: [{name: config, mountPath: /etc/kmagent}]`,
        VOLUME,
        'DaemonSet',
      ).replace('otel/opentelemetry-collector-contrib:0.130.0', 'kloudmate/kubeagent:latest');
    const data = configMap('gateway-config', {
      'agent-daemonset.yaml': CONFIG.replace('debug: {}', 'debug: {verbosity: basic}'),
      'agent-deployment.yaml': CONFIG,
    });
    const keys = (mode: string): readonly (string | undefined)[] =>
      collectors(data, agent(mode)).flatMap(({ workload: own, source }) => (own ? source?.key : []));
    expect(keys('DAEMONSET')).toEqual(['agent-daemonset.yaml']);
    expect(keys('deployment')).toEqual(['agent-deployment.yaml']);
  });

  it('is left to its control plane where it is managed by OpAMP', () => {
    const managed = workload(
      `env: [{name: OPAMP_ENDPOINT, value: ws://collie:4320}]\nargs: [--config=/conf/c.yaml]\n${MOUNT}`,
      VOLUME,
    );
    expect(collectors(managed)).toEqual([]);
  });
});

describe('a ConfigMap that no workload mounts', () => {
  it('is shown by itself where it holds a collector config, and only then', () => {
    const found = only(configMap('spare', { 'config.yaml': CONFIG, 'notes.txt': 'some: text' }));
    expect(found).toMatchObject({ title: 'ConfigMap spare, key config.yaml', distribution: 'unknown' });
    expect(found.workload).toBeUndefined();
  });

  it('tells what is wrong in its text at its line', () => {
    const [found] = collectors(
      configMap('gateway-config', { 'c.yaml': `${CONFIG}\nexporters: {otlp: {}}` }),
      workload(`args: [--config=/conf/c.yaml]\n${MOUNT}`, VOLUME),
    );
    expect(found?.findings.map(({ rule, at }) => [rule, at?.line])).toEqual([['CFG-001', 9]]);
  });
});
