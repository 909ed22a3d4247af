import { describe, expect, it } from 'vitest';
import { promoted, resumed } from '../../../src/core/rollout/commands.ts';
import { decide, heldAgents, nextDeadline } from '../../../src/core/rollout/decide.ts';
import { POLICY, START, TARGET, World, member, rollout } from './fixtures.ts';

const three = () => new World(rollout([member('a'), member('b'), member('c')]));

/** Everybody in flight applies, and soaks. */
function applyAll(world: World): void {
  for (const { agent, state } of world.rollout.members) if (state === 'offered') world.says(agent, 'applied');
  world.step();
  world.pass(POLICY.soakMs);
  world.settle();
}

describe('a config that no collector starts with', () => {
  const unstartable = ['pipeline `logs` has no exporter', 'pipeline `logs` has no receiver'];

  it('is offered to nobody until somebody goes on in spite of it (REL-33)', () => {
    const world = new World(rollout([member('a'), member('b')], { unstartable }));
    world.settle();
    expect(world.rollout).toMatchObject({
      state: 'paused',
      phase: 0,
      pause: {
        kind: 'validation',
        text: 'no collector starts with this config: pipeline `logs` has no exporter (and 1 more)',
      },
    });
    world.rollout = resumed(world.rollout);
    world.settle();
    expect(world.rollout.state).toBe('paused');
    expect(world.sent('offer')).toEqual([]);
    world.rollout = promoted(world.rollout);
    world.settle();
    expect(world.sent('offer')).toEqual(['a']);
  });

  it('is offered where the policy says so', () => {
    const policy = { ...POLICY, offersUnstartable: true };
    const world = new World(rollout([member('a'), member('b')], { unstartable, policy }));
    world.settle();
    expect(world.sent('offer')).toEqual(['a']);
  });
});

describe('waves', () => {
  it('offer to the canary alone, then to the rest when it has soaked', () => {
    const world = three();
    world.settle();
    expect(world.sent('offer')).toEqual(['a']);
    world.says('a', 'applied');
    world.settle();
    expect(world.states()).toEqual({ a: 'soaking', b: 'waiting', c: 'waiting' });
    world.pass(POLICY.soakMs - 1);
    expect(world.sent('offer')).toEqual(['a']);
    world.pass(1);
    expect(world.sent('offer')).toEqual(['a', 'b', 'c']);
    applyAll(world);
    expect(world.rollout.state).toBe('stable');
    expect(world.effects).toContainEqual({ kind: 'promote', configuration: 'node', version: 2 });
  });

  it('store before they send', () => {
    const effects = decide(rollout([member('a')]), three().agents, START);
    expect(effects.map(({ kind }) => kind)).toEqual(['save', 'offer', 'report']);
  });

  it('decide nothing twice', () => {
    const world = three();
    world.settle();
    expect(decide(world.rollout, world.agents, world.now)).toEqual([]);
  });

  it('pass over agents that are away, that take no config, and that run it already', () => {
    const world = new World(rollout([member('away'), member('skip'), member('has'), member('b')]));
    world.set('away', { connected: false });
    world.set('skip', { takesConfig: false });
    world.says('has', 'applied');
    world.settle();
    expect(world.states()).toEqual({ away: 'waiting', skip: 'skipped', has: 'done', b: 'offered' });
    applyAll(world);
    expect(world.rollout.state).toBe('stable');
    expect(world.sent('offer')).toEqual(['b']);
  });

  it('are not taken back from agents that ran it before the rollout', () => {
    const world = new World(rollout(['a', 'b', 'c'].map((name) => member(name, { previousHash: 'before' }))));
    world.says('c', 'applied', TARGET);
    world.settle();
    world.says('a', 'failed');
    world.settle();
    expect(world.states()).toEqual({ a: 'restoring', b: 'waiting', c: 'done' });
    expect(world.sent('restore')).toEqual(['a']);
  });

  it('begin with a canary also where somebody runs the target already, which proves nothing', () => {
    const members = Array.from({ length: 30 }, (_, index) => member(`m${String(index).padStart(2, '0')}`));
    const world = new World(rollout(members, { policy: { ...POLICY, canaryMaximum: 1, shares: [0.5, 1] } }));
    world.says('m29', 'applied');
    world.settle();
    expect([world.sent('offer'), world.states()['m29']]).toEqual([['m00'], 'done']);
  });

  it('wait for the approval of their stage also where somebody of it runs the target already', () => {
    const stages = [{ name: 'dev' }, { name: 'prod', approval: true }];
    const members = [member('d', { stage: 0 }), member('p', { stage: 1 }), member('q', { stage: 1 })];
    const world = new World(rollout(members, { policy: { ...POLICY, stages } }));
    world.says('p', 'applied');
    world.settle();
    applyAll(world);
    world.settle();
    expect([world.sent('offer'), world.rollout.state, world.rollout.pause?.kind]).toEqual([
      ['d'],
      'paused',
      'approval',
    ]);
  });

  it('without anybody to offer to end as no-agents, and promote nothing', () => {
    for (const world of [new World(rollout([])), three()]) {
      for (const { agent } of world.rollout.members) world.set(agent, { connected: false });
      world.settle();
      expect(world.rollout.state).toBe('no-agents');
      expect(world.effects.some(({ kind }) => kind === 'promote')).toBe(false);
    }
  });
});

