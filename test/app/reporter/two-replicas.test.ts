import { afterEach, beforeEach, expect, it } from 'vitest';
import { APP_LIMITS } from '../../../app/limits.ts';
import { Reporter } from '../../../app/reporter/reporter.ts';
import { openSqliteStore } from '../../../app/store/sqlite.ts';
import type { Outbox, Store } from '../../../app/store/store.ts';
import type { CheckRun, Conversation } from '../../../src/ports/conversation.ts';
import { ManualClock } from '../manual-clock.ts';
import { HandFeed, rollout, view } from './rollouts.ts';

const ORIGIN = { repository: 'acme/fleet', commit: 'c0ffee'.padEnd(40, '0') };

let clock: ManualClock;
let store: Store;
let feed: HandFeed;
let check: CheckRun | undefined;
let begun: () => void;

beforeEach(async () => {
  clock = new ManualClock();
  store = await openSqliteStore(':memory:', () => clock.now());
  feed = new HandFeed();
  check = undefined;
  begun = () => undefined;
});

afterEach(() => store.close());

/** One replica's reporter. What it writes comes to GitHub when `sending` has resolved, and its answer is lost where that says so. */
function replica(sending: Promise<'answered' | 'lost'>, outbox: Outbox = store.outbox): Reporter {
  const upsertCheck = async (run: CheckRun): Promise<void> => {
    begun();
    const answer = await sending;
    check = run;
    if (answer === 'lost') throw new Error('socket hang up');
  };
  return new Reporter({
    feed,
    outbox,
    clock,
    limits: APP_LIMITS,
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- a check is all that a rollout without a pull request writes
    conversation: async () => ({ upsertCheck }) as unknown as Conversation,
    pullRequestOf: async () => undefined,
    repositoryUrl: (repository) => `https://github.example/${repository}`,
    warn: () => undefined,
  });
}

const AT_ONCE = Promise.resolve('answered' as const);

/** A replica sends the start and stands still until another one has told the end. */
async function overtaken(
  answer: 'answered' | 'lost',
  outbox = store.outbox,
  whileSending = (): void => undefined,
): Promise<Reporter> {
  const gate = Promise.withResolvers<'answered' | 'lost'>();
  let leads = true;
  const slow = replica(gate.promise, {
    ...outbox,
    pending: async () => (leads ? store.outbox.pending() : []),
  });
  feed.tell(rollout(view('started', { offered: 1 }), ORIGIN));
  const isSending = new Promise<void>((resolve) => (begun = resolve));
  await slow.tick();
  await isSending;
  whileSending();
  feed.tell(rollout(view('stable', { offered: 3, applied: 3 }), ORIGIN));
  leads = false;
  const quick = replica(AT_ONCE);
  await quick.tick();
  await quick.idle();
  expect(check).toMatchObject({ status: 'completed' });
  gate.resolve(answer);
  await slow.idle();
  expect(check).toMatchObject({ status: 'in_progress' });
  return slow;
}

it.each(['answered', 'lost'] as const)(
  'the newest state is told again when an older one came after it, its answer %s',
  async (answer) => {
    await overtaken(answer);
    const next = replica(AT_ONCE);
    await next.tick();
    await next.idle();
    expect(check).toMatchObject({ status: 'completed', conclusion: 'success' });
  },
);

it('also when the store was away just then', async () => {
  let away = false;
  const failing = (work: () => Promise<void>): Promise<void> =>
    away ? Promise.reject(new Error('the store is away')) : work();
  const outbox: Outbox = {
    ...store.outbox,
    done: (...call) => failing(() => store.outbox.done(...call)),
    failed: (...call) => failing(() => store.outbox.failed(...call)),
  };
  const slow = await overtaken('answered', outbox, () => (away = true));
  away = false;
  clock.advance(60_000);
  await slow.tick();
  const next = replica(AT_ONCE);
  await next.tick();
  await next.idle();
  expect(check).toMatchObject({ status: 'completed', conclusion: 'success' });
});
