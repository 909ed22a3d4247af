import type { Json } from '../../src/core/document/node.ts';

/** A value that should be a text; empty when it is none. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
