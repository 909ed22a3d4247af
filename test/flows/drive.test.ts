import { afterEach, describe, expect, it } from 'vitest';
import type { ControlPlane } from '../../src/ports/control-plane.ts';
import { OperationError } from '../../src/ports/operation-error.ts';
import { fleetOf, GOOD, POLICY, REFUSAL, REFUSED, refusedBy, type Fleet } from './bindplane-fleet.ts';

let fleet: Fleet;
afterEach(() => fleet.close());

const NEXT = 'receivers: { nop/next: }\n';
const MINUTE = 60_000;
const everybody = (version: string): ReadonlySet<string> => new Set([version]);
const running = (): ReadonlySet<string> => new Set(Object.values(fleet.runs()));

describe('a rollout that is driven on a BindPlane server', () => {
  it('goes on wave by wave: each is held until it has soaked, and so is the last', async () => {
    fleet = await fleetOf(6);
    await fleet.settle(GOOD);
    await fleet.store(NEXT);
    const startedAt = fleet.clock.now();
    const { view, timedOut } = await fleet.drive({ policy: POLICY });
    expect({ state: view.state, timedOut }).toEqual({ state: 'stable', timedOut: false });
    expect(view.waves.map(({ name, agents, applied }) => [name, agents, applied])).toEqual([
      ['canary', 1, 1],
      ['wave 2', 3, 3],
      ['wave 3', 2, 2],
    ]);
    expect(fleet.clock.now() - startedAt).toBeGreaterThanOrEqual(3 * POLICY.soakMs);
    expect(fleet.commands().slice(-5)).toEqual([
      'POST start',
      'PUT pause',
      'PUT resume',
      'PUT pause',
      'PUT resume',
    ]);
    expect(running()).toEqual(everybody('edge:2'));
  });

  it('is told as under way while a wave soaks, though the server is paused', async () => {
    fleet = await fleetOf(6);
    await fleet.store(NEXT);
    const { told } = await fleet.drive({ policy: POLICY });
    expect(new Set(told.map(({ state }) => state))).toEqual(new Set(['started', 'stable']));
  });

  it('without a policy goes at the server’s own pace, and nothing is held', async () => {
    fleet = await fleetOf(3);
    await fleet.store(GOOD);
    const { view } = await fleet.drive();
    expect(view.state).toBe('stable');
    expect(fleet.commands().filter((command) => command.startsWith('PUT'))).toEqual([]);
  });

  it('says which gates ran and why the others could not', async () => {
    fleet = await fleetOf(2);
    await fleet.store(GOOD);
    const { view } = await fleet.drive({ policy: POLICY });
    expect(view.gates?.ran.map(({ title, verdict }) => `${title}: ${verdict}`)).toEqual([
      'Config refused: pass',
      'Went dark: pass',
    ]);
    expect(view.gates?.missing.map(({ why }) => why)).toContain(
      'the server does not tell the health of agents',
    );
  });

  it('that is not over when the wait ends stays held, and says so', async () => {
    fleet = await fleetOf(6);
    await fleet.store(GOOD);
    const { view, timedOut } = await fleet.drive({ policy: POLICY, deadlineMs: MINUTE });
    expect(timedOut).toBe(true);
    expect(view).toMatchObject({ state: 'paused', reason: expect.stringContaining('somebody resumes it') });
    expect(await fleet.plane.rollout('edge')).toMatchObject({ status: 'paused', completed: 1, waiting: 5 });
  });
});

