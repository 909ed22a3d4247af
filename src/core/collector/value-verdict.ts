import { isMap } from '../document/node.ts';
import type { Json } from '../document/node.ts';
import type { Basis } from './component-verdict.ts';
import { durationMs } from './duration.ts';
import type { FieldVerdict } from './field-verdict.ts';

/** Whether a key takes a value of this kind; `expected` is the kind it takes. What it does with the value is not judged. */
export type ValueVerdict =
  | ({ readonly verdict: 'takes' } & Basis)
  | ({ readonly verdict: 'refuses'; readonly expected: string } & Basis)
  | { readonly verdict: 'unknown'; readonly why: string };

/**
 * The verdict on a value where a key is known to be there. The collector converts nothing (core `confmap`: no weak typing): a number
 * in quotes is no number, a single text is no list of maps. A text with `$` may become anything.
 */
export function valueVerdict(field: FieldVerdict, value: Json): ValueVerdict {
  if (field.verdict !== 'present') return { verdict: 'unknown', why: 'the key is not known to be taken' };
  const { certainty, data, kind } = field;
  return refused(kind, value)
    ? { verdict: 'refuses', expected: kind, certainty, data }
    : { verdict: 'takes', certainty, data };
}

function refused(kind: string, value: Json): boolean {
  if (value === null || (typeof value === 'string' && (value === '' || value.includes('$')))) return false;
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
    case 'string':
      return compound;
    case 'struct':
    case 'map':
      return !isMap(value);
    case 'list of struct':
      return !Array.isArray(value);
    case 'list':
      // A text is taken as a list of one where the items are texts.
      return !Array.isArray(value) && !text;
    default:
      return false;
  }
}
