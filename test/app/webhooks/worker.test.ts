import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { APP_LIMITS } from '../../../app/limits.ts';
import { openSqliteStore } from '../../../app/store/sqlite.ts';
import type { Store } from '../../../app/store/store.ts';
import { DeliveryWorker } from '../../../app/webhooks/worker.ts';
import { SkippingClock } from '../manual-clock.ts';

let store: Store;
/** What was begun, in order, and what was given up. */
let begun: string[];
let givenUp: string[];

beforeEach(async () => {
  store = await openSqliteStore(':memory:', () => 0);
  [begun, givenUp] = [[], []];
});

afterEach(() => store.close());

async function workOff(process: (id: string) => Promise<void>): Promise<void> {
  const worker = new DeliveryWorker({
    deliveries: store.deliveries,
    clock: new SkippingClock(),
    process: async ({ id }) => {
      begun.push(id);
      await process(id);
    },
    onFailed: ({ id }, _reason, final) => {
      if (final) givenUp.push(id);
    },
  });
  worker.wake();
  await worker.idle();
}

/** Processes that take a delivery up and are gone before they know what came of it. */
async function die(times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) await store.deliveries.next();
}

describe('a stored delivery', () => {
  it('that others died over is tried as often as any other', async () => {
    await store.deliveries.accept('one', 'pull_request', '{}');
    await die(APP_LIMITS.webhookAttempts);
    await workOff(async () => {
      if (begun.length < APP_LIMITS.webhookAttempts) throw new Error('GitHub is away');
    });
    expect([begun.length, givenUp]).toEqual([APP_LIMITS.webhookAttempts, []]);
  });

  it('is given up when it failed so often, whatever else failed between', async () => {
    for (const id of ['one', 'two']) await store.deliveries.accept(id, 'pull_request', '{}');
    await workOff(() => Promise.reject(new Error('GitHub is away')));
    expect(begun.filter((id) => id === 'one')).toHaveLength(APP_LIMITS.webhookAttempts);
    expect(givenUp.toSorted()).toEqual(['one', 'two']);
  });

  it('is given up when whoever takes it up dies again and again', async () => {
    await store.deliveries.accept('one', 'pull_request', '{}');
    await die(APP_LIMITS.webhookBegins);
    await workOff(async () => undefined);
    expect([begun, givenUp]).toEqual([[], ['one']]);
    expect(await store.deliveries.next()).toBeUndefined();
  });
});
