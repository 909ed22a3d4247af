import { parseVersion } from './version.ts';

/**
 * From when until when a fact was read, in collector versions, half open: [since, until). `notBefore`: it may have come with any version
 * from there to `since`, which could not be read. `last`: the last version read with it, where it may have gone with any up to `until`.
 */
export interface VersionRange {
  readonly since?: string;
  readonly notBefore?: string;
  readonly until?: string;
  readonly last?: string;
}

/** The minor versions of which something was read, ascending (`0.139` as 139). */
export type Minors = readonly number[];

/** How a fact stands at a version: `unsure` where the neighbours that were read differ or there is none on one side. */
export type RangeState = 'holds' | 'holds-not' | 'unsure';

/** The minors of `100-105 111`; parts of another shape are left out. */
export function readMinors(text: string): Minors {
  return text.split(' ').flatMap((part) => {
    const match = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part);
    if (match === null) return [];
    const from = Number(match[1]);
    const to = Math.min(Number(match[2] ?? from), from + 1000);
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
  });
}

/** The minor of a collector version `0.N.P`; undefined for what is no such version. */
export function minorOf(version: string | undefined): number | undefined {
  const parsed = parseVersion(version ?? '');
  return parsed === undefined || parsed.major !== 0 ? undefined : parsed.minor;
}

/**
 * Whether one of the ranges holds at a minor. Before the first version read nothing is known; after the last one what was there is
 * taken to stay, and what was not there may have come.
 */
export function rangeState(ranges: readonly VersionRange[], minor: number, read: Minors): RangeState {
  const [first] = read;
  const last = read.at(-1);
  if (first === undefined || last === undefined || minor < first) return 'unsure';
  for (const range of ranges) {
    const state = within(range, minor);
    if (state !== 'holds-not') return state;
  }
  return minor > last ? 'unsure' : 'holds-not';
}

function within(range: VersionRange, minor: number): RangeState {
  const since = minorOf(range.since);
  const until = minorOf(range.until);
  if (since !== undefined && minor < since) {
    return minor >= (minorOf(range.notBefore) ?? since) ? 'unsure' : 'holds-not';
  }
  if (until !== undefined && minor > (minorOf(range.last) ?? until - 1)) {
    return minor < until ? 'unsure' : 'holds-not';
  }
  return 'holds';
}

/** The range that begins after a minor, or the last one that ended before it: why a fact does not hold there. */
export function nearestRange(
  ranges: readonly VersionRange[],
  minor: number,
): { readonly next?: VersionRange; readonly past?: VersionRange } {
  const next = ranges.find(({ since }) => (minorOf(since) ?? 0) > minor);
  const past = ranges.findLast(({ until }) => (minorOf(until) ?? Infinity) <= minor);
  return { ...(next !== undefined && { next }), ...(past !== undefined && { past }) };
}

/** The last version a range is known to hold in. */
export function lastOf(range: VersionRange): string | undefined {
  const until = minorOf(range.until);
  return range.last ?? (until === undefined ? undefined : `0.${until - 1}`);
}
