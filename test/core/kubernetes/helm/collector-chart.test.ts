import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMap } from '../../../../src/core/document/node.ts';
import type { Json } from '../../../../src/core/document/node.ts';
import { emitYaml } from '../../../../src/core/document/emit.ts';
import { pipelinesOf } from '../../../../src/core/collector/pipelines.ts';
import { locate } from '../../../../src/core/collector/provenance.ts';
import { renderCollectorChart } from '../../../../src/core/kubernetes/helm/collector-chart.ts';
import { PRESETS } from '../../../../src/core/kubernetes/helm/presets/index.ts';
import type { RenderedCollector } from '../../../../src/core/kubernetes/rendered-collector.ts';
import { dig, rootsOf } from './chart-examples.ts';

const BASE = 'mode: deployment\nimage: {repository: otel/opentelemetry-collector-k8s}\n';

function render(
  values: string,
  chartVersion: string = '0.170.0',
  ...more: readonly string[]
): RenderedCollector {
  return renderCollectorChart({
    files: [...rootsOf('values.yaml', values), ...more.flatMap((text) => rootsOf('more.yaml', text))],
    release: { name: 'shop', namespace: 'web' },
    chartVersion,
  });
}

function at(rendered: RenderedCollector, ...path: (string | number)[]): Json | undefined {
  return dig(rendered.config?.tree, ...path);
}

