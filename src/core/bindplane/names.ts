import { sha256 } from '../document/digest.ts';

/** A name as a reference writes it: `name`, `name:3`, `name:latest`. */
export interface VersionedName {
  readonly name: string;
  /** The pinned version; absent for the newest one (no suffix, `:0`, `:latest`, `:current`, `:stable`, `:pending`, other words). */
  readonly version?: number;
}

/** Splits a reference at its colon; names themselves cannot hold one (reference/bindplane.md §1.1, §1.2). */
export function splitVersion(reference: string): VersionedName {
  const colon = reference.indexOf(':');
  if (colon < 0) return { name: reference };
  const name = reference.slice(0, colon);
  const suffix = reference.slice(colon + 1);
  return /^[1-9]\d{0,8}$/.test(suffix) ? { name, version: Number(suffix) } : { name };
}

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * A stable id for an item of a Configuration that its author gave none: 26 characters of a ULID's alphabet, derived from `seed` alone.
 * A server makes a random id when there is none, and with it a new version at every apply (reference/lab-bindplane.md §3);
 * an id that comes with the request is kept.
 */
export function derivedItemId(seed: string): string {
  const digest = sha256(seed);
  let id = '0';
  for (let index = 0; index < 25; index += 1) {
    id += CROCKFORD.charAt(Number.parseInt(digest.slice(index * 2, index * 2 + 2), 16) % 32);
  }
  return id;
}
