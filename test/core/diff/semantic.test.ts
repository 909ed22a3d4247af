import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configModel } from '../../../src/core/diff/config-model.ts';
import { listenersOf } from '../../../src/core/diff/listeners.ts';
import { durationText, normalisedBody } from '../../../src/core/diff/notation.ts';
import { isSameBehaviour, type SemanticChange } from '../../../src/core/diff/semantic-change.ts';
import { semanticDiff } from '../../../src/core/diff/semantic.ts';
import { canonicalJson } from '../../../src/core/document/digest.ts';
import { isMap, plain, type Json, type JsonMap } from '../../../src/core/document/node.ts';
import { parseYaml } from '../../../src/core/document/yaml.ts';
import { LAW_TIMEOUT_MS } from '../report/hostile.ts';
import { builtInCatalogue } from '../../support/catalogue.ts';

const RUNS = process.env['COLLIE_LAWS'] === 'full' ? 10_000 : 200;
const catalogue = builtInCatalogue();

function tree(text: string): JsonMap {
  const value = plain(parseYaml('config.yaml', text).documents[0]?.root);
  return isMap(value) ? value : {};
}

function changes(before: string, after: string): readonly SemanticChange[] {
  return semanticDiff(tree(before), tree(after), catalogue).changes;
}

const BASE = `
receivers:
  otlp/in: {protocols: {grpc: {endpoint: "0.0.0.0:4317"}}}
  filelog/app: {include: [/var/log/app.log], poll_interval: 1s}
processors:
  batch/out:
  memory_limiter: {check_interval: 1s, limit_mib: 400}
exporters:
  otlp/backend: {endpoint: "\${BACKEND}:4317"}
  otlp/second: {endpoint: "second:4317"}
extensions:
  health_check:
  file_storage/queue: {directory: /var/lib/queue}
service:
  extensions: [health_check, file_storage/queue]
  pipelines:
    logs/app: {receivers: [filelog/app, otlp/in], processors: [memory_limiter, batch/out], exporters: [otlp/backend, otlp/second]}
    traces: {receivers: [otlp/in], processors: [batch/out], exporters: [otlp/backend]}
`;

/** The base with texts replaced; each must be there. */
function edited(...edits: readonly (readonly [string, string])[]): string {
  return edits.reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.split(from).join(to);
  }, BASE);
}

describe('what means the same to a collector', () => {
  it.each([
    ['comments and blanks', [['receivers:\n  otlp/in', 'receivers:\n\n  # in\n  otlp/in']], ['layout']],
    ['another order of receivers', [['[filelog/app, otlp/in]', '[otlp/in, filelog/app]']], ['order']],
    [
      'another order of exporters',
      [['[otlp/backend, otlp/second]', '[otlp/second, otlp/backend]']],
      ['order'],
    ],
    [
      'another order of extensions',
      [['[health_check, file_storage/queue]', '[file_storage/queue, health_check]']],
      ['order'],
    ],
    [
      'a type under its new name',
      [
        ['filelog/app', 'file_log/app'],
        ['otlp/backend', 'otlp_grpc/backend'],
      ],
      ['names'],
    ],
    ['an empty body', [['batch/out:', 'batch/out: {}']], ['notation']],
    ['another unit of a duration', [['check_interval: 1s', 'check_interval: 1000ms']], ['notation']],
    ['the long form of a reference', [['${BACKEND}', '${env:BACKEND}']], ['notation']],
    ['blanks in an id', [['otlp/second:', '" otlp / second ":']], ['notation']],
  ] as const)('%s', (_what, edits, rewordings) => {
    const diff = semanticDiff(tree(BASE), tree(edited(...edits)), catalogue);
    expect(diff.changes).toEqual([]);
    expect(diff.rewordings).toEqual(rewordings);
    expect(isSameBehaviour(diff)).toBe(true);
  });

  it('other ids for the same components and pipelines: told, and the same all the same', () => {
    const after = edited(
      ['otlp/in', 'otlp/apps'],
      ['batch/out', 'batch/to-backend'],
      ['file_storage/queue', 'file_storage/disk'],
      ['logs/app', 'logs/all'],
    );
    const diff = semanticDiff(tree(BASE), tree(after), catalogue);
    expect(diff.changes).toEqual([
      { kind: 'component', action: 'renamed', class: 'receivers', id: 'otlp/apps', from: 'otlp/in' },
      {
        kind: 'component',
        action: 'renamed',
        class: 'processors',
        id: 'batch/to-backend',
        from: 'batch/out',
      },
      {
        kind: 'component',
        action: 'renamed',
        class: 'extensions',
        id: 'file_storage/disk',
        from: 'file_storage/queue',
      },
      { kind: 'pipeline', action: 'renamed', id: 'logs/all', from: 'logs/app' },
    ]);
    expect(diff.rewordings).toEqual(['names']);
    expect(isSameBehaviour(diff)).toBe(true);
  });

  it('is never said where a part is not known', () => {
    const diff = semanticDiff(tree(BASE), tree(`${BASE}# more\n`), catalogue, false);
    expect(diff.changes).toEqual([]);
    expect(isSameBehaviour(diff)).toBe(false);
  });
});