describe('a config that is refused', () => {
  it('by the canary touches nobody else, and there is nothing to undo: who refused runs what it ran', async () => {
    fleet = await fleetOf(6);
    await fleet.settle(GOOD);
    await fleet.store(REFUSED);
    const { view } = await fleet.drive({ policy: POLICY });
    expect(view.state).toBe('failed');
    expect(view.totals).toMatchObject({ offered: 1, refused: 1, neverSaw: 5 });
    expect(view.errors.map(({ message }) => message)).toEqual([REFUSAL]);
    expect(view.undo).toBeUndefined();
    expect(running()).toEqual(everybody('edge:1'));
  });

  it('once somebody runs it is undone: the spec before is applied again and rolled out to all', async () => {
    fleet = await fleetOf(6);
    await fleet.settle(GOOD);
    await fleet.store(refusedBy('c'));
    const { view } = await fleet.drive({ policy: POLICY });
    expect(view.state).toBe('rolled-back');
    expect(view.undo).toEqual({ of: 1, version: 3, agents: 6, applied: 6, refused: 0, missing: [] });
    expect(view.totals).toMatchObject({ offered: 4, refused: 1, restored: 4, neverSaw: 2 });
    expect(running()).toEqual(everybody('edge:3'));
    expect(new Set(fleet.server.agents.map(({ text }) => text))).toEqual(everybody(GOOD));
  });

  it('is left as it is where the policy says so', async () => {
    fleet = await fleetOf(6);
    await fleet.settle(GOOD);
    await fleet.store(refusedBy('c'));
    const { view } = await fleet.drive({ policy: { ...POLICY, rollbackOnFailure: false } });
    expect(view.state).toBe('failed');
    expect(view.undo).toBeUndefined();
    expect(fleet.server.stored('Configuration')).toMatchObject([{ metadata: { version: 2 } }]);
  });

  it('by fewer than the policy allows goes on to the end', async () => {
    fleet = await fleetOf(6);
    await fleet.settle(GOOD);
    await fleet.store(refusedBy('c'));
    const { view } = await fleet.drive({ policy: { ...POLICY, maxErrors: 1 } });
    expect(view.state).toBe('stable');
    expect(view.totals).toMatchObject({ applied: 5, refused: 1 });
  });

  it('by a canary that is alone in its wave stops it, whatever the policy allows', async () => {
    fleet = await fleetOf(6);
    await fleet.settle(GOOD);
    await fleet.store(refusedBy('a'));
    const { view } = await fleet.drive({ policy: { ...POLICY, maxErrors: 1 } });
    expect(view).toMatchObject({ state: 'failed', totals: { offered: 1, refused: 1 } });
    expect(await fleet.plane.rollout('edge')).toMatchObject({ status: 'paused' });
  });
});

