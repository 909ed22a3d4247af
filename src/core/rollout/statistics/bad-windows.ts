import { compareText } from '../../document/finding.ts';
import type { Observed, WaveWindows } from '../flows/wave-windows.ts';
import type { SignalWindow } from '../signals.ts';
import type { Exposure } from './e-process.ts';

/** Controls below this many are no group to compare with (reference/rollouts.md §5.4). */
const CONTROLS = 5;
/** Windows of its past without which nobody knows whether an agent is always so. */
const PAST_WINDOWS = 6;
/** An agent with more bad windows than this in its own past is left out, on both sides (reference/rollouts.md §5.5). */
const CHRONIC = 0.1;

/** Windows of a wave and of what it is compared with, step by step. */
export interface Series {
  /** Of the others: agents of the same strata at the same time, or the wave's own past. */
  readonly against: 'controls' | 'past';
  readonly steps: readonly Exposure[];
  readonly canaries: number;
  readonly controls: number;
  /** Agents of the wave that are left out: always bad, or without a past. */
  readonly left: number;
  /** Part of the windows that was bad before, on both sides. */
  readonly rate: number;
}

/**
 * The bad windows of a wave beside those of its controls at the same times, within each stratum; beside its own past, window
 * by window, where fewer than five controls are of the wave's strata. An agent-window counts once, however much went wrong in
 * it: one failed batch is thousands of items that are not independent.
 */
export function badWindows(windows: WaveWindows, isBad: IsBad): Series {
  const told = (agents: readonly Observed[]): readonly Told[] =>
    agents.map(({ agent, before, after }) => ({
      stratum: agent.stratum,
      before: timesOf(before, isBad),
      after: timesOf(after, isBad),
    }));
  const wave = told(windows.wave).filter(isUsual);
  const strata = new Set(wave.map(({ stratum }) => stratum));
  const controls = told(windows.controls.filter(({ agent }) => strata.has(agent.stratum))).filter(isUsual);
  const common = {
    canaries: wave.length,
    left: windows.wave.length - wave.length,
    rate: badPart([...wave, ...controls].flatMap(({ before }) => [...before.values()])),
  };
  return controls.length < CONTROLS
    ? { ...common, against: 'past', controls: 0, steps: againstPast(wave) }
    : { ...common, against: 'controls', controls: controls.length, steps: againstControls(wave, controls) };
}

/** Whether each window of an agent was bad, by its time. */
interface Told {
  readonly stratum: string;
  readonly before: ReadonlyMap<number, boolean>;
  readonly after: ReadonlyMap<number, boolean>;
}

function isUsual({ before }: Told): boolean {
  return before.size >= PAST_WINDOWS && badPart([...before.values()]) <= CHRONIC;
}

function badPart(windows: readonly boolean[]): number {
  return windows.length === 0 ? 0 : windows.filter((bad) => bad).length / windows.length;
}

type IsBad = (window: SignalWindow) => boolean;

/** Lists of windows do not change: each is looked through once. */
const known = new WeakMap<readonly SignalWindow[], Map<IsBad, ReadonlyMap<number, boolean>>>();

/** Windows of two processes at one time are one. */
function timesOf(windows: readonly SignalWindow[], isBad: IsBad): ReadonlyMap<number, boolean> {
  const byWhat = known.get(windows) ?? new Map<IsBad, ReadonlyMap<number, boolean>>();
  known.set(windows, byWhat);
  const before = byWhat.get(isBad);
  if (before !== undefined) return before;
  const times = new Map<number, boolean>();
  for (const window of windows) times.set(window.at, isBad(window) || times.get(window.at) === true);
  byWhat.set(isBad, times);
  return times;
}

interface Counts {
  canary: number;
  canaryBad: number;
  control: number;
  controlBad: number;
}

function againstControls(wave: readonly Told[], controls: readonly Told[]): readonly Exposure[] {
  const strata = [...new Set(wave.map(({ stratum }) => stratum))].toSorted(compareText);
  return strata
    .flatMap((stratum) => {
      const steps = new Map<number, Counts>();
      for (const { after } of wave.filter((told) => told.stratum === stratum)) {
        for (const [at, bad] of after) {
          const counts = madeAt(steps, at);
          counts.canary += 1;
          counts.canaryBad += bad ? 1 : 0;
        }
      }
      for (const { after } of controls.filter((told) => told.stratum === stratum)) {
        for (const [at, bad] of after) {
          const counts = madeAt(steps, at);
          counts.control += 1;
          counts.controlBad += bad ? 1 : 0;
        }
      }
      return [...steps];
    })
    .toSorted(([a], [b]) => a - b)
    .map(([, counts]) => counts);
}

/** The first window after against the first of the past, the second against the second; what has no partner does not count. */
function againstPast(wave: readonly Told[]): readonly Exposure[] {
  const steps = new Map<number, Counts>();
  for (const { before, after } of wave) {
    const past = [...before.values()];
    for (const [index, bad] of [...after.values()].slice(0, past.length).entries()) {
      const counts = madeAt(steps, index);
      counts.canary += 1;
      counts.canaryBad += bad ? 1 : 0;
      counts.control += 1;
      counts.controlBad += past[index] === true ? 1 : 0;
    }
  }
  return [...steps].toSorted(([a], [b]) => a - b).map(([, counts]) => counts);
}

function madeAt(steps: Map<number, Counts>, at: number): Counts {
  const counts = steps.get(at) ?? { canary: 0, canaryBad: 0, control: 0, controlBad: 0 };
  steps.set(at, counts);
  return counts;
}
