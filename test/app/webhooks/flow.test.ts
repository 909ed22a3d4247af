import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OperationError } from '../../../src/ports/operation-error.ts';
import type { RolloutOrigin } from '../../../src/ports/rollout-feed.ts';
import { APP_LIMITS } from '../../../app/limits.ts';
import { openSqliteStore } from '../../../app/store/sqlite.ts';
import type { Store } from '../../../app/store/store.ts';
import { createWebhooks, WEBHOOKS, type WebhookSide } from '../../../app/webhooks/index.ts';
import { WEBHOOK_PATH } from '../../../app/webhooks/front.ts';
import { APP_KEYS, createWorld, REPOSITORY, type World } from '../github/world.ts';
import { SkippingClock } from '../manual-clock.ts';
import { openApiProblems } from '../../support/openapi.ts';

const SECRET = 'b3f1c2d4e5a697887766554433221100';

let world: World;
let store: Store;
let side: WebhookSide;
let server: Server;
let clock: SkippingClock;
let log: string[];
let merges: number;
let commits: RolloutOrigin[];
let onCommit: (commit: RolloutOrigin) => Promise<void>;

async function startApp(): Promise<WebhookSide> {
  return createWebhooks({
    appId: 4242,
    privateKey: APP_KEYS.privateKey,
    webhookSecret: SECRET,
    apiUrl: `${world.server.url}/api/v3`,
    log: pino({ level: 'trace' }, { write: (line: string) => void log.push(line) }),
    store,
    clock,
    onCommit: (commit) => onCommit(commit),
    onMerge: () => {
      merges += 1;
    },
  });
}

