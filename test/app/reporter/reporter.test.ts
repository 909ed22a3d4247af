import pino from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { APP_LIMITS, type AppLimits } from '../../../app/limits.ts';
import { Reporter } from '../../../app/reporter/reporter.ts';
import { openSqliteStore } from '../../../app/store/sqlite.ts';
import type { Store } from '../../../app/store/store.ts';
import { createWebhooks, type WebhookSide } from '../../../app/webhooks/index.ts';
import type { CheckRecord, CommentRecord } from '../../../app/demo/github/state.ts';
import type { RolloutOrigin } from '../../../src/ports/rollout-feed.ts';
import { openApiProblems } from '../../support/openapi.ts';
import { APP_KEYS, createWorld, REPOSITORY, type World } from '../github/world.ts';
import { ManualClock, SkippingClock } from '../manual-clock.ts';
import { HandFeed, rollout, view } from './rollouts.ts';

let world: World;
let store: Store;
let side: WebhookSide;
let clock: ManualClock;
let feed: HandFeed;
let reporter: Reporter;
let origin: RolloutOrigin;
let warnings: string[];

function createReporter(limits: AppLimits = APP_LIMITS): Reporter {
  return new Reporter({
    feed,
    outbox: store.outbox,
    clock,
    limits,
    conversation: (repository) => side.access.conversation(repository),
    pullRequestOf: (repository, commit) => side.pullRequestOf(repository, commit),
    repositoryUrl: (repository) => `${world.server.url}/${repository}`,
    warn: (message) => void warnings.push(message),
  });
}

// One GitHub for all of them, with one merged pull request; each test finds its conversation empty.
beforeAll(async () => {
  world = await createWorld();
  await world.commit('change', 'Change a source', { 'bindplane/sources.yaml': 'one\n2\nthree\n' });
  const { number } = await world.server.openPullRequest(REPOSITORY, {
    title: 'Change',
    head: 'change',
    login: 'ada',
  });
  const commit = await world.server.mergePullRequest(REPOSITORY, number, 'ada');
  origin = { repository: REPOSITORY, pullRequest: number, commit };
});

beforeEach(async () => {
  clock = new ManualClock();
  store = await openSqliteStore(':memory:', () => clock.now());
  feed = new HandFeed();
  warnings = [];
  side = await createWebhooks({
    appId: 4242,
    privateKey: APP_KEYS.privateKey,
    webhookSecret: 'b3f1c2d4e5a697887766554433221100',
    apiUrl: `${world.server.url}/api/v3`,
    log: pino({ level: 'silent' }),
    store,
    // Waits that GitHub asks for inside of one call pass at once; the reporter's own clock stands still.
    clock: new SkippingClock(),
    onMerge: () => undefined,
  });
  reporter = createReporter();
});

afterEach(async () => {
  await reporter.stop();
  await store.close();
  world.server.heal();
  const { state } = world.server;
  const problems = state.exchanges.filter(({ status }) => status < 500).flatMap(openApiProblems);
  for (const told of [state.exchanges, state.comments, state.checks]) told.length = 0;
  if (problems.length > 0) throw new Error(problems.join('\n'));
});

afterAll(async () => {
  await world.close();
});

/** Looks once and sends what is due. */
async function round(): Promise<void> {
  await reporter.tick();
  await reporter.idle();
}

function comments(): readonly CommentRecord[] {
  return world.server.state.comments;
}

function checks(): readonly CheckRecord[] {
  return world.server.state.checks;
}

function writes(): number {
  return world.server.state.exchanges.filter(
    ({ method, path }) => method !== 'GET' && !path.endsWith('/access_tokens'),
  ).length;
}

