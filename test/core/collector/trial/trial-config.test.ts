import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Capabilities } from '../../../../src/core/collector/trial/capabilities.ts';
import {
  startableConfig,
  validatableConfig,
  type TrialConfig,
} from '../../../../src/core/collector/trial/trial-config.ts';
import { builtInCatalogue } from '../../../support/catalogue.ts';
import { rawConfig } from '../../../support/raw-config.ts';

const catalogue = builtInCatalogue();

const capabilities = (more: Partial<Capabilities> = {}): Capabilities => ({
  command: 'otelcol',
  version: '0.158.0',
  components: {
    // What is not asked about is not told: of these classes everything is there.
    receivers: [
      'otlp',
      'nop',
      'file_log',
      'host_metrics',
      'zipkin',
      'fluent_forward',
      'github',
      'kubelet_stats',
    ].map((type) => ({ type })),
    processors: [],
    exporters: ['debug', 'nop', 'otlp_grpc', 'file'].map((type) => ({ type })),
    connectors: [],
    extensions: [],
  },
  providers: ['env', 'file'],
  ...more,
});

function context(more: Partial<Capabilities> = {}): Parameters<typeof startableConfig>[1] {
  return { capabilities: capabilities(more), catalogue, folder: '/trial' };
}

function whole(trial: ReturnType<typeof startableConfig>): TrialConfig {
  if ('reason' in trial) throw new Error(trial.reason);
  return trial;
}

const started = (text: string, more: Partial<Capabilities> = {}): any => ({
  ...parse(whole(startableConfig(rawConfig('c.yaml', text), context(more))).text),
});

const startedFrom = (text: string): TrialConfig =>
  whole(startableConfig(rawConfig('c.yaml', text), context()));

const changesOf = (text: string): readonly string[] =>
  startedFrom(text).changes.map(({ path, what }) => `${path.join('.')}: ${what}`);

const config = (receivers: string, rest = ''): string => `
receivers: ${receivers}
exporters:
  otlp/gw: { endpoint: "gw:4317" }
${rest === '' ? 'service: { pipelines: { traces: { receivers: [otlp], exporters: [otlp/gw] } } }' : rest}
`;

describe('what `validate` is given', () => {
  const validated = (text: string): TrialConfig =>
    whole(validatableConfig(rawConfig('c.yaml', text), context()));

  it('is the config byte for byte', () => {
    const text = config('{ otlp: { protocols: { grpc: } } } # as it is');
    expect(validated(text)).toEqual({ text, changes: [], words: [], folders: [], placeholders: [] });
  });

  it('has placeholders that the keys take, and nothing of this machine', () => {
    const text = `
receivers:
  otlp: { protocols: { grpc: { endpoint: "\${env:MY_POD_IP}:4317" } } }
processors:
  memory_limiter: { check_interval: "\${env:EVERY}", limit_mib: "\${env:LIMIT}" }
exporters:
  otlp/gw: { endpoint: "\${env:GATEWAY}", headers: { x: "Bearer \${env:HOME}" } }
  debug: { verbosity: "\${env:VERBOSITY:-normal}" }
`;
    expect(Object.fromEntries(validated(text).placeholders.map(({ name, value }) => [name, value]))).toEqual({
      MY_POD_IP: '127.0.0.1',
      EVERY: '1s',
      LIMIT: '1',
      GATEWAY: 'http://127.0.0.1:4317',
      HOME: 'placeholder',
    });
  });

  it('names no folder and no file of the agent', () => {
    const { text, changes, folders, words } = validated(
      'extensions: { file_storage: { directory: /var/lib/otelcol } }\nexporters: { debug: { x: "${file:/etc/passwd}" } }\n',
    );
    expect(parse(text)).toEqual({
      extensions: { file_storage: { directory: '/trial/folder-1' } },
      exporters: { debug: { x: 'placeholder' } },
    });
    expect(folders).toEqual(['/trial/folder-1']);
    expect(words).toEqual([{ trial: '/trial/folder-1', original: '/var/lib/otelcol' }]);
    expect(changes.map(({ path }) => path.join('.'))).toEqual([
      'exporters.debug.x',
      'extensions.file_storage.directory',
    ]);
  });

  it.each([
    ['a component that stands in a file', 'receivers: { otlp: "${file:otlp.yaml}" }'],
    ['a pipeline that stands in a file', 'service: { pipelines: { traces: "${file:/p.yaml}" } }'],
    ['what is no YAML and names a file', 'receivers: [\n  "${file:/etc/passwd}"'],
    ['what is no YAML and may hide one', 'receivers: [\n  "\\x24{file:/etc/passwd}"'],
  ])('is not there for %s', (_, text) => {
    expect(validatableConfig(rawConfig('c.yaml', text), context())).toEqual({
      reason: expect.stringMatching(/does not read|does not open/),
    });
  });

  it('is the text as it is where it is no YAML and hides nothing', () => {
    const text = 'receivers: [\n  otlp';
    expect(validated(text).text).toBe(text);
  });

  it('is not there where the config is not whole', () => {
    const raw = { ...rawConfig('c.yaml', 'a: 1'), unrendered: ['type x is not known'] };
    expect(validatableConfig(raw, context())).toEqual({ reason: 'it is not whole: type x is not known' });
  });
});

