import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueToken } from '../../../app/identity/tokens.ts';
import type { StoredHandover } from '../../../app/store/handovers.ts';
import { scratchFolder, TestApp } from '../../support/app.ts';

const COMMIT = 'c0ffee'.padEnd(40, '0');
const MERGE = { repository: 'shop/fleet', branch: 'main', commit: COMMIT };

let scratch: ReturnType<typeof scratchFolder>;
let server: TestApp;

beforeAll(async () => {
  scratch = scratchFolder();
  server = await TestApp.start(scratch.path);
});
afterAll(async () => {
  await server.close();
  scratch.remove();
});

const errors = async (body: object, headers?: Readonly<Record<string, string>>): Promise<string> => {
  const answer = await server.call('POST', '/v1/collie/applies', body, headers);
  return `${answer.status} ${answer.body.errors.join('; ')}`;
};

describe('POST /v1/collie/applies', () => {
  it('takes nothing where no app could read the repository', async () => {
    expect(await errors(MERGE)).toMatch(/^409 this server takes no merges: it has no GitHub App/);
  });

  it.each([
    ['no branch', { branch: '' }],
    ['an abbreviated commit', { commit: 'c0ffee' }],
    ['a branch for a commit', { commit: 'main' }],
    ['a path for a repository', { repository: 'shop/fleet/x' }],
    ['an unknown rollout', { options: { rollout: 'later' } }],
  ])('refuses %s', async (_what, change) => {
    expect(await errors({ ...MERGE, ...change })).toMatch(/^400 /);
  });

  it('takes merges of a job’s own repository and branch alone', async () => {
    const request = {
      name: 'Shop/fleet refs/heads/main run 7',
      scopes: ['apply'] as const,
      createdBy: 'GitHub',
      source: 'github:1',
    };
    const issued = await issueToken(server.app.store, request, Date.now());
    const headers = { authorization: `Bearer ${issued?.key}` };
    expect(await errors(MERGE, headers)).toMatch(/^409 /);
    expect(await errors({ ...MERGE, repository: 'shop/other' }, headers)).toBe(
      '403 forbidden: Shop/fleet refs/heads/main run 7 cannot hand over merges of shop/other on main',
    );
    expect(await errors({ ...MERGE, branch: 'release' }, headers)).toMatch(/^403 /);
  });
});

describe('GET /v1/collie/applies', () => {
  it('tells how far each is, and keeps what only the queue needs to itself', async () => {
    const { handovers } = server.app.store;
    const stored: StoredHandover = {
      ...MERGE,
      id: 'one',
      state: 'queued',
      by: 'ana',
      scopes: ['admin'],
      at: Date.parse('2026-01-02T03:04:05Z'),
      attempts: 3,
      steps: [],
      started: [],
      differences: [],
    };
    await handovers.put(stored);
    await handovers.put({ ...stored, id: 'two' });
    await handovers.put({
      ...stored,
      id: 'three',
      state: 'included',
      includedIn: 'x',
      endedAt: stored.at + 1,
    });
    const { body } = await server.call('GET', '/v1/collie/applies');
    const waits = body.applies.map(({ id, waitsFor }: Record<string, string>) => [id, waitsFor]);
    expect(waits).toEqual([
      ['three', 0],
      ['two', 1],
      ['one', 0],
    ]);
    expect((await server.call('GET', '/v1/collie/applies/one')).body).toEqual({
      ...MERGE,
      id: 'one',
      state: 'queued',
      at: '2026-01-02T03:04:05.000Z',
      waitsFor: 0,
      steps: [],
      started: [],
      differences: [],
    });
    expect((await server.call('GET', '/v1/collie/applies/three')).body).toMatchObject({
      includedIn: 'x',
      endedAt: '2026-01-02T03:04:05.001Z',
    });
    expect((await server.call('GET', '/v1/collie/applies/none')).status).toBe(404);
  });
});
