import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configDrift } from '../../../src/core/collector/drift/drift.ts';
import { isStampedFrom, stampsIn, withMetricsReader } from '../../../src/core/collector/metrics-reader.ts';
import type { MetricsReader } from '../../../src/core/collector/metrics-reader.ts';
import { sha256 } from '../../../src/core/document/digest.ts';
import { at, plain } from '../../../src/core/document/node.ts';
import type { Json } from '../../../src/core/document/node.ts';
import { parseYaml } from '../../../src/core/document/yaml.ts';

const READER: MetricsReader = {
  endpoint: 'https://collie.example.com/v1/metrics',
  intervalMs: 10_000,
  headers: { Authorization: 'Secret-Key ${env:COLLIE_SECRET_KEY}' },
  prometheus: true,
};
const STAMPED = { configuration: 'gateway', version: 8 };

function given(text: string, reader: MetricsReader = READER): string {
  const made = withMetricsReader(text, reader, STAMPED);
  if ('withheld' in made) throw new Error(made.withheld);
  return made.text;
}

function telemetry(text: string, ...path: readonly (string | number)[]): Json {
  return plain(at(parseYaml('x', text).documents[0]?.root, 'service', 'telemetry', ...path));
}

const PLAIN = `# gateway
receivers:
  otlp: {protocols: {grpc: {}}}
exporters:
  otlp/backend: {endpoint: "\${env:BACKEND}:4317"} # where it goes
service:
  extensions: [] # none
  pipelines:
    traces: {receivers: [otlp], exporters: [otlp/backend]}
extensions: {}
`;

describe('a config that is given a reader', () => {
  it('keeps its lines, and says which config it is', async () => {
    await expect(given(PLAIN)).toMatchFileSnapshot(
      join(import.meta.dirname, 'golden', 'metrics-reader.yaml'),
    );
  });

  it('means what it meant, with the reader beside it', () => {
    const before = plain(parseYaml('x', PLAIN).documents[0]?.root);
    const after = plain(parseYaml('x', given(PLAIN)).documents[0]?.root);
    expect(configDrift(before, after)).toEqual([]);
    expect(telemetry(given(PLAIN), 'metrics', 'readers')).toHaveLength(2);
  });

  it('is the same bytes for all who run it, and others for another version', () => {
    expect(given(PLAIN)).toBe(given(PLAIN));
    const other = withMetricsReader(PLAIN, READER, { ...STAMPED, version: 9 });
    expect(other).not.toEqual({ text: given(PLAIN) });
  });

  it('can be told from the one that it was made of', () => {
    const text = given(PLAIN);
    expect(stampsIn(text)).toEqual([sha256(PLAIN)]);
    expect(isStampedFrom(text, sha256(PLAIN))).toBe(true);
    expect(isStampedFrom(PLAIN, sha256(PLAIN))).toBe(true);
    expect(isStampedFrom(text, sha256('other'))).toBe(false);
    expect(isStampedFrom(PLAIN, sha256('other'))).toBe(false);
  });

  it.each([
    ['flow style', 'service: {pipelines: {logs: {receivers: [nop], exporters: [nop]}}}\n'],
    ['flow style over lines', 'service: {\n  pipelines: {logs: {receivers: [nop]}}\n}\n'],
    ['telemetry in flow style', 'service:\n  telemetry: {logs: {level: debug}}\n  pipelines: {}\n'],
    ['telemetry that is empty', 'service:\n  telemetry:\n  pipelines: {}\n'],
    [
      'telemetry last, without a line feed',
      'service:\n  pipelines: {}\n  telemetry:\n    logs: {level: debug}',
    ],
    ['Windows line ends', 'receivers: {}\r\nservice:\r\n  pipelines: {}\r\n'],
    ['a document marker', '---\nservice:\n  pipelines: {}\n'],
    ['deep margins', 'service:\n        pipelines:\n                logs: {}\n'],
    ['JSON', '{"receivers":{},"service":{"pipelines":{}}}'],
  ])('may be written in %s', (_name, text) => {
    const made = given(text);
    expect(telemetry(made, 'metrics', 'readers', 1, 'periodic', 'exporter', 'otlp', 'endpoint')).toBe(
      READER.endpoint,
    );
    expect(telemetry(made, 'resource', 'collie.config.hash')).toBe(sha256(text));
    expect(telemetry(made, 'resource', 'collie.configuration.version')).toBe('8');
  });

  it.each([
    ['1234567890'.repeat(7), 'a name of digits'],
    ['null', 'a name that YAML takes for nothing'],
  ])('is stamped with text, also with %s', (configuration) => {
    const made = withMetricsReader(PLAIN, READER, { configuration, version: 1 });
    expect('text' in made && telemetry(made.text, 'resource', 'collie.configuration')).toBe(configuration);
  });
});

