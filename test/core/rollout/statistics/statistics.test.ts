import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countedOnce } from '../../../../src/core/rollout/statistics/bad-windows.ts';
import { evidenceOf } from '../../../../src/core/rollout/statistics/e-process.ts';
import { chanceOfLarger } from '../../../../src/core/rollout/statistics/mann-whitney.ts';
import { visibleRatio } from '../../../../src/core/rollout/statistics/power.ts';

const step = (
  canary: number,
  canaryBad: number,
  control: number,
  controlBad: number,
): Parameters<typeof evidenceOf>[0][number] => ({
  canary,
  canaryBad,
  control,
  controlBad,
});

describe('evidence', () => {
  it('is what the formula says, for one window', () => {
    // p(x) = x·e_k / (x·e_k + e_c) with e_k = 2 and e_c = 8; one bad canary window.
    const chance = (ratio: number): number => (2 * ratio) / (2 * ratio + 8);
    const bets = [1.5, 2, 3, 5, 10, 20, 50].map((ratio) => chance(1.2 * ratio) / chance(1.2));
    expect(evidenceOf([step(2, 1, 8, 0)])).toBeCloseTo(bets.reduce((sum, bet) => sum + bet, 0) / 7, 12);
  });

  it('is 1 where nothing happened, and where one side is not there', () => {
    expect(evidenceOf([])).toBe(1);
    expect(evidenceOf([step(5, 0, 50, 0), step(5, 5, 0, 0), step(0, 0, 50, 50)])).toBe(1);
  });

  it('never falls with more windows, and holds against bad controls', () => {
    const bad = Array.from({ length: 4 }, () => step(5, 5, 50, 1));
    expect(evidenceOf(bad)).toBeGreaterThan(100);
    expect(evidenceOf([...bad, step(5, 0, 50, 50)])).toBe(evidenceOf(bad));
    expect(evidenceOf([step(5, 0, 50, 50), ...bad])).toBeLessThan(evidenceOf(bad));
  });

  it('is never gathered by what controls show in the same measure', () => {
    const many = fc.array(fc.record({ bad: fc.nat(10), size: fc.integer({ min: 10, max: 20 }) }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(many, fc.integer({ min: 1, max: 5 }), (steps, times) => {
        const alike = steps.map(({ bad, size }) => step(size, bad, times * size, times * bad));
        return evidenceOf(alike) < 1 + 1e-9;
      }),
      { numRuns: 100 },
    );
  });

  it('grows beyond all numbers without breaking', () => {
    expect(evidenceOf(Array.from({ length: 60 }, () => step(1000, 1000, 50, 0)))).toBe(Infinity);
  });
});

describe('what counts as bad', () => {
  it.each([
    ['.x.', '.x.'],
    ['.xx.', '.x..'],
    ['xxxx', 'x.x.'],
    ['xxx.xx', 'x.x.x.'],
  ])('%s: %s', (bad, counted) => {
    const flags = bad.split('').map((sign) => sign === 'x');
    expect(
      countedOnce(flags)
        .map((is) => (is ? 'x' : '.'))
        .join(''),
    ).toBe(counted);
  });
});

describe('Mann-Whitney', () => {
  /** All ways to deal the same values to two sides of these sizes. */
  function deals(all: readonly number[], size: number): readonly (readonly number[])[] {
    const [first, ...rest] = all;
    if (size === 0) return [[]];
    if (first === undefined) return [];
    return [...deals(rest, size - 1).map((deal) => [first, ...deal]), ...deals(rest, size)];
  }

  const wins = (values: readonly number[], others: readonly number[]): number =>
    values.reduce((sum, value) => sum + others.filter((other) => value > other).length, 0);

  it('gives the part of all deals that win as often, or more', () => {
    const side = fc.uniqueArray(fc.integer({ min: 0, max: 1000 }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(side, fc.nat(), (all, cut) => {
        const size = 1 + (cut % (all.length - 1));
        const [values, others] = [all.slice(0, size), all.slice(size)];
        const every = deals(all, size);
        const seen = wins(values, others);
        const asGood = every.filter(
          (deal) =>
            wins(
              deal,
              all.filter((value) => !deal.includes(value)),
            ) >= seen,
        );
        expect(chanceOfLarger(values, others)).toBeCloseTo(asGood.length / every.length, 9);
      }),
      { numRuns: 60 },
    );
  });

  it('is near the exact chance for many values, and 1 or a half where nothing differs', () => {
    const values = Array.from({ length: 15 }, (_, index) => index * 2 + 9);
    const others = Array.from({ length: 25 }, (_, index) => index * 2);
    const more = [...others, 1e6, -1e6];
    expect(Math.abs(chanceOfLarger(values, others) - chanceOfLarger(values, more))).toBeLessThan(0.03);
    expect(chanceOfLarger([], [1])).toBe(1);
    expect(chanceOfLarger([1, 1, 1], [1, 1, 1])).toBe(1);
    expect(chanceOfLarger([1, 2, 3, 3], [1, 2, 3, 3])).toBeGreaterThan(0.4);
  });
});

describe('what can be seen', () => {
  it.each([
    [1, 50, 10],
    [5, 50, 5],
    [20, 50, 3],
    [1, 1, 20],
  ])('with %i canaries and %i controls: %s times 2 %%', (canaries, controls, expected) => {
    expect(visibleRatio({ canaries, controls, steps: 60, rate: 0.02, odds: 100 })).toBe(expected);
  });

  it('is nothing before there are windows', () => {
    expect(visibleRatio({ canaries: 20, controls: 50, steps: 0, rate: 0.02, odds: 100 })).toBeUndefined();
  });
});
