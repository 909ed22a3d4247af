/** Windows of one step of time and one stratum, and how many of them were bad. */
export interface Exposure {
  readonly canary: number;
  readonly canaryBad: number;
  readonly control: number;
  readonly controlBad: number;
}

/** A rate of bad windows up to this many times that of the controls is no regression (reference/rollouts.md §5.5). */
export const TOLERATED_RATIO = 1.2;
/** The ratios of rates, above the tolerated one, that are bet on in equal parts. */
export const RATIOS: readonly number[] = [1.5, 2, 3, 5, 10, 20, 50];

/**
 * The largest evidence, at any step, that canaries have bad windows more than `tolerated` times as often as controls: how
 * many to one somebody would have won who bet on it. It may be looked at after every step: where there is no such
 * difference it reaches 1/α with a probability of at most α, however often one looks (Ville's inequality; a mixture of
 * likelihood ratios of k canary windows among the k + c bad ones, reference/rollouts.md §5.5). Windows of one step are
 * taken as rare events; when bad windows are common it is conservative.
 * @param steps in the order of time; several strata of one time in any order that does not depend on what was seen
 * @returns 1 and more; Infinity where a number cannot hold it
 */
export function evidenceOf(steps: readonly Exposure[], tolerated: number = TOLERATED_RATIO): number {
  const logs = RATIOS.map(() => 0);
  let highest = 0;
  for (const { canary, canaryBad, control, controlBad } of steps) {
    if (canary === 0 || control === 0 || canaryBad + controlBad === 0) continue;
    const chance = (ratio: number): number => (ratio * canary) / (ratio * canary + control);
    const usual = chance(tolerated);
    for (const [index, ratio] of RATIOS.entries()) {
      const bet = chance(ratio * tolerated);
      logs[index] =
        (logs[index] ?? 0) +
        canaryBad * Math.log(bet / usual) +
        controlBad * Math.log((1 - bet) / (1 - usual));
    }
    highest = Math.max(highest, logOfMean(logs));
  }
  return Math.exp(highest);
}

function logOfMean(logs: readonly number[]): number {
  const largest = Math.max(...logs);
  return largest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - largest), 0) / logs.length);
}
