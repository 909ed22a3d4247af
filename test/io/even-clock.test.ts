import { expect, it } from 'vitest';
import { evenClock } from '../../src/io/clock.ts';

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;

it.each([HOUR_MS, -HOUR_MS, YEAR_MS, -YEAR_MS])(
  "goes on evenly when the machine's clock is set by %d ms, and follows it when told to (REL-20)",
  (setMs) => {
    let [wall, elapsed] = [1_790_000_000_000, 5000];
    const clock = evenClock(
      () => wall,
      () => elapsed,
    );
    expect(clock.now()).toBe(1_790_000_000_000);
    elapsed += 250;
    wall += 250 + setMs;
    expect(clock.now()).toBe(1_790_000_000_250);
    expect(clock.aheadMs()).toBe(setMs);
    clock.takeOver();
    expect(clock.now()).toBe(1_790_000_000_250 + setMs);
    expect(clock.aheadMs()).toBe(0);
  },
);

it("goes on when the machine's clock stops", () => {
  let elapsed = 0;
  const clock = evenClock(
    () => 1000,
    () => elapsed,
  );
  elapsed = 4000;
  expect([clock.now(), clock.aheadMs()]).toEqual([5000, -4000]);
});
