/**
 * From when until when a fact holds, in collector versions `0.N` (N as a number while folding). `since`: first version read that has
 * it; `notBefore`: versions between this one and `since` were not read. `until`: first version read without it; `last`: the last one
 * read with it, where others lie between the two. Half open: [since, until).
 */
export interface VersionRange {
  readonly since?: string;
  readonly notBefore?: string;
  readonly until?: string;
  readonly last?: string;
}

export type Ranges = readonly VersionRange[];

/** Runs of versions in which `has` holds, over the versions that were read, ascending; one empty range: in all of them. */
export function rangesOf(read: readonly number[], has: (minor: number) => boolean): Ranges {
  const found: VersionRange[] = [];
  let start: number | undefined;
  for (const [index, at] of read.entries()) {
    if (!has(at)) continue;
    start ??= index;
    const next = read[index + 1];
    if (next !== undefined && has(next)) continue;
    found.push({ ...begin(read, start), ...end(at, next) });
    start = undefined;
  }
  return found;
}

function begin(read: readonly number[], start: number): VersionRange {
  const since = read[start] ?? 0;
  const before = read[start - 1];
  if (before === undefined) return {};
  return { since: text(since), ...(before + 1 < since ? { notBefore: text(before + 1) } : {}) };
}

function end(last: number, next: number | undefined): VersionRange {
  if (next === undefined) return {};
  return { until: text(next), ...(last + 1 < next ? { last: text(last) } : {}) };
}

/** `0.139` for 139. */
export function text(minor: number): string {
  return `0.${minor}`;
}

/** `100-105 111` for 100, 101, … 105, 111. */
export function minorsText(minors: readonly number[]): string {
  const parts: string[] = [];
  for (let at = 0; at < minors.length; ) {
    let to = at;
    while (minors[to + 1] === (minors[to] ?? 0) + 1) to += 1;
    parts.push(to === at ? `${minors[at]}` : `${minors[at]}-${minors[to]}`);
    at = to + 1;
  }
  return parts.join(' ');
}

/** Whether a fact holds in every version read. */
export function isAlways(ranges: Ranges): boolean {
  return ranges.length === 1 && Object.keys(ranges[0] ?? {}).length === 0;
}

/** Names with the versions they hold in: those of all versions read, and the others with their ranges. */
export interface Names {
  readonly always?: readonly string[];
  readonly ranges?: Readonly<Record<string, Ranges>>;
}

/** Folds the names that each version has, ascending. */
export function namesOf(read: ReadonlyMap<number, ReadonlySet<string>>): Names {
  const versions = [...read.keys()];
  const all = [...new Set([...read.values()].flatMap((names) => [...names]))].sort();
  const rows = all.map((name) => ({ name, ranges: rangesOf(versions, (at) => read.get(at)?.has(name) ?? false) }));
  const always = rows.filter(({ ranges }) => isAlways(ranges)).map(({ name }) => name);
  const rest = rows.filter(({ ranges }) => !isAlways(ranges)).map(({ name, ranges }) => [name, ranges] as const);
  return {
    ...(always.length === 0 ? {} : { always }),
    ...(rest.length === 0 ? {} : { ranges: Object.fromEntries(rest) }),
  };
}
