import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ambiguousId } from '../../../../src/core/collector/errors/ambiguous-id.ts';
import { badId } from '../../../../src/core/collector/errors/bad-id.ts';
import { build } from '../../../../src/core/collector/errors/build.ts';
import { connectorWiring } from '../../../../src/core/collector/errors/connector-wiring.ts';
import { duration } from '../../../../src/core/collector/errors/duration.ts';
import { emptyPipelines } from '../../../../src/core/collector/errors/empty-pipelines.ts';
import { environment } from '../../../../src/core/collector/errors/environment.ts';
import { FAMILIES, parseErrors } from '../../../../src/core/collector/errors/index.ts';
import { invalidKeys } from '../../../../src/core/collector/errors/invalid-keys.ts';
import { invalidValue } from '../../../../src/core/collector/errors/invalid-value.ts';
import { kubeagent } from '../../../../src/core/collector/errors/kubeagent.ts';
import { ottl } from '../../../../src/core/collector/errors/ottl.ts';
import { provider } from '../../../../src/core/collector/errors/provider.ts';
import { references } from '../../../../src/core/collector/errors/references.ts';
import { removedExporter } from '../../../../src/core/collector/errors/removed-exporter.ts';
import { start } from '../../../../src/core/collector/errors/start.ts';
import { supervisor } from '../../../../src/core/collector/errors/supervisor.ts';
import { unknownType } from '../../../../src/core/collector/errors/unknown-type.ts';
import { validation } from '../../../../src/core/collector/errors/validation.ts';
import { wrongType } from '../../../../src/core/collector/errors/wrong-type.ts';
import { yamlText } from '../../../../src/core/collector/errors/yaml-text.ts';

/** One mistake of each family: its name, the collector's words, and the path that must be read back from them. */
const PRINTED: readonly (readonly [family: string, text: string, path: readonly string[]])[] = [
  ['supervisor', supervisor.print({ failure: 'apply timeout' }), []],
  ['supervisor', supervisor.print({ failure: 'exit', code: 1 }), []],
  // Killed by a signal, as an out-of-memory kill does it: a supervisor then says -1.
  ['supervisor', 'Agent process PID=7 exited unexpectedly, exit code=-1. Will restart in a bit...', []],
  ['kubeagent', kubeagent.print({ required: 'KM_API_KEY' }), []],
  [
    'supervisor',
    supervisor.print({
      failure: 'own config',
      why: 'agent: agent::config_apply_timeout must be valid duration',
    }),
    ['agent', 'config_apply_timeout'],
  ],
  [
    'invalid-keys',
    invalidKeys.print({ under: 'metrics', keys: ['k8s.pod.volume.usage'] }),
    ['metrics', 'k8s.pod.volume.usage'],
  ],
  [
    'unknown-type',
    unknownType.print({ class: 'exporters', type: 'x', id: 'x/y', validValues: ['otlp', 'debug'] }),
    ['exporters', 'x/y'],
  ],
  ['removed-exporter', removedExporter.print({ exporter: 'logging' }), ['exporters', 'logging']],
  [
    'wrong-type',
    wrongType.print({ path: 'send_batch_size', expected: 'uint32', got: 'string' }),
    ['send_batch_size'],
  ],
  [
    'wrong-type',
    wrongType.print({ path: 'service.pipelines[traces].receivers', expected: 'slice', got: 'map' }),
    ['service.pipelines', 'traces', 'receivers'],
  ],
  ['duration', duration.print({ path: 'timeout', problem: 'unknown unit' }), ['timeout']],
  [
    'bad-id',
    badId.print({ path: 'service.pipelines', id: 'metricz', problem: 'unknown pipeline signal: "metricz"' }),
    ['service.pipelines', 'metricz'],
  ],
  [
    'references',
    references.print({ pipeline: 'traces/2', kind: 'exporter', id: 'otlp/x', problem: 'undefined' }),
    ['service', 'pipelines', 'traces/2', 'exporters', 'otlp/x'],
  ],
  [
    'references',
    references.print({ kind: 'extension', id: 'zpages', problem: 'undefined' }),
    ['service', 'extensions', 'zpages'],
  ],
  [
    'empty-pipelines',
    emptyPipelines.print({ lacks: 'receiver', pipeline: 'logs' }),
    ['service', 'pipelines', 'logs'],
  ],
  ['empty-pipelines', emptyPipelines.print({ lacks: 'pipelines' }), ['service']],
  ['empty-pipelines', emptyPipelines.print({ lacks: 'exporter section' }), []],
  ['empty-pipelines', emptyPipelines.print({ lacks: 'everything' }), []],
  ['ambiguous-id', ambiguousId.print({ id: 'forward', other: 'exporter' }), ['connectors', 'forward']],
  ['environment', environment.print({ name: 'A-B' }), []],
  ['provider', provider.print({ scheme: 'vault', uri: 'vault:a/b' }), []],
  ['yaml-text', yamlText.print({ textLine: 6, problem: 'did not find expected key' }), []],
  [
    'connector-wiring',
    connectorWiring.print({ id: 'forward', usedAs: 'receiver', signal: 'traces' }),
    ['connectors', 'forward'],
  ],
  [
    'build',
    build.print({
      kind: 'receiver',
      id: 'hostmetrics',
      signal: 'traces',
      why: 'telemetry type is not supported',
    }),
    ['receivers', 'hostmetrics'],
  ],
  [
    'build',
    build.print({ kind: 'processor', id: 'attributes/x', signal: 'traces', why: 'boom' }),
    ['processors', 'attributes/x'],
  ],
  [
    'start',
    start.print({ kind: 'exporter', id: 'file', why: 'open /x: no such file' }),
    ['exporters', 'file'],
  ],
  [
    'ottl',
    ottl.print({ path: 'processors::transform', kind: 'statement', text: 'set("a"', why: 'bad' }),
    ['processors', 'transform'],
  ],
  [
    'validation',
    validation.print({ path: 'processors::batch', why: 'timeout must be greater or equal to 0' }),
    ['processors', 'batch'],
  ],
];