describe('what a BindPlane server does that deceives (reference/bindplane.md §5)', () => {
  it('Stable with nobody completed: no agent is there, and that is no success', async () => {
    fleet = await fleetOf(0);
    await fleet.store(GOOD);
    expect((await fleet.drive({ policy: POLICY })).view.state).toBe('no-agents');
  });

  it('options of zero: a rollout that somebody started so is told, not waited for', async () => {
    fleet = await fleetOf(3, undefined, '1.35');
    await fleet.store(GOOD);
    await fleet.plane.startRollout('edge', {
      phaseAgentCount: { initial: 0, multiplier: 0, maximum: 0 },
      maxErrors: 0,
    });
    const { view } = await fleet.drive();
    expect(view).toMatchObject({ state: 'failed', reason: expect.stringContaining('options of zero') });
  });

  it('an agent that goes away on the offer drops out of the counts, and is not taken for one that applied it', async () => {
    fleet = await fleetOf(4, (now, passedMs) => {
      if (passedMs < 1000 && now.agent('a').pending === 'edge:2') now.away('a', true);
    });
    await fleet.settle(GOOD);
    await fleet.store(NEXT);
    const { view } = await fleet.drive({ policy: POLICY });
    expect(view.state).not.toBe('stable');
    expect(view.reason).toMatch(/fell silent after the offer: `a`$/);
    expect(view.totals).toMatchObject({ offered: 1, applied: 0, neverSaw: 3 });
    expect(view.undo).toMatchObject({ version: 3, agents: 3, applied: 3, missing: ['a'] });
    expect(view.totals.restored).toBe(0);
  });

  it('one that comes back in time is waited for', async () => {
    fleet = await fleetOf(4, (now, passedMs) => {
      const { pending, status } = now.agent('a');
      if (passedMs < 1000 && pending === 'edge:2') now.away('a', true);
      if (passedMs > MINUTE && status === 0) now.away('a', false);
    });
    await fleet.settle(GOOD);
    await fleet.store(NEXT);
    const { view } = await fleet.drive({ policy: POLICY });
    expect(view).toMatchObject({ state: 'stable', totals: { applied: 4 } });
  });

  it('agents that return after Stable make its counts grow, and change nothing', async () => {
    fleet = await fleetOf(4);
    await fleet.settle(GOOD);
    fleet.away('d', true);
    await fleet.store(NEXT);
    const { view } = await fleet.drive({ policy: POLICY });
    expect(view).toMatchObject({ state: 'stable', totals: { agents: 3, applied: 3 } });
    fleet.away('d', false);
    for (let look = 0; look < 3; look++) fleet.server.tick();
    expect(await fleet.plane.rollout('edge')).toMatchObject({ status: 'stable', completed: 4 });
  });

  it('an agent that never answers blocks the phase for ever: here it has a deadline', async () => {
    fleet = await fleetOf(6);
    await fleet.settle(GOOD);
    fleet.agent('c').silent = true;
    await fleet.store(NEXT);
    const { view } = await fleet.drive({ policy: POLICY });
    expect(view.reason).toBe('`c` did not answer within 60 s');
    // It may run either, so nobody says that all is as before.
    expect(view.undo).toMatchObject({ version: 3, agents: 6, applied: 5, missing: ['c'] });
    expect(view).toMatchObject({ state: 'rolled-back', totals: { offered: 4, restored: 3 } });
  });

  it('an agent that never answers and is allowed to: nobody else is released, so people are asked', async () => {
    fleet = await fleetOf(6);
    fleet.agent('c').silent = true;
    await fleet.store(NEXT);
    const { view, timedOut } = await fleet.drive({ policy: { ...POLICY, maxErrors: 1 } });
    expect(timedOut).toBe(true);
    expect(view).toMatchObject({ state: 'paused', reason: expect.stringContaining('releases nobody else') });
  });

  it('a pause of somebody else is theirs: it is not resumed', async () => {
    let paused = false;
    fleet = await fleetOf(3, async ({ plane }) => {
      if (!paused) await plane.pauseRollout('edge');
      paused = true;
    });
    await fleet.store(GOOD);
    const { view, timedOut } = await fleet.drive({ deadlineMs: 5 * MINUTE });
    expect({ timedOut, state: view.state }).toEqual({ timedOut: true, state: 'paused' });
    expect(fleet.commands()).not.toContain('PUT resume');
  });

  it('who resumes what is held is right: nothing is held any more', async () => {
    let resumed = false;
    fleet = await fleetOf(6, async ({ plane }, passedMs) => {
      if (!resumed && passedMs > 10_000) {
        resumed = true;
        await plane.resumeRollout('edge');
      }
    });
    await fleet.store(GOOD);
    const { view } = await fleet.drive({ policy: POLICY });
    expect(view.state).toBe('stable');
    expect(fleet.commands().filter((command) => command === 'PUT pause')).toHaveLength(1);
  });

  it('a newer version takes its place: neither driven nor undone', async () => {
    let replaced = false;
    fleet = await fleetOf(6, async (now, passedMs) => {
      if (!replaced && passedMs > 10_000) {
        replaced = true;
        await now.store(`${GOOD}# newer\n`);
        await now.plane.startRollout('edge', null);
      }
    });
    await fleet.settle(GOOD);
    await fleet.store(NEXT);
    const { view } = await fleet.drive({ policy: POLICY });
    expect(view).toMatchObject({ state: 'replaced', toVersion: 2 });
    expect(fleet.server.stored('Configuration')).toMatchObject([{ metadata: { version: 3 } }]);
  });
});

