import { describe, expect, it } from 'vitest';
import { planOf } from '../support.ts';
import { BASE, edited, raw, risks, type Told, told } from './raw-configs.ts';

describe('RSK-009 what the restart loses', () => {
  const changed = (before: string): Told =>
    told(planOf(raw(before), raw(before.replace('400', '500'))).risk.reasons, 'RSK-009');

  it('of everything that keeps state in memory', () => {
    const before = edited(
      [
        'filelog/app: {include: [/var/log/app.log], storage: file_storage/disk}',
        'filelog/app: {include: [/var/log/app.log]}\n  filelog/old: {include: [/x], start_at: beginning}\n  kafka:\n  k8s_cluster:\n  syslog: {udp: {listen_address: "0.0.0.0:514"}}',
      ],
      ['[filelog/app, otlp/in]', '[filelog/app, filelog/old, kafka, k8s_cluster, syslog, otlp/in]'],
      [
        'processors:\n',
        'processors:\n  tail_sampling: {policies: [{name: a, type: always_sample}]}\n  cumulativetodelta:\n',
      ],
      [
        'processors: [memory_limiter, batch], exporters: [otlp/one]',
        'processors: [memory_limiter, tail_sampling, cumulativetodelta, batch], exporters: [otlp/one]',
      ],
      ['sending_queue: {storage: file_storage/disk}', 'sending_queue: {queue_size: 10}'],
    );
    expect(changed(before)).toEqual([
      'low RSK-009 `cumulativetodelta` starts its sums and differences again',
      'low RSK-009 `filelog/app` has no `storage` and skips what is written meanwhile',
      'low RSK-009 `filelog/old` has no `storage` and reads its files again from the beginning',
      'low RSK-009 `k8s_cluster` reads the whole state of the cluster again',
      'low RSK-009 `kafka` leaves and joins its consumer group: partitions are dealt again',
      'low RSK-009 `otlp/one` keeps its queue in memory: what the other end does not take at once is lost',
      'low RSK-009 `syslog` loses datagrams that come meanwhile',
      'low RSK-009 `tail_sampling` decides early on the traces it holds, or loses them',
    ]);
  });

  it('is nothing where state is on disk, nor where nothing restarts', () => {
    expect(changed(BASE)).toEqual([]);
    const memory = edited([', sending_queue: {storage: file_storage/disk}', ', sending_queue: {}']);
    expect(told(planOf({}, raw(memory)).risk.reasons, 'RSK-009')).toEqual([]);
    const widened = planOf(raw(memory, 'configuration: edge, a: b'), raw(memory));
    expect(widened.configurations[0]?.rollout).toBe(true);
    expect(told(widened.risk.reasons, 'RSK-009')).toEqual([]);
  });
});

describe('RSK-010 the memory limiter', () => {
  it('goes from every pipeline, or from one', () => {
    expect(risks(edited(['[memory_limiter, batch]', '[batch]']))).toEqual([
      'medium RSK-010 no pipeline has a memory limiter any more: a full backend or a burst ends in an out-of-memory kill',
    ]);
    expect(
      risks(edited(['[memory_limiter, batch], exporters: [otlp/one]}', '[batch], exporters: [otlp/one]}'])),
    ).toEqual(['medium RSK-010 `traces` has no memory limiter any more']);
  });

  it('is not missed where there was none, or the extension takes its place', () => {
    const without = edited(['[memory_limiter, batch]', '[batch]']);
    expect(risks(`${without}# more\n`, without)).toEqual([]);
    const extension = edited(
      ['[memory_limiter, batch]', '[batch]'],
      ['[file_storage/disk, health_check]', '[file_storage/disk, health_check, memory_limiter]'],
      ['extensions:\n  file', 'extensions:\n  memory_limiter: {check_interval: 1s, limit_mib: 400}\n  file'],
    );
    expect(risks(extension)).toEqual([]);
  });
});

describe('RSK-011 and RSK-012 what is kept on disk', () => {
  it('a queue that leaves the disk', () => {
    expect(
      risks(edited([', sending_queue: {storage: file_storage/disk}', ', sending_queue: {queue_size: 10}'])),
    ).toEqual([
      'medium RSK-011 `otlp/one` no longer keeps its queue on disk: what waits there is left behind, and from now on a restart loses what waits',
    ]);
  });

  it.each([
    [
      'a type under its new name',
      [['filelog/app', 'file_log/app']],
      [
        '`file_log/app` starts where `start_at` says and not where it was: its offsets are kept under `filelog/app`',
      ],
    ],
    [
      'another id',
      [['otlp/one', 'otlp/eins']],
      ['`otlp/eins` does not send what waits on disk under `otlp/one`'],
    ],
    [
      'no storage',
      [['[/var/log/app.log], storage: file_storage/disk', '[/var/log/app.log]']],
      [
        '`filelog/app` has no `storage` any more: it starts where `start_at` says, now and after each restart',
      ],
    ],
    [
      'another folder',
      [['/var/lib/disk', '/data']],
      [
        '`filelog/app` starts where `start_at` says and not where it was: the folder is another one',
        '`otlp/one` does not send what waits on disk: the folder is another one',
      ],
    ],
  ] as const)('%s', (_what, edits, messages) => {
    expect(risks(edited(...edits))).toEqual(messages.map((message) => `medium RSK-012 ${message}`));
  });

  it.each([
    ['another id of the extension', [['file_storage/disk', 'file_storage/d']]],
    ['another id of an exporter without a queue on disk', [['otlp/two', 'otlp/zwei']]],
    [
      'a queue whose exporter is used no longer',
      [
        [', sending_queue: {storage: file_storage/disk}', ''],
        ['[otlp/one, otlp/two, debug]', '[otlp/two, debug]'],
        ['exporters: [otlp/one]', 'exporters: [otlp/two]'],
      ],
    ],
    ['other settings of the queue', [['sending_queue: {storage', 'sending_queue: {queue_size: 9, storage']]],
  ] as const)('is not %s', (_what, edits) => {
    expect(risks(edited(...edits)).filter((line) => /RSK-01[12]/.test(line))).toEqual([]);
  });
});

describe('RSK-013 sampling', () => {
  const sampled = (percent: string): string =>
    edited(
      ['processors:\n', `processors:\n  probabilistic_sampler: {sampling_percentage: ${percent}}\n`],
      [
        'processors: [memory_limiter, batch], exporters: [otlp/one]}',
        'processors: [memory_limiter, probabilistic_sampler, batch], exporters: [otlp/one]}',
      ],
    );

  it('less, more, new and gone', () => {
    expect(risks(sampled('5'), sampled('50'))).toEqual([
      'medium RSK-013 `probabilistic_sampler` keeps 5 % instead of 50 %',
    ]);
    expect(risks(sampled('50'), sampled('5'))).toEqual([
      'low RSK-013 `probabilistic_sampler` keeps 50 % instead of 5 %',
    ]);
    expect(risks(sampled('50'))).toEqual([
      'medium RSK-013 `probabilistic_sampler` samples from now on: 50 %',
    ]);
    expect(risks(BASE, sampled('50'))).toEqual([
      'low RSK-013 `probabilistic_sampler` samples no longer (50 %): everything is sent on',
    ]);
  });

  it('is RSK-005 where nothing is kept', () => {
    expect(risks(sampled('0'), sampled('50'))).toEqual([
      'high RSK-005 `probabilistic_sampler` drops every span: it keeps 0 %',
    ]);
  });

  it('is not another way to write it', () => {
    expect(risks(sampled('50.0'), sampled('50'))).toEqual([]);
  });
});
