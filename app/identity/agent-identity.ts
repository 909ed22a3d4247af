import type { IncomingMessage } from 'node:http';
import type { Admission, AgentAdmission } from '../opamp/admission.ts';
import { shownKey } from '../opamp/shown-key.ts';
import { sameSecret } from '../same-secret.ts';
import type { StoredCredential } from '../store/identity.ts';
import type { Store } from '../store/store.ts';
import { clientCertificate } from './client-certificate.ts';
import type { ClientCertificate } from './client-certificate.ts';
import { matchesHash, splitKey } from './keys.ts';

/** What an agent shows at present. */
export type Presented =
  | { readonly by: 'key'; readonly credential: string }
  | { readonly by: 'certificate'; readonly credential: string; readonly fingerprint: string }
  | {
      readonly by: 'enrolment key';
      readonly credential: string;
      readonly labels: Readonly<Record<string, string>>;
    };

export interface AgentIdentityOptions {
  readonly secretKeys: readonly string[];
  readonly store: Pick<Store, 'credentials' | 'enrolmentKeys'>;
  /** Agents without a client certificate are not let in. */
  readonly requireCertificate: boolean;
  /** An agent was seen with a credential that it was offered. */
  readonly seen: (credential: StoredCredential) => void;
}

/** A certificate that somebody else made: nothing is stored of it. */
interface CertificateOnly {
  readonly uid: string;
  readonly certificate?: string;
  readonly hash?: string;
}

const UNKNOWN: Admission = {
  status: 401,
  text: 'unauthorized: this needs Authorization: Secret-Key <key>',
};

/** Things remembered of connections; far more than there can be connections. */
const REMEMBERED = 100_000;

/**
 * Who may speak OpAMP, and for whom (SEC-60..63): with a credential of its own an agent speaks for itself alone; with an enrolment key for
 * every agent that has no credential of its own. Names, addresses and labels prove nothing.
 */
export class AgentIdentity implements AgentAdmission {
  readonly #options: AgentIdentityOptions;
  /** Credentials that were shown, by their id. */
  readonly #shown = new Map<string, StoredCredential | CertificateOnly>();
  readonly #labels = new Map<string, Readonly<Record<string, string>>>();
  readonly #presented = new Map<string, Presented>();
  /** Agents with an active credential of their own. */
  #owners = new Set<string>();

  constructor(options: AgentIdentityOptions) {
    this.#options = options;
  }

  /**
   * Reads which agents have credentials of their own. To be called before agents come, and whenever credentials or enrolment keys changed, here
   * or in another process. Gives the credentials that agents are connected with and that are good for nothing any more.
   */
  async load(): Promise<readonly string[]> {
    const { credentials, enrolmentKeys } = this.#options.store;
    const all = await credentials.list();
    this.#owners = new Set(all.filter(({ state }) => state === 'active').map(({ uid }) => uid));
    const ended = new Set(all.filter((credential) => !isGood(credential)).map(({ id }) => id));
    for (const { id, revokedAt } of await enrolmentKeys.list()) {
      if (revokedAt !== undefined) ended.add(`enrolment-${id}`);
    }
    const shown = new Set([...this.#presented.values()].map(({ credential }) => credential));
    return [...shown].filter((credential) => ended.has(credential));
  }

  /** An agent has a credential of its own now, or has none any more. */
  setOwner(uid: string, hasOne: boolean): void {
    if (hasOne) this.#owners.add(uid);
    else this.#owners.delete(uid);
  }

  async admit(request: IncomingMessage): Promise<Admission> {
    const certificate = clientCertificate(request);
    if (certificate === undefined && this.#options.requireCertificate) {
      return { status: 401, text: 'unauthorized: this needs a client certificate' };
    }
    const key = shownKey(request.headers) ?? '';
    const own = splitKey('agent', key);
    if (own !== undefined) return this.#admitOwn(own, certificate);
    if (certificate?.uid !== undefined) return this.#admitCertificate(certificate, certificate.uid);
    return this.#admitEnrolment(key);
  }

  speaksFor(credential: string, uid: string): boolean {
    if (!this.reportsFor(credential, uid)) return false;
    const own = this.#shown.get(credential);
    if (own !== undefined && 'state' in own && own.state === 'offered') this.#options.seen(own);
    const labels = this.#labels.get(credential) ?? {};
    remember(
      this.#presented,
      uid,
      own === undefined ? { by: 'enrolment key', credential, labels } : presentedOf(credential, own),
    );
    return true;
  }

  /** Whether the credential may say something of this agent; unlike `speaksFor`, asking is not taken for the agent's coming. */
  reportsFor(credential: string, uid: string): boolean {
    const own = this.#shown.get(credential);
    return own === undefined ? !this.#owners.has(uid) : own.uid === uid;
  }

  /** What an agent showed when it was last let speak; undefined when it never was, here. */
  presented(uid: string): Presented | undefined {
    return this.#presented.get(uid);
  }

  async #admitOwn(
    { id, secret }: { readonly id: string; readonly secret: string },
    certificate: ClientCertificate | undefined,
  ): Promise<Admission> {
    const credential = await this.#options.store.credentials.get(id);
    const matches = matchesHash(secret, credential?.hash);
    if (credential === undefined || !matches || !isGood(credential)) return UNKNOWN;
    if (certificate?.uid !== undefined && certificate.uid !== credential.uid) {
      return { status: 403, text: 'the key and the client certificate are those of two agents' };
    }
    const revoked = certificate && (await this.#isRevoked(certificate));
    if (revoked === true) return { status: 401, text: 'unauthorized: the client certificate was revoked' };
    remember(this.#shown, id, credential);
    return { credential: id, isAgentsOwn: true };
  }

  async #admitCertificate(certificate: ClientCertificate, uid: string): Promise<Admission> {
    const { fingerprint } = certificate;
    const known = await this.#options.store.credentials.byCertificate(fingerprint);
    if (known !== undefined && !isGood(known)) {
      return { status: 401, text: 'unauthorized: the client certificate was revoked' };
    }
    const credential = known?.id ?? `certificate-${fingerprint.slice(0, 16)}`;
    remember(this.#shown, credential, known ?? { uid, certificate: fingerprint });
    return { credential, isAgentsOwn: true };
  }

  async #isRevoked({ fingerprint }: ClientCertificate): Promise<boolean> {
    const known = await this.#options.store.credentials.byCertificate(fingerprint);
    return known !== undefined && !isGood(known);
  }

  async #admitEnrolment(key: string): Promise<Admission> {
    const matches = this.#options.secretKeys.map((secret) => sameSecret(key, secret));
    const found = matches.indexOf(true);
    if (found >= 0) return { credential: `key-${found + 1}` };
    const parts = splitKey('enrolment', key);
    if (parts === undefined) return UNKNOWN;
    const stored = await this.#options.store.enrolmentKeys.get(parts.id);
    const good = matchesHash(parts.secret, stored?.hash);
    if (stored === undefined || !good || stored.revokedAt !== undefined) return UNKNOWN;
    const credential = `enrolment-${stored.id}`;
    remember(this.#labels, credential, stored.labels);
    return { credential };
  }
}

function isGood({ state }: StoredCredential): boolean {
  return state === 'active' || state === 'offered';
}

function presentedOf(credential: string, own: CertificateOnly): Presented {
  return own.certificate !== undefined && own.hash === undefined
    ? { by: 'certificate', credential, fingerprint: own.certificate }
    : { by: 'key', credential };
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  const [oldest] = map.keys();
  if (map.size >= REMEMBERED && oldest !== undefined) map.delete(oldest);
  map.set(key, value);
}