describe('the chart by itself', () => {
  it('brings receivers, pipelines and a workload that nobody wrote', () => {
    const rendered = render(BASE);
    expect(rendered.findings).toEqual([]);
    expect(rendered.unrendered).toEqual([]);
    expect(rendered.config?.provenance).toMatchObject([{ path: [], at: { file: 'values.yaml', line: 1 } }]);
    expect(pipelinesOf(rendered.config?.tree ?? {}).map(({ id, receivers }) => [id, receivers])).toEqual([
      ['logs', ['otlp']],
      ['metrics', ['otlp', 'prometheus']],
      ['traces', ['otlp', 'jaeger', 'zipkin']],
    ]);
    expect(rendered.workload?.key).toBe('Deployment/web/shop-opentelemetry-collector');
    expect(rendered.image?.value).toBe('otel/opentelemetry-collector-k8s:0.158.0');
    expect([rendered.distribution, rendered.version]).toEqual(['otelcol-k8s', '0.158.0']);
    expect(rendered.source).toEqual({
      configMap: 'shop-opentelemetry-collector',
      key: 'relay',
      file: '/conf/relay.yaml',
    });
    expect(rendered.services[0]?.ports.find(({ name }) => name === 'otlp')).toMatchObject({
      port: 4317,
      targetPort: 4317,
      appProtocol: 'grpc',
    });
  });

  it.each([
    [
      'mode: daemonset',
      'DaemonSet/web/shop-opentelemetry-collector-agent',
      'shop-opentelemetry-collector-agent',
      0,
    ],
    [
      'mode: statefulset',
      'StatefulSet/web/shop-opentelemetry-collector',
      'shop-opentelemetry-collector-statefulset',
      1,
    ],
    ['mode: deployment', 'Deployment/web/shop-opentelemetry-collector', 'shop-opentelemetry-collector', 1],
  ])('%s is %s with the config in %s', (mode, key, configMap, services) => {
    const rendered = render(`${mode}\nimage: {repository: a/b}\n`);
    expect(rendered.workload?.key).toBe(key);
    expect(rendered.source?.configMap).toBe(configMap);
    expect(rendered.services).toHaveLength(services);
  });

  it('says in which line a key stands, and why one is there that nobody wrote', () => {
    const values = `${BASE}presets:\n  hostMetrics:\n    enabled: true\nconfig:\n  receivers:\n    otlp:\n      protocols:\n        grpc:\n          max_recv_msg_size_mib: 8\n`;
    const { config } = render(values);
    if (config === undefined) throw new Error('no config');
    const line = (...path: string[]): number | undefined => locate(config, path)?.entry.at.line;
    expect(line('receivers', 'otlp', 'protocols', 'grpc', 'max_recv_msg_size_mib')).toBe(11);
    expect(line('receivers', 'hostmetrics', 'scrapers', 'filesystem')).toBe(5);
    expect(line('service', 'pipelines', 'metrics', 'receivers', '2')).toBe(5);
    expect(line('exporters', 'debug')).toBe(6);
    const why = (...path: string[]): string | undefined =>
      config.added.find((added) => added.path.join('.') === path.join('.'))?.why;
    expect(why('receivers', 'hostmetrics')).toBe('preset hostMetrics');
    expect(why('exporters')).toBe('default of chart opentelemetry-collector 0.170.0');
  });

  it('takes later files over earlier ones, and null as a removal', () => {
    const rendered = render(
      `${BASE}config:\n  receivers: {zipkin: null, mine: {a: 1, b: [1, 2]}}\n`,
      '0.170.0',
      'config: {receivers: {mine: {b: [3]}, jaeger: null}}\nreplicaCount: 3\n',
    );
    expect(Object.keys(Object(at(rendered, 'receivers'))).sort()).toEqual(['mine', 'otlp', 'prometheus']);
    expect(at(rendered, 'receivers', 'mine')).toEqual({ a: 1, b: [3] });
    expect(rendered.workload?.replicas).toBe(3);
  });

  it.each([
    ['"512Mi"', '409MiB'],
    ['200M', '152MiB'],
    ['"1.5Gi"', '1228MiB'],
    ['"1000000000"', '762MiB'],
  ])('sets GOMEMLIMIT for a limit of %s to %s', (limit, expected) => {
    const rendered = render(`${BASE}resources: {limits: {memory: ${limit}}}\n`);
    const variable = rendered.workload?.containers[0]?.env.find(({ name }) => name === 'GOMEMLIMIT');
    expect(variable?.value?.value).toBe(expected);
  });

  it('uses alternateConfig alone, and presets with it', () => {
    const rendered = render(
      `${BASE}presets: {clusterMetrics: {enabled: yes}}\nalternateConfig:\n  exporters: {debug: {}}\n  service: {pipelines: {metrics: {exporters: [debug]}}}\n`,
    );
    expect(rendered.config?.tree).toEqual({
      exporters: { debug: {} },
      receivers: { k8s_cluster: { collection_interval: '10s' } },
      service: { pipelines: { metrics: { exporters: ['debug'], receivers: ['k8s_cluster'] } } },
    });
  });

  it('shows no config where the chart makes none', () => {
    const rendered = render(
      `${BASE}configMap: {create: false}\ncommand: {extraArgs: ["--config=/conf/own.yaml"]}\n`,
    );
    expect(rendered.config).toBeUndefined();
    expect(rendered.unrendered).toEqual([
      'The chart makes no ConfigMap (configMap.create is false): the config is what the arguments name (--config=/conf/own.yaml).',
    ]);
  });
});

