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
export function badWindows(windows: WaveWindows, isBad: (window: SignalWindow) => boolean): Series {
  const wave = windows.wave.filter((observed) => isUsual(observed, isBad));
  const strata = new Set(wave.map(({ agent }) => agent.stratum));
  const controls = windows.controls.filter(
    (observed) => strata.has(observed.agent.stratum) && isUsual(observed, isBad),
  );
  const past = [...wave, ...controls].flatMap(({ before }) => before);
  const common = {
    canaries: wave.length,
    left: windows.wave.length - wave.length,
    rate: past.length === 0 ? 0 : past.filter(isBad).length / past.length,
  };
  return controls.length < CONTROLS
    ? { ...common, against: 'past', controls: 0, steps: againstPast(wave, isBad) }
    : {
        ...common,
        against: 'controls',
        controls: controls.length,
        steps: againstControls(wave, controls, isBad),
      };
}

function isUsual({ before }: Observed, isBad: (window: SignalWindow) => boolean): boolean {
  return before.length >= PAST_WINDOWS && before.filter(isBad).length <= CHRONIC * before.length;
}

interface Counts {
  canary: number;
  canaryBad: number;
  control: number;
  controlBad: number;
}

function againstControls(
  wave: readonly Observed[],
  controls: readonly Observed[],
  isBad: (window: SignalWindow) => boolean,
): readonly Exposure[] {
  const steps = new Map<number, Map<string, Counts>>();
  const countsAt = (at: number, stratum: string): Counts => {
    const strata = steps.get(at) ?? new Map<string, Counts>();
    steps.set(at, strata);
    const counts = strata.get(stratum) ?? { canary: 0, canaryBad: 0, control: 0, controlBad: 0 };
    strata.set(stratum, counts);
    return counts;
  };
  for (const { agent, after } of wave) {
    for (const [at, bad] of timesOf(after, isBad)) {
      const counts = countsAt(at, agent.stratum);
      counts.canary += 1;
      counts.canaryBad += bad ? 1 : 0;
    }
  }
  for (const { agent, after } of controls) {
    for (const [at, bad] of timesOf(after, isBad)) {
      const counts = countsAt(at, agent.stratum);
      counts.control += 1;
      counts.controlBad += bad ? 1 : 0;
    }
  }
  return [...steps]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([, strata]) =>
      [...strata].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, counts]) => counts),
    );
}

/** The first window after against the first of the past, the second against the second; what has no partner does not count. */
function againstPast(
  wave: readonly Observed[],
  isBad: (window: SignalWindow) => boolean,
): readonly Exposure[] {
  const steps: Counts[] = [];
  for (const { before, after } of wave) {
    const past = [...timesOf(before, isBad).values()];
    for (const [index, bad] of [...timesOf(after, isBad).values()].slice(0, past.length).entries()) {
      const step = (steps[index] ??= { canary: 0, canaryBad: 0, control: 0, controlBad: 0 });
      step.canary += 1;
      step.canaryBad += bad ? 1 : 0;
      step.control += 1;
      step.controlBad += past[index] === true ? 1 : 0;
    }
  }
  return steps;
}

/** Whether anything was bad at each time, by time; windows of two processes at one time are one. */
function timesOf(
  windows: readonly SignalWindow[],
  isBad: (window: SignalWindow) => boolean,
): ReadonlyMap<number, boolean> {
  const times = new Map<number, boolean>();
  for (const window of windows) times.set(window.at, times.get(window.at) === true || isBad(window));
  return times;
}
