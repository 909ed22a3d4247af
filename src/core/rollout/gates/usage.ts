import { windowsOf } from '../flows/wave-windows.ts';
import type { Observed } from '../flows/wave-windows.ts';
import type { SignalWindow } from '../signals.ts';
import { chanceOfLarger } from '../statistics/mann-whitney.ts';
import type { GateContext, GateNumber, Judgement } from './gate.ts';
import { idsOf, noun } from './tolerance.ts';
import { agentsOf } from './comparison.ts';
import { median } from './words.ts';

const RATIO = 1.3;
/** One in fifty, as Kayenta's confidence of 0.98. */
const CHANCE = 0.02;
const WINDOWS = 6;

/** Settings of gates that compare what processes use. */
export const USAGE: Readonly<Record<'ratio' | 'chance', GateNumber>> = {
  ratio: { value: RATIO, what: 'times as much as the controls that counts', minimum: 1 },
  chance: {
    value: CHANCE,
    what: 'chance of a false alarm at the end of a soak',
    minimum: 1e-9,
    maximum: 0.5,
  },
};

/**
 * Whether the collectors of a wave use more than those of the controls, each in proportion to its own past, by a one-sided
 * Mann-Whitney test over agents (its windows are not independent of each other). Looked at once, when the soak is over.
 * @param use what a window tells of it; undefined where it does not
 * @param what for sentences: `memory`
 */
export function judgeUsage(
  context: GateContext,
  values: Readonly<Record<string, number>>,
  use: (window: SignalWindow) => number | undefined,
  what: string,
): Judgement | undefined {
  const { ratio = RATIO, chance = CHANCE } = values;
  const windows = windowsOf(context);
  if (context.now < context.soakEndsAt) {
    const isTold = windows.wave.some(({ after }) => after.some((window) => use(window) !== undefined));
    const evidence = `${what} is judged when the soak is over`;
    return isTold ? { verdict: 'inconclusive', evidence, agents: [] } : undefined;
  }
  const wave = growths(windows.wave, use);
  const controls = growths(windows.controls, use);
  if (wave.size === 0) return undefined;
  if (leastChance(wave.size, controls.size) > chance) {
    const told = `statistics: not enough agents (${wave.size}, and ${controls.size} controls)`;
    return { verdict: 'inconclusive', shadow: true, evidence: told, agents: [] };
  }
  const [now, usual] = [median([...wave.values()]), median([...controls.values()])];
  const told = `${what} ${times(now)} of before on ${wave.size} ${noun(context, wave.size)} (${controls.size} controls: ${times(usual)})`;
  const isMore = now > usual * ratio && chanceOfLarger([...wave.values()], [...controls.values()]) <= chance;
  const high = [...wave].filter(([, growth]) => growth > usual * ratio).map(([observed]) => observed);
  return { verdict: isMore ? 'fail' : 'pass', evidence: told, agents: isMore ? idsOf(agentsOf(high)) : [] };
}

/** What each agent uses now, in proportion to what it used before; only of agents of which both are known. */
function growths(
  agents: readonly Observed[],
  use: (window: SignalWindow) => number | undefined,
): ReadonlyMap<Observed, number> {
  const found = new Map<Observed, number>();
  for (const observed of agents) {
    const [before, after] = [observed.before, observed.after].map((windows) =>
      windows.flatMap((window) => use(window) ?? []),
    );
    if (before === undefined || after === undefined) continue;
    const usual = median(before);
    if (before.length >= WINDOWS && after.length >= WINDOWS && usual > 0) {
      found.set(observed, median(after) / usual);
    }
  }
  return found;
}

/** The smallest chance that the test can give for groups of these sizes: one order among all. */
function leastChance(n: number, m: number): number {
  let orders = 1;
  for (let index = 1; index <= Math.min(n, m) && orders < 1e9; index += 1) {
    orders = (orders * (n + m - index + 1)) / index;
  }
  return 1 / orders;
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)}×`;
}
