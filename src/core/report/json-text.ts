import type { Json } from '../document/node.ts';
import { isMap } from '../document/node.ts';

/**
 * Indented JSON text of a value; integers beyond 2^53 keep all their digits, numbers that JSON does not have become null.
 * Ends with a line feed.
 */
export function jsonText(value: Json): string {
  return `${textOf(value, '')}\n`;
}

function textOf(value: Json, indent: string): string {
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const inner = `${indent}  `;
  if (isMap(value)) {
    const members = Object.entries(value).map(
      ([key, member]) => `${inner}${JSON.stringify(key)}: ${textOf(member, inner)}`,
    );
    return members.length === 0 ? '{}' : `{\n${members.join(',\n')}\n${indent}}`;
  }
  const items = value.map((item) => inner + textOf(item, inner));
  return items.length === 0 ? '[]' : `[\n${items.join(',\n')}\n${indent}]`;
}
