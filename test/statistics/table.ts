import { RATIOS, TOLERATED_RATIO, evidenceOf } from '../../src/core/rollout/statistics/e-process.ts';
import type { Exposure } from '../../src/core/rollout/statistics/e-process.ts';
import { countedOnce } from '../../src/core/rollout/statistics/bad-windows.ts';
import { randomOf } from './random.ts';

/** What all simulated waves have in common (reference/rollouts.md §5.5). */
const WINDOWS = 60;
const CONTROLS = 50;
const ODDS = 100;
/** Windows of its past by which an agent that is always bad is found out. */
const PAST = 60;
/** Part of its windows in which such an agent is bad; the reference does not say what it took. */
const CHRONIC_RATE = 0.8;
const CHRONIC_SHARE = 0.05;
/** The window from which the test is asked that is made for one look; before, there is too little for any. */
const NAIVE_FROM = 5;

export const CANARIES: readonly number[] = [1, 5, 20];

/** One row of the table: a world, and what share of waves is stopped in it, as the reference found. */
export interface Row {
  readonly name: string;
  /** Share of bad windows without a regression. */
  readonly base: number;
  /** How many times as often canaries are bad; Infinity: always. */
  readonly ratio: number;
  readonly chronic?: 'kept' | 'dropped';
  /** Each failure shows in two windows, and is counted once. */
  readonly smeared?: true;
  /** Steps in which nobody gets anything through. */
  readonly outage?: { readonly from: number; readonly steps: number };
  /** The test that is no sequential one: z > 1.645 at any look. */
  readonly naive?: true;
  /** For 1, 5 and 20 canaries: lowest and highest percentage in the reference. */
  readonly reference: readonly (readonly [number, number])[];
  /** What the reference prints. */
  readonly printed: readonly string[];
}

export const ROWS: readonly Row[] = [
  {
    name: 'false alarm, base 0.5 %',
    base: 0.005,
    ratio: 1,
    reference: [
      [0.1, 0.1],
      [0.2, 0.2],
      [0.1, 0.1],
    ],
    printed: ['0.1 %', '0.2 %', '0.1 %'],
  },
  {
    name: 'false alarm, base 2 %',
    base: 0.02,
    ratio: 1,
    reference: [
      [0.1, 0.1],
      [0.1, 0.1],
      [0.1, 0.1],
    ],
    printed: ['0.1 %', '0.1 %', '0.1 %'],
  },
  {
    name: 'false alarm, base 10 %',
    base: 0.1,
    ratio: 1,
    reference: [
      [0, 0],
      [0, 0],
      [0, 0.1],
    ],
    printed: ['0 %', '0 %', '< 0.1 %'],
  },
  {
    name: 'false alarm with 5 % agents that are always bad',
    base: 0.02,
    ratio: 1,
    chronic: 'kept',
    reference: [
      [5.4, 5.4],
      [18, 18],
      [18, 18],
    ],
    printed: ['5.4 %', '18 %', '18 %'],
  },
  {
    name: 'the same, those with > 10 % bad in their past dropped',
    base: 0.02,
    ratio: 1,
    chronic: 'dropped',
    reference: [
      [0.1, 0.1],
      [0.2, 0.2],
      [0.1, 0.1],
    ],
    printed: ['0.1 %', '0.2 %', '0.1 %'],
  },
  {
    name: 'the same, and an outage of 100 s that meets both',
    base: 0.02,
    ratio: 1,
    chronic: 'dropped',
    outage: { from: 25, steps: 10 },
    reference: [
      [0, 0],
      [0.1, 0.1],
      [0, 0.1],
    ],
    printed: ['0 %', '0.1 %', '< 0.1 %'],
  },
  {
    name: 'finds 3 × 2 %',
    base: 0.02,
    ratio: 3,
    reference: [
      [6, 6],
      [43, 46],
      [96, 97],
    ],
    printed: ['6 %', '43–46 % (35)', '96–97 % (23)'],
  },
  {
    name: 'finds 10 × 2 %',
    base: 0.02,
    ratio: 10,
    reference: [
      [90, 95],
      [100, 100],
      [100, 100],
    ],
    printed: ['90–95 % (23)', '100 % (6)', '100 % (3)'],
  },
  {
    name: 'finds "always bad"',
    base: 0.02,
    ratio: Infinity,
    reference: [
      [95, 100],
      [100, 100],
      [100, 100],
    ],
    printed: ['95–100 % (2)', '100 % (1)', '100 % (1)'],
  },
  {
    name: 'false alarm, base 2 %, each failure in two windows',
    base: 0.02,
    ratio: 1,
    smeared: true,
    reference: [
      [0.1, 0.1],
      [0.1, 0.1],
      [0.1, 0.1],
    ],
    printed: ['–', '–', '–'],
  },
  {
    name: 'a z test looked at each window: false alarm',
    base: 0.02,
    ratio: 1,
    naive: true,
    reference: [
      [27, 27],
      [26, 26],
      [25, 25],
    ],
    printed: ['27 %', '26 %', '25 %'],
  },
];

