import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../src/ports/clock.ts';
import type { Principal } from '../identity/principal.ts';
import { verifyToken } from '../identity/tokens.ts';
import type { AppLimits } from '../limits.ts';
import { basicCredentials, sameSecret } from '../same-secret.ts';
import type { Store } from '../store/store.ts';
import type { ApiCredentials } from './dependencies.ts';
import { Problem } from './problem.ts';

const MINUTE = 60_000;

/**
 * Finds out who asks: the API key, the user's name and password, or a token (`X-Bindplane-Api-Key` or `Authorization: Bearer`). Slows down
 * whoever guesses: failures are counted for each address and key, so that one wrong client does not lock out its neighbours (SEC-84).
 */
export class Authentication {
  readonly #credentials: ApiCredentials;
  readonly #tokens: Pick<Store, 'tokens'>;
  readonly #limits: AppLimits;
  readonly #clock: Clock;
  readonly #failures = new Map<string, { count: number; since: number }>();

  constructor(credentials: ApiCredentials, tokens: Pick<Store, 'tokens'>, limits: AppLimits, clock: Clock) {
    this.#credentials = credentials;
    this.#tokens = tokens;
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Rejects with Problem 401 or 429. */
  async authenticate(headers: IncomingHttpHeaders, address: string): Promise<Principal> {
    const shown = shownCredential(headers);
    const { keyId, principal } = await this.#identify(shown);
    if (this.isBlocked(address, keyId)) throw tooMany();
    if (principal !== undefined) return principal;
    if (shown.kind !== 'none') this.count(address, keyId);
    throw new Problem(401, 'unauthorized: send X-Bindplane-Api-Key, or user name and password');
  }

  async #identify(
    shown: Shown,
  ): Promise<{ readonly keyId: string; readonly principal: Principal | undefined }> {
    const { apiKey, username, password } = this.#credentials;
    if (shown.kind === 'basic') {
      const known = username !== '' && password !== '' && sameSecret(shown.text, `${username}:${password}`);
      const user: Principal = { kind: 'user', id: username, name: username, scopes: ['admin'] };
      return { keyId: 'basic', principal: known ? user : undefined };
    }
    if (shown.kind === 'none') return { keyId: '', principal: undefined };
    if (sameSecret(shown.text, apiKey)) return { keyId: 'key', principal: API_KEY };
    const { id, principal } = await verifyToken(this.#tokens, shown.text, this.#clock);
    return { keyId: id === '' ? 'key' : id, principal };
  }

  /** Whether an address failed too often with a key in this minute. */
  isBlocked(address: string, keyId: string): boolean {
    const place = `${address} ${keyId}`;
    const failures = this.#failures.get(place);
    if (failures === undefined) return false;
    if (this.#clock.now() - failures.since < MINUTE) {
      return failures.count >= this.#limits.authFailuresPerMinute;
    }
    this.#failures.delete(place);
    return false;
  }

  /** Counts one failure of an address with a key. */
  count(address: string, keyId: string): void {
    const place = `${address} ${keyId}`;
    const failures = this.#failures.get(place);
    if (failures !== undefined) failures.count += 1;
    else {
      if (this.#failures.size >= KEPT_ADDRESSES) this.#failures.clear();
      this.#failures.set(place, { count: 1, since: this.#clock.now() });
    }
  }
}

/** 429 for whoever guesses. */
export function tooMany(): Problem {
  return new Problem(429, 'too many failed attempts from this address; try again in a minute');
}

const API_KEY: Principal = { kind: 'api-key', id: 'COLLIE_API_KEY', name: 'API key', scopes: ['admin'] };

interface Shown {
  readonly kind: 'none' | 'key' | 'basic';
  readonly text: string;
}

function shownCredential(headers: IncomingHttpHeaders): Shown {
  const key = headers['x-bindplane-api-key'];
  if (typeof key === 'string' && key !== '') return { kind: 'key', text: key };
  const bearer = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return { kind: 'key', text: bearer };
  const basic = basicCredentials(headers.authorization);
  return basic === undefined ? { kind: 'none', text: '' } : { kind: 'basic', text: basic };
}

/** Addresses remembered; forgetting them all at once is cheaper than a list without end. */
const KEPT_ADDRESSES = 10_000;
