import type { PipelineThroughput } from '../../fleet/agent-state.ts';
import { unitsOf } from '../flows/units.ts';
import { seriesOf, total } from '../flows/window-flows.ts';
import type { PipelineTopology } from '../gates/gate.ts';
import { SIGNAL_WINDOW_MS } from '../signals.ts';
import type { AgentSignals } from '../signals.ts';

/** How much of the past is averaged: long enough to be calm, short enough to be now. */
const SPAN_MS = 60_000;

/** What an agent's newest windows say, averaged; times are milliseconds since the epoch. */
export interface RecentThroughput {
  readonly from: number;
  readonly until: number;
  readonly pipelines: readonly PipelineThroughput[];
  readonly rssBytes?: number;
}

/**
 * What goes through each pipeline of the config that an agent runs, by the windows of its present process within the last minute that
 * it was heard of. Undefined where there is none.
 */
export function throughputOf(
  { windows, windowMs = SIGNAL_WINDOW_MS }: AgentSignals,
  topology: PipelineTopology,
): RecentThroughput | undefined {
  const newest = windows.at(-1);
  if (newest === undefined) return undefined;
  const until = newest.at + windowMs;
  const recent = windows.filter(
    ({ at, incarnation }) => incarnation === newest.incarnation && at >= until - Math.max(SPAN_MS, windowMs),
  );
  const seconds = (recent.length * windowMs) / 1000;
  const pipelines = unitsOf(topology)
    .filter(({ kind }) => kind === 'pipeline')
    .map((unit): PipelineThroughput => {
      const series = seriesOf(recent, topology, unit.key);
      const sum = (what: 'arrived' | 'accepted' | 'sent' | 'lost'): number => total(series, what);
      // Whoever never reported anything cannot be told from one that does not count (nop has no counters).
      const counts = recent.some(({ exporters }) => unit.exporters.some((id) => exporters.has(id)));
      return {
        pipeline: unit.key,
        ...(unit.tellsIn ? { inPerSecond: sum('accepted') / seconds } : {}),
        ...(unit.tellsOut && counts ? { outPerSecond: sum('sent') / seconds } : {}),
        lostPerSecond: (sum('lost') + sum('arrived') - sum('accepted')) / seconds,
      };
    });
  const { rssBytes } = newest.usage;
  return {
    from: recent[0]?.at ?? newest.at,
    until,
    pipelines,
    ...(rssBytes === undefined ? {} : { rssBytes }),
  };
}
