import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EffectiveConfig } from '../../../src/core/collector/effective-config.ts';
import type { SourceRange } from '../../../src/core/document/finding.ts';
import type { JsonMap } from '../../../src/core/document/node.ts';
import { explainError } from '../../../src/core/explain/explain.ts';
import { explainableOf, sourceMapOf } from '../../../src/core/explain/source-map.ts';
import { pathAtLine } from '../../../src/core/explain/text-line.ts';
import { builtInCatalogue } from '../../support/catalogue.ts';
import { rawConfig } from '../../support/raw-config.ts';

const INCIDENT = "'metrics' has invalid keys: k8s.pod.volume.usage";
const catalogue = builtInCatalogue();

function at(file: string, line: number, column = 1): SourceRange {
  return { file, line, column, endLine: line, endColumn: column + 5 };
}

/** A configuration as rendered from resources: only components have places of their own. */
function rendered(name: string, receiver: string, line: number, metrics: readonly string[]): EffectiveConfig {
  const tree: JsonMap = {
    receivers: {
      [receiver]: {
        collection_interval: '20s',
        metrics: Object.fromEntries(metrics.map((metric) => [metric, { enabled: true }])),
      },
    },
    exporters: { 'otlp/gw': { endpoint: 'gw:4317' } },
    service: { pipelines: { metrics: { receivers: [receiver], exporters: ['otlp/gw'] } } },
  };
  return {
    configuration: `Configuration/${name}`,
    name,
    text: '',
    tree,
    provenance: [
      {
        path: ['receivers', receiver],
        at: at('bindplane/sources.yaml', line, 12),
        via: at('bindplane/node-config.yaml', 14),
      },
      { path: ['exporters', 'otlp/gw'], at: at('bindplane/destinations.yaml', 9) },
    ],
    unrendered: [],
    unverifiedTypes: [],
  };
}

const node = rendered('shop-node', 'kubeletstats/shop-kubelet', 35, [
  'k8s.pod.cpu.usage',
  'k8s.pod.volume.usage',
]);
const cluster = rendered('shop-cluster', 'kubeletstats/other', 60, ['k8s.pod.volume.usage']);
const gateway = rendered('shop-gateway', 'kubeletstats/gw', 80, ['k8s.pod.cpu.usage']);

describe('the incident', () => {
  it('is mapped to the line of the source, with the agent own words, and since when the metric is known', () => {
    const [finding, ...rest] = explainError(
      `Failed to apply config changes: failed to reload config: collector.yaml: collector failed to restart: ${INCIDENT}`,
      [gateway, node],
      { catalogue },
    );
    expect(rest).toEqual([]);
    expect(finding).toEqual({
      rule: 'agent-refused',
      severity: 'error',
      message:
        'receiver kubeletstats/shop-kubelet: key `k8s.pod.volume.usage` under `metrics` is unknown to this collector; known since collector 0.135.0 (BindPlane agent 1.84.0)',
      at: at('bindplane/sources.yaml', 35, 12),
      related: [{ message: 'used by Configuration/shop-node', at: at('bindplane/node-config.yaml', 14) }],
      fixes: [
        { title: 'switch the metric off' },
        { title: 'run a newer agent: at least collector 0.135.0 (BindPlane agent 1.84.0)' },
      ],
      otelcolMessage: INCIDENT,
      configuration: 'Configuration/shop-node',
      certainty: 'exact',
    });
  });

  it('is only likely where several configurations have the key, and names them all', () => {
    const [finding] = explainError(INCIDENT, [gateway, node, cluster]);
    expect(finding).toMatchObject({
      certainty: 'likely',
      at: { line: 35 },
      configuration: 'Configuration/shop-node',
    });
    expect(finding?.related?.map(({ message, at: place }) => `${message} ${place.line}`)).toEqual([
      'used by Configuration/shop-node 14',
      'or here, in Configuration/shop-cluster 60',
    ]);
  });

  it('is exact again where the text names the component', () => {
    const text = `'receivers' error reading configuration for "kubeletstats/other": decoding failed due to the following error(s):\n\n${INCIDENT}`;
    expect(explainError(text, [gateway, node, cluster])).toMatchObject([
      { certainty: 'exact', at: { line: 60 } },
    ]);
  });

  it('is exact where two configurations use the same source', () => {
    const twin = { ...node, configuration: 'Configuration/twin', name: 'twin' };
    expect(explainError(INCIDENT, [node, twin])).toMatchObject([{ certainty: 'exact', at: { line: 35 } }]);
  });

  it('still names key and versions without any configuration', () => {
    expect(explainError(INCIDENT, [], { catalogue })).toEqual([
      {
        rule: 'agent-refused',
        severity: 'error',
        message:
          'key `k8s.pod.volume.usage` under `metrics` is unknown to this collector; known since collector 0.135.0 (BindPlane agent 1.84.0)',
        fixes: [
          { title: 'switch the metric off' },
          { title: 'run a newer agent: at least collector 0.135.0 (BindPlane agent 1.84.0)' },
        ],
        otelcolMessage: INCIDENT,
        certainty: 'unknown',
      },
    ]);
  });
});