beforeEach(async () => {
  world = await createWorld();
  clock = new SkippingClock([APP_LIMITS.webhookReadMs]);
  store = await openSqliteStore(':memory:', () => clock.now());
  [log, merges, commits] = [[], 0, []];
  onCommit = async (commit) => void commits.push(commit);
  side = await startApp();
  server = createServer((request, response) => {
    void side.handler(request, response).then((taken) => taken || response.writeHead(404).end());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  world.server.sendWebhooksTo(
    `http://127.0.0.1:${(server.address() as AddressInfo).port}${WEBHOOK_PATH}`,
    SECRET,
  );
});

afterEach(async () => {
  await side.stop();
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  await store.close();
  const problems = world.server.state.exchanges.filter(({ status }) => status < 500).flatMap(openApiProblems);
  await world.close();
  if (problems.length > 0) throw new Error(problems.join('\n'));
});

async function pullRequest(branch = 'change'): Promise<number> {
  await world.commit(branch, `Change on ${branch}`, { [`bindplane/${branch}.yaml`]: 'x\n' });
  await world.server.pushed(REPOSITORY, 'ada');
  return (await world.server.openPullRequest(REPOSITORY, { title: 'Change', head: branch, login: 'ada' }))
    .number;
}

describe('a merged pull request', () => {
  it.each(['merge', 'squash', 'rebase'] as const)('is found by its commit after %s', async (method) => {
    const number = await pullRequest();
    const commit = await world.server.mergePullRequest(REPOSITORY, number, 'ada', method);
    await side.idle();
    expect(await side.merges.find(REPOSITORY, commit)).toEqual({
      repository: REPOSITORY,
      commit,
      pullRequest: number,
      branch: 'main',
    });
    // The push told the same: it counts once.
    expect(merges).toBe(1);
    expect(world.server.state.deliveries.map(({ statusCode }) => statusCode)).not.toContain(500);
  });

  it('is read from GitHub, whatever the payload says', async () => {
    const number = await pullRequest();
    const commit = await world.server.mergePullRequest(REPOSITORY, number, 'ada');
    await side.idle();
    const delivery = world.server.state.deliveries.find(
      ({ event, action }) => event === 'pull_request' && action === 'closed',
    );
    const lie = (delivery?.payload ?? '').replaceAll(commit, 'f'.repeat(40));
    await store.deliveries.accept('lie', 'pull_request', lie);
    side.start();
    await side.idle();
    expect(await side.merges.of(REPOSITORY)).toMatchObject([{ commit }]);
  });

  it('that was closed without a merge connects nothing', async () => {
    const number = await pullRequest();
    const pull = [...(world.server.state.repositories[0]?.pulls.values() ?? [])][0];
    await store.deliveries.accept(
      'closed',
      'pull_request',
      JSON.stringify({
        action: 'closed',
        number,
        pull_request: { number, merged: true, merge_commit_sha: pull?.headSha },
        repository: { full_name: REPOSITORY, owner: { login: 'shop' }, name: 'collectors' },
        installation: { id: world.server.state.installations[0]?.id },
      }),
    );
    side.start();
    await side.idle();
    expect(await side.merges.of(REPOSITORY)).toEqual([]);
  });
});

describe('a push to the default branch', () => {
  it('connects several merges whose own events were lost', async () => {
    const [first, second] = [await pullRequest('one'), await pullRequest('two')];
    const before = await world.git.commitOf('refs/heads/main');
    world.server.sendWebhooksTo('http://127.0.0.1:9/lost', SECRET);
    const commits = [
      await world.server.mergePullRequest(REPOSITORY, first, 'ada', 'merge'),
      await world.server.mergePullRequest(REPOSITORY, second, 'ada', 'squash'),
    ];
    await store.deliveries.accept(
      'push',
      'push',
      JSON.stringify({
        ref: 'refs/heads/main',
        before,
        after: commits[1],
        repository: {
          full_name: REPOSITORY,
          default_branch: 'main',
          owner: { login: 'shop' },
          name: 'collectors',
        },
        installation: { id: world.server.state.installations[0]?.id },
      }),
    );
    side.start();
    await side.idle();
    const kept = await side.merges.of(REPOSITORY);
    expect(new Map(kept.map(({ commit, pullRequest }) => [commit, pullRequest]))).toEqual(
      new Map([
        [commits[0], first],
        [commits[1], second],
      ]),
    );
  });

  it('that came without a pull request connects to none', async () => {
    await world.commit('main', 'Direct', { 'README.md': 'changed\n' });
    await world.server.pushed(REPOSITORY, 'ada');
    await side.idle();
    expect(await side.merges.of(REPOSITORY)).toEqual([]);
    expect(await store.deliveries.next()).toBeUndefined();
  });

  it('to another branch asks GitHub nothing about pull requests', async () => {
    await world.commit('other', 'Elsewhere', { 'README.md': 'changed\n' });
    await world.server.pushed(REPOSITORY, 'ada');
    await side.idle();
    expect(
      world.server.state.exchanges.map(({ path }) => path).filter((path) => path.includes('/commits/')),
    ).toEqual([]);
  });
});

describe('a commit that came to the default branch', () => {
  it('is told with its pull request, before it counts as known; its push tells it again', async () => {
    const number = await pullRequest();
    const known: unknown[] = [];
    onCommit = async (commit) => {
      commits.push(commit);
      known.push(await side.merges.find(REPOSITORY, commit.commit));
    };
    const commit = await world.server.mergePullRequest(REPOSITORY, number, 'ada');
    await side.idle();
    const told = { repository: REPOSITORY, commit, pullRequest: number };
    expect(commits).toEqual([told, told]);
    expect(known).toEqual([undefined, expect.anything()]);
  });

  it('directly is told without one; commits of one push are told oldest first', async () => {
    const direct = [
      await world.commit('main', 'One', { 'README.md': '1\n' }),
      await world.commit('main', 'Two', { 'README.md': '2\n' }),
    ];
    await world.server.pushed(REPOSITORY, 'ada');
    await side.idle();
    expect(commits).toEqual(direct.map((commit) => ({ repository: REPOSITORY, commit })));
  });

  it('is told again by the same delivery when that could not be worked off', async () => {
    const number = await pullRequest();
    onCommit = async (commit) => {
      commits.push(commit);
      if (commits.length < 3) {
        throw new OperationError({ code: 'unreachable', message: 'away', hint: '', retryable: true });
      }
    };
    const commit = await world.server.mergePullRequest(REPOSITORY, number, 'ada');
    await side.idle();
    expect(commits.length).toBeGreaterThanOrEqual(3);
    expect(await side.merges.find(REPOSITORY, commit)).toMatchObject({ pullRequest: number });
    expect(merges).toBe(1);
  });

  it('is none that was merged elsewhere', async () => {
    await world.commit('release', 'Release', { 'README.md': 'release\n' });
    await world.commit('change', 'Change', { 'CHANGES.md': 'change\n' });
    await world.server.pushed(REPOSITORY, 'ada');
    const { number } = await world.server.openPullRequest(REPOSITORY, {
      title: 'Change',
      head: 'change',
      base: 'release',
      login: 'ada',
    });
    await world.server.mergePullRequest(REPOSITORY, number, 'ada', 'squash');
    await side.idle();
    expect(await side.merges.of(REPOSITORY)).toMatchObject([{ branch: 'release' }]);
    expect(commits).toEqual([]);
  });
});

describe('deliveries', () => {
  it('sent again change nothing', async () => {
    const number = await pullRequest();
    await world.server.mergePullRequest(REPOSITORY, number, 'ada');
    await side.idle();
    const asked = world.server.state.exchanges.length;
    for (const { id } of world.server.state.deliveries.slice()) await world.server.redeliver(id);
    await side.idle();
    expect(world.server.state.exchanges).toHaveLength(asked);
    expect(
      world.server.state.deliveries
        .filter(({ redelivery }) => redelivery)
        .every(({ statusCode, answer }) => statusCode === 200 && answer.includes('duplicate')),
    ).toBe(true);
  });

  it('stored before a crash are worked off after it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'collie-webhooks-'));
    await store.close();
    store = await openSqliteStore(folder, () => clock.now());
    await side.stop();
    // This app stores and answers; it dies before it works anything off.
    const crashed = await startApp();
    await crashed.stop();
    side = crashed;
    const number = await pullRequest();
    const commit = await world.server.mergePullRequest(REPOSITORY, number, 'ada');
    expect(world.server.state.deliveries.every(({ statusCode }) => statusCode === 202)).toBe(true);
    expect(await side.merges.find(REPOSITORY, commit)).toBeUndefined();
    await store.close();

    store = await openSqliteStore(folder, () => clock.now());
    side = await startApp();
    side.start();
    await side.idle();
    expect(await side.merges.find(REPOSITORY, commit)).toMatchObject({ pullRequest: number });
    await rm(folder, { recursive: true, force: true });
  });

  it('are tried again while GitHub is down, and put aside when it refuses for good', async () => {
    const number = await pullRequest();
    await side.idle();
    world.server.fail({ method: 'GET', path: /\/pulls\/1$/, status: 502, times: 6 });
    const commit = await world.server.mergePullRequest(REPOSITORY, number, 'ada');
    await side.idle();
    expect(await side.merges.find(REPOSITORY, commit)).toBeDefined();
    world.server.fail({
      path: /\/compare\//,
      status: 403,
      message: 'Resource not accessible by integration',
      times: 5,
    });
    await world.commit('main', 'Direct', { 'README.md': 'changed\n' });
    await world.server.pushed(REPOSITORY, 'ada');
    await side.idle();
    expect(await store.deliveries.next()).toBeUndefined();
    expect(log.filter((line) => line.includes('"final":true'))).toHaveLength(1);
  });

  it('leave neither tokens nor payloads in the log', async () => {
    const number = await pullRequest();
    world.server.fail({ path: /\/pulls\/1$/, status: 403, message: 'no', times: 2 });
    await world.server.mergePullRequest(REPOSITORY, number, 'ada');
    await side.idle();
    const all = log.join('\n');
    expect(all).toContain('webhook not worked off');
    expect(all).not.toMatch(/ghs_|-----BEGIN|eyJ|author_association/);
  });
});

describe('the start', () => {
  it.each(['', 'development', 'short', 'my-github-webhook-secret'])(
    'is refused with the secret %j',
    async (webhookSecret) => {
      const log = pino({ level: 'silent' });
      const starting = createWebhooks({
        appId: 1,
        privateKey: APP_KEYS.privateKey,
        webhookSecret,
        log,
        store,
        clock,
        onMerge: () => undefined,
      });
      await expect(starting).rejects.toThrow(/WEBHOOK_SECRET is too weak/);
    },
  );
});

describe('every webhook of the list', () => {
  it.each(WEBHOOKS)('$event takes a payload of which nothing is as expected (SEC-44)', async ({ event }) => {
    const installation = { id: world.server.state.installations[0]?.id };
    const repository = {
      full_name: REPOSITORY,
      name: 'collectors',
      owner: { login: 'shop' },
      default_branch: 'main',
    };
    const odd = [null, [], 7, 'x', {}];
    const payloads = odd.flatMap((value) => [
      {
        installation,
        repository,
        action: value,
        number: value,
        pull_request: value,
        ref: value,
        after: value,
      },
      { installation, repository, action: 'closed', number: value },
      { installation, repository, ref: 'refs/heads/main', before: value, after: value, commits: value },
      { installation, repository: value },
      { installation: value, repository },
    ]);
    for (const [index, payload] of payloads.entries()) {
      await store.deliveries.accept(`${event}-${index}`, event, JSON.stringify(payload));
    }
    side.start();
    await side.idle();
    expect(await store.deliveries.next()).toBeUndefined();
    expect(await side.merges.of(REPOSITORY)).toEqual([]);
    world.server.state.exchanges.length = 0;
  });

  it('is one file an event', () => {
    expect(new Set(WEBHOOKS.map(({ event }) => event)).size).toBe(WEBHOOKS.length);
  });
});