describe('what does not mean the same', () => {
  it.each([
    ['another order of processors', [['[memory_limiter, batch/out]', '[batch/out, memory_limiter]']]],
    ['another duration', [['poll_interval: 1s', 'poll_interval: 1m']]],
    [
      'a text that looks like a duration',
      [
        ['limit_mib: 400', 'attributes: {timeout: 60s}'],
        ['timeout: 60s', 'timeout: 1m'],
      ],
    ],
    ['a reference that is none', [['${BACKEND}', '$${BACKEND}']]],
    ['another variable', [['${BACKEND}', '${env:BACKEND_2}']]],
    ['a null where it takes a default away', [['poll_interval: 1s', 'poll_interval:']]],
    ['both names of one type', [['receivers:\n', 'receivers:\n  file_log/app: {include: [/x]}\n']]],
    ['a key nobody knows', [['service:\n', 'hooks: 1\nservice:\n']]],
    ['a key of service that nobody knows', [['service:\n', 'service:\n  hooks: 1\n']]],
    ['own telemetry', [['service:\n', 'service:\n  telemetry: {metrics: {level: none}}\n']]],
  ] as const)('%s', (_what, edits) => {
    const diff = semanticDiff(tree(BASE), tree(edited(...edits)), catalogue);
    expect(diff.changes).not.toEqual([]);
    expect(isSameBehaviour(diff)).toBe(false);
  });

  it('is told with its class, its id and the keys, never the values', () => {
    expect(
      changes(
        BASE,
        edited(['check_interval: 1s', 'check_interval: 5s'], ['limit_mib: 400', 'limit_mib: 500']),
      ),
    ).toEqual([
      {
        kind: 'component',
        action: 'changed',
        class: 'processors',
        id: 'memory_limiter',
        fields: [
          { path: 'check_interval', action: 'changed' },
          { path: 'limit_mib', action: 'changed' },
        ],
      },
    ]);
  });

  it('pipelines: receivers and exporters as sets, processors with their moves', () => {
    const after = edited(
      ['[filelog/app, otlp/in]', '[otlp/in]'],
      [
        '[memory_limiter, batch/out], exporters: [otlp/backend, otlp/second]',
        '[batch/out, memory_limiter, filter], exporters: [otlp/second]',
      ],
      ['processors:\n  batch', 'processors:\n  filter: {}\n  batch'],
    );
    expect(changes(BASE, after).filter(({ kind }) => kind === 'pipeline')).toEqual([
      {
        kind: 'pipeline',
        action: 'changed',
        id: 'logs/app',
        receivers: { added: [], removed: ['filelog/app'] },
        exporters: { added: [], removed: ['otlp/backend'] },
        processors: { added: ['filter'], removed: [], moved: true },
      },
    ]);
  });

  it('listeners and destinations: with their addresses', () => {
    const after = edited(
      ['0.0.0.0:4317', '0.0.0.0:5317'],
      ['second:4317', 'third:4317'],
      ['  health_check:\n', '  health_check: {endpoint: "0.0.0.0:13134"}\n'],
    );
    expect(changes(BASE, after).filter(({ kind }) => kind === 'listener' || kind === 'destination')).toEqual([
      {
        kind: 'listener',
        action: 'moved',
        class: 'extensions',
        id: 'health_check',
        slot: '',
        before: 'localhost:13133 (default)',
        after: '0.0.0.0:13134',
      },
      {
        kind: 'listener',
        action: 'moved',
        class: 'receivers',
        id: 'otlp/in',
        slot: 'protocols.grpc',
        before: '0.0.0.0:4317',
        after: '0.0.0.0:5317',
      },
      {
        kind: 'destination',
        action: 'moved',
        id: 'otlp/second',
        before: ['second:4317'],
        after: ['third:4317'],
      },
    ]);
  });

  it('sampling: what is kept', () => {
    const with1 = (percent: string): string =>
      edited(
        ['[batch/out], exporters', '[probabilistic_sampler, batch/out], exporters'],
        [
          'processors:\n  batch',
          `processors:\n  probabilistic_sampler: {sampling_percentage: ${percent}}\n  batch`,
        ],
      );
    expect(changes(with1('50'), with1('5')).filter(({ kind }) => kind === 'sampling')).toEqual([
      { kind: 'sampling', action: 'changed', id: 'probabilistic_sampler', before: '50 %', after: '5 %' },
    ]);
  });
});

