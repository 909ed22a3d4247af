import { isMap } from '../document/node.ts';
import type { Json } from '../document/node.ts';

/** How far a path leads into a tree. */
export interface Walked {
  /** Keys and indices that exist, from the start. */
  readonly path: readonly string[];
  readonly value: Json;
  /** Whether the last step was found. Steps before it may have been passed over: Go names structs that a config does not. */
  readonly complete: boolean;
}

/** Longest paths that are tried in full: more steps than any message has. */
const MAX_STEPS = 10;

/**
 * Follows steps into a value. A step with dots may be several keys; a step inside a list is an item's text or its index; the first
 * `fixed` steps must be there. Of several ways the one that finds the last step wins, then the longest.
 */
export function walk(value: Json, steps: readonly string[], fixed = 0): Walked {
  return follow({ path: [], value, complete: true }, steps.slice(0, MAX_STEPS), fixed);
}

function follow(from: Walked, steps: readonly string[], fixed: number): Walked {
  const [step, ...rest] = steps;
  if (step === undefined) return from;
  const ways = enter(from, step).map((entered) =>
    entered.left === ''
      ? follow(entered.to, rest, fixed - 1)
      : follow(entered.to, [entered.left, ...rest], fixed),
  );
  if (fixed <= 0 && rest.length > 0) ways.push(follow(from, rest, 0));
  return ways.reduce<Walked>(better, { ...from, complete: false });
}

function better(a: Walked, b: Walked): Walked {
  if (a.complete !== b.complete) return a.complete ? a : b;
  return b.path.length > a.path.length ? b : a;
}

interface Entered {
  readonly to: Walked;
  /** The part of the step that is still to go. */
  readonly left: string;
}

/** Ways into a value by one step: the whole step first, then its parts before a dot, longest first. */
function enter(from: Walked, step: string): readonly Entered[] {
  const { value, path } = from;
  if (isList(value)) {
    const index = value.findIndex((item, position) => item === step || String(position) === step);
    return index < 0
      ? []
      : [{ to: { path: [...path, String(index)], value: value[index] ?? null, complete: true }, left: '' }];
  }
  if (!isMap(value)) return [];
  const parts = step.split('.');
  return parts.flatMap((_, dropped) => {
    const key = parts.slice(0, parts.length - dropped).join('.');
    if (!Object.hasOwn(value, key)) return [];
    const left = parts.slice(parts.length - dropped).join('.');
    return [{ to: { path: [...path, key], value: value[key] ?? null, complete: true }, left }];
  });
}

/** Every value below (and at) a path, parents before children, maps and lists alike. */
export function* descend(
  value: Json,
  path: readonly string[],
): Generator<{ readonly path: readonly string[]; readonly value: Json }> {
  yield { path, value };
  if (isList(value)) {
    for (const [index, item] of value.entries()) yield* descend(item, [...path, String(index)]);
  } else if (isMap(value)) {
    for (const [key, item] of Object.entries(value)) yield* descend(item, [...path, key]);
  }
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
