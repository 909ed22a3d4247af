import type { PipelineTopology } from '../gates/gate.ts';
import type { SignalWindow } from '../signals.ts';
import { unitsOf } from './units.ts';
import type { FlowUnit } from './units.ts';

/** What went through one unit in one window, items. */
export interface Flow {
  /** When the window began. */
  readonly at: number;
  /** What its receivers were given, whether or not they could hand it on. */
  readonly arrived: number;
  /** What they handed on. */
  readonly accepted: number;
  /** What left; an exporter that sent nothing yet reports no series, so that silence of one is 0. */
  readonly sent: number;
  /** What was given up at the exporters, or did not fit into their queues. */
  readonly lost: number;
}

/** Of one unit over several windows, oldest first. */
type Flows = readonly Flow[];

/** Lists of windows do not change: what one says of a config is added up once. */
const known = new WeakMap<readonly SignalWindow[], Map<PipelineTopology, ReadonlyMap<string, Flows>>>();

/**
 * What went through one unit of a config over several windows, oldest first; windows of one time (of two processes) are one.
 * Empty where the config has no such unit. A receiver that feeds several pipelines counts fully in each, and what an exporter
 * sent in each that leads to it (reference/rollouts.md §5.8).
 */
export function seriesOf(
  windows: readonly SignalWindow[],
  topology: PipelineTopology,
  key: string,
): readonly Flow[] {
  const byTopology = known.get(windows) ?? new Map<PipelineTopology, ReadonlyMap<string, Flows>>();
  known.set(windows, byTopology);
  let series = byTopology.get(topology);
  if (series === undefined) {
    series = new Map(unitsOf(topology).map((unit) => [unit.key, readSeries(windows, unit)]));
    byTopology.set(topology, series);
  }
  return series.get(key) ?? [];
}

function readSeries(windows: readonly SignalWindow[], unit: FlowUnit): Flows {
  const series: Flow[] = [];
  for (const window of windows) {
    const flow = flowOf(window, unit);
    const last = series.at(-1);
    const isSameTime = last?.at === window.at;
    if (isSameTime) series.pop();
    series.push(isSameTime ? added(flow, last) : flow);
  }
  return series;
}

function flowOf(window: SignalWindow, unit: FlowUnit): Flow {
  let [arrived, accepted, sent, lost] = [0, 0, 0, 0];
  for (const id of unit.receivers) {
    for (const flow of window.receivers.get(id) ?? []) {
      if (flow.signal !== unit.signal) continue;
      arrived += flow.accepted + flow.refused;
      accepted += flow.accepted;
    }
  }
  for (const id of unit.exporters) {
    for (const flow of window.exporters.get(id) ?? []) {
      if (flow.signal !== unit.signal) continue;
      sent += flow.sent;
      lost += flow.sendFailed + flow.enqueueFailed;
    }
  }
  return { at: window.at, arrived, accepted, sent, lost };
}

function added(flow: Flow, other: Flow): Flow {
  return {
    at: flow.at,
    arrived: flow.arrived + other.arrived,
    accepted: flow.accepted + other.accepted,
    sent: flow.sent + other.sent,
    lost: flow.lost + other.lost,
  };
}

/** Sum over flows. */
export function total(series: readonly Flow[], what: 'arrived' | 'accepted' | 'sent' | 'lost'): number {
  let sum = 0;
  for (const flow of series) sum += flow[what];
  return sum;
}
