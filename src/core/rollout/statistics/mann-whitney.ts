/** Up to this many values on both sides the chance is counted out; above, the normal distribution is near enough. */
const COUNTED = 40;

/**
 * The chance that values drawn alike would lie as far above the others as these do, or farther (one-sided Mann-Whitney U,
 * ties shared). Counted out exactly for few values without ties; by the normal distribution, corrected for ties and steps, else.
 * @returns 1 where a side is empty
 */
export function chanceOfLarger(values: readonly number[], others: readonly number[]): number {
  const [n, m] = [values.length, others.length];
  if (n === 0 || m === 0) return 1;
  let wins = 0;
  let hasTies = false;
  for (const value of values) {
    for (const other of others) {
      if (value > other) wins += 1;
      else if (value === other) {
        wins += 0.5;
        hasTies = true;
      }
    }
  }
  return hasTies || n + m > COUNTED ? normalChance(wins, values, others) : exactChance(wins, n, m);
}

/** Part of all orders of n values among m others in which the values win at least so often. */
function exactChance(wins: number, n: number, m: number): number {
  // ways[i][u]: orders of i values among j others that win u times, for j growing from 0 to m.
  let ways = Array.from({ length: n + 1 }, () => [1]);
  for (let j = 1; j <= m; j += 1) {
    const next: number[][] = [[1]];
    for (let i = 1; i <= n; i += 1) {
      const last = ways[i] ?? [];
      const before = next[i - 1] ?? [];
      // The largest of all is one of the others (no win more), or a value (it wins against all j).
      next.push(
        Array.from({ length: i * j + 1 }, (_, u) => (last[u] ?? 0) + (u >= j ? (before[u - j] ?? 0) : 0)),
      );
    }
    ways = next;
  }
  const orders = ways[n] ?? [];
  const all = orders.reduce((sum, count) => sum + count, 0);
  return orders.slice(Math.ceil(wins)).reduce((sum, count) => sum + count, 0) / all;
}

function normalChance(wins: number, values: readonly number[], others: readonly number[]): number {
  const [n, m] = [values.length, others.length];
  const ranks = new Map<number, number>();
  for (const value of [...values, ...others]) ranks.set(value, (ranks.get(value) ?? 0) + 1);
  const ties = [...ranks.values()].reduce((sum, count) => sum + count ** 3 - count, 0);
  const size = n + m;
  const variance = ((n * m) / 12) * (size + 1 - ties / (size * (size - 1)));
  if (variance <= 0) return 1;
  return upperTail((wins - (n * m) / 2 - 0.5) / Math.sqrt(variance));
}

/** The part of a normal distribution above so many standard deviations (Abramowitz and Stegun 26.2.17, error below 1e-7). */
function upperTail(deviations: number): number {
  if (deviations < 0) return 1 - upperTail(-deviations);
  const t = 1 / (1 + 0.231_641_9 * deviations);
  const series =
    t *
    (0.319_381_530 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
  return (Math.exp((-deviations * deviations) / 2) / Math.sqrt(2 * Math.PI)) * series;
}