describe('what is started', () => {
  it('sends nothing: every exporter in use is a sink under a name of its own', () => {
    const text = config(
      '{ otlp: { protocols: { grpc: } } }',
      `  otlp/two: { endpoint: "x:1" }
  debug: {}
  file/unused: { path: /x }
service: { pipelines: { traces: { receivers: [otlp], exporters: [otlp/gw, otlp/two, debug] } } }`,
    );
    const trial = started(text);
    expect(trial.exporters).toEqual({
      'nop/trial-of/otlp/gw': {},
      'nop/trial-of/otlp/two': {},
      'nop/trial-of/debug': {},
      'file/unused': { path: '/x' },
    });
    expect(trial.service.pipelines.traces.exporters).toEqual([
      'nop/trial-of/otlp/gw',
      'nop/trial-of/otlp/two',
      'nop/trial-of/debug',
    ]);
    expect(startedFrom(text).words).toContainEqual({ trial: 'nop/trial-of/otlp/gw', original: 'otlp/gw' });
  });

  it('takes the sink that the binary has and that takes all signals', () => {
    const text = config('{ otlp: { protocols: { grpc: } } }');
    const components = (exporters: Capabilities['components']['exporters']): Partial<Capabilities> => ({
      components: { ...capabilities().components, exporters },
    });
    const debug = { type: 'debug', signals: ['traces'] };
    const sinks = (exporters: Capabilities['components']['exporters']): string[] =>
      Object.keys(started(text, components(exporters)).exporters);
    expect(sinks([debug])).toEqual(['debug/trial-of/otlp/gw']);
    expect(sinks([{ type: 'nop', signals: ['logs'] }, debug])).toEqual(['debug/trial-of/otlp/gw']);
    expect(sinks([{ type: 'logging' }])).toEqual(['logging/trial-of/otlp/gw']);
    expect(startableConfig(rawConfig('c.yaml', text), context(components([{ type: 'otlp_grpc' }])))).toEqual({
      reason: expect.stringContaining('the binary has neither'),
    });
  });

  it('listens on loopback alone, its own metrics too', () => {
    const trial = started(
      config(
        '{ otlp: { protocols: { grpc: { endpoint: "0.0.0.0:4317" }, http: } }, zipkin: }',
        `extensions: { health_check: { endpoint: "\${env:MY_POD_IP}:13133" } }
service:
  extensions: [health_check]
  pipelines: { traces: { receivers: [otlp, zipkin], exporters: [otlp/gw] } }`,
      ),
    );
    expect(trial.receivers).toEqual({
      otlp: { protocols: { grpc: { endpoint: '127.0.0.1:0' }, http: { endpoint: '127.0.0.1:0' } } },
      zipkin: { endpoint: '127.0.0.1:0' },
    });
    expect(trial.extensions.health_check.endpoint).toBe('127.0.0.1:0');
    expect(trial.service.telemetry.metrics.readers).toEqual([
      { pull: { exporter: { prometheus: { host: '127.0.0.1', port: 0 } } } },
    ]);
  });

  it.each([
    ['the same address', '0.0.0.0:4317', '0.0.0.0:4317', true],
    ['one of them everywhere', '10.0.0.1:4317', ':4317', true],
    ['two names for loopback', 'localhost:4317', '127.0.0.1:4317', true],
    ['two addresses', '10.0.0.1:4317', '10.0.0.2:4317', false],
    ['two ports', '0.0.0.0:4317', '0.0.0.0:4318', false],
    ['the same variable', '${env:IP}:4317', '${env:IP}:4317', true],
  ])('lets listeners with %s get in each other’s way as before', (_, first, second, clash) => {
    const { otlp } = started(
      config(`{ otlp: { protocols: { grpc: { endpoint: "${first}" }, http: { endpoint: "${second}" } } } }`),
    ).receivers;
    const [one, two] = [otlp.protocols.grpc.endpoint, otlp.protocols.http.endpoint];
    expect([one, two].every((address) => address.startsWith('127.0.0.1:'))).toBe(true);
    expect(one === two && !one.endsWith(':0')).toBe(clash);
  });

  it.each(['127.0.0.1', '127.0.0.1:99999', 'http://0.0.0.0:4317', 'nonsense'])(
    'leaves the address %s for the collector to refuse',
    (address) => {
      const { otlp } = started(
        config(`{ otlp: { protocols: { grpc: { endpoint: "${address}" } } } }`),
      ).receivers;
      expect(otlp.protocols.grpc.endpoint).toBe(address);
    },
  );

  it('starts nothing that may leave the machine, and says why', () => {
    const text = config(
      '{ kubeletstats: { auth_type: serviceAccount }, github: {}, filelog: { include: [/var/log/*], storage: redis_storage } }',
      `processors: { k8sattributes: {}, resourcedetection: {}, batch: {} }
extensions: { opamp: {}, redis_storage: {}, oidc/unused: {} }
service:
  extensions: [opamp, redis_storage]
  pipelines:
    logs: { receivers: [kubeletstats, github, filelog], processors: [k8sattributes, resourcedetection, batch], exporters: [otlp/gw] }`,
    );
    const trial = started(text);
    expect(Object.keys(trial.receivers)).toEqual([
      'filelog',
      'nop/trial-of/github',
      'nop/trial-of/kubeletstats',
    ]);
    expect(trial.receivers.filelog).toEqual({ include: ['/trial/none.log'] });
    expect(trial.service.pipelines.logs.processors).toEqual(['batch']);
    expect(trial.service.extensions).toEqual([]);
    expect(changesOf(text)).toEqual([
      'receivers.kubeletstats: replaced by one that gets nothing: it asks the Kubernetes API, which cannot be tried here',
      'receivers.github: replaced by one that gets nothing: it is not known to stay on this machine',
      'processors.k8sattributes: left out: it asks the Kubernetes API, which cannot be tried here',
      'processors.resourcedetection: left out: it is not known to stay on this machine',
      'extensions.opamp: left out: it is not known to stay on this machine',
      'extensions.redis_storage: left out: it is not known to stay on this machine',
      'receivers.filelog.storage: left out with the extension that it names',
      'exporters.otlp/gw: a nop exporter instead',
      'service.telemetry.metrics.readers: moved to loopback',
      'receivers.filelog.include: a file that is not there instead',
    ]);
  });

  it('starts without what the binary does not have, so that it can tell of the rest', () => {
    const text = config(
      '{ otlp: { protocols: { grpc: } }, plugin/x: { path: /p }, plugin/unused: { path: /p } }',
      'service: { pipelines: { traces: { receivers: [otlp, plugin/x], exporters: [otlp/gw] } } }',
    );
    expect(Object.keys(started(text).receivers)).toEqual(['nop/trial-of/plugin/x', 'otlp']);
    expect(changesOf(text)[0]).toBe(
      'receivers.plugin/x: replaced by one that gets nothing: this binary does not have it',
    );
  });

  it.each([
    ['writes files', '{ include: [/x], operators: [{ type: file_output, path: /home/x/.profile }] }'],
    [
      'reads files',
      '{ include: [/x], operators: [{ type: regex_parser }, { type: file_input, include: [/etc/passwd] }] }',
    ],
    ['runs a program', '{ include: [/x], operators: [{ type: "${env:TYPE}" }] }'],
  ])('replaces a receiver with an operator that %s', (_, body) => {
    const pipelines = 'service: { pipelines: { logs: { receivers: [filelog], exporters: [otlp/gw] } } }';
    expect(started(config(`{ filelog: ${body} }`, pipelines)).receivers).toEqual({
      'nop/trial-of/filelog': {},
    });
    expect(changesOf(config(`{ filelog: ${body} }`, pipelines))[0]).toContain('one of its operators');
  });

  it('keeps one whose operators only look at what passes', () => {
    const text = config(
      '{ filelog: { include: [/x], operators: [{ type: json_parser }, { type: move, from: a, to: b }] } }',
      'service: { pipelines: { logs: { receivers: [filelog], exporters: [otlp/gw] } } }',
    );
    expect(Object.keys(started(text).receivers)).toEqual(['filelog']);
  });

  it('opens no socket on the disk', () => {
    const text = config(
      '{ otlp: { protocols: { grpc: { transport: unix, endpoint: /home/x/s } } }, fluentforward: { endpoint: "unix:///x" } }',
      'service: { pipelines: { logs: { receivers: [otlp, fluentforward], exporters: [otlp/gw] } } }',
    );
    expect(Object.keys(started(text).receivers)).toEqual(['nop/trial-of/fluentforward', 'nop/trial-of/otlp']);
  });

  it('is not there for a connector of which nothing is known', () => {
    const text = config(
      '{ otlp: { protocols: { grpc: } } }',
      `connectors: { datadog/connector: }
service:
  pipelines:
    traces: { receivers: [otlp], exporters: [datadog/connector] }
    metrics: { receivers: [datadog/connector], exporters: [otlp/gw] }`,
    );
    expect(startableConfig(rawConfig('c.yaml', text), context())).toEqual({
      reason: 'connector datadog/connector is not known to stay on this machine',
    });
  });

  it('keeps a reference to an extension that nobody starts: that is the collector’s to refuse', () => {
    const text = config(
      '{ filelog: { include: [/x], storage: file_storage } }',
      'service: { pipelines: { logs: { receivers: [filelog], exporters: [otlp/gw] } } }',
    );
    expect(started(text).receivers.filelog.storage).toBe('file_storage');
  });

  it('without a nop receiver waits on loopback in place of those that call out', () => {
    const text = config(
      '{ otlp: { protocols: { grpc: } }, github: {} }',
      'service: { pipelines: { traces: { receivers: [otlp, github], exporters: [otlp/gw] } } }',
    );
    const components = { ...capabilities().components, receivers: [{ type: 'otlp' }] };
    expect(started(text, { components }).receivers['otlp/trial-of/github']).toEqual({
      protocols: { grpc: { endpoint: '127.0.0.1:0' } },
    });
  });

  it('tells of itself to nobody else', () => {
    const trial = started(
      config(
        '{ otlp: { protocols: { grpc: } } }',
        `service:
  telemetry:
    logs: { level: error, output_paths: [/var/log/otelcol.log] }
    traces: { processors: [{ batch: { exporter: { otlp: { endpoint: "http://tempo:4318" } } } }] }
    metrics: { readers: [{ periodic: { exporter: { otlp: { endpoint: "http://mimir:4318" } } } }] }
  pipelines: { traces: { receivers: [otlp], exporters: [otlp/gw] } }`,
      ),
    );
    expect(trial.service.telemetry).toEqual({
      logs: { level: 'info' },
      metrics: { readers: [{ pull: { exporter: { prometheus: { host: '127.0.0.1', port: 0 } } } }] },
    });
  });

  it('opens no file of the agent', () => {
    const trial = started(
      config(
        '{ otlp: { protocols: { grpc: { tls: { cert_file: /c.pem, key_file: /k.pem } } } }, hostmetrics: { root_path: /hostfs, scrapers: { cpu: } } }',
        `extensions: { basicauth: { htpasswd: { file: /users } }, pprof: { save_to_file: /p } }
service:
  extensions: [basicauth, pprof]
  pipelines: { metrics: { receivers: [otlp, hostmetrics], exporters: [otlp/gw] } }`,
      ),
    );
    expect(trial.receivers).toEqual({
      otlp: { protocols: { grpc: { endpoint: '127.0.0.1:0' } } },
      hostmetrics: { scrapers: { cpu: null } },
    });
    expect(trial.service.extensions).toEqual(['pprof']);
    expect(trial.extensions.pprof).toEqual({ endpoint: '127.0.0.1:0' });
  });
});