describe('families of messages', () => {
  it.each(PRINTED)('%s reads what it prints: %s', (family, text, path) => {
    expect(parseErrors(text)).toMatchObject([{ family, path }]);
  });

  it('invalid-value reads what it prints, inside a component', () => {
    const leaf = invalidValue.print({ path: 'verbosity', why: 'unknown metrics level "loud"' });
    expect(parseErrors(`'exporters' error reading configuration for "debug": ${leaf}`)).toMatchObject([
      { family: 'invalid-value', path: ['exporters', 'debug', 'verbosity'], key: 'verbosity', line: leaf },
    ]);
  });

  it.each([
    [
      'a console log',
      'error\tgraph/graph.go:426\tFailed to start component\t{"error": "listen tcp 0.0.0.0:4318: bind: address already in use", "type": "Receiver", "id": "otlp"}',
    ],
    [
      'a log in JSON',
      '{"level":"error","msg":"Failed to start component","error":"listen tcp 0.0.0.0:4318: bind: address already in use","type":"Receiver","id":"otlp"}',
    ],
  ])('an error at start that does not name its component gets it from %s', (_, log) => {
    const text = `${log}\nError: cannot start pipelines: listen tcp 0.0.0.0:4318: bind: address already in use\n`;
    expect(parseErrors(text)).toMatchObject([
      {
        family: 'start',
        path: ['receivers', 'otlp'],
        summary: 'it cannot start: 0.0.0.0:4318: address already in use',
      },
    ]);
  });

  it('an error at start that nothing names a component for keeps its address', () => {
    const text = 'Error: cannot start pipelines: listen tcp 0.0.0.0:4318: bind: address already in use\n';
    expect(parseErrors(text)).toMatchObject([
      { family: 'start', path: [], clues: { values: expect.arrayContaining(['0.0.0.0:4318']) } },
    ]);
  });

  it('a default that is written as older collectors read it is found by its text', () => {
    // otelcol 0.158.0 about `${DD_SITE:datadoghq.com}`.
    const text =
      'Error: failed to get config: cannot resolve the configuration: invalid uri: "DD_SITE:datadoghq.com"';
    expect(parseErrors(text)).toMatchObject([
      { family: 'provider', key: 'DD_SITE:datadoghq.com', clues: { values: ['${DD_SITE:datadoghq.com}'] } },
    ]);
  });

  it('every family of the list is tried above', () => {
    const tried = new Set([...PRINTED.map(([family]) => family), 'invalid-value']);
    expect(FAMILIES.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual([]);
  });

  it('prints what real collectors print', () => {
    expect(invalidKeys.print({ under: 'metrics', keys: ['k8s.pod.volume.usage'] })).toBe(
      "'metrics' has invalid keys: k8s.pod.volume.usage",
    );
    expect(
      references.print({ pipeline: 'traces', kind: 'processor', id: 'batch', problem: 'repeated' }),
    ).toBe('service::pipelines::traces: references processor "batch" multiple times');
  });
});

describe('texts around the error', () => {
  const INCIDENT = {
    family: 'invalid-keys',
    key: 'k8s.pod.volume.usage',
    line: "'metrics' has invalid keys: k8s.pod.volume.usage",
  };

  it.each([
    ['the line alone', "'metrics' has invalid keys: k8s.pod.volume.usage"],
    [
      'the BindPlane agent',
      "Failed to apply config changes: failed to reload config: collector.yaml: collector failed to restart: 'metrics' has invalid keys: k8s.pod.volume.usage",
    ],
    [
      'the older BindPlane agent',
      "failed to reload config: collector failed to restart: 'metrics' has invalid keys: k8s.pod.volume.usage",
    ],
    [
      "the BindPlane agent's log",
      `{"level":"info","msg":"x","error":1}\n{"level":"error","ts":"2026-01-01T00:00:00Z","msg":"Failed applying remote config","error":"failed to reload config: collector.yaml: collector failed to restart: 'metrics' has invalid keys: k8s.pod.volume.usage"}\n{"level":"info","msg":"later"}`,
    ],
    [
      'a console log',
      `2026-01-01T00:00:00Z\terror\tobserviq/client.go:1\tFailed applying remote config\t{"error": "failed to reload config: 'metrics' has invalid keys: k8s.pod.volume.usage"}`,
    ],
    ['a terminal with colours', "\u001B[31mError:\u001B[0m 'metrics' has invalid keys: k8s.pod.volume.usage"],
  ])('reads the incident from %s', (_, text) => {
    expect(parseErrors(text)).toMatchObject([
      { ...INCIDENT, path: ['metrics', 'k8s.pod.volume.usage'], anchored: false },
    ]);
  });

  const NESTED: readonly (readonly [string, string])[] = [
    [
      '0.100',
      `Error: failed to get config: cannot unmarshal the configuration: 1 error(s) decoding:

* error decoding 'receivers': error reading configuration for "kubeletstats/a": 1 error(s) decoding:

* 'metrics' has invalid keys: k8s.pod.volume.usage`,
    ],
    [
      '0.111',
      `Error: failed to get config: cannot unmarshal the configuration: decoding failed due to the following error(s):

error decoding 'receivers': error reading configuration for "kubeletstats/a": decoding failed due to the following error(s):

error decoding '': decoding failed due to the following error(s):

'metrics' has invalid keys: k8s.pod.volume.usage`,
    ],
    [
      '0.139',
      `failed to get config: cannot unmarshal the configuration: decoding failed due to the following error(s):

'receivers' error reading configuration for "kubeletstats/a": decoding failed due to the following error(s):

'' decoding failed due to the following error(s):

'metrics' has invalid keys: k8s.pod.volume.usage`,
    ],
    [
      'one line',
      `failed to reload config: decoding failed due to the following error(s): 'receivers' error reading configuration for "kubeletstats/a": decoding failed due to the following error(s): 'metrics' has invalid keys: k8s.pod.volume.usage`,
    ],
  ];
  it.each(NESTED)('reads the component in the text of %s', (_, text) => {
    expect(parseErrors(text)).toMatchObject([
      {
        ...INCIDENT,
        path: ['receivers', 'kubeletstats/a', 'metrics', 'k8s.pod.volume.usage'],
        anchored: true,
      },
    ]);
  });

  it('reads the last Error block of a crash tail, not the log lines before or after', () => {
    const text = `Agent exited unexpectedly with exit code 1 while applying configuration
Collector log tail:
{"level":"info","msg":"Error: not this"}
Error: processors::batch: timeout must be greater or equal to 0
2026/11/21 10:02:04 collector server run finished with error: x
Error: invalid configuration: processors::memory_limiter: 'check_interval' must be greater than zero
2026/11/21 10:02:05 collector server run finished with error: processors::nope: no`;
    expect(parseErrors(text)).toMatchObject([
      { path: ['processors', 'memory_limiter'], key: 'check_interval' },
    ]);
  });

  it('reads several errors of one text, each once', () => {
    const text = `Error: service::pipelines::traces: references exporter "x" which is not configured
processors::memory_limiter: 'check_interval' must be greater than zero
processors::memory_limiter: 'check_interval' must be greater than zero`;
    expect(parseErrors(text).map(({ family }) => family)).toEqual(['references', 'validation']);
  });

  it('splits a list of keys and keeps the line whole', () => {
    expect(parseErrors("'batchprocessor.Config' has invalid keys: a, b")).toMatchObject([
      { key: 'a', path: ['a'], line: "'batchprocessor.Config' has invalid keys: a, b" },
      { key: 'b', path: ['b'] },
    ]);
  });

  it('gives nothing for words that are no config error', () => {
    expect(parseErrors('')).toEqual([]);
    expect(parseErrors('connection refused')).toEqual([]);
    expect(
      parseErrors('{"level":"error","error":"rpc error: code = Unavailable desc = connection refused"}'),
    ).toEqual([]);
  });
});

describe('laws', () => {
  const runs = process.env['COLLIE_LAWS'] === 'full' ? 20_000 : 200;
  const piece = fc.constantFrom(
    'Error: ',
    "'metrics' ",
    'has invalid keys: ',
    'decoding failed due to the following error(s):',
    '\n',
    ' ',
    '"',
    "'",
    '::',
    'processors',
    'service::pipelines::',
    '{"error":"',
    'unexpected token "',
    'Collector log tail:\n',
    'has invalid syntax: 1:2: ',
    'é',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.oneof(piece, fc.string({ maxLength: 5 })), { maxLength: 40 }).map((parts) => parts.join('')),
  );

  it('never throws, and every line it tells is in the text', () => {
    fc.assert(
      fc.property(text, (words) => {
        const squeezed = words.replaceAll(/\s+/g, ' ');
        for (const { line } of parseErrors(words)) {
          // Older texts put `error decoding` before the same words, logs escape them.
          if (words.includes('error decoding') || words.includes('\\') || words.includes('{')) continue;
          expect(squeezed.replaceAll(/\p{Cc}/gu, ' ')).toContain(
            line.replaceAll(/\s+/g, ' ').replaceAll(/\p{Cc}/gu, ' '),
          );
        }
      }),
      { numRuns: runs },
    );
  });

  it.each([' ', '"', "'a' ", 'a::', '`', '\n', '{', '::a', "' has invalid keys: "])(
    'reads a quarter of a megabyte of %j at once',
    (unit) => {
      parseErrors(`Error: ${unit.repeat(Math.floor(260_000 / unit.length))}`);
      expect(parseErrors('empty configuration file')).toHaveLength(1);
    },
    // Milliseconds on idle cores; what goes back over the text takes minutes.
    10_000,
  );
});

