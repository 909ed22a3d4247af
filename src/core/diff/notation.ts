import { isList, isMap } from '../document/node.ts';
import type { Json, JsonMap } from '../document/node.ts';

/** Keys whose values the collector's components read as Go durations. Any other key may hold a text that only looks like one. */
const DURATION_KEY =
  /(?:^|_)(?:interval|timeout|wait|delay|age|grace|idle|time|ttl|period|duration|expiration|staleness)$/;

/** Maps whose keys people invent: what stands there is text, whatever it is called. */
const FREE_MAPS: ReadonlySet<string> = new Set([
  'attributes',
  'const_labels',
  'external_labels',
  'headers',
  'labels',
  'metadata',
  'resource',
  'resource_attributes',
]);

/** Keys of component bodies that name an extension. */
const EXTENSION_KEYS: ReadonlySet<string> = new Set(['authenticator', 'encoding', 'storage']);

/** Gives another name to an extension's id; the same one where there is none. */
export type ExtensionName = (id: string) => string;

/**
 * A component's body in the one form that all its notations have: `${X}` is `${env:X}`, a duration is its nanoseconds, a null protocol is
 * one with its defaults, and extensions are called by `nameOf` (reference/collector.md §1.5, §3.11). Applied twice it changes nothing
 * more, if `nameOf` does not. References stay symbolic.
 */
export function normalisedBody(body: Json, nameOf: ExtensionName = (id) => id): Json {
  return normalised(body, '', false, nameOf);
}

function normalised(value: Json, key: string, free: boolean, nameOf: ExtensionName): Json {
  if (isList(value)) return value.map((item) => normalised(item, '', free, nameOf));
  if (isMap(value)) return normalisedMap(value, key, free, nameOf);
  if (typeof value !== 'string') return value;
  const text = withScheme(value);
  if (free) return text;
  if (EXTENSION_KEYS.has(key)) return nameOf(text);
  return DURATION_KEY.test(key) ? (durationText(text) ?? text) : text;
}

function normalisedMap(map: JsonMap, key: string, free: boolean, nameOf: ExtensionName): JsonMap {
  const below = free || FREE_MAPS.has(key);
  return Object.fromEntries(
    Object.entries(map).map(([name, value]) => [
      name,
      value === null && key === 'protocols' ? {} : normalised(value, name, below, nameOf),
    ]),
  );
}

/** `${X}` and `${env:X}` are the same since 0.104 (core `confmap/expand.go`); after another `$` it is no reference. */
function withScheme(text: string): string {
  return text.replaceAll(/(?<!\$)\$\{([A-Za-z_]\w*)\}/g, (_whole, name: string) => `\${env:${name}}`);
}

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const DURATION = /^(?:\d{1,15}(?:\.\d{0,9})?(?:ns|us|µs|μs|ms|s|m|h)){1,8}$/;

/** A Go duration (`time.ParseDuration`) as its nanoseconds, `1000000000ns` for `1s`; undefined for any other text. */
export function durationText(text: string): string | undefined {
  if (!DURATION.test(text)) return undefined;
  let total = 0n;
  for (const [, whole = '0', fraction = '', unit = 'ns'] of text.matchAll(
    /(\d+)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/g,
  )) {
    total += (BigInt(whole + fraction) * (UNITS[unit] ?? 1n)) / 10n ** BigInt(fraction.length);
  }
  return `${total}ns`;
}