/** What many simulated waves gave: the share that was stopped, and the window at which half of those had been. */
export interface Cell {
  readonly percent: number;
  readonly medianWindow?: number;
}

/** Plays so many waves of one row. The same seed gives the same cell. */
export function play(row: Row, canaries: number, runs: number, seed: number): Cell {
  const stops: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const random = randomOf(seed * 1_000_003 + run);
    const stop = stopOf(row, stepsOf(row, canaries, random));
    if (stop !== undefined) stops.push(stop);
  }
  const sorted = stops.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  return {
    percent: (100 * stops.length) / runs,
    ...(middle === undefined ? {} : { medianWindow: middle }),
  };
}

function stepsOf(row: Row, canaries: number, random: () => number): readonly Exposure[] {
  const wave = agentsOf(row, canaries, random).map((rate) =>
    Math.min(1, row.ratio === Infinity ? 1 : rate * row.ratio),
  );
  const controls = agentsOf(row, CONTROLS, random);
  const told = [wave, controls].map((rates) => rates.map((rate) => windowsOf(row, rate, random)));
  const badOf = (side: number, step: number): number =>
    told[side]?.filter((windows) => windows[step] === true).length ?? 0;
  return Array.from({ length: WINDOWS }, (_, step) => {
    const { from = 0, steps = 0 } = row.outage ?? {};
    const isOut = step >= from && step < from + steps;
    return {
      canary: wave.length,
      canaryBad: isOut ? wave.length : badOf(0, step),
      control: controls.length,
      controlBad: isOut ? controls.length : badOf(1, step),
    };
  });
}

/** Which windows of one agent count as bad. */
function windowsOf({ smeared }: Row, rate: number, random: () => number): readonly boolean[] {
  const failures = Array.from({ length: WINDOWS + 1 }, () => random() < rate);
  if (smeared !== true) return failures.slice(1);
  return countedOnce(failures.slice(1).map((fails, index) => fails || failures[index] === true));
}

/** Rates of bad windows of agents; those that are always bad have shown it in their past, and are dropped where that is asked. */
function agentsOf({ base, chronic }: Row, count: number, random: () => number): readonly number[] {
  const rates = Array.from({ length: count }, () =>
    chronic !== undefined && random() < CHRONIC_SHARE ? CHRONIC_RATE : base,
  );
  if (chronic !== 'dropped') return rates;
  return rates.filter((rate) => {
    const bad = Array.from({ length: PAST }, () => random() < rate).filter((is) => is).length;
    return bad <= 0.1 * PAST;
  });
}

/** The number of windows after which the wave is stopped, from 1; undefined where it is not. */
function stopOf(row: Row, steps: readonly Exposure[]): number | undefined {
  const isStopped = (count: number): boolean =>
    row.naive === true ? isNaivelyWorse(steps.slice(0, count)) : evidenceOf(steps.slice(0, count)) >= ODDS;
  if (row.naive === true) {
    const at = steps.findIndex((_, index) => index + 1 >= NAIVE_FROM && isStopped(index + 1));
    return at < 0 ? undefined : at + 1;
  }
  if (!isStopped(steps.length)) return undefined;
  // The largest evidence so far never falls: the step is found by halving.
  let [low, high] = [1, steps.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isStopped(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Two shares compared by a normal distribution, as if there was one look. */
function isNaivelyWorse(steps: readonly Exposure[]): boolean {
  const sum = (key: keyof Exposure): number => steps.reduce((all, step) => all + step[key], 0);
  const [canary, control] = [sum('canary'), sum('control')];
  const pooled = (sum('canaryBad') + sum('controlBad')) / (canary + control);
  const spread = Math.sqrt(pooled * (1 - pooled) * (1 / canary + 1 / control));
  return spread > 0 && (sum('canaryBad') / canary - sum('controlBad') / control) / spread > 1.645;
}

/** What the bets are, for the head of the table. */
export const SETTINGS: string = `${WINDOWS} windows, ${CONTROLS} controls, tolerated ${TOLERATED_RATIO}×, bets on ${RATIOS.join(', ')}×, stopped at ${ODDS}:1`;