describe('what a config says of its telemetry', () => {
  const service = (body: string): string => `service:\n  pipelines: {}\n  telemetry:\n${body}`;

  it('stays: readers, level, attributes and logs', () => {
    const text = given(
      service(`    logs: {level: debug}
    metrics:
      level: detailed
      readers:
        - periodic: {exporter: {otlp: {protocol: grpc, endpoint: "https://other:4317"}}}
    resource: {service.namespace: shop}
`),
    );
    expect(telemetry(text, 'logs')).toEqual({ level: 'debug' });
    expect(telemetry(text, 'metrics', 'level')).toBe('detailed');
    const readers = telemetry(text, 'metrics', 'readers') as readonly Json[];
    expect(readers).toHaveLength(2);
    expect(readers[0]).toMatchObject({
      periodic: { exporter: { otlp: { endpoint: 'https://other:4317' } } },
    });
    expect(telemetry(text, 'resource')).toMatchObject({ 'service.namespace': 'shop' });
  });

  it('that lists no reader on purpose gets ours alone', () => {
    expect(telemetry(given(service('    metrics: {readers: []}\n')), 'metrics', 'readers')).toHaveLength(1);
  });

  it('with a reader that sends here already keeps it as it is', () => {
    const own = service(
      `    metrics: {readers: [{periodic: {interval: 60000, exporter: {otlp: {endpoint: "${READER.endpoint}"}}}}]}\n`,
    );
    expect(telemetry(given(own), 'metrics', 'readers')).toHaveLength(1);
    expect(telemetry(given(own), 'resource', 'collie.config.hash')).toBe(sha256(own));
  });

  it('in the newer form gets the reader and the stamp in that form', () => {
    const text = given(
      service(`    metrics:
      readers:
        - periodic: {exporter: {otlp: {endpoint: "https://other", headers: [{name: a, value: b}]}}}
    resource:
      attributes: [{name: service.namespace, value: shop}]
`),
    );
    expect(telemetry(text, 'metrics', 'readers', 1, 'periodic', 'exporter', 'otlp', 'headers')).toEqual([
      { name: 'Authorization', value: READER.headers['Authorization'] },
    ]);
    expect(telemetry(text, 'resource', 'attributes')).toContainEqual({
      name: 'collie.configuration',
      value: 'gateway',
    });
  });

  it('says where the certificates lie, where the endpoint asks for them', () => {
    const tls = {
      certificateAuthority: '/etc/otel/ca.pem',
      certificate: '/etc/otel/me.pem',
      key: '/etc/otel/me.key',
    };
    const made = given(PLAIN, { ...READER, tls });
    expect(telemetry(made, 'metrics', 'readers', 1, 'periodic', 'exporter', 'otlp')).toMatchObject({
      certificate: '/etc/otel/ca.pem',
      client_certificate: '/etc/otel/me.pem',
      client_key: '/etc/otel/me.key',
    });
  });

  it('without the default reader where it is not wanted', () => {
    const made = given(PLAIN, { ...READER, prometheus: false });
    expect(telemetry(made, 'metrics', 'readers')).toHaveLength(1);
  });

  it.each([
    ['metrics are off', service('    metrics: {level: none}\n'), /level is none/],
    ['the address of before readers', service('    metrics: {address: ":8888"}\n'), /address/],
    ['a reference for all of it', 'service:\n  pipelines: {}\n  telemetry: ${env:T}\n', /no map/],
    ['a reference for the readers', service('    metrics: {readers: "${env:R}"}\n'), /no list/],
    ['an anchor that others use', 'service:\n  pipelines: {}\n  telemetry: &t {logs: {}}\nx: *t\n', /way/],
    ['no service section', 'receivers: {}\n', /no service section/],
    ['no YAML', 'receivers: [', /no service section/],
    ['nothing', '', /no service section/],
    [
      'a collector resource',
      'apiVersion: opentelemetry.io/v1beta1\nkind: OpenTelemetryCollector\n',
      /no service/,
    ],
    ['two documents', 'service: {a: 1}\n---\nservice: {a: 2}\n', /no service section/],
  ])('with %s gets no reader, and a reason', (_name, text, reason) => {
    expect(withMetricsReader(text, READER, STAMPED)).toEqual({ withheld: expect.stringMatching(reason) });
  });
});