describe('version knowledge', () => {
  it.each([
    [
      `'processors' unknown type: "k8s_attributes" for id: "k8s_attributes" (valid values: [batch])`,
      'the name is known since collector 0.146.0 (BindPlane agent 1.94.0); before, it is `k8sattributes`',
    ],
    [
      `'exporters' unknown type: "loki" for id: "loki/x"`,
      "removed after collector 0.130.1; use the otlphttp exporter with the endpoint's /otlp path",
    ],
    [
      `'receivers' unknown type: "kubletstats" for id: "kubletstats" (valid values: [kubeletstats otlp])`,
      'did you mean `kubeletstats`?',
    ],
    [
      `'receivers' error reading configuration for "kubeletstats": 'metrics' has invalid keys: k8s.pod.cpu.utilization`,
      'gone after collector 0.135.0; use `k8s.pod.cpu.usage`',
    ],
    [
      `'processors' error reading configuration for "batch/x": 'batchprocessor.Config' has invalid keys: send_batch_sizee`,
      'did you mean `send_batch_size`?',
    ],
    [
      `'receivers' error reading configuration for "kubeletstats": '' has invalid keys: kube_api_qps`,
      'known since collector 0.150.0 (BindPlane agent 1.98.0)',
    ],
  ])('%s', (text, clause) => {
    expect(explainError(text, [], { catalogue })[0]?.message).toContain(clause);
  });

  it('is silent about keys it does not know', () => {
    const text = `'receivers' error reading configuration for "acme": '' has invalid keys: intervall`;
    const [finding] = explainError(text, [], { catalogue });
    expect(finding?.message).toBe('receiver acme: key `intervall` is unknown to this collector');
    expect(finding?.fixes).toBeUndefined();
  });
});