it('the crash of an agent that cannot write its manager file', () => {
  const line = 'Error while searching for management config: open ./manager.yaml: read-only file system';
  const log = `2025-05-01T10:00:00Z INFO starting\n${line}\n`;
  expect(parseErrors(log)).toEqual([
    expect.objectContaining({
      family: 'supervisor',
      line,
      summary:
        'the agent cannot write ./manager.yaml; set MANAGER_YAML_PATH to a file below a writable mount',
    }),
  ]);
});

describe('words of kubeagent and of the Kubernetes API', () => {
  it.each([
    [
      '{"level":"fatal","ts":"2025-05-01T10:00:00Z","msg":"failed to load in-cluster config","error":"unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined"}',
      'the agent found no service account in its pod',
    ],
    [
      'failed to create kubernetes client: invalid configuration',
      'could not make a client of the Kubernetes API',
    ],
    ['agent could not be started with current config', 'refused the config that it was given'],
    ['Error: CONFIGMAP_NAME is required', 'has no `CONFIGMAP_NAME`'],
    [
      'failed to fetch config: configmaps "kmagent-config" is forbidden: User "system:serviceaccount:kloudmate:kubeagent" cannot get resource "configmaps" in API group "" in the namespace "kloudmate"',
      '`kubectl auth can-i get configmaps --as system:serviceaccount:kloudmate:kubeagent` tells',
    ],
  ])('%s', (text, words) => {
    expect(parseErrors(text)).toEqual([
      expect.objectContaining({ family: 'kubeagent', summary: expect.stringContaining(words) }),
    ]);
  });

  it('leave the collector’s own reason the first word', () => {
    const text = `agent could not be started with current config\nfailed to get config: cannot unmarshal the configuration: decoding failed due to the following error(s):\n\n'receivers' unknown type: "otpl" for id: "otpl" (valid values: [otlp])`;
    expect(parseErrors(text).map(({ family }) => family)).toContain('unknown-type');
  });
});
