import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../ports/clock.ts';

const wait: Clock['wait'] = (durationMs, signal) =>
  delay(durationMs, undefined, signal === undefined ? {} : { signal });

/** The machine's own clock. */
export const systemClock: Clock = { now: () => Date.now(), wait };

/** A clock that nobody sets while it runs. */
export interface EvenClock extends Clock {
  /** How far the machine's clock is ahead of this one, milliseconds; negative where it is behind. */
  aheadMs(): number;
  /** Goes on from what the machine's clock says now. */
  takeOver(): void;
}

/**
 * The time of the machine's clock when it was asked first, and from then on what has passed since (CLOCK_MONOTONIC): when somebody sets the
 * machine's clock, or it stops, nothing is over sooner or later for that (REL-20). `wall` and `elapsed` give milliseconds.
 */
export function evenClock(
  wall: () => number = () => Date.now(),
  elapsed: () => number = () => performance.now(),
): EvenClock {
  let origin = wall() - elapsed();
  const now = (): number => Math.round(origin + elapsed());
  return {
    now,
    wait,
    aheadMs: () => wall() - now(),
    takeOver: () => {
      origin = wall() - elapsed();
    },
  };
}

/** Whether a clock is an even one. */
export function isEven(clock: Clock): clock is EvenClock {
  return 'takeOver' in clock;
}
