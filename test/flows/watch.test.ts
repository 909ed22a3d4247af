import { describe, expect, it } from 'vitest';
import type { RolloutView } from '../../src/core/rollout/view.ts';
import { watchRollout, type WatchInput } from '../../src/flows/watch.ts';
import type { AgentError, ControlPlane, ServerRollout } from '../../src/ports/control-plane.ts';
import { virtualClock } from './support.ts';

const counts = (
  status: ServerRollout['status'],
  [completed, errors, pending, waiting]: readonly [number, number, number, number],
  phase = 1,
): ServerRollout => ({
  configuration: 'shop',
  version: 2,
  status,
  phase,
  completed,
  errors,
  pending,
  waiting,
});

function agentError(name: string, message: string): AgentError {
  return {
    message,
    agent: {
      id: name,
      name,
      version: '1.80.1',
      distribution: 'bindplane-agent',
      platform: 'linux',
      labels: {},
    },
  };
}

/** A server whose rollout goes through these states, one a look; the last one stays. */
function server(
  states: readonly (ServerRollout | undefined)[],
  errors: readonly AgentError[] = [],
): Pick<ControlPlane, 'rollout' | 'rolloutErrors' | 'rolloutViews'> {
  let look = 0;
  return {
    rollout: async () => states[Math.min(look++, states.length - 1)],
    rolloutErrors: async () => errors,
    rolloutViews: async () => undefined,
  };
}

async function watch(
  states: readonly (ServerRollout | undefined)[],
  options: Partial<WatchInput> & { readonly errors?: readonly AgentError[] } = {},
): Promise<{ view: RolloutView; timedOut: boolean; told: RolloutView[] }> {
  const told: RolloutView[] = [];
  const result = await watchRollout({
    controlPlane: server(states, options.errors) as ControlPlane,
    clock: virtualClock(),
    configuration: 'shop',
    configs: [],
    onChange: async (view) => {
      told.push(view);
    },
    ...options,
  });
  return { ...result, told };
}

describe('a watched rollout', () => {
  it('ends when the server calls it stable; waves are what came on top in each phase', async () => {
    const { view } = await watch([
      counts('started', [0, 0, 1, 9], 1),
      counts('started', [1, 0, 3, 6], 2),
      counts('started', [4, 0, 6, 0], 3),
      counts('stable', [10, 0, 0, 0], 3),
    ]);
    expect(view.state).toBe('stable');
    expect(view.totals).toMatchObject({ agents: 10, offered: 10, applied: 10, refused: 0, neverSaw: 0 });
    expect(view.waves.map(({ name, agents }) => [name, agents])).toEqual([
      ['canary', 1],
      ['wave 2', 3],
      ['wave 3', 6],
    ]);
  });

  it('that is stable with nobody in it has no agents: that is no success', async () => {
    expect((await watch([counts('stable', [0, 0, 0, 0])])).view.state).toBe('no-agents');
  });

  it('that a server calls stable though agents refused has failed', async () => {
    const refused = [agentError('a', 'no'), agentError('b', 'no')];
    const { view } = await watch([counts('stable', [0, 2, 0, 0])], { errors: refused });
    expect(view.state).toBe('failed');
  });

  it('groups the agents’ own words and keeps them to the letter', async () => {
    const words = "'metrics' has invalid keys: k8s.pod.volume.usage\n  and more";
    const { view } = await watch([counts('started', [0, 0, 2, 1]), counts('error', [0, 2, 0, 1])], {
      errors: [agentError('a', words), agentError('b', words), agentError('c', 'something else')],
    });
    expect(view.errors.map(({ message, agents }) => [message, agents.map(({ name }) => name)])).toEqual([
      [words, ['a', 'b']],
      ['something else', ['c']],
    ]);
    expect(view.waves.at(-1)).toMatchObject({ name: 'rest', agents: 1, note: 'never offered' });
  });

  it('tells start, first refusal and end at once, and counts no more than every 15 s', async () => {
    const running = Array.from({ length: 200 }, (_, index) => counts('started', [index, 0, 1, 200 - index]));
    const { told } = await watch(
      [...running, counts('started', [199, 1, 0, 1]), counts('error', [199, 1, 0, 1])],
      {
        errors: [agentError('a', 'no')],
      },
    );
    const applied = told.map(({ totals, state }) => `${state} ${totals.applied}/${totals.refused}`);
    expect(applied[0]).toBe('started 0/0');
    expect(applied.slice(-2)).toEqual(['started 199/1', 'failed 199/1']);
    // 200 looks at 0.25 s each are 50 s: three reports between start and refusal.
    expect(applied).toHaveLength(1 + 3 + 2);
  });

  it('is looked at often after a change and less and less while nothing happens', async () => {
    const clock = virtualClock();
    const quiet = Array.from({ length: 6 }, () => counts('started', [0, 0, 1, 3]));
    await watch([...quiet, counts('started', [1, 0, 1, 2]), counts('stable', [4, 0, 0, 0])], { clock });
    expect(clock.waits).toEqual([250, 500, 1000, 2000, 2500, 2500, 250]);
  });

  it('is never waited for longer than was asked', async () => {
    const clock = virtualClock();
    await watch([counts('started', [0, 0, 1, 3])], { clock, deadlineMs: 1000 });
    expect(clock.waits).toEqual([250, 500, 250]);
  });

  it('is left when the wait is over, and says so', async () => {
    const { timedOut, view } = await watch([counts('started', [0, 0, 1, 3])], { deadlineMs: 60_000 });
    expect(timedOut).toBe(true);
    expect(view.state).toBe('started');
  });

  it('of a configuration that is gone ends in words', async () => {
    await expect(watch([undefined])).rejects.toMatchObject({ code: 'not-found' });
  });

  it('on a Collie server is told as that server tells it, restored agents and all', async () => {
    const own: RolloutView = {
      configuration: 'shop',
      toVersion: 2,
      state: 'rolled-back',
      waves: [],
      totals: { agents: 3, offered: 1, applied: 0, refused: 1, restored: 1, neverSaw: 2 },
      errors: [],
      timeline: [],
      engine: 'collie',
    };
    let looks = 0;
    const controlPlane = {
      ...server([counts('error', [0, 1, 0, 2])], []),
      rolloutViews: async () => [{ ...own, state: (looks += 1) < 3 ? ('rolling-back' as const) : own.state }],
    };
    const { view } = await watch([], {
      controlPlane: controlPlane as unknown as ControlPlane,
      engine: 'collie',
    });
    expect(view).toEqual(own);
    expect(looks).toBe(3);
  });

  it('of a version is that version’s, also once a newer one took its place', async () => {
    const views = [2, 3].map((toVersion) => ({
      configuration: 'shop',
      toVersion,
      state: toVersion === 2 ? 'replaced' : 'started',
    }));
    const controlPlane = {
      ...server([{ ...counts('started', [0, 0, 1, 2]), version: 3 }]),
      rolloutViews: async () => views,
    };
    const { view, timedOut } = await watch([], {
      controlPlane: controlPlane as unknown as ControlPlane,
      engine: 'collie',
      version: 2,
      deadlineMs: 60_000,
    });
    expect(view).toEqual(views[0]);
    expect(timedOut).toBe(false);
  });
});
