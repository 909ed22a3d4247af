import { windowsOf } from '../flows/wave-windows.ts';
import type { WaveWindows } from '../flows/wave-windows.ts';
import type { SignalWindow } from '../signals.ts';
import { badWindows } from '../statistics/bad-windows.ts';
import type { Series } from '../statistics/bad-windows.ts';
import { TOLERATED_RATIO, evidenceOf } from '../statistics/e-process.ts';
import { visibleRatio } from '../statistics/power.ts';
import type { GateContext, GateNumber, Judgement } from './gate.ts';
import { idsOf, noun } from './tolerance.ts';
import { percentText, shortNumber } from './words.ts';

const ALPHA = 0.01;
/** Without controls, times of day count as well: stricter (reference/rollouts.md §5.5). */
const ALPHA_PAST = 0.001;
const STEPS = 6;
/** What the power is told for where the agents were never bad before; a ratio to nothing is none. */
const RATE = 0.02;

/** Settings of gates that compare how often windows are bad. */
export const REGRESSION: Readonly<Record<'alpha' | 'alphaPast' | 'tolerance', GateNumber>> = {
  alpha: {
    value: ALPHA,
    what: 'chance of a false alarm in a wave, however often it is looked at',
    minimum: 1e-9,
    maximum: 0.5,
  },
  alphaPast: {
    value: ALPHA_PAST,
    what: 'the same where the wave is compared with its own past',
    minimum: 1e-9,
    maximum: 0.5,
  },
  tolerance: {
    value: TOLERATED_RATIO,
    what: 'times as often as the controls that is no regression',
    minimum: 1,
  },
};

/**
 * Whether a wave has bad windows more often than its controls, by evidence that may be looked at after every window. Says how
 * much it could see at all: a few agents only show what is grossly worse. Undefined where no windows are there.
 * @param isBad what makes a window bad
 * @param what for sentences: `refused data`
 */
export function judgeRegression(
  context: GateContext,
  values: Readonly<Record<string, number>>,
  isBad: (window: SignalWindow) => boolean,
  what: string,
): Judgement | undefined {
  const windows = windowsOf(context);
  if (windows.wave.every(({ after }) => after.length === 0)) return undefined;
  const series = badWindows(windows, isBad, context.leastControls);
  const alpha =
    series.against === 'controls' ? (values['alpha'] ?? ALPHA) : (values['alphaPast'] ?? ALPHA_PAST);
  const evidence = evidenceOf(series.steps, values['tolerance']);
  const seen = sightOf(context, series, windows, 1 / alpha);
  if (evidence >= 1 / alpha) {
    const bad = windows.wave.filter(({ after }) => after.some(isBad)).map(({ agent }) => agent);
    const told = `${comparisonText(series, what)}, evidence ${evidence > 1e4 ? 'over 10k' : shortNumber(evidence)}:1${caveat(series)}`;
    // Too few controls to compare with still tell an outage that meets all from what the config does.
    return isCommon(series)
      ? { verdict: 'inconclusive', evidence: `${told}; controls show it as well`, agents: idsOf(bad) }
      : { verdict: 'fail', evidence: told, agents: idsOf(bad) };
  }
  if (seen === undefined) {
    const told = `statistics: not enough agents (${series.canaries})`;
    return { verdict: 'inconclusive', shadow: true, evidence: told, agents: [] };
  }
  const told = `${comparisonText(series, what)}, evidence ${shortNumber(evidence)}:1; ${seen} with ${series.canaries} ${noun(context, series.canaries)}${caveat(series)}`;
  const verdict = series.steps.length < STEPS ? 'inconclusive' : 'pass';
  return { verdict, evidence: told, agents: [] };
}

function isCommon({ against, controls, controlRate, waveRate }: Series): boolean {
  return against === 'past' && controls > 0 && controlRate * 2 >= waveRate;
}

/** `can see ≥ 3×`, at the size the comparison will have when the soak is over; undefined where it will see nothing. */
function sightOf(
  { soakEndsAt }: GateContext,
  { canaries, controls, against, rate }: Series,
  { windowMs, from }: WaveWindows,
  odds: number,
): string | undefined {
  const planned = Math.floor((soakEndsAt - from) / windowMs);
  const usual = Math.max(rate, RATE);
  const ratio = visibleRatio({
    canaries,
    controls: against === 'controls' ? controls : canaries,
    steps: Math.max(0, planned),
    rate: usual,
    odds,
  });
  return ratio === undefined ? undefined : `can see ≥ ${ratio}× of ${percentText(usual)} bad windows`;
}

function comparisonText({ against, waveRate, otherRate }: Series, what: string): string {
  const others = against === 'controls' ? 'at controls' : 'before';
  return `${what} in ${percentText(waveRate)} of windows (${percentText(otherRate)} ${others})`;
}

function caveat({ against, left }: Series): string {
  const time = against === 'past' ? '; no control group: time effects possible' : '';
  return left === 0 ? time : `${time}; ${left} left out, bad before or without a past`;
}
