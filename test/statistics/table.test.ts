import { describe, expect, it } from 'vitest';
import { visibleRatio } from '../../src/core/rollout/statistics/power.ts';
import { CANARIES, ROWS, play } from './table.ts';

/** `npm run stats` plays the 4,000 waves a cell of the reference; here fewer are enough to see that nothing is off. */
const RUNS = process.env['COLLIE_LAWS'] === 'full' ? 4000 : 120;
const REFERENCE_RUNS = 4000;
/** Percentage points beside three standard deviations of both: how the reference played chronic agents is not written down. */
const ALLOWANCE = 1.5;

describe('sequential statistics stop waves as often as the reference says (rollouts.md §5.5)', () => {
  it.each(ROWS)('$name', (row) => {
    const cells = CANARIES.map((canaries, index) => {
      const [low, high] = row.reference[index] ?? [0, 100];
      const { percent } = play(row, canaries, RUNS, 1);
      const spread = (value: number): number => {
        const part = Math.min(0.99, Math.max(0.01, value / 100));
        return 300 * Math.sqrt(part * (1 - part) * (1 / RUNS + 1 / REFERENCE_RUNS));
      };
      const isNear = percent >= low - spread(low) - ALLOWANCE && percent <= high + spread(high) + ALLOWANCE;
      return isNear ? 'as printed' : `${percent} % with ${canaries}, printed ${row.printed[index]}`;
    });
    expect(cells).toEqual(CANARIES.map(() => 'as printed'));
  });
});

describe('what statistics say they can see', () => {
  it.each(CANARIES)('is seen in four of five waves, with %i canaries', (canaries) => {
    const ratio = visibleRatio({ canaries, controls: 50, steps: 60, rate: 0.02, odds: 100 }) ?? 0;
    const { percent } = play({ name: '', base: 0.02, ratio, reference: [], printed: [] }, canaries, RUNS, 2);
    expect(percent).toBeGreaterThan(80);
  });
});
