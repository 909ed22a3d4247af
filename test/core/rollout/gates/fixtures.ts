import { topologyOf } from '../../../../src/core/rollout/flows/topology.ts';
import type {
  GateContext,
  GateResult,
  JudgedAgent,
  PipelineTopology,
} from '../../../../src/core/rollout/gates/gate.ts';
import { judgeWave } from '../../../../src/core/rollout/gates/judge.ts';
import type { GateSettings } from '../../../../src/core/rollout/gates/judge.ts';
import type { ObservedAgent } from '../../../../src/core/rollout/rollout.ts';
import type { ExporterFlow, SignalWindow } from '../../../../src/core/rollout/signals.ts';
import type { JsonMap } from '../../../../src/core/document/node.ts';

export const WINDOW = 10_000;
/** When the wave is offered the target, when it says APPLIED, and when it has settled: whole windows. */
export const OFFER = 10_000_000;
export const APPLIED: number = OFFER + WINDOW;
const SETTLE = 30_000;
export const SETTLED: number = APPLIED + SETTLE;

/** One pipeline `traces/out` from an OTLP receiver, through what is named, to what is named. */
export function config({
  processors = {},
  exporters = { otlp: { endpoint: 'backend:4317' } },
}: {
  readonly processors?: JsonMap;
  readonly exporters?: JsonMap;
} = {}): JsonMap {
  return {
    receivers: { otlp: { protocols: { grpc: null } } },
    processors,
    exporters,
    service: {
      pipelines: {
        'traces/out': {
          receivers: ['otlp'],
          processors: Object.keys(processors),
          exporters: Object.keys(exporters),
        },
      },
    },
  };
}

export const TOPOLOGY: PipelineTopology = topologyOf(config());

/** What a collector with one receiver and one exporter does in a window. */
export interface Load {
  readonly in?: number;
  readonly refused?: number;
  readonly out?: number;
  readonly exporter?: string;
  readonly failed?: number;
  readonly queue?: Partial<ExporterFlow>;
  readonly rss?: number;
  readonly cpu?: number;
  readonly incarnation?: string;
  readonly stamp?: string;
}

/** 1,200 spans a second, in and out. */
export const BUSY: Load = { in: 12_000, out: 12_000, rss: 100e6, cpu: 1 };

export function window(at: number, load: Load): SignalWindow {
  const exporter: ExporterFlow = {
    signal: 'traces',
    sent: load.out ?? 0,
    sendFailed: load.failed ?? 0,
    enqueueFailed: 0,
    ...load.queue,
  };
  // A counter that was never increased has no series: an exporter that did nothing is not there.
  const isThere = exporter.sent + exporter.sendFailed > 0 || load.queue !== undefined;
  return {
    at,
    incarnation: load.incarnation ?? 'first',
    ...(load.stamp === undefined ? {} : { stamp: load.stamp }),
    receivers: new Map([
      ['otlp', [{ signal: 'traces', accepted: load.in ?? 0, refused: load.refused ?? 0 }]],
    ]),
    exporters: new Map(isThere ? [[load.exporter ?? 'otlp', [exporter]]] : []),
    usage: {
      ...(load.rss === undefined ? {} : { rssBytes: load.rss }),
      ...(load.cpu === undefined ? {} : { cpuSeconds: load.cpu }),
    },
  };
}

/** So many windows from a time on; what a load says may depend on its number. Undefined: nothing arrived. */
export function windows(
  from: number,
  count: number,
  load: Load | ((index: number) => Load | undefined),
  windowMs: number = WINDOW,
): readonly SignalWindow[] {
  return Array.from({ length: count }, (_, index) => index).flatMap((index) => {
    const given = typeof load === 'function' ? load(index) : load;
    return given === undefined ? [] : [window(from + index * windowMs, given)];
  });
}

export const WELL: ObservedAgent = {
  connected: true,
  takesConfig: true,
  hash: 'target',
  config: 'applied',
  message: '',
  healthy: true,
};

/** An agent of the wave that applied the target and settled, 60 windows after as many of its past. */
export function canary(
  name: string,
  after: Load | ((index: number) => Load | undefined) = BUSY,
  change: Partial<JudgedAgent> = {},
  {
    past = BUSY,
    count = 60,
  }: { readonly past?: Load | ((index: number) => Load); readonly count?: number } = {},
): JudgedAgent {
  return {
    ...control(name, after, {}, { past, count }),
    signals: {
      windows: [
        ...windows(OFFER - 60 * WINDOW, 60, past),
        ...windows(SETTLED, count, (index) => {
          const load = typeof after === 'function' ? after(index) : after;
          return load === undefined ? undefined : { incarnation: 'second', ...load };
        }),
      ],
    },
    offeredAt: OFFER,
    appliedAt: APPLIED,
    healthyBefore: true,
    ...change,
  };
}

/** An agent that was not offered anything. */
export function control(
  name: string,
  after: Load | ((index: number) => Load | undefined) = BUSY,
  change: Partial<JudgedAgent> = {},
  {
    past = BUSY,
    count = 60,
  }: { readonly past?: Load | ((index: number) => Load); readonly count?: number } = {},
): JudgedAgent {
  return {
    agent: name,
    name,
    stratum: '0.158.0 linux',
    observed: WELL,
    signals: {
      windows: [...windows(OFFER - 60 * WINDOW, 60, past), ...windows(SETTLED, count, after)],
    },
    previous: TOPOLOGY,
    ...change,
  };
}

/** So many of them, with names of their own. */
export function many<T>(count: number, make: (name: string, index: number) => T, prefix = 'c'): readonly T[] {
  return Array.from({ length: count }, (_, index) =>
    make(`${prefix}${String(index).padStart(3, '0')}`, index),
  );
}

/** A canary wave at the end of its soak of ten minutes; three canaries and ten controls that do what they did before. */
export function context(change: Partial<GateContext> = {}): GateContext {
  const now = SETTLED + 60 * WINDOW;
  return {
    now,
    canary: true,
    settleMs: SETTLE,
    soakEndsAt: now,
    wave: many(3, (name) => canary(name), 'w'),
    controls: many(10, (name) => control(name)),
    target: TOPOLOGY,
    ...change,
  };
}

/** What one gate says; undefined where it says nothing. */
export function judged(
  gate: string,
  given: Partial<GateContext>,
  settings: GateSettings = {},
): GateResult | undefined {
  return judgeWave(context(given), settings).find((result) => result.gate === gate);
}

/** `fail`, `pass in shadow`, `nothing` … */
export function said(result: GateResult | undefined): string {
  if (result === undefined) return 'nothing';
  return `${result.verdict}${result.shadow ? ' in shadow' : ''}`;
}