describe('a server that does not answer', () => {
  it('a start that it carries out all the same is not given twice', async () => {
    fleet = await fleetOf(2);
    await fleet.store(NEXT);
    const { plane } = fleet;
    let starts = 0;
    // bindplane 1.35.0 cuts off what takes longer than 20 s.
    const start: ControlPlane['startRollout'] = async (...args) => {
      starts++;
      await plane.startRollout(...args);
      throw new OperationError({ code: 'unreachable', message: 'cut off', hint: '' });
    };
    const controlPlane = new Proxy(plane, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key);
        return key === 'startRollout' ? start : typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const { view } = await fleet.drive({ policy: POLICY, controlPlane });
    expect({ starts, state: view.state }).toEqual({ starts: 1, state: 'stable' });
  });

  it('a pause that had no effect is given again: nobody else gets it before the wave has soaked', async () => {
    fleet = await fleetOf(4);
    await fleet.store(NEXT);
    fleet.server.fault({ matches: (_method, path) => path.endsWith('/pause'), status: 500, times: 2 });
    const { view } = await fleet.drive({ policy: POLICY });
    expect(view.state).toBe('stable');
    expect(view.waves.map(({ agents }) => agents)).toEqual([1, 3]);
  });

  it('for its agents at the end of a soak lets nobody pass: it stays held, and people are asked', async () => {
    fleet = await fleetOf(4);
    await fleet.store(NEXT);
    fleet.server.fault({
      matches: (method, path) => method === 'GET' && path === '/v1/agents',
      status: 400,
      times: 100,
    });
    const { view, timedOut } = await fleet.drive({ policy: POLICY });
    expect(timedOut).toBe(true);
    expect(view).toMatchObject({ state: 'paused', reason: expect.stringContaining('did not say how') });
    expect(await fleet.plane.rollout('edge')).toMatchObject({ status: 'paused', completed: 1, waiting: 3 });
  });
});

describe('a progressive rollout', () => {
  const stages = {
    rollout: {
      type: 'progressive',
      parameters: [
        {
          name: 'stages',
          value: [
            { name: 'dev', labels: { env: 'dev' } },
            { name: 'nobody', labels: { env: 'nobody' } },
          ],
        },
      ],
    },
  };

  it('waits after each stage by itself: it is told to go on when the stage has soaked', async () => {
    fleet = await fleetOf(4);
    fleet.agent('b').labels['env'] = 'dev';
    await fleet.store(GOOD, stages);
    const startedAt = fleet.clock.now();
    const { view } = await fleet.drive({ policy: POLICY });
    expect(view.waves.map(({ name, agents, applied }) => [name, agents, applied])).toEqual([
      ['dev', 1, 1],
      ['nobody', 0, 0],
      ['unassigned', 3, 3],
    ]);
    expect(view.state).toBe('stable');
    expect(fleet.commands()).not.toContain('PUT pause');
    expect(fleet.clock.now() - startedAt).toBeGreaterThanOrEqual(2 * POLICY.soakMs);
  });

  it('waits for people before a stage that the policy has somebody approve', async () => {
    fleet = await fleetOf(4);
    fleet.agent('b').labels['env'] = 'dev';
    await fleet.store(GOOD, stages);
    const policy = { ...POLICY, waves: [{ name: 'dev' }, { name: 'unassigned', approval: true }] };
    const { view, timedOut } = await fleet.drive({ policy });
    expect(timedOut).toBe(true);
    expect(view.reason).toContain('stage unassigned waits for somebody to approve it');
    expect(view.totals).toMatchObject({ applied: 1, neverSaw: 3 });
  });

  it('without a policy is left to people after each stage', async () => {
    fleet = await fleetOf(4);
    fleet.agent('b').labels['env'] = 'dev';
    await fleet.store(GOOD, stages);
    const { view, timedOut } = await fleet.drive();
    expect(timedOut).toBe(true);
    expect(view).toMatchObject({ state: 'paused', reason: expect.stringContaining('stage dev is over') });
  });
});