describe('a refusal', () => {
  it('stops the rollout and brings the agent back to its own config, word for word in the ledger', () => {
    const world = three();
    world.settle();
    world.says('a', 'failed', TARGET, 'no such key');
    world.settle();
    expect(world.rollout.state).toBe('rolling-back');
    expect(world.effects).toContainEqual({
      kind: 'refuse',
      agent: 'a',
      hash: TARGET,
      message: 'no such key',
    });
    expect(world.effects).toContainEqual({ kind: 'restore', agent: 'a', hash: 'before-a' });
    world.says('a', 'applied', 'before-a');
    world.settle();
    expect(world.rollout.state).toBe('rolled-back');
    expect(world.states()).toEqual({ a: 'restored', b: 'waiting', c: 'waiting' });
    expect(world.sent('offer')).toEqual(['a']);
  });

  it('in a later wave brings everybody back at once, each to its own', () => {
    const world = three();
    world.settle();
    applyAll(world);
    world.says('b', 'failed', TARGET, 'no');
    world.settle();
    expect(world.sent('restore').toSorted()).toEqual(['a', 'b', 'c']);
    for (const name of ['a', 'b', 'c']) world.says(name, 'applied', `before-${name}`);
    world.settle();
    expect(world.rollout.state).toBe('rolled-back');
  });

  it('within the budget restores that agent and goes on', () => {
    const world = new World(
      rollout([member('a'), member('b'), member('c')], { policy: { ...POLICY, maxErrors: 1 } }),
    );
    world.settle();
    world.says('a', 'failed', TARGET, 'no');
    world.settle();
    expect(world.states()).toEqual({ a: 'restoring', b: 'offered', c: 'waiting' });
    applyAll(world);
    applyAll(world);
    expect(world.rollout.state).toBe('stable');
  });

  it('by all, within the budget, is no success', () => {
    const world = new World(rollout([member('a')], { policy: { ...POLICY, maxErrors: 1 } }));
    world.settle();
    world.says('a', 'failed', TARGET, 'no');
    world.settle();
    world.says('a', 'applied', 'before-a');
    world.settle();
    expect([world.rollout.state, world.rollout.reason]).toEqual(['failed', 'no agent took the config']);
  });

  it('without rollback stops, and leaves those who confirmed; whoever did not goes back', () => {
    const world = new World(
      rollout([member('a'), member('b'), member('c')], { policy: { ...POLICY, rollbackOnFailure: false } }),
    );
    world.settle();
    applyAll(world);
    world.says('b', 'failed', TARGET, 'no');
    world.settle();
    expect([world.rollout.state, world.sent('restore')]).toEqual(['failed', ['b', 'c']]);
    world.says('b', 'applied', 'before-b');
    world.settle();
    expect(world.states()['b']).toBe('restored');
    expect(world.states()['a']).toBe('done');
  });

  it('that the agent only shows by going back itself counts too (spec #397)', () => {
    const world = three();
    world.settle();
    world.says('a', 'applying');
    world.settle();
    world.says('a', 'applied', 'before-a');
    world.settle();
    expect(world.rollout.members[0]?.fault?.kind).toBe('refused');
    expect([world.rollout.state, world.sent('restore')]).toEqual(['rolled-back', ['a']]);
  });

  it('by an agent without a previous config leaves it, and says so', () => {
    const { previousHash: _, ...fresh } = member('a');
    const world = new World(rollout([fresh]));
    world.settle();
    world.says('a', 'failed', TARGET, 'no');
    world.settle();
    expect([world.states()['a'], world.rollout.state, world.sent('restore')]).toEqual([
      'left',
      'rolled-back',
      [],
    ]);
  });

  it('after the agent was done still counts while the rollout runs', () => {
    const world = three();
    world.settle();
    applyAll(world);
    world.says('a', 'failed', TARGET, 'died later');
    world.settle();
    expect(world.rollout.state).toBe('rolling-back');
  });
});

