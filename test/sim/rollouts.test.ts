import { describe, expect, it } from 'vitest';
import { APP_LIMITS } from '../../app/limits.ts';
import { hasEnded } from '../../src/core/rollout/rollout.ts';
import type { Simulation } from './simulation.ts';
import { story } from './story.ts';

/** Seeds to run: a handful, many in the long run, or those that COLLIE_SIM_SEED names (`7`, `1-200`). */
const [FIRST, LAST] = seedRange(
  process.env['COLLIE_SIM_SEED'] ?? (process.env['COLLIE_LAWS'] === 'full' ? '1-800' : '1-12'),
);

function seedRange(text: string): readonly [number, number] {
  const [first, last] = text.split('-').map(Number);
  return [first ?? 1, last ?? first ?? 1];
}

/** Checked over everything that was sent. */
function sendings({ sendings, refusals }: Simulation): void {
  for (const { text } of sendings) expect(text.trim(), 'INV-09: never an empty config').not.toBe('');
  const counts = new Map<string, number>();
  for (const { agent, hash, decision, text } of sendings) {
    if (!text.includes(agent)) continue;
    const key = `${agent} ${hash} ${decision}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    expect(counts.get(key), `INV-02: ${key}`).toBeLessThanOrEqual(APP_LIMITS.offersPerConfig);
  }
  for (const { agent, hash, decision } of refusals) {
    const sent = sendings.filter(
      (item) => item.agent === agent && item.hash === hash && item.decision === decision,
    );
    expect(sent.length, `INV-02: refused and sent again: ${agent}`).toBeLessThanOrEqual(
      APP_LIMITS.offersPerConfig,
    );
  }
}

describe(`rollouts under faults (seeds ${FIRST} to ${LAST}; one again: COLLIE_SIM_SEED=n)`, () => {
  it.each(Array.from({ length: LAST - FIRST + 1 }, (_, index) => FIRST + index))(
    'seed %i',
    { timeout: 30_000 },
    async (seed) => {
      const simulation = await story(seed);
      sendings(simulation);
      expect(simulation.warnings).toEqual([]);
      const held = simulation.sendings.filter(({ paused, hash }) => paused && hash === '');
      expect(held).toEqual([]);
      const open = await simulation.store.rollouts.open();
      expect(
        open.filter(({ state }) => !hasEnded(state)).map(({ id, state }) => `${id} ${state}`),
        'INV-18: every rollout ends',
      ).toEqual([]);
      const ledger = simulation.engine.ledger;
      for (const { id, running, connected, temper } of simulation.agents) {
        const target = simulation.engine.agents.get(id)?.target;
        if (target === undefined || !connected || ledger.refused(id, target.hash)) continue;
        const config = await simulation.engine.config(target.hash);
        expect(running, `INV-04: ${id} (${temper}) runs its desired config`).toBe(config?.text);
      }
      await simulation.store.close();
    },
  );

  it('is the same again with the same seed', async () => {
    const [one, two] = [await story(7), await story(7)];
    expect(two.sendings).toEqual(one.sendings);
    await one.store.close();
    await two.store.close();
  });
});
