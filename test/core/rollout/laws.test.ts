import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import type { Member, ObservedAgent } from '../../../src/core/rollout/rollout.ts';
import { hasEnded, isSettled } from '../../../src/core/rollout/rollout.ts';
import { totalsOf } from '../../../src/core/rollout/view-of.ts';
import { phaseSize } from '../../../src/core/rollout/waves.ts';
import { POLICY, TARGET, World, member, rollout } from './fixtures.ts';

const RUNS = process.env['COLLIE_LAWS'] === 'full' ? 20_000 : 200;

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

/** One thing that can happen to one agent, or time passing. */
const happening = fc.record({
  agent: fc.constantFrom(...names),
  what: fc.constantFrom(
    'apply',
    'applying',
    'fail',
    'forget',
    'leave',
    'return',
    'sick',
    'well',
    'wait',
    'old-news',
  ),
  milliseconds: fc.integer({ min: 1, max: 80_000 }),
});

const setting = fc.record({
  size: fc.integer({ min: 0, max: names.length }),
  fresh: fc.subarray(names),
  maxErrors: fc.integer({ min: 0, max: 3 }),
  initial: fc.integer({ min: 1, max: 3 }),
  multiplier: fc.integer({ min: 1, max: 5 }),
  rollbackOnFailure: fc.boolean(),
  happenings: fc.array(happening, { maxLength: 60 }),
});

type Setting = typeof setting extends fc.Arbitrary<infer T> ? T : never;

function worldOf({ size, fresh, maxErrors, initial, multiplier, rollbackOnFailure }: Setting): World {
  const members = names.slice(0, size).map((name): Member => {
    const { previousHash: _, ...without } = member(name);
    return fresh.includes(name) ? without : member(name);
  });
  return new World(
    rollout(members, { policy: { ...POLICY, maxErrors, initial, multiplier, rollbackOnFailure } }),
  );
}

/** Carries one happening out: agents answer for what they were sent last. */
function happen(
  world: World,
  { agent, what, milliseconds }: typeof happening extends fc.Arbitrary<infer T> ? T : never,
): void {
  const before = world.agents.get(agent);
  if (before === undefined) return;
  const hash = before.sent ?? before.hash;
  const changes: Readonly<Record<string, Partial<ObservedAgent>>> = {
    apply: { hash, config: 'applied', message: '' },
    applying: { hash, config: 'applying', message: '' },
    fail: hash === TARGET ? { hash, config: 'failed', message: 'no' } : {},
    forget: { hash: '', config: 'unset' },
    leave: { connected: false },
    return: { connected: true },
    sick: { healthy: false, healthMessage: 'sick' },
    well: { healthy: true },
    'old-news': { hash: 'something else', config: 'failed', message: 'old' },
  };
  if (before.connected || what === 'return') world.set(agent, changes[what] ?? {});
  if (what === 'wait') world.now += milliseconds;
  // A target that was set while the agent was away is sent when it is back.
  const target = targetOf(world, agent);
  if (world.agents.get(agent)?.connected === true && target !== undefined) world.set(agent, { sent: target });
}

/** What an agent is to run by the effects so far. */
function targetOf(world: World, agent: string): string | undefined {
  const own = world.effects.filter(
    (effect) => (effect.kind === 'offer' || effect.kind === 'restore') && effect.agent === agent,
  );
  const last = own.at(-1);
  return last?.kind === 'offer' || last?.kind === 'restore' ? last.hash : undefined;
}

function holds(check: (world: World, setting: Setting) => boolean): void {
  fc.assert(
    fc.property(setting, (given) => {
      const world = worldOf(given);
      world.settle();
      for (const item of given.happenings) {
        happen(world, item);
        world.settle();
        if (!check(world, given)) return false;
      }
      return check(world, given);
    }),
    { numRuns: RUNS },
  );
}

describe('whatever agents do', () => {
  it('never are more agents offered the target than the released phases allow (INV-01)', () => {
    holds(({ rollout: { members, policy, phase } }) => {
      const allowed = Array.from({ length: phase }, (_, index) => phaseSize(policy, index)).reduce(
        (sum, size) => sum + size,
        0,
      );
      return members.filter(({ offeredAt }) => offeredAt !== undefined).length <= allowed;
    });
  });

  it('an agent is offered the target once, and never after it refused it (INV-02)', () => {
    holds((world) => new Set(world.sent('offer')).size === world.sent('offer').length);
  });

  it('an agent never is to run two configs: the last word is the target or its own previous config', () => {
    holds((world) =>
      world.rollout.members.every(({ agent, state, previousHash }) => {
        const target = targetOf(world, agent);
        if (['restoring', 'restored', 'restore-failed'].includes(state)) return target === previousHash;
        if (['offered', 'applying', 'soaking'].includes(state)) return target === TARGET;
        return state !== 'waiting' || target === undefined;
      }),
    );
  });

  it('nobody is lost: the counts add up to the members (INV-08)', () => {
    holds((world, { size }) => {
      const totals = totalsOf(world.rollout.members);
      return (
        totals.agents === size &&
        totals.applied + totals.neverSaw <= size &&
        totals.refused + totals.applied <= totals.agents
      );
    });
  });

  it('stable means that somebody completed and nobody is pending', () => {
    holds(({ rollout: { state, members } }) => {
      if (state !== 'stable') return true;
      const pending = members.some(
        (item) => ['offered', 'applying', 'soaking'].includes(item.state) && item.fault === undefined,
      );
      return !pending && members.some((item) => item.state === 'done');
    });
  });

  it('with rollback, errors beyond the budget never leave anybody on the target', () => {
    holds(({ rollout: { state, members, policy } }) => {
      const faults = members.filter(({ fault }) => fault !== undefined).length;
      if (faults <= policy.maxErrors || !policy.rollbackOnFailure || state === 'started') return true;
      return members.every((item) => !['offered', 'applying', 'soaking', 'done'].includes(item.state));
    });
  });
});

describe('when the world goes quiet', () => {
  /** Everybody comes back and answers as told; time passes. */
  function quieten(world: World): void {
    for (let round = 0; round < 60 && !isSettled(world.rollout); round += 1) {
      for (const { agent } of world.rollout.members) {
        world.set(agent, { connected: true, healthy: true });
        const target = targetOf(world, agent);
        if (target !== undefined) {
          world.set(agent, { sent: target, hash: target, config: 'applied', message: '' });
        }
      }
      world.settle();
      world.now += POLICY.deadlineMs;
      world.settle();
    }
  }

  it('every rollout ends (INV-18)', () => {
    fc.assert(
      fc.property(setting, (given) => {
        const world = worldOf(given);
        world.settle();
        for (const item of given.happenings) {
          happen(world, item);
          world.settle();
        }
        quieten(world);
        return hasEnded(world.rollout.state) && isSettled(world.rollout);
      }),
      { numRuns: RUNS },
    );
  });

  it('after a rollback every touched agent runs its own previous config (INV-04)', () => {
    fc.assert(
      fc.property(setting, (given) => {
        const world = worldOf({ ...given, rollbackOnFailure: true });
        world.settle();
        for (const item of given.happenings) {
          happen(world, item);
          world.settle();
        }
        quieten(world);
        if (!['rolled-back', 'failed'].includes(world.rollout.state)) return true;
        return world.rollout.members.every((item) => {
          const touched = item.offeredAt !== undefined && item.previousHash !== undefined;
          return !touched || targetOf(world, item.agent) === item.previousHash;
        });
      }),
      { numRuns: RUNS },
    );
  });
});
