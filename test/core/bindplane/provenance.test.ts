import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EffectiveConfig } from '../../../src/core/collector/effective-config.ts';
import { sharedPath } from '../../support/shared.ts';
import { announceSkip, BUILT_IN_FOLDER, render, typesBelow } from './support.ts';

const types = typesBelow(BUILT_IN_FOLDER);

/** `file:line` of a path, by the longest entry that leads to it, as readers of provenance look it up. */
function place(config: EffectiveConfig, ...path: string[]): string | undefined {
  const found = config.provenance
    .filter((entry) => entry.path.every((step, index) => step === path[index]))
    .sort((a, b) => b.path.length - a.path.length)[0];
  return found && `${found.at.file}:${found.at.line}:${found.at.column}`;
}

const NODE = `kind: Configuration
metadata:
  name: node
spec:
  sources:
    - name: kubelet
    - type: otlp
      id: OTLP
      parameters:
        - name: listen_address
          value: 0.0.0.0
        - name: grpc_port
          value: 4317
  destinations:
    - name: gateway
`;

const LIBRARY = `kind: Source
metadata:
  name: kubelet
spec:
  type: k8s_kubelet
  parameters:
    - name: cluster_name
      value: shop
    - name: metric_groups
      value:
        - node
        - pod
    - name: disabled_metrics
      value:
        - k8s.node.cpu.time
        - k8s.pod.network.io
---
kind: Destination
metadata:
  name: gateway
spec:
  type: otlp_grpc
  parameters:
    - name: hostname
      value: gw.internal
    - name: headers
      value:
        X-Team: shop
        X-Shard: '3'
    - name: enable_tls
      value: true
`;

const { config } = render({ 'node.yaml': NODE, 'library.yaml': LIBRARY }, { types });

describe('the place of a rendered key', () => {
  it.each([
    ['a component: the `type:` of its resource', ['receivers', 'kubeletstats/kubelet'], 'library.yaml:5:9'],
    ['a component of an inline item', ['receivers', 'otlp/source1_OTLP'], 'node.yaml:7:13'],
    [
      'a key that no parameter causes',
      ['receivers', 'kubeletstats/kubelet', 'auth_type'],
      'library.yaml:5:9',
    ],
    [
      'a metric that is on unless switched off',
      ['receivers', 'kubeletstats/kubelet', 'metrics', 'k8s.pod.volume.usage'],
      'library.yaml:5:9',
    ],
    [
      'a metric that an item of the list switches off',
      ['receivers', 'kubeletstats/kubelet', 'metrics', 'k8s.pod.network.io', 'enabled'],
      'library.yaml:16:11',
    ],
    ['an item of a list', ['receivers', 'kubeletstats/kubelet', 'metric_groups', '1'], 'library.yaml:12:11'],
    [
      'a value inside another component of the source',
      ['processors', 'resource/kubelet', 'attributes', '0', 'value'],
      'library.yaml:8:14',
    ],
    [
      'a value made of two parameters: the narrower one',
      ['receivers', 'otlp/source1_OTLP', 'protocols', 'grpc', 'endpoint'],
      'node.yaml:13:18',
    ],
    ['an entry of a map', ['exporters', 'otlp/gateway', 'headers', 'X-Shard'], 'library.yaml:29:18'],
    ['keys that a switch brings', ['exporters', 'otlp/gateway', 'tls', 'ca_file'], 'library.yaml:31:14'],
    [
      'a key of the same component that no parameter touches',
      ['exporters', 'otlp/gateway', 'compression'],
      'library.yaml:22:9',
    ],
    [
      'a pipeline: the reference to its source',
      ['service', 'pipelines', 'metrics/kubelet__gateway-0'],
      'node.yaml:6:13',
    ],
    [
      'a part of a pipeline: its resource',
      ['service', 'pipelines', 'metrics/kubelet__gateway-0', 'exporters', '0'],
      'library.yaml:22:9',
    ],
  ])('%s', (_name, path, expected) => {
    expect(place(config, ...path)).toBe(expected);
  });

  it('names the Configuration that asks for the resource', () => {
    const entry = config.provenance.find(({ path }) => path.join(' ') === 'receivers kubeletstats/kubelet');
    expect(entry?.via).toMatchObject({ file: 'node.yaml', line: 6, column: 13 });
  });

  it('exists for every component', () => {
    for (const section of ['receivers', 'processors', 'exporters', 'extensions']) {
      for (const id of Object.keys(config.tree[section] ?? {})) {
        expect([id, place(config, section, id)]).not.toContain(undefined);
      }
    }
  });

  it('moves with the source', () => {
    const moved = render({ 'node.yaml': NODE, 'library.yaml': `# one\n# two\n${LIBRARY}` }, { types }).config;
    expect(place(moved, 'receivers', 'kubeletstats/kubelet', 'metrics', 'k8s.pod.volume.usage')).toBe(
      'library.yaml:7:9',
    );
  });

  it('is the line inside the YAML text of a custom component', () => {
    const text = `kind: Configuration
metadata: {name: own}
spec:
  sources:
    - type: custom
      id: C
      parameters:
        - name: telemetry_types
          value: [Logs]
        - name: configuration
          value: |
            filelog:
              include: [/var/log/x]
              start_at: end
  destinations:
    - type: dev_null
`;
    const own = render({ 'own.yaml': text }, { types }).config;
    expect(place(own, 'receivers', 'filelog/source0_C')).toBe('own.yaml:12:13');
    expect(place(own, 'receivers', 'filelog/source0_C', 'start_at')).toBe('own.yaml:14:15');
  });
});