describe('versions of the chart', () => {
  const kubelet = `${BASE}presets: {kubeletMetrics: {enabled: true}, kubernetesAttributes: {enabled: true}, logsCollection: {enabled: true}, clusterMetrics: {enabled: true}}\n`;
  it.each([
    ['0.98.0', 'k8sattributes', 'filelog', '${env:K8S_NODE_NAME}:10250', 10, '0.104.0'],
    ['0.111.1', 'k8sattributes', 'filelog', '${env:K8S_NODE_IP}:10250', 10, '0.115.1'],
    ['0.139.1', 'k8sattributes', 'filelog', '${env:K8S_NODE_IP}:10250', 23, '0.139.0'],
    ['0.160.0', 'k8s_attributes', 'filelog', '${env:K8S_NODE_IP}:10250', 23, '0.154.0'],
    ['0.168.0', 'k8s_attributes', 'file_log', '${env:K8S_NODE_IP}:10250', 23, '0.157.0'],
  ])('%s writes %s and %s, runs %s', (version, processor, receiver, endpoint, metadata, app) => {
    const rendered = render(kubelet, version);
    expect(rendered.findings).toEqual([]);
    expect(at(rendered, 'service', 'pipelines', 'logs', 'processors', 0)).toBe(processor);
    expect(at(rendered, 'service', 'pipelines', 'logs', 'receivers', 1)).toBe(receiver);
    expect(at(rendered, 'receivers', 'kubeletstats', 'endpoint')).toBe(endpoint);
    expect(at(rendered, 'processors', processor, 'extract', 'metadata')).toHaveLength(metadata);
    expect(rendered.version).toBe(app);
  });

  it('turns an address into a reader, where charts did so', () => {
    const values = `${BASE}config: {service: {telemetry: {metrics: {address: "0.0.0.0:9999"}}}}\n`;
    const port = (version: string): Json | undefined =>
      at(
        render(values, version),
        'service',
        'telemetry',
        'metrics',
        'readers',
        0,
        'pull',
        'exporter',
        'prometheus',
        'port',
      );
    expect(at(render(values, '0.118.0'), 'service', 'telemetry', 'metrics', 'address')).toBe('0.0.0.0:9999');
    expect(port('0.121.0')).toBe(8888);
    expect(port('0.122.3')).toBe(9999);
    expect(at(render(values, '0.161.0'), 'service', 'telemetry', 'metrics', 'address')).toBe('0.0.0.0:9999');
  });

  it('says what it does not know', () => {
    expect(render(BASE, '0.97.2')).toMatchObject({
      unrendered: [
        'Collector chart 0.97.2 is older than 0.98.0, the oldest one whose rules are known here; nothing of it is rendered.',
      ],
    });
    const newer = render(BASE, '0.200.0');
    expect(newer.assumed?.[0]).toContain('is newer than 0.170.0');
    expect(newer.image?.value).toBe('otel/opentelemetry-collector-k8s');
    expect(newer.version).toBeUndefined();
  });
});

describe('templates inside values', () => {
  it.each([
    ['{{ .Release.Name }}-gateway:4317', 'shop-gateway:4317'],
    [
      'http://{{ include "opentelemetry-collector.fullname" . }}.{{ .Release.Namespace }}',
      'http://shop-opentelemetry-collector.web',
    ],
    ['{{ .Values.replicaCount }}', '1'],
    ['{{` {{ KEPT }} `}}', ' {{ KEPT }} '],
    ['a{{- " b" | upper -}} c', 'a Bc'],
    ['{{ .Values.nothing | default "x" }}', 'x'],
  ])('%s becomes %s', (template, expected) => {
    const rendered = render(`${BASE}config: {exporters: {debug: {x: ${JSON.stringify(template)}}}}\n`);
    expect(rendered.unrendered).toEqual([]);
    expect(at(rendered, 'exporters', 'debug', 'x')).toBe(expected);
  });

  it.each([
    '{{ if .Values.a }}b{{ end }}',
    '{{ lookup "v1" "Secret" "a" "b" }}',
    '{{ .Values.config }}',
    '{{ .Release.IsUpgrade }}',
  ])('%s is left as it stands, and told', (template) => {
    const rendered = render(`${BASE}config: {exporters: {debug: {x: ${JSON.stringify(template)}}}}\n`);
    expect(at(rendered, 'exporters', 'debug', 'x')).toBe(template);
    expect(rendered.unrendered).toEqual([
      `config.exporters.debug.x: only Helm can evaluate the template ${JSON.stringify(template)}; it stands as it is written.`,
    ]);
  });
});

