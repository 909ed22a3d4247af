import type { Clock } from '../../src/ports/clock.ts';
import type { StoredToken } from '../store/identity.ts';
import type { StoreTables } from '../store/store.ts';
import { makeKey, matchesHash, splitKey } from './keys.ts';
import type { Principal } from './principal.ts';
import type { Scope } from './scopes.ts';
import { isScope } from './scopes.ts';

/** What a new token is to be. */
export interface TokenRequest {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** How long it is good for; without it until it is revoked. */
  readonly ttlMs?: number;
  /** Who made it, in words. */
  readonly createdBy: string;
  /** The foreign token it is handed out for. */
  readonly source?: string;
}

/** Makes a token; `key` is told this once and never kept. Undefined when one was made for the same source before. */
export async function issueToken(
  tables: Pick<StoreTables, 'tokens'>,
  { ttlMs, ...request }: TokenRequest,
  now: number,
): Promise<{ readonly token: StoredToken; readonly key: string } | undefined> {
  const { id, key, hash } = makeKey('token');
  const expires = ttlMs === undefined ? {} : { expiresAt: now + ttlMs };
  const token: StoredToken = { ...request, id, hash, createdAt: now, ...expires };
  return (await tables.tokens.add(token)) ? { token, key } : undefined;
}

/** Whether a token is good at this moment. */
export function isGood({ revokedAt, expiresAt }: StoredToken, now: number): boolean {
  return revokedAt === undefined && (expiresAt === undefined || expiresAt > now);
}

export interface TokenVerdict {
  /** Undefined: nobody we know. */
  readonly principal?: Principal;
  /** Id of a token that exists, good or not, for counting failures; empty when there is none. */
  readonly id: string;
}

/** Reads who shows a token, from the store each time: a revoked one ends with the next request, on every replica (SEC-83). */
export async function verifyToken(
  tables: Pick<StoreTables, 'tokens'>,
  text: string,
  clock: Clock,
): Promise<TokenVerdict> {
  const parts = splitKey('token', text);
  if (parts === undefined) return { id: '' };
  const token = await tables.tokens.get(parts.id);
  const matches = matchesHash(parts.secret, token?.hash);
  if (token === undefined) return { id: '' };
  if (!matches || !isGood(token, clock.now())) return { id: token.id };
  const { id, name, source } = token;
  const principal: Principal = {
    kind: source === undefined ? 'token' : 'github',
    id,
    name,
    scopes: token.scopes.filter(isScope),
  };
  return { id, principal };
}