describe('a rollout', () => {
  it('is one comment and one check, from its start to its end', async () => {
    const steps = [
      view('pending'),
      view('started', { offered: 1 }),
      view('started', { offered: 2, applied: 1 }),
      view('stable', { offered: 3, applied: 3, neverSaw: 0 }),
    ];
    for (const step of steps) {
      feed.tell(rollout(step, origin));
      await round();
      clock.advance(APP_LIMITS.reportIntervalMs);
    }
    expect(comments()).toHaveLength(1);
    expect(comments()[0]).toMatchObject({ number: 1, author: { login: 'collie[bot]' } });
    expect(comments()[0]?.body).toContain('### 🟢 Stable');
    expect(checks()).toHaveLength(1);
    expect(checks()[0]).toMatchObject({
      sha: origin.commit,
      name: 'Rollout: shop-node',
      status: 'completed',
      conclusion: 'success',
    });
    expect(warnings).toEqual([]);
  });

  it('that is refused shows the agent’s own words, its line, and an annotation there', async () => {
    feed.tell(rollout(view('rolled-back', { offered: 1, refused: 1, restored: 1, neverSaw: 2 }), origin));
    await round();
    const body = comments()[0]?.body ?? '';
    expect(body).toContain("```text\n'metrics' has invalid keys: k8s.pod.volume.usage @shop/everybody\n```");
    expect(body).toContain(
      `${world.server.url}/${REPOSITORY}/blob/${origin.commit}/bindplane/sources.yaml#L2`,
    );
    const [check] = checks();
    expect(check).toMatchObject({ status: 'completed', conclusion: 'failure' });
    expect(check?.annotations).toMatchObject([
      { path: 'bindplane/sources.yaml', startLine: 2, level: 'failure' },
    ]);
  });

  it('of several configurations has a comment and a check each', async () => {
    const other = { ...view('started', { offered: 1 }), configuration: 'shop-gateway' };
    feed.tell(rollout(view('started', { offered: 1 }), origin), rollout(other, origin));
    await round();
    expect(comments()).toHaveLength(2);
    expect(
      checks()
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['Rollout: shop-gateway', 'Rollout: shop-node']);
  });

  it('that was begun anew takes the place of the earlier one, in whatever order they are told', async () => {
    const earlier = rollout(view('failed', { refused: 1 }, { toVersion: 4 }), origin);
    const later = rollout(view('started', { offered: 1 }, { toVersion: 5 }), origin);
    feed.tell(earlier, later);
    await round();
    expect(comments()[0]?.body).toContain('3 → 5');
    feed.tell(later, earlier);
    await round();
    expect(comments()).toHaveLength(1);
    expect(checks()).toHaveLength(1);
    expect(checks()[0]).toMatchObject({ status: 'in_progress', conclusion: null });
  });

  it('without an origin is nobody’s on GitHub', async () => {
    feed.tell(rollout(view('started')));
    await round();
    expect(writes()).toBe(0);
  });

  it('of a commit alone finds its pull request; of a direct push it is a check only', async () => {
    const direct = await world.commit('main', 'Direct', { 'README.md': 'changed\n' });
    feed.tell(
      rollout(view('started'), { repository: REPOSITORY, commit: origin.commit }),
      rollout(
        { ...view('started'), configuration: 'shop-gateway' },
        { repository: REPOSITORY, commit: direct },
      ),
    );
    await round();
    expect(comments().map(({ number }) => number)).toEqual([1]);
    expect(checks().map(({ sha }) => sha)).toEqual([origin.commit, direct]);
  });
});

describe('how often', () => {
  it('counts wait for the interval and only the newest are written', async () => {
    feed.tell(rollout(view('started', { offered: 1 }), origin));
    await round();
    const before = writes();
    for (let applied = 0; applied < 50; applied += 1) {
      feed.tell(rollout(view('started', { agents: 99, offered: applied + 1, applied }), origin));
      await round();
    }
    expect(writes()).toBe(before);
    clock.advance(APP_LIMITS.reportIntervalMs);
    await round();
    expect(writes()).toBe(before + 2);
    expect(comments()[0]?.body).toContain('49 of 99 agents applied it');
  });

  it('the first refusal and every change of state go out at once', async () => {
    const states = [
      view('started', { offered: 1 }),
      view('started', { offered: 2, refused: 1 }),
      view('rolling-back', { offered: 2, refused: 1 }),
      view('rolled-back', { offered: 2, refused: 1, restored: 2 }),
    ];
    for (const [index, state] of states.entries()) {
      feed.tell(rollout(state, origin));
      await round();
      expect(writes()).toBe(2 * (index + 1));
    }
    expect(checks()[0]?.conclusion).toBe('failure');
  });

  it('nothing is written when nothing changed', async () => {
    feed.tell(rollout(view('started', { offered: 1 }), origin));
    await round();
    clock.advance(10 * APP_LIMITS.reportIntervalMs);
    const before = writes();
    await round();
    expect(writes()).toBe(before);
  });

  it('stays below the writes a minute, keeps room for what is urgent, and tells the last state (SEC-25)', async () => {
    reporter = createReporter({ ...APP_LIMITS, reportsPerMinute: 4, urgentReportsPerMinute: 6 });
    const all = (state: 'started' | 'stable', applied: number): void =>
      feed.tell(
        ...['a', 'b', 'c', 'd', 'e'].map((configuration) =>
          rollout({ ...view(state, { offered: 3, applied }), configuration }, origin),
        ),
      );
    const minute = async (): Promise<number> => {
      const before = writes();
      clock.advance(60_000);
      await round();
      return writes() - before;
    };
    all('started', 0);
    await round();
    expect(writes()).toBe(6);
    expect(await minute()).toBe(4);
    all('started', 1);
    expect(await minute()).toBe(4);
    all('stable', 3);
    await round();
    // Two more fit at once, because they are urgent.
    expect([await minute(), await minute()]).toEqual([6, 2]);
    expect(comments().filter(({ body }) => body.includes('### 🟢 Stable'))).toHaveLength(5);
    expect(checks().filter(({ conclusion }) => conclusion === 'success')).toHaveLength(5);
  });
});