describe('switching metrics off', () => {
  const kubelet = (parameters: string): unknown =>
    render(
      {
        'c.yaml': `kind: Configuration
metadata: {name: c}
spec:
  sources: [{id: K, type: k8s_kubelet, parameters: [{name: cluster_name, value: c}${parameters}]}]
  destinations: [{type: dev_null}]
`,
      },
      { types },
    ).config.tree['receivers'];

  it('removes the key of a metric that the receiver leaves off by itself, so that older agents accept the config', () => {
    expect(kubelet('')).toHaveProperty(['kubeletstats/source0_K', 'metrics'], {
      'k8s.pod.volume.usage': { enabled: true },
    });
    expect(kubelet(', {name: disabled_metrics, value: [k8s.pod.volume.usage]}')).not.toHaveProperty([
      'kubeletstats/source0_K',
      'metrics',
    ]);
  });

  it('says so for a metric that the receiver collects by default, and switches others on', () => {
    expect(
      kubelet(
        ', {name: disabled_metrics, value: [k8s.pod.volume.usage, k8s.node.uptime, k8s.node.cpu.time]}, {name: enabled_metrics, value: [k8s.pod.uptime]}',
      ),
    ).toHaveProperty(['kubeletstats/source0_K', 'metrics'], {
      'k8s.node.cpu.time': { enabled: false },
      'k8s.pod.uptime': { enabled: true },
    });
  });
});

const shop = sharedPath('data', 'astroshop-bindplane-labs', 'bindplane');
if (shop === undefined) announceSkip('data', 'astroshop-bindplane-labs');

describe.skipIf(shop === undefined)('the astroshop repository', () => {
  const files = Object.fromEntries(
    (shop === undefined ? [] : readdirSync(shop)).map((name) => [
      name,
      readFileSync(join(shop ?? '', name), 'utf8'),
    ]),
  );

  it.each(['astroshop-gateway', 'astroshop-node', 'astroshop-cluster'])(
    '%s renders with the built-in types',
    (name) => {
      const rendered = render(files, { types }, name);
      expect(rendered.findings).toEqual([]);
      expect(rendered.config.unrendered).toEqual([]);
      expect(rendered.config.tree).toHaveProperty('service.pipelines');
    },
  );

  it('names the line of the source that broke the node agents', () => {
    const node = files['node-config.yaml']?.replace(
      '    - name: astroshop-otlp-source\n',
      '    - name: astroshop-otlp-source\n    - name: astroshop-kubelet-source\n',
    );
    const incident = render({ ...files, 'node-config.yaml': node ?? '' }, { types }, 'astroshop-node').config;
    const path = ['receivers', 'kubeletstats/astroshop-kubelet-source', 'metrics', 'k8s.pod.volume.usage'];
    expect(incident.tree).toHaveProperty(path, { enabled: true });
    expect(place(incident, ...path)).toBe('sources.yaml:35:9');
  });
});
