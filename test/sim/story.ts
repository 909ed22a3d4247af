import { expect } from 'vitest';
import { hasEnded } from '../../src/core/rollout/rollout.ts';
import { phaseSize } from '../../src/core/rollout/waves.ts';
import { Simulation } from './simulation.ts';

const AGENTS = 9;
const MINUTE = 60_000;

async function invariants(simulation: Simulation): Promise<void> {
  const open = await simulation.store.rollouts.open();
  const active = open.filter(({ state }) => !hasEnded(state));
  expect(active.length, 'INV-07: at most one active rollout').toBeLessThanOrEqual(1);
  for (const rollout of active) {
    const released = Array.from({ length: rollout.phase }, (_, phase) => phaseSize(rollout.policy, phase));
    const allowed = released.reduce((sum, size) => sum + size, 0);
    const offered = rollout.members.filter(({ offeredAt }) => offeredAt !== undefined);
    expect(offered.length, 'INV-01: no more offered than the released phases').toBeLessThanOrEqual(allowed);
  }
}

/** A story out of one seed: versions good and bad, crashes, commands; then quiet. */
export async function story(seed: number): Promise<Simulation> {
  const simulation = await Simulation.create(seed, AGENTS);
  const check = (): Promise<void> => invariants(simulation);
  await simulation.run(simulation.now + 1000, check);
  for (let version = 1; version <= 4; version += 1) {
    const bad = new Set(
      simulation.agents.filter(() => version > 1 && simulation.chance(0.25)).map(({ id }) => id),
    );
    await simulation.apply(version, bad);
    await simulation.start(simulation.below(3));
    const crashes = simulation.below(3);
    for (let index = 0; index < crashes; index += 1) {
      simulation.after(simulation.below(40_000), () => simulation.crash());
    }
    for (const agent of simulation.agents) {
      if (simulation.chance(0.2)) simulation.after(simulation.below(40_000), () => simulation.drop(agent));
    }
    if (simulation.chance(0.3)) {
      simulation.after(simulation.below(10_000), async () => {
        const { state } = await simulation.control.pause('node');
        simulation.paused = state === 'paused';
      });
      simulation.after(15_000, async () => {
        simulation.paused = false;
        await simulation.control.resume('node').catch(() => undefined);
      });
    }
    // Sometimes the next version comes while this one is under way.
    await simulation.run(simulation.now + (simulation.chance(0.3) ? 8000 : 3 * MINUTE), check);
  }
  simulation.faults = false;
  simulation.paused = false;
  await simulation.control.resume('node').catch(() => undefined);
  await simulation.run(simulation.now + 10 * MINUTE, check);
  return simulation;
}
