import { createHash, randomInt } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../src/ports/clock.ts';
import type { AppLimits } from '../limits.ts';
import type { Admission, Admitted, AgentAdmission, Refusal } from './admission.ts';
import { shownKey } from './shown-key.ts';
import { TokenBucket } from './token-bucket.ts';

const MINUTE = 60_000;
/** Pairs of address and key that are remembered for their failures; forgetting them all at once is cheaper than a list without end. */
const KEPT_FAILURES = 10_000;

export interface GateSettings {
  readonly admission: AgentAdmission;
  readonly limits: AppLimits;
  readonly clock: Clock;
  /** Connections and polling agents there are now. */
  readonly size: () => number;
}

/**
 * Who is let in. Overload is told here and nowhere else: 503 with a random Retry-After, before the upgrade. That is the one brake that
 * opamp-go obeys; it redials without a pause when an accepted connection is closed (SEC-71).
 */
export class Gate {
  readonly #settings: GateSettings;
  readonly #byAddress = new Map<string, number>();
  readonly #byCredential = new Map<string, number>();
  readonly #failures = new Map<string, { count: number; readonly since: number }>();
  readonly #upgrades: TokenBucket;
  #draining = false;

  constructor(settings: GateSettings) {
    this.#settings = settings;
    const { upgradesPerSecond, upgradeBurst, upgradeBurstAtStart } = settings.limits;
    this.#upgrades = new TokenBucket(
      upgradesPerSecond,
      upgradeBurst,
      settings.clock.now(),
      upgradeBurstAtStart,
    );
  }

  /** From now on nobody is let in. */
  drain(): void {
    this.#draining = true;
  }

  /** Whether a request may go on: who shows what. */
  async check(request: IncomingMessage): Promise<Admission> {
    const { admission, clock } = this.#settings;
    if (request.headers.origin !== undefined) return { status: 403, text: 'OpAMP is not for browsers' };
    const failure = failureKey(request);
    if (this.#isBlocked(failure, clock.now())) {
      return this.#later(429, 'too many failed attempts with this key');
    }
    const admitted = await admission.admit(request);
    if ('status' in admitted) {
      if (admitted.status === 401) this.#count(failure, clock.now());
      return admitted;
    }
    return this.#draining ? this.#later(503, 'the server is stopping') : admitted;
  }

  /** Whether there is room for another connection, or another agent that polls. */
  room(request: IncomingMessage, admitted: Admitted): Refusal | undefined {
    const full = this.#fullness(request, admitted);
    return full === undefined ? undefined : this.#later(503, full);
  }

  /** Whether another connection may begin in this moment; what it takes is given back by nobody. */
  enter(): Refusal | undefined {
    if (this.#upgrades.take(this.#settings.clock.now())) return undefined;
    return this.#later(503, 'too many connections in this moment');
  }

  opened(address: string, credential: string | undefined): void {
    increase(this.#byAddress, address);
    if (credential !== undefined) increase(this.#byCredential, credential);
  }

  closed(address: string, credential: string | undefined): void {
    decrease(this.#byAddress, address);
    if (credential !== undefined) decrease(this.#byCredential, credential);
  }

  #fullness(request: IncomingMessage, { credential, isAgentsOwn }: Admitted): string | undefined {
    const { limits, size } = this.#settings;
    if (size() >= limits.connections) return 'too many connections';
    const address = request.socket.remoteAddress ?? '';
    if ((this.#byAddress.get(address) ?? 0) >= limits.connectionsPerAddress) {
      return 'too many connections from this address';
    }
    const ofCredential = this.#byCredential.get(credential) ?? 0;
    return isAgentsOwn === true && ofCredential >= limits.connectionsPerCredential
      ? 'too many connections with this credential'
      : undefined;
  }

  #later(status: number, text: string): Refusal {
    const { retryAfterMinSeconds, retryAfterMaxSeconds } = this.#settings.limits;
    // The most is not reached: whoever was refused in the first second is back within that time.
    const beyond = Math.max(retryAfterMaxSeconds, retryAfterMinSeconds + 1);
    return { status, text, retryAfter: randomInt(retryAfterMinSeconds, beyond) };
  }

  #isBlocked(key: string, now: number): boolean {
    const failures = this.#failures.get(key);
    if (failures === undefined) return false;
    if (now - failures.since < MINUTE) return failures.count >= this.#settings.limits.agentAuthFailures;
    this.#failures.delete(key);
    return false;
  }

  #count(key: string, now: number): void {
    const failures = this.#failures.get(key);
    if (failures !== undefined) failures.count += 1;
    else {
      if (this.#failures.size >= KEPT_FAILURES) this.#failures.clear();
      this.#failures.set(key, { count: 1, since: now });
    }
  }
}

/** Failures count for an address and the key it showed: other agents behind the same address have a right key (SEC-84). */
function failureKey(request: IncomingMessage): string {
  const digest = createHash('sha256')
    .update(shownKey(request.headers) ?? '')
    .digest('base64');
  return `${request.socket.remoteAddress ?? ''} ${digest}`;
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function decrease(counts: Map<string, number>, key: string): void {
  const left = (counts.get(key) ?? 1) - 1;
  if (left > 0) counts.set(key, left);
  else counts.delete(key);
}
