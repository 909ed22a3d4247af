import { describe, expect, it } from 'vitest';
import { configModel } from '../../../src/core/diff/config-model.ts';
import { listenersOf } from '../../../src/core/diff/listeners.ts';
import { isSameBehaviour } from '../../../src/core/diff/semantic-change.ts';
import { semanticDiff } from '../../../src/core/diff/semantic.ts';
import { BASE, catalogue, changes, edited, tree } from './semantic-support.ts';

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
