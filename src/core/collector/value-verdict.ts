import { isMap } from '../document/node.ts';
import type { Json } from '../document/node.ts';
import type { Basis } from './component-verdict.ts';
import { durationMs } from './duration.ts';
import type { FieldVerdict } from './field-verdict.ts';

/**
 * Whether a key takes a value; `expected` is the kind it takes, `words` all that it takes where those can be counted, `least` the smallest
 * number or duration (0 or 1). What the component does with the value is not judged.
 */
export type ValueVerdict =
  | ({ readonly verdict: 'takes' } & Basis)
  | ({
      readonly verdict: 'refuses';
      readonly expected: string;
      readonly words?: readonly string[];
      readonly least?: number;
    } & Basis)
  | { readonly verdict: 'unknown'; readonly why: string };

/**
 * The verdict on a value where a key is known to be there. The collector converts nothing (core `confmap`: no weak typing): a number
 * in quotes is no number, a single text is no list of maps. A text with `$` may become anything.
 */
export function valueVerdict(field: FieldVerdict, value: Json): ValueVerdict {
  if (field.verdict !== 'present') return { verdict: 'unknown', why: 'the key is not known to be taken' };
  const { certainty, data, kind, words, least } = field;
  const basis: Basis = { certainty, data };
  if (isOpen(value)) return { verdict: 'takes', ...basis };
  if (refused(kind, value)) return { verdict: 'refuses', expected: kind, ...basis };
  if (words !== undefined && typeof value === 'string' && !isAmong(words, value)) {
    return { verdict: 'refuses', expected: kind, words, ...basis };
  }
  if (least !== undefined && isBelow(least, value)) {
    return { verdict: 'refuses', expected: kind, least, ...basis };
  }
  return { verdict: 'takes', ...basis };
}

/** Some words are read in any case; which ones is not recorded. */
function isAmong(words: readonly string[], value: string): boolean {
  return words.some((word) => word.toLowerCase() === value.toLowerCase());
}

/** What lies between 0 and 1 was not tried and passes. */
function isBelow(least: number, value: Json): boolean {
  const size = typeof value === 'string' ? durationMs(value) : value;
  return typeof size === 'number' && (least === 1 ? size <= 0 : size < 0);
}

function isOpen(value: Json): boolean {
  return value === null || (typeof value === 'string' && (value === '' || value.includes('$')));
}

function refused(kind: string, value: Json): boolean {
  const text = typeof value === 'string';
  const compound = Array.isArray(value) || isMap(value);
  switch (kind) {
    case 'bool':
      return typeof value !== 'boolean';
    case 'int':
    case 'float':
      return typeof value !== 'number';
    case 'duration':
      // A bare number is taken as nanoseconds.
      return compound || typeof value === 'boolean' || (text && durationMs(value) === undefined);
    case 'text':
      return !text;
    case 'string':
      return compound;
    case 'struct':
    case 'map':
      return !isMap(value);
    case 'plain list':
    case 'list of struct':
      return !Array.isArray(value);
    case 'list':
      // A text is taken as a list of one where the items are texts.
      return !Array.isArray(value) && !text;
    default:
      return false;
  }
}