describe('when GitHub does not take it', () => {
  it.each([
    ['500', { status: 500 }],
    ['502, its answer lost after it was carried out', { status: 502, afterwards: true }],
    [
      'a secondary limit without a header',
      { status: 403, message: 'You have exceeded a secondary rate limit', times: 4 },
    ],
    ['429 with Retry-After', { status: 429, headers: { 'retry-after': '30' }, times: 4 }],
  ])('tries again after %s, and says it once', async (_what, fault) => {
    world.server.fail({ method: 'POST', path: /\/issues\/\d+\/comments$/, ...fault });
    feed.tell(rollout(view('stable', { offered: 3, applied: 3 }), origin));
    await round();
    const entry = await store.outbox.get(`comment ${REPOSITORY}#1 shop-node`);
    expect(entry).toMatchObject({ state: 'pending', attempts: 1 });
    await round();
    expect((await store.outbox.get(`comment ${REPOSITORY}#1 shop-node`))?.attempts).toBe(1);
    clock.advance(1000);
    await round();
    expect(comments()).toHaveLength(1);
    expect(await store.outbox.get(`comment ${REPOSITORY}#1 shop-node`)).toMatchObject({
      state: 'done',
      reference: `${world.server.url}/${REPOSITORY}/pull/1#issuecomment-${comments()[0]?.id}`,
    });
  });

  it('waits longer each time, and the last state arrives when it is back (SEC-50)', async () => {
    world.server.fail({ path: /\/(?:issues|check-runs|commits)/, status: 503, times: 1000 });
    const states = [
      view('started', { offered: 1 }),
      view('rolling-back', { offered: 1, refused: 1 }),
      view('rolled-back', { offered: 1, refused: 1, restored: 1 }),
    ];
    for (let hour = 0; hour < 6; hour += 1) {
      feed.tell(rollout(states[Math.min(hour, 2)] ?? view('started'), origin));
      for (let minute = 0; minute < 60; minute += 20) {
        clock.advance(20 * 60_000);
        await round();
      }
    }
    expect([comments().length, checks().length]).toEqual([0, 0]);
    world.server.heal();
    clock.advance(APP_LIMITS.reportRetryMs);
    await round();
    expect(comments().map(({ body }) => body.includes('Rolled back'))).toEqual([true]);
    expect(checks()).toMatchObject([{ conclusion: 'failure' }]);
  });

  it('gives up what is refused for good, until it changes', async () => {
    world.server.fail({
      method: 'POST',
      path: /\/issues\/\d+\/comments$/,
      status: 403,
      message: 'Resource not accessible by integration',
      times: 3,
    });
    feed.tell(rollout(view('started', { offered: 1 }), origin));
    for (let attempt = 0; attempt < 6; attempt += 1) {
      await round();
      clock.advance(APP_LIMITS.reportRetryMs);
    }
    expect(comments()).toHaveLength(0);
    expect(warnings.filter((warning) => warning.includes('given up'))).toHaveLength(1);
    // The check was allowed.
    expect(checks()).toHaveLength(1);
    feed.tell(rollout(view('stable', { offered: 3, applied: 3 }), origin));
    await round();
    expect(comments()).toHaveLength(1);
  });

  it('a repository where the app is not installed holds up no other', async () => {
    const elsewhere = { repository: 'other/place', pullRequest: 1, commit: origin.commit };
    feed.tell(
      rollout(view('started'), elsewhere),
      rollout({ ...view('stable'), configuration: 'shop-gateway' }, origin),
    );
    await round();
    expect(comments()).toHaveLength(1);
    expect(warnings.join('\n')).toContain('other/place#1');
  });
});

