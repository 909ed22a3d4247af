import { describe, expect, it } from 'vitest';
import { BASE, edited, risks } from './raw-configs.ts';

describe('RSK-001 data that goes nowhere any more', () => {
  it('a signal', () => {
    expect(risks(edited([/traces: .*/.exec(BASE)?.[0] ?? '', '']))).toEqual([
      'high RSK-001 no `traces` are sent any more',
    ]);
  });

  it('everything', () => {
    expect(
      risks(BASE.replaceAll('[otlp/one, otlp/two, debug]', '[debug]').replaceAll('[otlp/one]', '[debug]')),
    ).toEqual(['high RSK-001 nothing is sent any more: no pipeline carries `logs` and `traces`']);
  });

  it('one receiver', () => {
    expect(risks(edited(['[filelog/app, otlp/in]', '[otlp/in]']))).toEqual([
      'medium RSK-001 `logs` of `filelog/app` are no longer sent anywhere',
    ]);
  });

  it.each([
    ['a pipeline under another id', [['    traces:', '    traces/all:']]],
    [
      'two pipelines out of one',
      [
        [
          '    logs: {receivers: [filelog/app, otlp/in]',
          '    logs/otlp: {receivers: [otlp/in], processors: [memory_limiter], exporters: [otlp/one, otlp/two]}\n    logs: {receivers: [filelog/app]',
        ],
      ],
    ],
    [
      'a detour through a connector',
      [
        [
          'exporters: [otlp/one]}',
          'exporters: [forward/all]}\n    traces/out: {receivers: [forward/all], processors: [memory_limiter], exporters: [otlp/one]}',
        ],
        ['exporters:\n', 'connectors:\n  forward/all:\nexporters:\n'],
      ],
    ],
  ] as const)('is not %s', (_what, edits) => {
    expect(risks(edited(...edits))).toEqual([]);
  });
});

describe('RSK-002 another destination', () => {
  it('the same exporter sends elsewhere', () => {
    expect(risks(edited(['one:4317', 'three:4317']))).toEqual([
      'medium RSK-002 `logs` and `traces` go to `three:4317` (`otlp/one`) instead of `one:4317`',
    ]);
  });

  it('one of two goes', () => {
    expect(risks(edited(['[otlp/one, otlp/two, debug]', '[otlp/one]']))).toEqual([
      'medium RSK-002 `logs` no longer go to `two:4317` (`otlp/two`), only to `otlp/one`',
    ]);
  });

  it('another exporter takes its place', () => {
    const after = edited(['otlp/two', 'otlphttp/three'], ['two:4317', 'https://three']);
    expect(risks(after)).toEqual([
      'medium RSK-002 `logs` go to `https://three` (`otlphttp/three`) instead of `two:4317` (`otlp/two`)',
    ]);
  });

  it.each([
    ['a new way to send', [['endpoint: "two:4317"', 'endpoint: "two:4317", compression: gzip']]],
    ['another id', [['otlp/two', 'otlp/zwei']]],
    [
      'another id and another way to send',
      [
        ['otlp/two: {', 'otlp/zwei: {timeout: 1s, '],
        ['otlp/two, debug', 'otlp/zwei, debug'],
      ],
    ],
    ['the debug exporter', [[', debug]', ']']]],
    ['one more', [['exporters: [otlp/one]', 'exporters: [otlp/one, otlp/two]']]],
  ] as const)('is not %s', (_what, edits) => {
    expect(risks(edited(...edits))).toEqual([]);
  });
});

describe('RSK-015 what keeps data while the other end is away', () => {
  const RETRY = 'endpoint: "two:4317", retry_on_failure: {enabled: false}';
  const QUEUE = 'endpoint: "two:4317", sending_queue: {enabled: false}';
  const off = (text: string): string => edited(['endpoint: "two:4317"', text]);

  it('is switched off', () => {
    expect(risks(off(RETRY))).toEqual([
      'medium RSK-015 `otlp/two` no longer tries again: what the other end does not take at once is lost',
    ]);
    expect(risks(off(QUEUE))).toEqual([
      'medium RSK-015 `otlp/two` no longer has a queue: while the other end is slow or away, the pipeline and whoever sends to it wait or are refused',
    ]);
  });

  it('is told once of a queue on disk', () => {
    const memory = edited(['{storage: file_storage/disk}', '{enabled: false}']);
    expect(risks(memory).filter((line) => /RSK-01[15]/.test(line))).toEqual([
      expect.stringContaining('RSK-011'),
    ]);
  });

  it.each([
    ['of what was off before', off(RETRY), off(`${RETRY}, compression: none`)],
    ['of other settings', BASE, off('endpoint: "two:4317", retry_on_failure: {max_elapsed_time: 10m}')],
    ['of what comes back', off(QUEUE), BASE],
  ])('is not told %s', (_what, before, after) => {
    expect(risks(after, before).filter((line) => line.includes('RSK-015'))).toEqual([]);
  });
});
