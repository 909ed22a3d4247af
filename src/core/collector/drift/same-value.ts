import type { Json } from '../../document/node.ts';
import { isList, isMap } from '../../document/node.ts';
import { durationMs } from '../duration.ts';

/** What a collector writes in the place of a value that it keeps to itself. */
const MASKED = '[REDACTED]';
const NANOSECONDS = 1e6;

/**
 * Whether a scalar that a collector reports means the one it was given: the same text or number; a duration, size or word in another spelling
 * (`60s` and `1m0s`, `10` and `10ns`, `1KiB` and 1024, `normal` and `Normal`); a masked value; literal parts around `${…}` that match. A map
 * or list in the place of a scalar is another shape, and taken for the same.
 */
export function isSameScalar(given: Exclude<Json, null>, reported: Json): boolean {
  if (isMap(reported) || isList(reported)) return true;
  if (reported === null) return isZero(given);
  if (reported === MASKED) return true;
  const [a, b] = [scalarText(given), scalarText(reported)];
  // No time at all is where components put their default in.
  if (a === '0s' && durationMs(b) !== undefined) return true;
  if (a === b || a.trim() === b.trim() || isSameWord(a, b)) return true;
  return isSameNumber(a, b) || isSameDuration(a, b) || isSameSize(a, b) || matchesAround(a, b);
}

/** What a report may leave out: nothing, false, 0, no text, an empty list or map, or a map of such. */
export function isZero(value: Json): boolean {
  if (isList(value)) return value.length === 0;
  if (isMap(value)) return Object.values(value).every(isZero);
  return value === null || value === false || value === 0 || value === '' || value === '0s';
}

function scalarText(value: Json): string {
  return typeof value === 'object' ? '' : String(value);
}

function isSameWord(a: string, b: string): boolean {
  return /^[a-z][a-z_-]*$/i.test(a) && a.toLowerCase() === b.toLowerCase();
}

function isSameNumber(a: string, b: string): boolean {
  return a.trim() !== '' && b.trim() !== '' && Number(a) === Number(b);
}

/** A bare number counts as nanoseconds, as the Collector reads it (reference/lab-opamp.md §7). */
function isSameDuration(a: string, b: string): boolean {
  const [one, other] = [nanoseconds(a), nanoseconds(b)];
  return one !== undefined && other !== undefined && Math.abs(one - other) < 1;
}

function nanoseconds(text: string): number | undefined {
  if (/^-?\d+$/.test(text)) return Number(text);
  const milliseconds = durationMs(text);
  return milliseconds === undefined ? undefined : milliseconds * NANOSECONDS;
}

const SIZE_UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

function isSameSize(a: string, b: string): boolean {
  const [one, other] = [bytesOf(a), bytesOf(b)];
  return one !== undefined && one === other;
}

function bytesOf(text: string): number | undefined {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmgt]?i?b)?$/i.exec(text.trim()) ?? [];
  if (amount === '') return undefined;
  return Number(amount) * (SIZE_UNITS[unit.toLowerCase()] ?? 1);
}

/** Whether a text with variables may have become another: what stands around them is there, in this order. `$$` stands for a dollar sign. */
function matchesAround(given: string, reported: string): boolean {
  if (!given.includes('$')) return false;
  const literals = given.split(/\$\{[^}]*\}/).map((part) => part.replaceAll('$$', '$'));
  if (literals.length === 1) return literals[0] === reported;
  const first = literals[0] ?? '';
  const last = literals.at(-1) ?? '';
  if (reported.length < first.length + last.length) return false;
  if (!reported.startsWith(first) || !reported.endsWith(last)) return false;
  let at = first.length;
  for (const literal of literals.slice(1, -1)) {
    const found = reported.indexOf(literal, at);
    if (found < 0) return false;
    at = found + literal.length;
  }
  return at <= reported.length - last.length;
}