describe('silence', () => {
  it('after an offer counts as an error at the deadline', () => {
    const world = three();
    world.settle();
    world.pass(POLICY.deadlineMs - 1);
    expect(world.states()['a']).toBe('offered');
    world.pass(1);
    world.settle();
    expect(world.rollout.members[0]?.fault?.kind).toBe('no-answer');
  });

  it('is counted anew once when the agent says APPLYING', () => {
    const world = three();
    world.settle();
    world.pass(POLICY.deadlineMs - 1);
    world.says('a', 'applying');
    world.settle();
    world.pass(POLICY.deadlineMs - 1);
    expect(world.states()['a']).toBe('applying');
    world.pass(1);
    world.settle();
    expect(world.rollout.members[0]?.fault?.kind).toBe('no-answer');
  });

  it('of an agent that went away after the offer counts too: crash loops never say FAILED', () => {
    const world = three();
    world.settle();
    world.set('a', { connected: false });
    world.pass(POLICY.deadlineMs);
    world.settle();
    expect(world.rollout.members[0]?.fault?.message).toContain('went silent');
  });

  it('in a rollback does not hold it up for ever; the agent is restored when it comes back', () => {
    const world = three();
    world.settle();
    world.says('a', 'failed', TARGET, 'no');
    world.set('a', { connected: false });
    world.settle();
    expect(world.rollout.state).toBe('rolling-back');
    world.pass(POLICY.deadlineMs);
    world.settle();
    expect([world.rollout.state, world.states()['a']]).toEqual(['rolled-back', 'restoring']);
    world.set('a', { connected: true, sent: 'before-a', hash: 'before-a', config: 'applied' });
    world.settle();
    expect(world.states()['a']).toBe('restored');
  });
});

describe('soak', () => {
  it('begins anew for an agent that applies the config again: it was restarted, and may not manage it this time', () => {
    const world = three();
    world.settle();
    world.says('a', 'applied');
    world.settle();
    world.pass(POLICY.soakMs / 2);
    world.says('a', 'applying');
    world.step();
    world.pass(POLICY.soakMs);
    expect(world.states()['a']).toBe('soaking');
    world.says('a', 'applied');
    world.step();
    world.pass(POLICY.soakMs - 1);
    expect(world.states()['a']).toBe('soaking');
    world.pass(1);
    expect(world.states()['a']).toBe('done');
  });

  it('is not endless for an agent that goes on applying', () => {
    const world = three();
    world.settle();
    world.says('a', 'applied');
    world.settle();
    world.says('a', 'applying');
    world.pass(POLICY.soakMs + POLICY.deadlineMs);
    expect(world.rollout.members[0]?.fault).toMatchObject({
      kind: 'unhealthy',
      message: 'applied the config, and did not finish applying it again',
    });
  });

  it('counts from the moment the agent is healthy without interruption', () => {
    const world = three();
    world.settle();
    world.says('a', 'applied');
    world.set('a', { healthy: false, healthMessage: 'exporter down' });
    world.settle();
    world.pass(POLICY.unhealthyMs - 1);
    world.set('a', { healthy: true });
    world.settle();
    world.pass(POLICY.soakMs - 1);
    expect(world.states()['a']).toBe('soaking');
    world.pass(1);
    expect(world.states()['a']).toBe('done');
  });

  it('fails an agent that stays unhealthy, with its own words', () => {
    const world = three();
    world.settle();
    world.says('a', 'applied');
    world.set('a', { healthy: false, healthMessage: 'exporter down' });
    world.settle();
    world.pass(POLICY.unhealthyMs);
    world.settle();
    expect(world.rollout.members[0]?.fault).toMatchObject({ kind: 'unhealthy', message: 'exporter down' });
  });

  it('stands still while the agent is away, and ends in time', () => {
    const world = three();
    world.settle();
    world.says('a', 'applied');
    world.settle();
    world.set('a', { connected: false });
    world.pass(POLICY.soakMs);
    expect(world.states()['a']).toBe('soaking');
    world.pass(POLICY.deadlineMs);
    world.settle();
    expect(world.rollout.state).toBe('rolling-back');
  });
});

