import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../ports/clock.ts';

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  wait: (durationMs, signal) => delay(durationMs, undefined, signal === undefined ? {} : { signal }),
};
