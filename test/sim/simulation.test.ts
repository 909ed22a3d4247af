import { describe, expect, it } from 'vitest';
import { brokenText, runSeed } from './simulation.ts';

/** Seeds to run: a handful, or those that COLLIE_SIM_SEED names (`7`, `1-200`). `npm run sim` runs many. */
const [FIRST, LAST] = seedRange(process.env['COLLIE_SIM_SEED'] ?? '3-8');

function seedRange(text: string): readonly [number, number] {
  const [first, last] = text.split('-').map(Number);
  return [first ?? 1, last ?? first ?? 1];
}

describe(`rollouts under faults (seeds ${FIRST} to ${LAST}; one again: npm run sim -- --seed N)`, () => {
  it.each(Array.from({ length: LAST - FIRST + 1 }, (_, index) => FIRST + index))(
    'seed %i breaks no invariant',
    { timeout: 30_000 },
    async (seed) => {
      const outcome = await runSeed({ seed, agents: 20 + ((seed * 7) % 20) });
      expect(brokenText(outcome)).toBe('');
    },
  );

  it('is the same again with the same seed', async () => {
    const run = (): ReturnType<typeof runSeed> => runSeed({ seed: 3, agents: 20, replicas: 2 });
    const [one, two] = [await run(), await run()];
    expect(two.digest).toBe(one.digest);
    expect(two.lines).toEqual(one.lines);
    expect((await runSeed({ seed: 4, agents: 20, replicas: 2 })).digest).not.toBe(one.digest);
  });

  it.each([3, 4])(
    'goes the same way over SQLite as over the store of the simulator (seed %i)',
    async (seed) => {
      const [one, other] = [
        await runSeed({ seed, agents: 20, store: 'plain' }),
        await runSeed({ seed, agents: 20, store: 'sqlite' }),
      ];
      expect(brokenText(one)).toBe('');
      expect(brokenText(other)).toBe('');
      expect(other.agentsDigest).toBe(one.agentsDigest);
    },
  );
});
