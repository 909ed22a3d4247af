import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonMap } from '../../src/core/document/node.ts';
import { rolloutAgentOf, rolloutOf } from '../../src/io/control-planes/bindplane-answers.ts';

/** Answers recorded from bindplane 1.35.0. */
const RECORDINGS = join(import.meta.dirname, '../support/golden/bindplane-rest');

function body(number: string): JsonMap {
  const file = readdirSync(RECORDINGS).find((name) => name.startsWith(`${number}-`)) ?? '';
  const { exchanges } = JSON.parse(readFileSync(join(RECORDINGS, file), 'utf8')) as {
    exchanges: readonly { response: { body: JsonMap } }[];
  };
  return exchanges.at(-1)?.response.body ?? {};
}

const agents = (number: string): readonly JsonMap[] => body(number)['agents'] as readonly JsonMap[];

describe('what bindplane 1.35.0 was recorded to say of agents and a version', () => {
  it('an agent in error over it refused it, in its own words; the same agent has nothing to do with others', () => {
    const [agent = {}] = agents('214');
    expect(rolloutAgentOf(agent, 'rawbroken:1')).toMatchObject({
      agent: { name: 'lab-host-00001', connected: true },
      state: 'refused',
      message: expect.stringContaining('cannot start pipelines'),
    });
    expect(rolloutAgentOf(agent, 'rawbroken:2')).toBeUndefined();
    // What it goes on running.
    expect(rolloutAgentOf(agent, 'multi:2')).toMatchObject({ state: 'applied' });
  });

  it('an agent that is away runs what it ran; one that will get a version later is none of it yet', () => {
    const found = agents('232').map((agent) => rolloutAgentOf(agent, 'misplaced:1'));
    expect(
      found.filter((agent) => agent !== undefined).map(({ agent, state }) => [agent.connected, state]),
    ).toEqual([
      [false, 'applied'],
      [false, 'applied'],
    ]);
    // Two of three wait for it (`future`), and so does a ghost that an unknown id made on that server.
    const next = agents('232').flatMap((agent) => rolloutAgentOf(agent, 'multi:4') ?? []);
    expect(next.map(({ agent, state }) => [agent.name, state])).toEqual([['lab-host-00002', 'applied']]);
  });
});

describe('what it was recorded to say of a rollout', () => {
  it('`pending` stays true when it is Stable: only status and counts are read', () => {
    const configuration = body('220')['configuration'] as JsonMap;
    expect(configuration['status']).toMatchObject({ pending: true, current: true });
    expect(rolloutOf(configuration)).toEqual({
      configuration: 'misplaced',
      version: 1,
      status: 'stable',
      phase: 3,
      completed: 3,
      errors: 0,
      pending: 0,
      waiting: 0,
    });
  });

  it('`:current` before any finished rollout is the newest version, its rollout not begun', () => {
    const rollout = rolloutOf(body('187')['configuration'] as JsonMap);
    expect(rollout).toMatchObject({ version: 2, status: 'pending' });
  });

  it('newer servers name stages; an older one has none', () => {
    const progress = { completed: 1, errors: 0, pending: 0, waiting: 0 };
    const rollout = {
      status: 1,
      phase: 1,
      progress,
      stage: 1,
      stages: [{ name: 'dev', labels: {}, progress }],
    };
    expect(rolloutOf({ metadata: { name: 'edge', version: 2 }, status: { rollout } })).toMatchObject({
      stage: 1,
      stages: [{ name: 'dev', completed: 1 }],
    });
  });
});
