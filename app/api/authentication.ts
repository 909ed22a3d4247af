import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../src/ports/clock.ts';
import type { AppLimits } from '../limits.ts';
import { basicCredentials, sameSecret } from '../same-secret.ts';
import type { ApiCredentials } from './dependencies.ts';
import { Problem } from './problem.ts';

const MINUTE = 60_000;

/** Lets requests through that show the API key or the user's name and password; slows down whoever guesses (SEC-84). */
export class Authentication {
  readonly #credentials: ApiCredentials;
  readonly #limits: AppLimits;
  readonly #clock: Clock;
  readonly #failures = new Map<string, { count: number; since: number }>();

  constructor(credentials: ApiCredentials, limits: AppLimits, clock: Clock) {
    this.#credentials = credentials;
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Throws Problem 401 or 429. */
  check(headers: IncomingHttpHeaders, address: string): void {
    if (this.#isBlocked(address)) {
      throw new Problem(429, 'too many failed attempts from this address; try again in a minute');
    }
    if (this.#isKnown(headers)) return;
    this.#count(address);
    throw new Problem(401, 'unauthorized: send X-Bindplane-Api-Key, or user name and password');
  }

  #isKnown(headers: IncomingHttpHeaders): boolean {
    const { apiKey, username, password } = this.#credentials;
    const key = headers['x-bindplane-api-key'];
    if (typeof key === 'string' && sameSecret(key, apiKey)) return true;
    const basic = basicCredentials(headers.authorization);
    if (username === '' || password === '' || basic === undefined) return false;
    return sameSecret(basic, `${username}:${password}`);
  }

  #isBlocked(address: string): boolean {
    const failures = this.#failures.get(address);
    if (failures === undefined) return false;
    if (this.#clock.now() - failures.since < MINUTE) {
      return failures.count >= this.#limits.authFailuresPerMinute;
    }
    this.#failures.delete(address);
    return false;
  }

  #count(address: string): void {
    const failures = this.#failures.get(address);
    if (failures !== undefined) failures.count += 1;
    else {
      if (this.#failures.size >= KEPT_ADDRESSES) this.#failures.clear();
      this.#failures.set(address, { count: 1, since: this.#clock.now() });
    }
  }
}

/** Addresses remembered; forgetting them all at once is cheaper than a list without end. */
const KEPT_ADDRESSES = 10_000;