describe('listeners', () => {
  const of = (section: string, id: string, body: string): readonly string[] => {
    const pipelines =
      section === 'extensions'
        ? `service: {extensions: [${id}]}`
        : `service: {pipelines: {logs: {${section}: [${id}]}}}`;
    const model = configModel(tree(`${section}: {${id}: ${body}}\n${pipelines}`), catalogue);
    return listenersOf(model).map(
      ({ slot, address, port, scope }) => `${slot}|${address}|${port ?? '?'}|${scope}`,
    );
  };

  it.each([
    [
      'receivers',
      'otlp',
      '{protocols: {grpc: , http: {endpoint: "[::1]:9"}}}',
      ['protocols.grpc|localhost:4317 (default)|4317|unknown', 'protocols.http|[::1]:9|9|local'],
    ],
    [
      'receivers',
      'otlp',
      '{protocols: {grpc: {endpoint: "${env:POD_IP}:4317"}}}',
      ['protocols.grpc|${env:POD_IP}:4317|4317|unknown'],
    ],
    ['receivers', 'tcplog/a', '{listen_address: "0.0.0.0:54525"}', ['|0.0.0.0:54525|54525|network']],
    [
      'receivers',
      'syslog',
      '{udp: {listen_address: "10.0.0.1:514"}, protocol: rfc5424}',
      ['udp|10.0.0.1:514|514|network'],
    ],
    ['receivers', 'netflow', '{hostname: 0.0.0.0, port: 2056}', ['|0.0.0.0:2056|2056|network']],
    [
      'receivers',
      'otlp',
      '{protocols: {grpc: {endpoint: "${env:LISTEN}"}}}',
      ['protocols.grpc|${env:LISTEN}|?|unknown'],
    ],
    ['extensions', 'healthcheckv2', '{http: {endpoint: "localhost:1"}}', ['http|localhost:1|1|local']],
    ['exporters', 'prometheus', '{endpoint: "0.0.0.0:8889"}', ['|0.0.0.0:8889|8889|network']],
    // These endpoints are fetched from or sent to.
    ['receivers', 'redis', '{endpoint: "redis:6379"}', []],
    ['exporters', 'otlp', '{endpoint: "gateway:4317"}', []],
    ['receivers', 'otlp', '{protocols: {grpc: {enabled: false}}}', []],
  ] as const)('%s %s %s', (section, id, body, expected) => {
    expect(of(section, id, body)).toEqual(expected);
  });

  it('what does not run does not listen', () => {
    expect(
      listenersOf(configModel(tree('receivers: {zipkin: {endpoint: "0.0.0.0:9411"}}'), catalogue)),
    ).toEqual([]);
  });
});

describe('notation', () => {
  it.each([
    ['a duration at a key of one', { poll_interval: '60s' }, { poll_interval: '1m' }, true],
    ['a duration at any other key', { value: '60s' }, { value: '1m' }, false],
    ['a text of a label', { labels: { timeout: '60s' } }, { labels: { timeout: '1m' } }, false],
    [
      'a text deep in a label',
      { headers: { a: { timeout: '60s' } } },
      { headers: { a: { timeout: '1m' } } },
      false,
    ],
    ['a reference', { a: 'x-${A}' }, { a: 'x-${env:A}' }, true],
    ['what only looks like a reference', { a: '$${A}' }, { a: '$${env:A}' }, false],
    ['a protocol with its defaults', { protocols: { grpc: null } }, { protocols: { grpc: {} } }, true],
    ['nothing anywhere else', { tls: null }, { tls: {} }, false],
  ] as const)('%s', (_what, a, b, same) => {
    expect(canonicalJson(normalisedBody(a)) === canonicalJson(normalisedBody(b))).toBe(same);
  });

  it('a receiver may be called otherwise while an exporter keeps the id', () => {
    const config = (id: string): JsonMap => ({
      receivers: { [id]: { a: 1 } },
      exporters: { 'otlp/x': { b: 1 } },
      service: { pipelines: { logs: { receivers: [id], exporters: ['otlp/x'] } } },
    });
    expect(semanticDiff(config('otlp/x'), config('otlp/in'), catalogue).changes).toEqual([
      { kind: 'component', action: 'renamed', class: 'receivers', id: 'otlp/in', from: 'otlp/x' },
    ]);
  });
});

