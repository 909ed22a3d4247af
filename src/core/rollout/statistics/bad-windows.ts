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
  /** Controls of the wave's strata, also where they are too few to compare with. */
  readonly controls: number;
  /** Agents of the wave that are left out: always bad, or without a past. */
  readonly left: number;
  /** Part of the windows that was bad before, on both sides. */
  readonly rate: number;
  /** Part that is bad now, of the wave and of what it is compared with. */
  readonly waveRate: number;
  readonly otherRate: number;
  /** Part that is bad now of the controls there are, however few. */
  readonly controlRate: number;
}

/**
 * The bad windows of a wave beside those of its controls at the same times, within each stratum; beside its own past, window
 * by window, where fewer controls than asked for (five, unless the policy says) are of the wave's strata. An agent-window counts once, however much went wrong in
 * it: one failed batch is thousands of items that are not independent.
 */
export function badWindows(windows: WaveWindows, isBad: IsBad, least: number = CONTROLS): Series {
  const told = (agents: readonly Observed[]): readonly Told[] =>
    agents.map(({ agent, before, after }) => ({
      stratum: agent.stratum,
      before: timesOf(before, isBad),
      after: timesOf(after, isBad),
    }));
  const wave = told(windows.wave).filter(isUsual);
  const strata = new Set(wave.map(({ stratum }) => stratum));
  const controls = told(windows.controls.filter(({ agent }) => strata.has(agent.stratum))).filter(isUsual);
  const hasControls = controls.length >= Math.max(1, least);
  return {
    against: hasControls ? 'controls' : 'past',
    steps: hasControls ? againstControls(wave, controls) : againstPast(wave),
    canaries: wave.length,
    controls: controls.length,
    left: windows.wave.length - wave.length,
    rate: badPart([...wave, ...controls].map(({ before }) => before)),
    waveRate: badPart(wave.map(({ after }) => after)),
    otherRate: badPart(hasControls ? controls.map(({ after }) => after) : wave.map(({ before }) => before)),
    controlRate: badPart(controls.map(({ after }) => after)),
  };
}

/**
 * Which bad windows count: of those in a row every second, from the first on. One failure is told by one message, whose time
 * spans two windows, so that both are bad; counted twice, it would make chance look like evidence.
 */
export function countedOnce(bad: readonly boolean[]): readonly boolean[] {
  let isLastCounted = false;
  return bad.map((is) => {
    isLastCounted = is && !isLastCounted;
    return isLastCounted;
  });
}

interface Telling {
  readonly bad: boolean;
  readonly counts: boolean;
}

/** What each window of an agent says, by its time. */
type Times = ReadonlyMap<number, Telling>;

interface Told {
  readonly stratum: string;
  readonly before: Times;
  readonly after: Times;
}

function isUsual({ before }: Told): boolean {
  return before.size >= PAST_WINDOWS && badPart([before]) <= CHRONIC;
}

/** Part of the windows of agents that is bad. */
function badPart(agents: readonly Times[]): number {
  const windows = agents.flatMap((times) => [...times.values()]);
  return windows.length === 0 ? 0 : windows.filter(({ bad }) => bad).length / windows.length;
}

type IsBad = (window: SignalWindow) => boolean;

/** Lists of windows do not change: each is looked through once. */
const known = new WeakMap<readonly SignalWindow[], Map<IsBad, Times>>();

/** Windows of two processes at one time are one. */
function timesOf(windows: readonly SignalWindow[], isBad: IsBad): Times {
  const byWhat = known.get(windows) ?? new Map<IsBad, Times>();
  known.set(windows, byWhat);
  const before = byWhat.get(isBad);
  if (before !== undefined) return before;
  const bad = new Map<number, boolean>();
  for (const window of windows) bad.set(window.at, isBad(window) || bad.get(window.at) === true);
  const counts = countedOnce([...bad.values()]);
  const times = new Map([...bad].map(([at, is], index) => [at, { bad: is, counts: counts[index] === true }]));
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
        for (const [at, told] of after) {
          const counts = madeAt(steps, at);
          counts.canary += 1;
          counts.canaryBad += told.counts ? 1 : 0;
        }
      }
      for (const { after } of controls.filter((told) => told.stratum === stratum)) {
        for (const [at, told] of after) {
          const counts = madeAt(steps, at);
          counts.control += 1;
          counts.controlBad += told.counts ? 1 : 0;
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
    for (const [index, told] of [...after.values()].slice(0, past.length).entries()) {
      const counts = madeAt(steps, index);
      counts.canary += 1;
      counts.canaryBad += told.counts ? 1 : 0;
      counts.control += 1;
      counts.controlBad += past[index]?.counts === true ? 1 : 0;
    }
  }
  return [...steps].toSorted(([a], [b]) => a - b).map(([, counts]) => counts);
}

function madeAt(steps: Map<number, Counts>, at: number): Counts {
  const counts = steps.get(at) ?? { canary: 0, canaryBad: 0, control: 0, controlBad: 0 };
  steps.set(at, counts);
  return counts;
}
