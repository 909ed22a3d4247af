import { createHash } from 'node:crypto';
import { compareText } from './finding.ts';
import type { Json } from './node.ts';

/** SHA-256 of a text's UTF-8 bytes, as 64 hex digits. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** Git's id of a file's content in a repository with SHA-1 ids (git-hash-object): equal ids are equal contents. */
export function gitBlobId(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

/**
 * The one JSON text of a value: keys in code unit order, no blanks, numbers as ECMAScript prints them
 * (RFC 8785 for values without bigint), bigint as its digits. Equal values give equal texts, so digests can be compared.
 * Numbers that JSON cannot hold (infinities, not-a-number) become strings, so that they differ from null.
 */
export function canonicalJson(value: Json): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number' && !Number.isFinite(value)) return JSON.stringify(String(value));
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value)
    .sort(([a], [b]) => compareText(a, b))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
