import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/io/clock.ts';
import { connectControlPlane } from '../../src/io/control-planes/index.ts';
import { handoverOf, holdOf } from '../../src/io/control-planes/collie-answers.ts';
import type { CheckWord, ControlPlane } from '../../src/ports/control-plane.ts';
import type { Handover, Merge } from '../../src/ports/handover.ts';
import { API_KEY, rawConfiguration, scratchFolder, TestApp } from '../support/app.ts';
import { startBindplane, type BindplaneStandIn } from '../support/bindplane-stand-in.ts';

/** What `ControlPlane` promises of holds and checks outside, on a server that has them and on one that has not. */

const NO: CheckWord = { name: 'smoke', verdict: 'fail', evidence: '3 of 9' };

const MERGE: Merge = { repository: 'shop/telemetry', branch: 'main', commit: 'c0ffee0' };

function connected(url: string, apiKey?: string): ControlPlane {
  const plane = connectControlPlane({
    url,
    clock: systemClock,
    ...(apiKey === undefined ? {} : { apiKey }),
  });
  if (plane === undefined) throw new Error('no control plane');
  return plane;
}

describe('a Collie server', () => {
  const scratch = scratchFolder();
  let server: TestApp;
  let plane: ControlPlane;
  beforeAll(async () => {
    server = await TestApp.start(scratch.path);
    plane = connected(server.url, API_KEY);
  });
  afterAll(async () => {
    await server.close();
    scratch.remove();
  });

  it('holds one by its name, whatever that is, and everything, each until it is lifted by itself', async () => {
    expect(await plane.holds()).toEqual([]);
    const name = 'a b&configuration=c/é';
    const one = await plane.hold('reason "one"', name);
    expect(one).toEqual({
      configuration: name,
      reason: 'reason "one"',
      by: 'API key',
      at: expect.stringMatching(/Z$/),
    });
    const all = await plane.hold('two');
    expect(Object.keys(all)).toEqual(['reason', 'by', 'at']);
    expect(await plane.holds()).toEqual([all, one]);
    expect(await plane.lift('c')).toBe(false);
    expect(await plane.lift(name)).toBe(true);
    expect(await plane.holds()).toEqual([all]);
    expect(await plane.lift(name)).toBe(false);
    expect(await plane.lift()).toBe(true);
    expect(await plane.lift()).toBe(false);
  });

  it('takes the place of a hold with another one on the same', async () => {
    await plane.hold('one', 'node');
    const second = await plane.hold('two', 'node');
    expect(await plane.holds()).toEqual([second]);
    await plane.lift('node');
  });

  it('refuses a hold without a reason, and a check whose evidence is too long', async () => {
    await expect(plane.hold('')).rejects.toMatchObject({ code: 'refused' });
    await expect(plane.checkRollout('node', { ...NO, evidence: 'x'.repeat(501) })).rejects.toMatchObject({
      code: 'refused',
    });
  });

  it('knows no check of a configuration that there is not, and none before its first rollout', async () => {
    expect(await plane.checkRollout('nope', NO)).toBeUndefined();
    await server.call('POST', '/v1/apply', { resources: [rawConfiguration('node', 'one')] });
    await expect(plane.checkRollout('node', NO)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('keeps no check of a rollout that has ended, and says what state it is in', async () => {
    await server.call('POST', '/v1/rollouts/node/start', { options: null });
    await server.rollout('node', 'no-agents');
    expect(await plane.checkRollout('node', NO)).toEqual({
      rollout: 'node:1',
      state: 'no-agents',
      phase: 0,
      checks: [],
    });
  });
});

describe.each(['1.35', '2026'] as const)('a BindPlane server of %s', (vintage) => {
  let server: BindplaneStandIn;
  afterEach(() => server.close());

  it('tells of no holds, cannot hold, lift or be told of a check, and takes no merges', async () => {
    server = await startBindplane({ vintage });
    const plane = connected(server.url);
    expect(await plane.holds()).toBeUndefined();
    for (const call of [
      () => plane.hold('incident', 'node'),
      () => plane.hold('incident'),
      () => plane.lift('node'),
      () => plane.lift(),
      () => plane.checkRollout('node', NO),
      () => plane.handOver(MERGE),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'not-supported' });
    }
    expect(await plane.handover('7')).toBeUndefined();
  });
});

describe('a hold as a server tells it', () => {
  it.each([
    [{}, { reason: '', by: '', at: '1970-01-01T00:00:00.000Z' }],
    [
      { configuration: '', at: 1e300 },
      { reason: '', by: '', at: '+275760-09-13T00:00:00.000Z' },
    ],
    [
      { configuration: 7, reason: 'r', by: 'b', at: -1 },
      { reason: 'r', by: 'b', at: '1970-01-01T00:00:00.000Z' },
    ],
  ])('%j is read whatever it lacks', (told, hold) => {
    expect(holdOf(told)).toEqual(hold);
  });
});

describe('a merge that was handed over, as a server tells it', () => {
  const told: Handover = {
    id: '7',
    ...MERGE,
    pullRequest: 41,
    state: 'failed',
    at: '2026-01-05T09:00:00.000Z',
    endedAt: '2026-01-05T09:00:04.000Z',
    waitsFor: 2,
    includedIn: 'f00d',
    reason: 'gate-zero',
    sentence: 'The server renders something else.',
    steps: [{ text: 'create Source a', state: 'done', said: 'created, version 1' }],
    started: ['node:2'],
    differences: ['node'],
  };

  it('is read whole, and without what nobody knows here', () => {
    expect(
      handoverOf({
        ...told,
        steps: [...told.steps],
        started: [...told.started],
        differences: ['node'],
        newer: {},
      } as never),
    ).toEqual(told);
  });

  it('is read whatever it lacks, and whatever its parts are instead', () => {
    const least = {
      repository: '',
      branch: '',
      commit: '',
      at: '',
      waitsFor: 0,
      steps: [],
      started: [],
      differences: [],
    };
    expect(handoverOf({ id: 'a', state: 'queued' })).toEqual({ id: 'a', state: 'queued', ...least });
    const odd = {
      id: 'a',
      state: 'queued',
      waitsFor: -1.5,
      pullRequest: '4',
      endedAt: 9,
      reason: null,
      started: [1, '', 'node', 'node:', 'node:2'],
      steps: ['x', { state: 'odd' }],
    };
    expect(handoverOf(odd)).toEqual({
      id: 'a',
      state: 'queued',
      ...least,
      started: ['node:2'],
      steps: [{ text: '', state: 'failed', said: '' }],
    });
  });

  it.each([
    [{}],
    [{ id: 'a' }],
    [{ id: '', state: 'queued' }],
    [{ id: 'a', state: 'later' }],
    [[]],
    ['a'],
    [null],
  ])('%j is none', (body) => {
    expect(handoverOf(body)).toBeUndefined();
  });
});
