import known from '../../../../schemas/helm/collector-values.json' with { type: 'json' };
import { isAfter, isAtLeast } from '../../collector/version.ts';
import { closest } from '../../document/closest.ts';
import type { SourceRange } from '../../document/finding.ts';
import { isNull } from '../traced.ts';
import type { Traced } from '../traced.ts';
import { chartVersionOf } from './chart-versions.ts';

/** A value that the chart's schema refuses. */
export interface ValuesMistake {
  readonly path: readonly string[];
  readonly message: string;
  readonly at?: SourceRange;
}

/** `object!` takes no other keys than those listed; `>=` and `<=` are chart versions. */
interface Shape {
  readonly kinds: readonly string[];
  readonly closed: boolean;
  readonly since?: string;
  readonly until?: string;
}

const KEYS: Readonly<Record<string, string>> = known.keys;

/**
 * What of the values the collector chart refuses: keys that it does not have, and values of another kind. From the names and kinds in its
 * `values.schema.json` at 0.98.0 to 0.170.0; enumerations and formats are not among them, nor is what stands below open maps.
 * @param version the version of the chart; the newest known one where it is absent
 */
export function valuesMistakes(values: Traced, version: string | undefined): readonly ValuesMistake[] {
  const rules = chartVersionOf(version)?.rules;
  return rules === undefined ? [] : below(values, [], '', { kinds: ['object'], closed: true }, rules);
}

function shapeAt(pattern: string): Shape | undefined {
  const text = Object.hasOwn(KEYS, pattern) ? KEYS[pattern] : undefined;
  if (text === undefined) return undefined;
  const [kind = '', ...limits] = text.split(' ');
  const limit = (sign: string): string | undefined =>
    limits.find((one) => one.startsWith(sign))?.slice(sign.length);
  const [since, until] = [limit('>='), limit('<=')];
  return {
    kinds: kind.replace('!', '').split('|'),
    closed: kind.endsWith('!'),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
}

function below(
  value: Traced,
  path: readonly string[],
  pattern: string,
  shape: Shape,
  version: string,
): readonly ValuesMistake[] {
  const place = value.origin.at === undefined ? {} : { at: value.origin.at };
  // A null takes the default away, and the schema never sees it.
  if (isNull(value)) return [];
  if (!takes(shape.kinds, value)) {
    return [
      {
        path,
        ...place,
        message: `\`${path.join('.')}\` must be ${kindWords(shape.kinds)}, not ${kindOf(value)}`,
      },
    ];
  }
  if (value.kind === 'list') {
    const item = shapeAt(`${pattern}[]`);
    if (item === undefined) return [];
    return value.items.flatMap((one, index) =>
      below(one, [...path, String(index)], `${pattern}[]`, item, version),
    );
  }
  if (value.kind === 'scalar') return [];
  return [...value.entries].flatMap(([key, one]) => {
    const own = pattern === '' ? key : `${pattern}.${key}`;
    const named = shapeAt(own);
    const any = pattern === '' ? undefined : `${pattern}.*`;
    const found = named ?? (any === undefined ? undefined : shapeAt(any));
    if (found === undefined) return shape.closed ? [unknown(one, [...path, key], pattern)] : [];
    const late = outOfTime(found, version);
    if (late !== undefined) {
      const at = one.origin.at === undefined ? {} : { at: one.origin.at };
      return shape.closed
        ? [{ path: [...path, key], ...at, message: `\`${[...path, key].join('.')}\` ${late}` }]
        : [];
    }
    return below(one, [...path, key], named === undefined ? (any ?? own) : own, found, version);
  });
}

function unknown(value: Traced, path: readonly string[], pattern: string): ValuesMistake {
  const start = pattern === '' ? '' : `${pattern}.`;
  const beside = Object.keys(KEYS)
    .filter((key) => key.startsWith(start) && !/[.[]/.test(key.slice(start.length)))
    .map((key) => key.slice(start.length));
  const word = path.at(-1) ?? '';
  const stem = word.toLowerCase().replace(/s$/, '');
  const meant = closest(word, beside) ?? beside.find((key) => key.toLowerCase().startsWith(stem));
  return {
    path,
    message: `the chart has no value \`${path.join('.')}\`${meant === undefined ? '' : `, did you mean \`${meant}\`?`}`,
    ...(value.origin.at && { at: value.origin.at }),
  };
}

function outOfTime({ since, until }: Shape, version: string): string | undefined {
  if (since !== undefined && !isAtLeast(version, since)) {
    return `came with chart ${since}, and this is ${version}`;
  }
  return until !== undefined && isAfter(version, until)
    ? `is gone since chart ${until}, and this is ${version}`
    : undefined;
}

function takes(kinds: readonly string[], value: Traced): boolean {
  if (kinds.includes('any') || kinds.includes('enum')) return true;
  if (value.kind === 'map') return kinds.includes('object');
  if (value.kind === 'list') return kinds.includes('array');
  if (typeof value.value === 'string') return kinds.includes('string');
  if (typeof value.value === 'boolean') return kinds.includes('boolean');
  return kinds.includes('number') || (kinds.includes('integer') && Number.isInteger(value.value));
}

const WORDS: Readonly<Record<string, string>> = {
  object: 'a map',
  array: 'a list',
  string: 'a text',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
};

function kindWords(kinds: readonly string[]): string {
  return kinds.map((kind) => WORDS[kind] ?? kind).join(' or ');
}

function kindOf(value: Traced): string {
  if (value.kind === 'map') return 'a map';
  if (value.kind === 'list') return 'a list';
  return typeof value.value === 'string'
    ? 'a text'
    : typeof value.value === 'boolean'
      ? String(value.value)
      : 'a number';
}
