import { durationMs } from '../flows/duration.ts';
import type { Clock } from '../ports/clock.ts';
import { UsageError } from './command.ts';

/**
 * A moment as people write it, in ISO 8601: a time in UTC or with its offset (`2026-09-10T03:14:00Z`), or how long ago it was
 * (`15m`, `2h`). Wrong usage when it is neither.
 */
export function momentOf(text: string, clock: Clock): string {
  const agoMs = durationMs(text);
  const moment = agoMs === undefined ? Date.parse(text) : clock.now() - agoMs;
  // A day without a time is one in UTC to JavaScript and one here to people: it is asked for in full.
  if (Number.isNaN(moment) || (agoMs === undefined && !/T\d\d:\d\d.*(?:Z|[+-]\d\d:?\d\d)$/.test(text))) {
    throw new UsageError(`--at ${text}: write it like 2026-09-10T03:14:00Z, or like 15m for 15 minutes ago`);
  }
  return new Date(moment).toISOString();
}
