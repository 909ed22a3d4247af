import { RATIOS, TOLERATED_RATIO } from './e-process.ts';

/** What a comparison has to work with. */
export interface Trial {
  /** Windows of canaries and of controls in one step. */
  readonly canaries: number;
  readonly controls: number;
  readonly steps: number;
  /** Part of the windows that is bad without any regression. */
  readonly rate: number;
  /** Evidence at which the wave fails, to one. */
  readonly odds: number;
}

/**
 * The smallest ratio of rates, of those that are bet on, that a comparison of this size finds in about five cases of six;
 * undefined where it finds none of them. An estimate: the evidence that the best bet gathers on average, less one standard
 * deviation, against what is needed.
 */
export function visibleRatio({ canaries, controls, steps, rate, odds }: Trial): number | undefined {
  const needed = Math.log(odds) + Math.log(RATIOS.length);
  return RATIOS.find((ratio) => {
    const bad = Math.min(1, rate * ratio);
    return RATIOS.some((bet) => {
      const chance = (times: number): number => (times * canaries) / (times * canaries + controls);
      const gain = Math.log(chance(bet * TOLERATED_RATIO) / chance(TOLERATED_RATIO));
      const cost = Math.log((1 - chance(bet * TOLERATED_RATIO)) / (1 - chance(TOLERATED_RATIO)));
      const mean = steps * (canaries * bad * gain + controls * rate * cost);
      const variance =
        steps * (canaries * bad * (1 - bad) * gain ** 2 + controls * rate * (1 - rate) * cost ** 2);
      return mean - Math.sqrt(variance) >= needed;
    });
  });
}