describe('places', () => {
  it('a component that no configuration has gives component and key without a line', () => {
    const text = `'exporters' error reading configuration for "debug": 'debugexporter.Config' has invalid keys: x`;
    const [finding] = explainError(text, [node]);
    expect(finding).toMatchObject({
      message: 'exporter debug: key `x` is unknown to this collector',
      certainty: 'unknown',
    });
    expect(finding).not.toHaveProperty('at');
  });

  it('a key that the configuration does not have points to the component and is likely', () => {
    const text = `'exporters' error reading configuration for "otlp/gw": 'otlpexporter.Config' has invalid keys: gone`;
    expect(explainError(text, [node])).toMatchObject([
      { certainty: 'likely', at: { file: 'bindplane/destinations.yaml', line: 9 } },
    ]);
  });

  it('a port in use is found by the address, whatever Go calls the structs between', () => {
    const config = rawConfig(
      'c.yaml',
      'exporters:\n  otlp:\n    endpoint: gw.example:x\n    tls:\n      insecure: true\nreceivers:\n  otlp:\n    protocols:\n      grpc:\n        endpoint: 127.0.0.1:4317\n',
    );
    expect(
      explainError(
        'cannot start pipelines: failed to start "otlp" receiver: listen tcp 127.0.0.1:4317: bind: address already in use',
        [config],
      ),
    ).toMatchObject([
      { at: { line: 10 }, message: 'receiver otlp: it cannot start: 127.0.0.1:4317: address already in use' },
    ]);
    expect(explainError('Error: exporters::otlp::clientconfig: invalid port "x"', [config])).toMatchObject([
      { at: { line: 3 }, certainty: 'exact' },
    ]);
  });

  it('unknown words are kept whole and said to be unknown', () => {
    const [finding] = explainError('something new went wrong\n', [node]);
    expect(finding).toMatchObject({
      rule: 'agent-refused',
      otelcolMessage: 'something new went wrong',
      certainty: 'unknown',
    });
    expect(explainError(' \n', [node])).toEqual([]);
  });

  it('reads the path of a line by indentation', () => {
    const text = 'a:\n  b/c:\n    - d: 1\n      e: 2\n  f: {}\n';
    expect([0, 1, 2, 3, 4, 5, 99].map((line) => pathAtLine(text, line).join('.'))).toEqual([
      '',
      'a',
      'a.b/c',
      'a.b/c.d',
      'a.b/c.e',
      'a.f',
      '',
    ]);
  });
});

describe('source maps', () => {
  it('explain the incident as the configuration itself does', () => {
    const kept = explainableOf(JSON.parse(JSON.stringify(sourceMapOf(node))));
    expect(kept).toBeDefined();
    expect(explainError(INCIDENT, kept === undefined ? [] : [kept])).toEqual(explainError(INCIDENT, [node]));
  });

  it('hold keys and addresses, and no other values', () => {
    const config = rawConfig(
      'c.yaml',
      'exporters:\n  otlp:\n    endpoint: gw:4317\n    headers:\n      authorization: Api-Token dt0c01.SECRET\n      basic: "https://user:pass@host:4317"\nservice:\n  pipelines:\n    traces:\n      exporters: [otlp]\n',
    );
    const text = JSON.stringify(sourceMapOf(config));
    expect(text).toContain('gw:4317');
    expect(text).toContain('authorization');
    expect(text).not.toMatch(/SECRET|pass/);
  });

  it('are bounded, and count what is cut', () => {
    const keys = Array.from({ length: 6000 }, (_, index) => `    k${index}: 1`).join('\n');
    const big = rawConfig(
      'c.yaml',
      `exporters:\n  a:\n${keys.slice(0, keys.indexOf('    k3000'))}  b:\n${keys.slice(keys.indexOf('    k3000'))}\n`,
    );
    const map = sourceMapOf(big);
    expect(map['cut']).toBeGreaterThan(0);
    expect(JSON.stringify(map).length).toBeLessThan(400_000);
    expect(explainableOf(map)).toBeDefined();
  });

  it('of any shape are refused or read, never a throw', () => {
    const json = fc.jsonValue().map((value) => value as JsonMap);
    const near = fc.record({
      version: fc.constantFrom(1, 2),
      configuration: fc.constantFrom('Configuration/x', 3),
      name: fc.constant('x'),
      files: json,
      places: fc.oneof(json, fc.array(fc.array(fc.oneof(json, fc.array(fc.nat(3)))))),
      tree: fc.oneof(json, fc.dictionary(fc.string(), json)),
    });
    fc.assert(
      fc.property(fc.oneof(json, near), (value) => {
        const kept = explainableOf(value);
        if (kept !== undefined) explainError(INCIDENT, [kept]);
      }),
      { numRuns: process.env['COLLIE_LAWS'] === 'full' ? 20_000 : 200 },
    );
    expect(explainableOf({ version: 2, configuration: 'a', name: 'a', tree: {} })).toBeUndefined();
  });
});