describe('what Helm refuses', () => {
  it.each([
    ['mode: cluster\nimage: {repository: a}\n', 1, 'mode'],
    ['mode: deployment\n', 1, 'image.repository'],
    [`${BASE}config:\n  service:\n    extensions: [opamp]\n`, 5, 'health_check'],
    [
      `${BASE}presets:\n  logsCollection: {enabled: true}\n  annotationDiscovery:\n    logs: {enabled: true}\n`,
      6,
      'exclude each other',
    ],
    [
      `${BASE}presets: {clusterMetrics: {enabled: true, disableLeaderElection: true}}\nreplicaCount: 2\n`,
      3,
      'leader election',
    ],
    [`${BASE}internalTelemetryViaOTLP: {logs: {enabled: true}}\n`, 3, 'no endpoint'],
    [`${BASE}resources: {limits: {memory: 1024}}\n`, 3, 'quotes'],
    [
      `${BASE}presets: {hostMetrics: {enabled: true}}\nconfig:\n  service:\n    pipelines:\n      metrics: {receivers: otlp}\n`,
      7,
      'no list',
    ],
  ])('case %#: a finding in line %i about %s', (values, line, words) => {
    const rendered = render(values);
    const [finding] = rendered.findings;
    expect(rendered.config).toBeUndefined();
    expect(finding?.rule).toBe('HLM-002');
    expect(finding?.message).toContain(words);
    expect(finding?.at?.line).toBe(line);
  });
});

describe.each(PRESETS.map((preset) => [preset.name, preset] as const))('preset %s', (name, preset) => {
  const [first = []] = preset.switches;
  const on = first.reduceRight<Json>((value, key) => ({ [key]: value }), true);
  const values = emitYaml({
    mode: name === 'kubernetesEvents' ? 'deployment' : 'daemonset',
    image: { repository: 'acme/collector' },
    presets: { [name]: on },
  });

  it('adds to the config, each key with its reason and at the value that switches it on', () => {
    const rendered = render(values);
    const without = render(values.replace('true', 'false'));
    expect(rendered.findings).toEqual([]);
    expect(rendered.config?.tree).not.toEqual(without.config?.tree);
    const own = rendered.config?.added.filter(({ why }) => why === `preset ${name}`) ?? [];
    expect(own.length).toBeGreaterThan(0);
    const line = values.split('\n').findIndex((text) => text.includes('true')) + 1;
    for (const { path } of own) {
      expect(
        rendered.config?.provenance.find((entry) => entry.path.join('/') === path.join('/'))?.at.line,
      ).toBe(line);
    }
  });

  it('leaves no name undefined, and is not there before its version', () => {
    const tree = render(values).config?.tree ?? {};
    for (const { receivers, processors, exporters } of pipelinesOf(tree)) {
      for (const [section, ids] of Object.entries({ receivers, processors, exporters })) {
        const defined = tree[section];
        for (const id of ids) expect(isMap(defined) && id in defined).toBe(true);
      }
    }
    if (preset.since === '0.98.0') return;
    const older = `0.${Number(preset.since.split('.')[1]) - 1}.0`;
    expect(render(values, older).config?.added.some(({ why }) => why === `preset ${name}`)).toBe(false);
  });
});

it('never throws, whatever the values are', () => {
  const keys = [
    'mode',
    'config',
    'presets',
    'service',
    'pipelines',
    'receivers',
    'logs',
    'hostMetrics',
    'enabled',
    'ports',
    'image',
    'a',
  ];
  const anything = fc.letrec<{ node: Json }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom<Json>(null, '', 0, true, 'deployment', 'daemonset', '{{ .Release.Name }}', 1.5),
      fc.array(tie('node'), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom(...keys), tie('node'), { maxKeys: 5 }),
    ),
  })).node;
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...keys), anything),
      fc.constantFrom('0.98.0', '0.122.0', '0.170.0'),
      (values, version) => {
        const rendered = render(
          emitYaml({ mode: 'daemonset', image: { repository: 'a' }, ...values }),
          version,
        );
        expect(rendered.title).toContain('shop');
      },
    ),
    { numRuns: process.env['COLLIE_LAWS'] === 'full' ? 5000 : 60 },
  );
}, 120_000);