describe('restoring', () => {
  it('is not believed on the word from before the refused offer', () => {
    const world = three();
    world.settle();
    world.pass(POLICY.deadlineMs);
    // The agent was sent the target and never answered: its APPLIED for the previous config is old news.
    world.set('a', { sent: TARGET });
    world.step();
    expect(world.states()['a']).toBe('restoring');
    world.set('a', { sent: 'before-a' });
    world.step();
    expect(world.states()['a']).toBe('restored');
  });

  it('that the agent refuses too is said, and the others go on', () => {
    const world = three();
    world.settle();
    world.says('a', 'failed', TARGET, 'no');
    world.settle();
    world.says('a', 'failed', 'before-a', 'port in use');
    world.settle();
    expect(world.rollout.members[0]).toMatchObject({
      state: 'restore-failed',
      restoreMessage: 'port in use',
    });
    expect(world.rollout.state).toBe('failed');
  });
});

describe('replaced', () => {
  it('watches its way back alone: whom it was in the middle of the newer rollout has', () => {
    const replaced = rollout(
      [
        member('back', { state: 'restoring', offeredAt: START, restoreAt: START }),
        member('taken', { state: 'offered', offeredAt: START }),
      ],
      { state: 'replaced', endedAt: START },
    );
    const world = new World(replaced);
    world.pass(POLICY.deadlineMs + 1);
    expect(world.states()).toEqual({ back: 'restored', taken: 'offered' });
    expect(world.sent('restore')).toEqual([]);
  });
});

describe('paused', () => {
  it('offers nothing more, and holds back what was not sent', () => {
    const world = three();
    world.settle();
    world.rollout = { ...world.rollout, state: 'paused' };
    expect([...heldAgents(world.rollout)]).toEqual(['a']);
    applyAll(world);
    expect(world.sent('offer')).toEqual(['a']);
    world.rollout = { ...world.rollout, state: 'started' };
    world.settle();
    expect(world.sent('offer')).toEqual(['a', 'b', 'c']);
  });

  it('still brings a refusing agent back', () => {
    const world = three();
    world.settle();
    world.rollout = { ...world.rollout, state: 'paused' };
    world.says('a', 'failed', TARGET, 'no');
    world.settle();
    expect(world.sent('restore')).toEqual(['a']);
  });
});

describe('a moment of absence', () => {
  it('(a restart of the server) does not end the rollout; a longer one does', () => {
    const world = three();
    world.settle();
    applyAllBut(world, ['b', 'c'], world.now);
    expect(world.rollout.state).toBe('started');
    expect(nextDeadline(world.rollout, world.agents, world.now)).toBe(world.now + POLICY.absenceMs);
    world.pass(POLICY.absenceMs - 1);
    expect(world.rollout.state).toBe('started');
    world.pass(1);
    expect(world.rollout.state).toBe('stable');
  });

  it('that ends in time goes on with the next wave', () => {
    const world = three();
    world.settle();
    applyAllBut(world, ['b', 'c'], world.now);
    const { awaySince: _, ...back } = world.agents.get('b') ?? {
      connected: false,
      takesConfig: true,
      hash: '',
      config: 'unset',
      message: '',
    };
    world.agents.set('b', { ...back, connected: true });
    world.settle();
    expect(world.sent('offer')).toEqual(['a', 'b']);
  });

  /** Those in flight apply and soak while the others are away. */
  function applyAllBut(world: World, away: readonly string[], since: number): void {
    for (const name of away) world.set(name, { connected: false, awaySince: since + POLICY.soakMs });
    applyAll(world);
  }
});

describe('deadlines', () => {
  it('are known in advance', () => {
    const world = three();
    expect(nextDeadline(world.rollout, world.agents, world.now)).toBeUndefined();
    world.settle();
    expect(nextDeadline(world.rollout, world.agents, world.now)).toBe(START + POLICY.deadlineMs);
    world.says('a', 'applied');
    world.settle();
    expect(nextDeadline(world.rollout, world.agents, world.now)).toBe(START + POLICY.soakMs);
  });
});

describe('the timeline', () => {
  it('tells the story with names', () => {
    const world = three();
    world.settle();
    world.says('a', 'failed', TARGET, 'no');
    world.settle();
    world.says('a', 'applied', 'before-a');
    world.settle();
    expect(world.rollout.timeline.map(({ text }) => text)).toEqual([
      'canary: offered to a',
      'refused by a',
      'version 1 offered again to a',
      'stopped: 1 of 3 agents failed, 0 were allowed',
      'version 1 applied again on a',
      'rolled back',
    ]);
  });
});
