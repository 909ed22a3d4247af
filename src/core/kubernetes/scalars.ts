import { at } from '../document/node.ts';
import type { Node } from '../document/node.ts';
import type { Placed } from './workload.ts';

/** The text of a string scalar below a key, with its place. */
export function placedWord(node: Node | undefined, key: string): Placed<string> | undefined {
  const found = at(node, key);
  return found?.kind === 'scalar' && typeof found.value === 'string'
    ? { value: found.value, at: found.at }
    : undefined;
}

/** The number below a key, with its place. */
export function placedNumber(node: Node | undefined, key: string): Placed<number> | undefined {
  const found = at(node, key);
  return found?.kind === 'scalar' && typeof found.value === 'number'
    ? { value: found.value, at: found.at }
    : undefined;
}

/** The boolean below a key, with its place. */
export function placedFlag(node: Node | undefined, key: string): Placed<boolean> | undefined {
  const found = at(node, key);
  return found?.kind === 'scalar' && typeof found.value === 'boolean'
    ? { value: found.value, at: found.at }
    : undefined;
}
