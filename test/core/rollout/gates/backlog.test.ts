import { describe, expect, it } from 'vitest';
import { topologyOf } from '../../../../src/core/rollout/flows/topology.ts';
import type { ExporterFlow } from '../../../../src/core/rollout/signals.ts';
import { BUSY, SETTLED, WINDOW, canary, config, control, judged, many, said } from './fixtures.ts';
import type { Load } from './fixtures.ts';

const CALM: Partial<ExporterFlow> = { queueSize: 2, queueCapacity: 1000, inFlight: 1 };

/** What the gate says of three canaries whose queue is so, so many windows after they settled. */
function queues(
  now: (index: number) => Partial<ExporterFlow>,
  {
    count = 12,
    past = CALM,
    out = 12_000,
    controls = () => CALM,
  }: {
    readonly count?: number;
    readonly past?: Partial<ExporterFlow>;
    readonly out?: number;
    readonly controls?: (index: number) => Partial<ExporterFlow>;
  } = {},
): ReturnType<typeof judged> {
  const before: Load = { ...BUSY, queue: past };
  return judged('backlog', {
    now: SETTLED + count * WINDOW,
    wave: many(
      3,
      (name) =>
        canary(
          name,
          (index) => ({ in: 12_000, out, queue: { ...CALM, ...now(index) } }),
          {},
          { past: before },
        ),
      'w',
    ),
    controls: many(10, (name) =>
      control(name, (index) => ({ ...BUSY, queue: { ...CALM, ...controls(index) } }), {}, { past: before }),
    ),
  });
}

const growing = (index: number): Partial<ExporterFlow> => ({ queueSize: index * 50 });

describe('what waits at an exporter', () => {
  it.each<[string, ReturnType<typeof queues>, string, string?]>([
    ['nothing', queues(() => CALM), 'pass'],
    ['a few windows', queues(() => CALM, { count: 3 }), 'inconclusive'],
    ['more and more, half the queue by now', queues(growing), 'fail', 'pause'],
    ['more and more, not half the queue yet', queues(growing, { count: 9 }), 'pass'],
    ['more than half, and it does not grow', queues(() => ({ queueSize: 700 })), 'pass'],
    [
      'more than half, as before',
      queues((index) => ({ queueSize: 600 + index }), { past: { ...CALM, queueSize: 600 } }),
      'pass',
    ],
    [
      'nearly all that it holds, as before',
      queues(() => ({ queueSize: 950 }), { past: { ...CALM, queueSize: 920 } }),
      'pass',
    ],
    ['nearly all that it holds', queues(() => ({ queueSize: 950 })), 'fail', 'rollback'],
    ['more and more, and nothing is sent', queues(growing, { count: 6, out: 0 }), 'fail', 'rollback'],
    ['it does not fit any more', queues(() => ({ enqueueFailed: 3 })), 'fail', 'rollback'],
    [
      'it did not fit before either',
      queues(() => ({ enqueueFailed: 3 }), { past: { ...CALM, enqueueFailed: 1 } }),
      'pass',
    ],
    ['all requests are under way for 50 s', queues(() => ({ inFlight: 10 }), { count: 6 }), 'fail', 'pause'],
    [
      'all requests are under way for 40 s',
      queues((index) => ({ inFlight: index > 1 ? 10 : 1 }), { count: 6 }),
      'pass',
    ],
    [
      'all requests were under way before',
      queues(() => ({ inFlight: 10 }), { past: { ...CALM, inFlight: 10 } }),
      'pass',
    ],
    ['as much at controls', queues(growing, { controls: growing }), 'inconclusive'],
  ])('%s', (_, result, expected, action = 'pause') => {
    expect([said(result), result?.action]).toEqual([expected, action]);
  });

  it('is held against the requests that the config allows', () => {
    const target = topologyOf(config({ exporters: { otlp: { sending_queue: { num_consumers: 40 } } } }));
    const wave = many(2, (name) =>
      canary(name, { ...BUSY, queue: { ...CALM, inFlight: 12 } }, {}, { past: { ...BUSY, queue: CALM } }),
    );
    expect(said(judged('backlog', { wave }))).toBe('fail');
    expect(said(judged('backlog', { wave, target }))).toBe('pass');
  });

  it('is seen at an exporter that is new, which has no past', () => {
    const target = topologyOf(config({ exporters: { 'otlp/new': null } }));
    const wave = many(2, (name) =>
      canary(name, (index) => ({
        in: 12_000,
        exporter: 'otlp/new',
        queue: { queueSize: index, queueCapacity: 1000, inFlight: 10 },
      })),
    );
    expect(judged('backlog', { target, wave, now: SETTLED + 6 * WINDOW })).toMatchObject({
      verdict: 'fail',
      action: 'rollback',
      evidence:
        'exporter otlp/new (traces) sends nothing while its queue grows on 2 of 2 canaries (0.5 % full; no controls)',
    });
  });

  it('says nothing of exporters without a queue', () => {
    expect(said(judged('backlog', {}))).toBe('nothing');
  });
});
