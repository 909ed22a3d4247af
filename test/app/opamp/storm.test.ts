import { describe, expect, it } from 'vitest';
import type { AppLimits } from '../../../app/limits.ts';
import { APP_LIMITS } from '../../../app/limits.ts';
import { sharedKeys } from '../../../app/opamp/admission.ts';
import { Gate } from '../../../app/opamp/gate.ts';
import { ManualClock } from '../manual-clock.ts';

interface Settled {
  /** Seconds after the start at which the last client was in. */
  readonly lastSeconds: number;
  readonly attempts: number;
  /** Least seconds between two attempts of one client after it was refused. */
  readonly leastPause: number;
}

/**
 * Clients as opamp-go makes them (reference/opamp.md §2.8): all redial within the first second; one that is refused waits as long as Retry-After
 * says, or its own growing pause where that is longer.
 */
function storm(count: number, limits: AppLimits): Settled {
  const clock = new ManualClock();
  const began = clock.now();
  const gate = new Gate({ admission: sharedKeys(['k']), limits, clock, size: () => 0 });
  // By second of virtual time; the order within a second is that of the list.
  const due = new Map<number, { pauseMs: number }[]>([
    [0, Array.from({ length: count }, () => ({ pauseMs: 500 }))],
  ]);
  let attempts = 0;
  let leastPause = Number.POSITIVE_INFINITY;
  for (let second = 0; due.size > 0; second += 1) {
    const clients = due.get(second) ?? [];
    due.delete(second);
    for (const [index, client] of clients.entries()) {
      clock.advance(began + second * 1000 + Math.floor((index * 1000) / clients.length) - clock.now());
      attempts += 1;
      const refused = gate.enter();
      if (refused === undefined) continue;
      const pause = Math.max(client.pauseMs / 1000, refused.retryAfter ?? 0);
      leastPause = Math.min(leastPause, pause);
      const next = second + Math.ceil(pause);
      due.set(next, [...(due.get(next) ?? []), { pauseMs: Math.min(60_000, client.pauseMs * 1.5) }]);
    }
  }
  return { lastSeconds: Math.ceil((clock.now() - began) / 1000), attempts, leastPause };
}

describe('a fleet of 10,000 that comes back at once (SEC-71)', () => {
  it('OAP-446 is in within 120 s by the default limits, and nobody asks more than once in 20 s', () => {
    const { lastSeconds, attempts, leastPause } = storm(10_000, APP_LIMITS);
    expect(lastSeconds).toBeLessThanOrEqual(120);
    expect(leastPause).toBeGreaterThanOrEqual(20);
    expect(attempts).toBeLessThan(25_000);
  });

  it('OAP-446 is in within 60 s where 1,000 are let in a second', () => {
    const limits = {
      ...APP_LIMITS,
      upgradesPerSecond: 1000,
      upgradeBurst: 2000,
      upgradeBurstAtStart: 1000,
      retryAfterMinSeconds: 5,
      retryAfterMaxSeconds: 50,
    };
    expect(storm(10_000, limits).lastSeconds).toBeLessThanOrEqual(60);
  });
});