it('durations are read as Go reads them', () => {
  const texts = ['1s', '1000ms', '0.001ks', '1h30m', '1.5h', '5400s', '100µs', '1d', '', '60', '-1s'];
  expect(texts.map(durationText)).toEqual([
    '1000000000ns',
    '1000000000ns',
    undefined,
    '5400000000000ns',
    '5400000000000ns',
    '5400000000000ns',
    '100000ns',
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

describe('laws', () => {
  const types = ['otlp', 'filelog', 'file_log', 'otlphttp', 'batch', 'k8sattributes', 'odd'];
  const id = fc
    .tuple(fc.constantFrom(...types), fc.constantFrom('', '/a', '/b'))
    .map((parts) => parts.join(''));
  const value: fc.Arbitrary<Json> = fc.oneof(
    fc.constantFrom<Json>(null, {}, [], '1s', '1000ms', '${X}', '${env:X}', 'file_storage', 1, true),
    fc.dictionary(
      fc.constantFrom('timeout', 'endpoint', 'storage', 'labels', '__proto__'),
      fc.constantFrom<Json>('1s', '60s', null, 'x'),
    ),
  );
  const section = fc.dictionary(id, value, { maxKeys: 4 });
  const ids = fc.array(id, { maxLength: 3 });
  const pipeline = fc.record({ receivers: ids, processors: ids, exporters: ids }, { requiredKeys: [] });
  const config: fc.Arbitrary<JsonMap> = fc.record(
    {
      receivers: section,
      processors: section,
      exporters: fc.oneof(section, fc.constantFrom<Json>(null, 3)),
      connectors: section,
      extensions: section,
      odd: value,
      service: fc.record(
        {
          extensions: ids,
          pipelines: fc.dictionary(
            fc.constantFrom('logs', 'logs/a', 'traces', 'x'),
            fc.oneof(pipeline, fc.constantFrom<Json>(null, 1)),
            { maxKeys: 3 },
          ),
          telemetry: value,
          odd: value,
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  );
  const norm = (one: JsonMap): string => canonicalJson(configModel(one, catalogue).tree);

  it(
    'a config differs from itself in nothing',
    () => {
      fc.assert(
        fc.property(config, (one) => {
          expect(semanticDiff(one, one, catalogue).changes).toEqual([]);
        }),
        { numRuns: RUNS },
      );
    },
    LAW_TIMEOUT_MS,
  );

  it(
    'normalising a second time changes nothing',
    () => {
      fc.assert(
        fc.property(config, (one) => {
          const once = configModel(one, catalogue).tree;
          expect(configModel(once, catalogue).tree).toEqual(once);
        }),
        { numRuns: RUNS },
      );
    },
    LAW_TIMEOUT_MS,
  );

  it(
    'there are changes exactly where normalised configs differ, both ways',
    () => {
      fc.assert(
        fc.property(config, config, (a, b) => {
          const same = norm(a) === norm(b);
          expect(semanticDiff(a, b, catalogue).changes.length === 0).toBe(same);
          expect(semanticDiff(b, a, catalogue).changes.length === 0).toBe(same);
        }),
        { numRuns: RUNS },
      );
    },
    LAW_TIMEOUT_MS,
  );

  it(
    'lists without an order may be shuffled, processors may not',
    () => {
      const distinct = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 2 });
      fc.assert(
        fc.property(
          distinct.chain((list) =>
            fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
          ),
          ([list, other]) => {
            const of = (receivers: Json, processors: Json, exporters: Json): JsonMap => ({
              service: { extensions: receivers, pipelines: { logs: { receivers, processors, exporters } } },
            });
            expect(semanticDiff(of(list, ['p'], list), of(other, ['p'], other), catalogue).changes).toEqual(
              [],
            );
            const moved = semanticDiff(of([], list, []), of([], other, []), catalogue).changes;
            expect(moved.length > 0).toBe(list.join() !== other.join());
          },
        ),
        { numRuns: RUNS },
      );
    },
    LAW_TIMEOUT_MS,
  );
});
