import { compareText } from '../../document/finding.ts';
import type { GateContext, JudgedAgent, PipelineTopology } from '../gates/gate.ts';
import { SIGNAL_WINDOW_MS } from '../signals.ts';
import type { AgentSignals, SignalWindow } from '../signals.ts';

/** How far back an agent's own past is looked at (reference/rollouts.md §5.4). */
const BASELINE_MS = 600_000;
/** An agent of which nothing arrived for so many windows has stopped to report. */
const FRESH_WINDOWS = 5;
const NO_WINDOWS: readonly SignalWindow[] = [];

/** An agent with those of its windows that may be compared: from before the wave, and under what it runs now. */
export interface Observed {
  readonly agent: JudgedAgent;
  readonly before: readonly SignalWindow[];
  readonly after: readonly SignalWindow[];
  /** What it ran then, and what it runs now. */
  readonly was: PipelineTopology;
  readonly runs: PipelineTopology;
  /** Whether it still reports: something arrived within the last windows. */
  readonly isFresh: boolean;
}

/** What a wave and its controls reported, cut to the same times. */
export interface WaveWindows {
  readonly windowMs: number;
  /** From when on windows count; Infinity while no agent has applied the target. */
  readonly from: number;
  readonly soakEndsAt: number;
  readonly wave: readonly Observed[];
  readonly controls: readonly Observed[];
  /** Whether metrics ought to be there. */
  readonly isExpected: boolean;
}

const cut = new WeakMap<GateContext, WaveWindows>();

/**
 * The windows of a wave that may be compared. Before: whole windows of the ten minutes before the agent's offer. After: whole
 * windows that begin when the agent has applied the target and settled, and that carry the target's stamp where they carry
 * one. Controls are cut by the first offer and by the first agent that settled. Agents with a fault are left out: they are on
 * their way back, and counted by the gate that found it.
 */
export function windowsOf(context: GateContext): WaveWindows {
  const known = cut.get(context);
  if (known !== undefined) return known;
  const read = readWindows(context);
  cut.set(context, read);
  return read;
}

function readWindows(context: GateContext): WaveWindows {
  const told = context.wave.find(({ signals }) => signals?.windowMs !== undefined)?.signals;
  const windowMs = context.windowMs ?? told?.windowMs ?? SIGNAL_WINDOW_MS;
  const sound = context.wave.filter(({ offeredAt, fault }) => offeredAt !== undefined && fault === undefined);
  const firstOffer = Math.min(...sound.flatMap(({ offeredAt }) => offeredAt ?? []));
  const from = Math.min(...sound.flatMap(({ appliedAt }) => appliedAt ?? [])) + context.settleMs;
  const previous = previousOf(sound) ?? context.target;
  const isFresh = (windows: readonly SignalWindow[]): boolean =>
    context.now - (windows.at(-1)?.at ?? -Infinity) <= (FRESH_WINDOWS + 1) * windowMs;
  const wave = sound.map((agent): Observed => {
    const { offeredAt = 0, appliedAt = Infinity } = agent;
    const since = within(agent.signals, appliedAt + context.settleMs, context.now, windowMs);
    const after = ofTarget(agent, since, context.stamp);
    return {
      agent,
      was: agent.previous ?? previous,
      runs: context.target,
      before: ofPast(
        agent,
        within(agent.baseline ?? agent.signals, offeredAt - BASELINE_MS, offeredAt, windowMs),
      ),
      after,
      isFresh: isFresh(after),
    };
  });
  const controls = context.controls.map((agent): Observed => {
    const runs = agent.previous ?? previous;
    const before = ofPast(
      agent,
      within(agent.baseline ?? agent.signals, firstOffer - BASELINE_MS, firstOffer, windowMs),
    );
    const after = within(agent.signals, from, context.now, windowMs);
    return { agent, was: runs, runs, before, after, isFresh: isFresh(after) };
  });
  const isExpected = context.metricsExpected ?? wave.some(({ before }) => before.length > 0);
  return { windowMs, from, soakEndsAt: context.soakEndsAt, wave, controls, isExpected };
}

/** What an agent ran of which that is not known: the same as the others of its wave. */
function previousOf(agents: readonly JudgedAgent[]): PipelineTopology | undefined {
  return agents
    .toSorted((a, b) => compareText(a.agent, b.agent))
    .find(({ previous }) => previous !== undefined)?.previous;
}

/** The list that was last cut from an agent's windows, by the first of them: the same list is the same object to all that look at it. */
const lists = new WeakMap<SignalWindow, readonly SignalWindow[]>();

/** Whole windows between two times, oldest first. */
function within(
  signals: AgentSignals | undefined,
  from: number,
  until: number,
  windowMs: number,
): readonly SignalWindow[] {
  const windows = signals?.windows ?? NO_WINDOWS;
  const start = countBefore(windows, from);
  const end = countBefore(windows, until - windowMs + 1);
  const first = windows[start];
  if (first === undefined || end <= start) return NO_WINDOWS;
  const known = lists.get(first);
  if (known?.length === end - start && known.at(-1) === windows[end - 1]) return known;
  const cut = windows.slice(start, end);
  lists.set(first, cut);
  return cut;
}

/** How many windows, oldest first, begin before a time. */
function countBefore(windows: readonly SignalWindow[], time: number): number {
  let [low, high] = [0, windows.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((windows[middle]?.at ?? Infinity) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Those of the windows from before the offer that are of what the agent is to go back to: it may have run another version that
 * was taken back, and that is no past to compare with.
 */
function ofPast({ previousStamp }: JudgedAgent, windows: readonly SignalWindow[]): readonly SignalWindow[] {
  const isOther = ({ stamp }: SignalWindow): boolean => stamp !== undefined && stamp !== previousStamp;
  if (previousStamp === undefined || !windows.some(isOther)) return windows;
  return windows.filter((window) => !isOther(window));
}

/**
 * Without a stamp, windows of a process that ran before the offer are left out as soon as another one reports: the last
 * words of a collector that is shut down may arrive late.
 */
function ofTarget(
  { signals, baseline, offeredAt = 0 }: JudgedAgent,
  windows: readonly SignalWindow[],
  stamp: string | undefined,
): readonly SignalWindow[] {
  const isTarget = (window: SignalWindow): boolean =>
    stamp === undefined || (window.stamp ?? stamp) === stamp;
  const old = new Set<string>();
  for (const kept of [baseline?.windows ?? [], signals?.windows ?? []]) {
    for (const { at, incarnation } of kept) if (at < offeredAt) old.add(incarnation);
  }
  const isOld = (window: SignalWindow): boolean => window.stamp === undefined && old.has(window.incarnation);
  const isReplaced = windows.some((window) => isTarget(window) && !isOld(window));
  const isLeft = (window: SignalWindow): boolean => !isTarget(window) || (isReplaced && isOld(window));
  return windows.some(isLeft) ? windows.filter((window) => !isLeft(window)) : windows;
}
