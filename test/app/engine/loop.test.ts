import { expect, it } from 'vitest';
import { Loop } from '../../../app/engine/loop.ts';
import { ManualClock } from '../manual-clock.ts';

function loopOf(round: () => Promise<number | undefined>): Loop {
  return new Loop({ clock: new ManualClock(), tickMs: 1000, round, failed: () => undefined });
}

it('makes one round of all that happens in one turn, however many messages that is', async () => {
  let rounds = 0;
  const loop = loopOf(() => {
    rounds += 1;
    return Promise.resolve(undefined);
  });
  loop.start();
  await loop.once();
  const before = rounds;
  for (let message = 0; message < 100; message += 1) {
    loop.kick();
    // Between two messages of one turn everything that waits for promises goes on.
    for (let step = 0; step < 10; step += 1) await Promise.resolve();
  }
  await loop.once();
  expect(rounds - before).toBeLessThanOrEqual(2);
  await loop.stop();
});

it('looks again when something happens during a round', async () => {
  let rounds = 0;
  const loop: Loop = loopOf(() => {
    rounds += 1;
    if (rounds === 1) loop.kick();
    return Promise.resolve(undefined);
  });
  loop.start();
  await loop.once();
  await loop.once();
  expect(rounds).toBeGreaterThanOrEqual(2);
  await loop.stop();
});

it('leaves as much time after a round as the round took, but not to those who wait for one', async () => {
  const clock = new ManualClock();
  let rounds = 0;
  const loop = new Loop({
    clock,
    tickMs: 1000,
    failed: () => undefined,
    round: () => {
      rounds += 1;
      clock.advance(30);
      loop.kick();
      return Promise.resolve(undefined);
    },
  });
  loop.start();
  await loop.once();
  const before = rounds;
  loop.kick();
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(rounds).toBe(before);
  expect(clock.waits.at(-1)).toBe(30);
  await loop.once();
  expect(rounds).toBe(before + 1);
  await loop.stop();
});
