import { compareText } from '../../document/finding.ts';
import type { GateContext, JudgedAgent, PipelineTopology } from '../gates/gate.ts';
import { SIGNAL_WINDOW_MS } from '../signals.ts';
import type { SignalWindow } from '../signals.ts';

/** How far back an agent's own past is looked at (reference/rollouts.md §5.4). */
const BASELINE_MS = 600_000;

/** An agent with those of its windows that may be compared: from before the wave, and under what it runs now. */
export interface Observed {
  readonly agent: JudgedAgent;
  readonly before: readonly SignalWindow[];
  readonly after: readonly SignalWindow[];
  /** What it ran then, and what it runs now. */
  readonly was: PipelineTopology;
  readonly runs: PipelineTopology;
}

/** What a wave and its controls reported, cut to the same times. */
export interface WaveWindows {
  readonly windowMs: number;
  /** From when on windows count; Infinity while no agent has applied the target. */
  readonly from: number;
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
  const windowMs = context.windowMs ?? SIGNAL_WINDOW_MS;
  const sound = context.wave.filter(({ offeredAt, fault }) => offeredAt !== undefined && fault === undefined);
  const firstOffer = Math.min(...sound.flatMap(({ offeredAt }) => offeredAt ?? []));
  const from = Math.min(...sound.flatMap(({ appliedAt }) => appliedAt ?? [])) + context.settleMs;
  const previous = previousOf(sound) ?? context.target;
  const wave = sound.map((agent): Observed => ({
    agent,
    was: agent.previous ?? previous,
    runs: context.target,
    before: within(agent, (agent.offeredAt ?? 0) - BASELINE_MS, agent.offeredAt ?? 0, windowMs),
    after: ofTarget(
      agent,
      within(agent, (agent.appliedAt ?? Infinity) + context.settleMs, context.now, windowMs),
      context.stamp,
    ),
  }));
  const controls = context.controls.map((agent): Observed => ({
    agent,
    was: agent.previous ?? previous,
    runs: agent.previous ?? previous,
    before: within(agent, firstOffer - BASELINE_MS, firstOffer, windowMs),
    after: within(agent, from, context.now, windowMs),
  }));
  const isExpected = context.metricsExpected ?? wave.some(({ before }) => before.length > 0);
  return { windowMs, from, wave, controls, isExpected };
}

/** What an agent ran of which that is not known: the same as the others of its wave. */
function previousOf(agents: readonly JudgedAgent[]): PipelineTopology | undefined {
  return agents
    .toSorted((a, b) => compareText(a.agent, b.agent))
    .find(({ previous }) => previous !== undefined)?.previous;
}

/** Whole windows between two times, oldest first. */
function within(
  { signals }: JudgedAgent,
  from: number,
  until: number,
  windowMs: number,
): readonly SignalWindow[] {
  return (signals?.windows ?? []).filter(({ at }) => at >= from && at + windowMs <= until);
}

/**
 * Without a stamp, windows of a process that ran before the offer are left out as soon as another one reports: the last
 * words of a collector that is shut down may arrive late.
 */
function ofTarget(
  { signals, offeredAt = 0 }: JudgedAgent,
  windows: readonly SignalWindow[],
  stamp: string | undefined,
): readonly SignalWindow[] {
  const stamped = windows.filter((window) => stamp === undefined || (window.stamp ?? stamp) === stamp);
  const old = new Set(
    (signals?.windows ?? []).filter(({ at }) => at < offeredAt).map(({ incarnation }) => incarnation),
  );
  const isOld = (window: SignalWindow): boolean => window.stamp === undefined && old.has(window.incarnation);
  return stamped.some((window) => !isOld(window)) ? stamped.filter((window) => !isOld(window)) : stamped;
}
