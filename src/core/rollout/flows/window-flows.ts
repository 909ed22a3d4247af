import type { PipelineTopology } from '../gates/gate.ts';
import type { SignalWindow } from '../signals.ts';
import { unitsOf } from './units.ts';
import type { FlowUnit } from './units.ts';

/** What went through one unit in one window, items. */
export interface Flow {
  /** What its receivers were given, whether or not they could hand it on. */
  readonly arrived: number;
  /** What they handed on. */
  readonly accepted: number;
  /** What left; an exporter that sent nothing yet reports no series, so that silence of one is 0. */
  readonly sent: number;
  /** What was given up at the exporters, or did not fit into their queues. */
  readonly lost: number;
}

export interface TimedFlow extends Flow {
  readonly at: number;
}

/** Windows do not change: what they say of a config is added up once. */
const flows = new WeakMap<PipelineTopology, WeakMap<SignalWindow, ReadonlyMap<string, Flow>>>();

/**
 * What went through each unit of a config in one window, by the unit's key. A receiver that feeds several pipelines counts
 * fully in each, and what an exporter sent in each that leads to it (reference/rollouts.md §5.8).
 */
export function flowsOf(window: SignalWindow, topology: PipelineTopology): ReadonlyMap<string, Flow> {
  const known = flows.get(topology) ?? new WeakMap<SignalWindow, ReadonlyMap<string, Flow>>();
  flows.set(topology, known);
  const before = known.get(window);
  if (before !== undefined) return before;
  const read = new Map(unitsOf(topology).map((unit) => [unit.key, flowOf(window, unit)]));
  known.set(window, read);
  return read;
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
  return { arrived, accepted, sent, lost };
}

/** What went through a unit over several windows, oldest first; windows of one time (of two processes) are added up. */
export function seriesOf(
  windows: readonly SignalWindow[],
  topology: PipelineTopology,
  key: string,
): readonly TimedFlow[] {
  const series: TimedFlow[] = [];
  for (const window of windows) {
    const flow = flowsOf(window, topology).get(key);
    if (flow === undefined) continue;
    const last = series.at(-1);
    if (last?.at === window.at) {
      series[series.length - 1] = {
        at: last.at,
        arrived: last.arrived + flow.arrived,
        accepted: last.accepted + flow.accepted,
        sent: last.sent + flow.sent,
        lost: last.lost + flow.lost,
      };
    } else {
      series.push({ at: window.at, ...flow });
    }
  }
  return series;
}

/** Sum over flows. */
export function total(series: readonly Flow[], what: keyof Flow): number {
  return series.reduce((sum, flow) => sum + flow[what], 0);
}