describe('restarts', () => {
  it('send what was stored and not sent, and write nothing twice', async () => {
    world.server.fail({ method: 'POST', path: /comments$|check-runs$/, status: 500, times: 2 });
    feed.tell(rollout(view('stable', { offered: 3, applied: 3 }), origin));
    await round();
    await reporter.stop();
    expect(comments()).toEqual([]);

    reporter = createReporter();
    await round();
    expect([comments().length, checks().length]).toEqual([1, 1]);
    await reporter.stop();

    reporter = createReporter();
    const before = writes();
    await round();
    expect(writes()).toBe(before);
  });

  it('find their comment again when the answer to its creation was lost', async () => {
    world.server.fail({ method: 'POST', path: /comments$/, status: 502, afterwards: true });
    feed.tell(rollout(view('started', { offered: 1 }), origin));
    await round();
    await reporter.stop();
    reporter = createReporter();
    feed.tell(rollout(view('stable', { offered: 3, applied: 3 }), origin));
    await round();
    expect(comments()).toHaveLength(1);
    expect(comments()[0]?.body).toContain('Stable');
  });

  it('complete checks whose rollout nobody knows any more', async () => {
    feed.tell(rollout(view('started', { offered: 1 }), origin));
    await round();
    expect(checks()[0]?.status).toBe('in_progress');
    await reporter.stop();
    reporter = createReporter();
    feed.tell();
    await round();
    expect(checks()).toMatchObject([{ status: 'completed', conclusion: 'neutral' }]);
    const before = writes();
    await round();
    expect(writes()).toBe(before);
  });
});

describe('a rollout of a BindPlane server', () => {
  const started = view('started', { offered: 1 }, { engine: 'bindplane' });

  /** The Action's comment on the same rollout. */
  function actionWrites(): void {
    const body = '<!-- collie:rollout v1 key=shop%2Dnode head=abc -->\nby the Action';
    const author = { id: 7, login: 'github-actions[bot]', type: 'Bot' as const };
    const [repository] = world.server.state.repositories;
    if (repository === undefined) throw new Error('no repository');
    const at = '2026-01-02T03:04:05Z';
    const number = origin.pullRequest ?? 0;
    const comment = { id: 2, repository, number, author, body, createdAt: at, updatedAt: at, reactions: [] };
    world.server.state.comments.push(comment);
  }

  it('is left to the Action where that tells it; the app keeps the check', async () => {
    actionWrites();
    feed.tell(rollout(started, origin));
    await round();
    expect(comments().map(({ author }) => author.login)).toEqual(['github-actions[bot]']);
    expect(checks()).toHaveLength(1);
    expect(warnings).toEqual([]);
  });

  it('is told by the app until the Action does', async () => {
    feed.tell(rollout(started, origin));
    await round();
    expect(comments().map(({ author }) => author.login)).toEqual(['collie[bot]']);
    actionWrites();
    feed.tell(rollout({ ...started, state: 'failed' }, origin));
    await round();
    expect(comments().map(({ author }) => author.login)).toEqual(['github-actions[bot]']);
    expect(checks()).toMatchObject([{ conclusion: 'failure' }]);
  });

  it('of our own engine is told beside any other comment', async () => {
    actionWrites();
    feed.tell(rollout(view('started', { offered: 1 }), origin));
    await round();
    expect(comments()).toHaveLength(2);
  });

  it('that was not asked for yet after a restart leaves its check open', async () => {
    feed.tell(rollout(started, origin));
    await round();
    await reporter.stop();
    reporter = createReporter();
    feed.complete = false;
    feed.tell();
    await round();
    expect(checks()).toMatchObject([{ status: 'in_progress' }]);
    feed.complete = true;
    await round();
    expect(checks()).toMatchObject([{ status: 'completed', conclusion: 'neutral' }]);
  });
});

/** Lets everything that is under way take one step. */
function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

describe('the loop', () => {
  it('reports on a hint, without waiting for the next look', async () => {
    reporter.start();
    while (clock.waits.length === 0) await turn();
    feed.tell(rollout(view('stable', { offered: 3, applied: 3 }), origin));
    while (checks().length * comments().length === 0) await turn();
    expect(clock.now()).toBe(Date.parse('2026-01-02T03:04:05Z'));
  });

  it('somebody’s comment with our marker is left alone', async () => {
    feed.tell(rollout(view('started', { offered: 1 }), origin));
    await round();
    const marker = (comments()[0]?.body ?? '').split('\n', 1)[0] ?? '';
    world.server.state.comments.unshift({
      ...(comments()[0] as CommentRecord),
      id: 1,
      author: { id: 7, login: 'mallory', type: 'User' },
      body: `${marker}\nmine`,
    });
    feed.tell(rollout(view('stable', { offered: 3, applied: 3 }), origin));
    await round();
    expect(comments()[0]?.body).toBe(`${marker}\nmine`);
    expect(comments()[1]?.body).toContain('Stable');
  });
});
