import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** What keys of this server begin with, by what they are for. Scanners for leaked secrets look for such prefixes. */
const PREFIXES = { token: 'collie', enrolment: 'collie-enrol', agent: 'collie-agent' } as const;

export type KeyKind = keyof typeof PREFIXES;

/** A key as it is handed out once, and what is kept of it. */
export interface MadeKey {
  readonly id: string;
  readonly key: string;
  readonly hash: string;
}

/** Makes a key with 256 random bits (SEC-83): `collie_<id>_<secret>`. */
export function makeKey(kind: KeyKind): MadeKey {
  const id = randomBytes(8).toString('hex');
  const secret = randomBytes(32).toString('base64url');
  return { id, key: `${PREFIXES[kind]}_${id}_${secret}`, hash: hashOf(secret) };
}

/** The parts of a key of one kind; undefined when the text is none. */
export function splitKey(
  kind: KeyKind,
  text: string,
): { readonly id: string; readonly secret: string } | undefined {
  const [, prefix, id = '', secret = ''] =
    /^(collie(?:-enrol|-agent)?)_([0-9a-f]{16})_([\w-]{43})$/.exec(text) ?? [];
  return prefix === PREFIXES[kind] ? { id, secret } : undefined;
}

/** What is kept of a secret: its SHA-256 (hex). The secret has 256 random bits, so that no salt and no slow hash is needed. */
function hashOf(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}

/** Compares a secret with a kept hash; in the same time for every hash, and where there is none (SEC-61, SEC-84). */
export function matchesHash(secret: string, hash: string | undefined): boolean {
  const given = Buffer.from(hashOf(secret), 'hex');
  const kept = Buffer.from(hash ?? NOBODYS_HASH, 'hex');
  return timingSafeEqual(given, kept) && hash !== undefined;
}

const NOBODYS_HASH = '0'.repeat(64);
