import { durationMs } from '../../collector/duration.ts';
import { closest } from '../../document/closest.ts';
import type { Amount } from '../policy.ts';
import type { RolloutWindow } from '../rollout.ts';
import { dayNumber, isTimeZone } from '../windows.ts';

/** A value, or what is wrong with its text (the end of a sentence that begins with the value). */
export type Parsed<T> = { readonly value: T } | { readonly mistake: string };

/** Longest duration of a policy: a rollout that takes longer is forgotten about. */
const LONGEST_MS = 30 * 24 * 3_600_000;

/** Milliseconds of a Go duration that is not negative. */
export function readDuration(text: string): Parsed<number> {
  const value = durationMs(text);
  if (value === undefined) return { mistake: 'is no duration; write it like 30s, 5m or 1h30m' };
  if (value < 0) return { mistake: 'is before it begins; durations are not negative' };
  return value > LONGEST_MS ? { mistake: 'is longer than 30 days' } : { value: Math.round(value) };
}

/** A share in (0, 1] of a text like `2.5%`. */
export function readShare(text: string): Parsed<number> {
  const [, digits] = /^\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(text) ?? [];
  if (digits === undefined) return { mistake: 'is no share; write it like 25%' };
  // Through a text, so that 7% is 0.07 and not 0.07000000000000001.
  const value = Number((Number(digits) / 100).toPrecision(12));
  return value > 0 && value <= 1 ? { value } : { mistake: 'is no share between 0% and 100%' };
}

/** A number of agents, as a number or as text, or a share of them. */
export function readAmount(written: string | number): Parsed<Amount> {
  if (typeof written === 'number' || /^\s*\d+\s*$/.test(written)) {
    const agents = Number(written);
    return agents >= 1 ? { value: { agents } } : { mistake: 'is fewer than one agent' };
  }
  const share = readShare(written);
  return 'value' in share
    ? { value: { share: share.value } }
    : { mistake: share.mistake.replace('25%', '3 or 1%') };
}

/** ISO numbers of days, in order: `Mon-Thu`, `Sat,Sun`, or a list of such texts. `Fri-Mon` goes over the week's end. */
export function readDays(written: readonly string[]): Parsed<readonly number[]> {
  const found = new Set<number>();
  for (const part of written.flatMap((text) => text.split(','))) {
    const ends = part.split('-').map((end) => dayOf(end));
    const [from, to] = [ends[0], ends.at(-1)];
    if (ends.length > 2 || from === undefined || to === undefined) {
      return { mistake: 'names no days; write them like Mon-Fri or Sat,Sun' };
    }
    for (let day = from; ; day = (day % WEEK) + 1) {
      found.add(day);
      if (day === to) break;
    }
  }
  return { value: [...found].sort((a, b) => a - b) };
}

const WEEK = 7;
const DAY_NAMES = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** `dayNumber` knows a day by its first three letters; whatever follows them has to be of its name. */
function dayOf(text: string): number | undefined {
  const word = text.trim().toLowerCase();
  const day = dayNumber(word);
  return day !== undefined && word.length > 2 && DAY_NAMES[day - 1]?.startsWith(word) === true
    ? day
    : undefined;
}

/** Minutes of the day from which and until when: `08-16`, `8:30-16:00`, `22-04` over midnight, `00-24` the whole day. */
export function readHours(text: string): Parsed<Pick<RolloutWindow, 'fromMinute' | 'toMinute'>> {
  const [from, to, ...more] = text.split(/[-–]/).map((end) => minuteOf(end));
  if (from === undefined || to === undefined || more.length > 0 || from === DAY_MINUTES) {
    return { mistake: 'are no hours; write them like 08-16 or 08:30-16:00' };
  }
  return from === to
    ? {
        mistake:
          'open and close at the same minute, so that nothing would ever be offered; leave `hours` out for the whole day',
      }
    : { value: { fromMinute: from, toMinute: to } };
}

/** Minutes of a day. */
export const DAY_MINUTES: number = 24 * 60;

function minuteOf(text: string): number | undefined {
  const [, hours, minutes = '0'] = /^\s*(\d{1,2})(?::(\d{2}))?\s*$/.exec(text) ?? [];
  if (hours === undefined || Number(minutes) > 59) return undefined;
  const minute = Number(hours) * 60 + Number(minutes);
  return minute <= DAY_MINUTES ? minute : undefined;
}

/** Zones that people confuse with the ones that there are. */
const ZONES = ['UTC', 'Europe/Berlin', 'Europe/London', 'America/New_York', 'America/Los_Angeles'];

/** A time zone by its IANA name. */
export function readTimeZone(name: string): Parsed<string> {
  if (isTimeZone(name)) return { value: name };
  const near = closest(name, ZONES);
  const hint = near === undefined ? 'write it like Europe/Berlin or UTC' : `did you mean \`${near}\`?`;
  return { mistake: `is no time zone that there is; ${hint}` };
}

/** What always makes agents differ in kind; a policy may name them, and nothing changes. */
const ALWAYS: ReadonlySet<string> = new Set([
  'collector.version',
  'components.hash',
  'os.type',
  'os.arch',
  'host.arch',
]);

/** Labels among the strata of a policy: `labels.role` is the label `role`, what is no label always counts. */
export function readStrata(written: readonly string[]): readonly string[] {
  return written.filter((text) => !ALWAYS.has(text)).map((text) => text.replace(/^labels\./, ''));
}

/** Ids of gates by the names of the metrics that they look at. */
const GATE_NAMES: Readonly<Record<string, string>> = { rss: 'memory' };

/** Id of a gate from how a policy writes it: metrics have underscores, gates do not. */
export function readGateName(written: string): string {
  const id = written.replaceAll('_', '-');
  return Object.hasOwn(GATE_NAMES, id) ? (GATE_NAMES[id] ?? id) : id;
}
