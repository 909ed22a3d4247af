import pino from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { CheckRecord, CommentRecord } from '../../../app/demo/github/state.ts';
import { APP_LIMITS, type AppLimits } from '../../../app/limits.ts';
import { Reporter } from '../../../app/reporter/reporter.ts';
import { openSqliteStore } from '../../../app/store/sqlite.ts';
import type { Store } from '../../../app/store/store.ts';
import { createWebhooks, type WebhookSide } from '../../../app/webhooks/index.ts';
import type { RolloutOrigin } from '../../../src/ports/rollout-feed.ts';
import { openApiProblems } from '../../support/openapi.ts';
import { APP_KEYS, createWorld, REPOSITORY, type World } from '../github/world.ts';
import { ManualClock, SkippingClock } from '../manual-clock.ts';
import { HandFeed } from './rollouts.ts';

export let world: World;
export let store: Store;
let side: WebhookSide;
export let clock: ManualClock;
export let feed: HandFeed;
export let reporter: Reporter;
export let origin: RolloutOrigin;
export let warnings: string[];

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

/** Sets the stage for the tests of a file: a reporter, a feed by hand and GitHub. */
export function reportToGitHub(): void {
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
}

/** Starts the reporter anew over the same store, as after a restart. */
export function restart(limits: AppLimits = APP_LIMITS): void {
  reporter = createReporter(limits);
}

/** Looks once and sends what is due. */
export async function round(): Promise<void> {
  await reporter.tick();
  await reporter.idle();
}

export function comments(): readonly CommentRecord[] {
  return world.server.state.comments;
}

export function checks(): readonly CheckRecord[] {
  return world.server.state.checks;
}

export function writes(): number {
  return world.server.state.exchanges.filter(
    ({ method, path }) => method !== 'GET' && !path.endsWith('/access_tokens'),
  ).length;
}
