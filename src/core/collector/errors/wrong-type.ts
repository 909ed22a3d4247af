import type { ErrorFamily } from './collector-error.ts';
import { decodeLeaf } from './quoted-path.ts';

/** A value of another type than the field takes. Types are Go's (`uint32`, `string`, `map[string]interface {}`). */
export interface WrongType {
  readonly path: string;
  readonly expected: string;
  readonly got: string;
}

const FORMS: readonly { readonly pattern: RegExp; readonly expected?: string }[] = [
  { pattern: /^expected type '(?<expected>[^']+)', got unconvertible type '(?<got>[^']+)'/ },
  { pattern: /^source data must be an array or slice, got (?<got>\w+)/, expected: 'slice' },
  { pattern: /^expected a map or struct, got "(?<got>\w+)"/, expected: 'map' },
  { pattern: /^expected a map, got '(?<got>\w+)'/, expected: 'map' },
  { pattern: /^cannot parse value as '(?<expected>[^']+)': (?<why>.+)/ },
  { pattern: /^cannot parse '[^']*' as (?<expected>\w+): (?<why>.+)/ },
];

/** `'send_batch_size' expected type 'uint32', got unconvertible type 'string'` and the forms for lists and maps (mapstructure). */
export const wrongType: ErrorFamily<WrongType> = {
  name: 'wrong-type',
  print({ path, expected, got }) {
    if (expected === 'slice') return `'${path}' source data must be an array or slice, got ${got}`;
    return `'${path}' expected type '${expected}', got unconvertible type '${got}'`;
  },
  parse(line) {
    const leaf = decodeLeaf(line);
    if (leaf === undefined) return [];
    for (const { pattern, expected } of FORMS) {
      const groups = pattern.exec(leaf.rest)?.groups;
      if (groups === undefined) continue;
      const key = leaf.path.at(-1);
      const wanted = spoken(expected ?? groups['expected'] ?? '');
      const got = groups['got'] === undefined ? (groups['why'] ?? '') : `not ${spoken(groups['got'])}`;
      return [
        {
          line: line.text,
          summary: `\`${key ?? leaf.quoted}\` must be ${wanted}, ${got}`,
          path: leaf.path,
          anchored: leaf.anchored,
          ...(key === undefined ? {} : { key }),
        },
      ];
    }
    return [];
  },
};

/** A Go type as people say it. */
function spoken(type: string): string {
  if (/^u?int(?:8|16|32|64)?$/.test(type)) return 'a whole number';
  if (type.startsWith('float')) return 'a number';
  if (type === 'bool') return 'true or false';
  if (type === 'string') return 'text';
  if (type === 'slice' || type === 'array' || type.startsWith('[]')) return 'a list';
  if (type === 'map' || type.startsWith('map[')) return 'a map of keys';
  if (type === 'time.Duration') return 'a duration such as `10s`';
  return `of type ${type}`;
}
