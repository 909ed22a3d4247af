import { topologyOf } from '../../../../src/core/rollout/flows/topology.ts';
import type { GateContext } from '../../../../src/core/rollout/gates/gate.ts';
import { BUSY, OFFER, SETTLED, WELL, WINDOW, canary, config, control, many } from './fixtures.ts';
import type { Load } from './fixtures.ts';
import type { ExporterFlow } from '../../../../src/core/rollout/signals.ts';

/** A story of a wave: what is changed, and which gates are to fail it. */
export interface Scenario {
  readonly name: string;
  readonly context: Partial<GateContext>;
  readonly fails: readonly string[];
}

const queue = (size: number): Partial<ExporterFlow> => ({
  queueSize: size,
  queueCapacity: 1000,
  inFlight: 0,
});
const WITH_QUEUE: Load = { ...BUSY, queue: queue(0) };

/** The address where nobody listens: requests wait, nothing leaves, nothing is given up for five minutes. */
const dead = (index: number): Load => ({
  in: 12_000,
  out: 0,
  failed: index < 30 ? 0 : 100,
  queue: { queueSize: Math.min(1000, (index + 1) * 20), queueCapacity: 1000, inFlight: 10 },
});

const drops = topologyOf(config({ processors: { 'filter/drop': { error_mode: 'ignore' } } }));
const nop = topologyOf(config({ exporters: { nop: null } }));

const exits = (times: readonly number[]): { at: number; message: string }[] =>
  times.map((after, index) => ({
    at: OFFER + after,
    message: `Agent process PID=${100 + index} exited unexpectedly, exit code=2. Will restart in a bit...`,
  }));

export const SCENARIOS: readonly Scenario[] = [
  { name: 'a harmless change', context: {}, fails: [] },
  {
    name: 'a config that agents refuse',
    context: {
      now: OFFER + 20_000,
      wave: many(
        4,
        (name) =>
          canary(name, undefined, {
            fault: { kind: 'refused', message: "'batch' has invalid keys: sizze", at: OFFER + 41 },
          }),
        'w',
      ),
    },
    fails: ['apply-failed'],
  },
  {
    name: 'a filter that drops everything',
    context: {
      now: SETTLED + 7 * WINDOW,
      target: drops,
      wave: many(4, (name) => canary(name, { in: 12_000 }), 'w'),
      controls: many(41, (name) => control(name, { ...BUSY, in: 11_000, out: 11_000 })),
    },
    fails: ['flow-stopped', 'flow-ratio'],
  },
  {
    name: 'an exporter that keeps nothing and reports nothing (nop)',
    context: {
      now: SETTLED + 7 * WINDOW,
      target: nop,
      wave: many(4, (name) => canary(name, { in: 12_000 }), 'w'),
    },
    fails: ['flow-stopped'],
  },
  {
    name: 'an exporter that sends to where nobody listens',
    context: {
      now: SETTLED + 7 * WINDOW,
      wave: many(3, (name) => canary(name, dead, {}, { past: WITH_QUEUE }), 'w'),
      controls: many(10, (name) => control(name, WITH_QUEUE, {}, { past: WITH_QUEUE })),
    },
    fails: ['flow-stopped', 'backlog', 'flow-ratio'],
  },
  {
    name: 'a backend that answers 401',
    context: {
      now: SETTLED + 8 * WINDOW,
      wave: many(3, (name) => canary(name, { in: 12_000, failed: 12_000 }), 'w'),
    },
    fails: ['flow-stopped', 'flow-ratio', 'send-failed'],
  },
  {
    name: 'a collector that crashes 20 s after its start, again and again',
    context: {
      now: OFFER + 75_000,
      wave: [
        canary('w000', undefined, {
          exits: exits([20_000, 45_000, 70_000]),
          observed: { ...WELL, healthy: false },
          unhealthySince: OFFER + 70_000,
        }),
      ],
    },
    fails: ['crash-loop'],
  },
  {
    name: 'agents that are unhealthy for a minute',
    context: {
      wave: many(
        3,
        (name) =>
          canary(name, BUSY, {
            observed: { ...WELL, healthy: false, healthMessage: 'no' },
            unhealthySince: SETTLED,
          }),
        'w',
      ),
    },
    fails: ['health'],
  },
  {
    name: 'agents that fall silent',
    context: {
      wave: many(
        2,
        (name) =>
          canary(name, (index) => (index < 10 ? BUSY : undefined), {
            observed: { ...WELL, connected: false, awaySince: SETTLED + 100_000 },
          }),
        'w',
      ),
    },
    fails: ['went-dark'],
  },
  {
    name: 'a local file that is merged over the config',
    context: {
      wave: many(
        3,
        (name, index) =>
          canary(name, BUSY, {
            drift: index === 0 ? [{ path: ['exporters', 'otlp', 'endpoint'], kind: 'changed' }] : [],
          }),
        'w',
      ),
    },
    fails: ['asserted-drift'],
  },
  {
    name: 'a backend that is down for everybody',
    context: {
      wave: many(3, (name) => canary(name, { in: 12_000, failed: 12_000 }), 'w'),
      controls: many(10, (name) => control(name, { in: 12_000, failed: 12_000 })),
    },
    fails: [],
  },
  {
    name: 'agents that stop to send their own metrics',
    context: { wave: many(3, (name) => canary(name, () => undefined), 'w') },
    fails: [],
  },
  {
    name: 'a fleet without own metrics',
    context: {
      wave: many(3, (name) => ({ ...canary(name), signals: { windows: [] } }), 'w'),
      controls: many(10, (name) => ({ ...control(name), signals: { windows: [] } })),
    },
    fails: [],
  },
  {
    name: 'a memory limiter that is set too tight',
    context: {
      wave: many(
        5,
        (name) => canary(name, (index) => (index % 3 === 0 ? { ...BUSY, refused: 500 } : BUSY)),
        'w',
      ),
    },
    fails: ['refused'],
  },
  {
    name: 'twice the memory, half as much again of CPU',
    context: {
      wave: many(
        5,
        (name, index) => canary(name, { ...BUSY, rss: 200e6 + index, cpu: 1.5 + index / 1e3 }),
        'w',
      ),
      controls: many(10, (name, index) =>
        control(name, { ...BUSY, rss: 101e6 + index, cpu: 1 + index / 1e3 }),
      ),
    },
    fails: ['memory', 'cpu'],
  },
  {
    name: 'a filter that drops half, as it was meant to',
    context: {
      target: drops,
      wave: many(3, (name) => canary(name, { ...BUSY, out: 6000 }), 'w'),
    },
    fails: ['flow-ratio'],
  },
  {
    name: 'a check outside that says no',
    context: { external: [{ name: 'synthetic traces', verdict: 'fail', evidence: '3 of 20 arrived' }] },
    fails: ['external'],
  },
];
