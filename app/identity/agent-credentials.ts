import { create } from '@bufbuild/protobuf';
import { AgentCapabilities, ServerToAgentSchema } from '../../src/core/opamp/gen/opamp_pb.ts';
import { has } from '../../src/core/opamp/capabilities.ts';
import type { AgentCertificate } from '../../src/core/opamp/connection-settings.ts';
import { opampOffer } from '../../src/core/opamp/connection-settings.ts';
import type { AgentFact, AgentRecord } from '../../src/core/opamp/record.ts';
import type { AgentLink } from '../../src/ports/agent-link.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { StoredCredential } from '../store/identity.ts';
import type { Store, StoreTables } from '../store/store.ts';
import type { AgentIdentity, Presented } from './agent-identity.ts';
import type { Audit } from './audit.ts';
import type { Authority } from './authority.ts';
import { readCertificate } from './client-certificate.ts';
import { makeKey } from './keys.ts';

export interface AgentCredentialsOptions {
  readonly store: Store;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly identity: Pick<AgentIdentity, 'presented' | 'setOwner'>;
  readonly link: Pick<AgentLink, 'send'> & { readonly revoke: (credential: string) => void };
  readonly record: (uid: string) => AgentRecord | undefined;
  /** Whether a rollout still decides about the agent: an offer would make it reconnect in its midst. */
  readonly isBusy: (uid: string) => Promise<boolean>;
  /** Each agent that can take one is offered a credential when it comes with an enrolment key. */
  readonly offersByItself: boolean;
  /** Where agents connect, as they reach it. */
  readonly endpoint: () => string;
  readonly heartbeatSeconds: number;
  readonly authority?: Authority;
  readonly warn: (message: string, error: unknown) => void;
}

/** What became of a wish for a new credential. */
export type Wish =
  | { readonly state: 'offered'; readonly credential: string }
  | { readonly state: 'waiting'; readonly why: string }
  | { readonly state: 'cannot'; readonly why: string };

const SERVER = { kind: 'server', id: 'collie', name: 'Collie' } as const;

/**
 * Gives agents credentials of their own, by connection settings (reference/opamp.md §2.5): stored first, offered whole, active once the agent was
 * seen with it; until then the old one stays good. Nothing is offered to who cannot say what became of it, nor in the midst of a rollout.
 */
export class AgentCredentials {
  readonly #options: AgentCredentialsOptions;
  /** Wishes that wait for their moment, with the certificate that was handed in where there was one. */
  readonly #waiting = new Map<string, AgentCertificate | undefined>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: AgentCredentialsOptions) {
    this.#options = options;
  }

  /** To be called with everything that agents say. */
  heard(record: AgentRecord, fact: AgentFact): void {
    const { uid } = record;
    if (fact.kind === 'connection-settings' && record.connectionSettings?.state === 'failed') {
      const { hash, message } = record.connectionSettings;
      this.#inTurn(() => this.#refused(uid, hash, message));
    }
    const isNew = fact.kind === 'described' && this.#options.offersByItself;
    const byEnrolment = isNew && this.#options.identity.presented(uid)?.by === 'enrolment key';
    if (byEnrolment) this.#waiting.set(uid, undefined);
    if (this.#waiting.has(uid)) this.#inTurn(() => this.#grant(uid));
  }

  /** An agent was seen with a credential that it was offered. */
  seen(credential: StoredCredential): void {
    this.#inTurn(() => this.#confirm(credential));
  }

  /** Wishes whose moment may have come, and certificates that end soon. To be called every few seconds. */
  tick(): void {
    for (const uid of this.#waiting.keys()) this.#inTurn(() => this.#grant(uid));
  }

  /** Resolves when everything that was begun is done. */
  async settled(): Promise<void> {
    await this.#last;
  }

  /** Wishes a new credential for an agent, with this certificate or one of the authority's. */
  async renew(uid: string, certificate?: AgentCertificate): Promise<Wish> {
    const record = this.#options.record(uid);
    const why = record === undefined ? 'there is no such agent' : refusal(record);
    if (why !== undefined) return { state: 'cannot', why };
    this.#waiting.set(uid, certificate);
    return this.#run(() => this.#grant(uid));
  }

  /** Takes all credentials of an agent away at once, its connection with them. It may enrol again. Gives how many there were. */
  revoke(uid: string): Promise<number> {
    return this.#run(async () => {
      const { store, identity, link } = this.#options;
      const revoked = await store.record(async (tables) => {
        const good = (await tables.credentials.of(uid)).filter(isLive);
        const fingerprint = certificateOf(identity.presented(uid));
        for (const credential of good) await tables.credentials.put({ ...credential, state: 'revoked' });
        const isKnown = good.some(({ certificate }) => certificate === fingerprint);
        if (fingerprint === undefined || isKnown) return good;
        const stranger = foreign(uid, fingerprint, 'revoked');
        await tables.credentials.put(stranger);
        return [...good, stranger];
      });
      this.#waiting.delete(uid);
      identity.setOwner(uid, false);
      for (const { id } of revoked) link.revoke(id);
      const presented = identity.presented(uid);
      if (presented?.by === 'certificate') link.revoke(presented.credential);
      return revoked.length;
    });
  }

  #inTurn(work: () => Promise<unknown>): void {
    this.#run(work).catch((error: unknown) => this.#options.warn('a credential could not be seen to', error));
  }

  #run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #grant(uid: string): Promise<Wish> {
    const { record, isBusy, identity } = this.#options;
    const agent = record(uid);
    if (!this.#waiting.has(uid)) return { state: 'waiting', why: 'it was granted or taken back' };
    if (agent === undefined || !agent.connected) return { state: 'waiting', why: 'the agent is away' };
    const why = refusal(agent);
    if (why !== undefined) {
      this.#waiting.delete(uid);
      return { state: 'cannot', why };
    }
    if (await isBusy(uid)) return { state: 'waiting', why: 'a rollout decides about the agent' };
    const certificate = this.#waiting.get(uid);
    this.#waiting.delete(uid);
    return this.#offer(agent, identity.presented(uid), certificate);
  }

  async #offer(
    agent: AgentRecord,
    presented: Presented | undefined,
    given: AgentCertificate | undefined,
  ): Promise<Wish> {
    const { store, audit, clock, link, authority, endpoint, heartbeatSeconds } = this.#options;
    const now = clock.now();
    const certificate = given ?? (await authority?.issue(agent.uid, now));
    const { id, key, hash } = makeKey('agent');
    const offer = opampOffer(agent, {
      endpoint: endpoint(),
      headers: { Authorization: `Secret-Key ${key}` },
      heartbeatSeconds,
      ...(certificate === undefined ? {} : { certificate }),
    });
    if ('refused' in offer) return { state: 'cannot', why: offer.refused };
    const read = certificate === undefined ? undefined : readCertificate(certificate.certificate);
    const credential: StoredCredential = {
      id,
      uid: agent.uid,
      project: 'default',
      hash,
      offer: offer.hash,
      ...(read === undefined ? {} : { certificate: read.fingerprint, expiresAt: read.endsAt }),
      labels: presented?.by === 'enrolment key' ? presented.labels : {},
      state: 'offered',
      issuedAt: now,
    };
    await store.record(async (tables) => {
      await keepPresent(tables, agent.uid, presented);
      for (const older of await tables.credentials.of(agent.uid)) {
        if (older.state === 'offered') await tables.credentials.put({ ...older, state: 'retired' });
      }
      await tables.credentials.put(credential);
      if (audit.request === undefined) {
        await audit.note(tables, {
          actor: SERVER,
          from: '',
          action: 'offer a credential',
          result: 'done',
          note: `${id} for ${agent.uid}`,
        });
      }
    });
    const message = create(ServerToAgentSchema, { connectionSettings: offer.offers });
    if (!link.send(agent.uid, message)) return { state: 'waiting', why: 'the agent is away' };
    return { state: 'offered', credential: id };
  }

  async #confirm({ id }: StoredCredential): Promise<void> {
    const { store, audit, clock, identity, link } = this.#options;
    const { retired, uid } = await store.record(async (tables) => {
      const credential = await tables.credentials.get(id);
      if (credential?.state !== 'offered') return { retired: [], uid: undefined };
      await tables.credentials.put({ ...credential, state: 'active', seenAt: clock.now() });
      const others = (await tables.credentials.of(credential.uid)).filter(
        (other) => other.id !== id && isLive(other),
      );
      for (const other of others) await tables.credentials.put({ ...other, state: 'retired' });
      await audit.note(tables, {
        actor: { kind: 'agent', id: credential.uid, name: credential.uid },
        from: '',
        action: 'take a credential',
        result: 'done',
        note: id,
      });
      return { retired: others, uid: credential.uid };
    });
    if (uid !== undefined) identity.setOwner(uid, true);
    for (const other of retired) link.revoke(other.id);
  }

  async #refused(uid: string, offer: string, message: string): Promise<void> {
    const { store } = this.#options;
    await store.record(async (tables) => {
      const found = (await tables.credentials.of(uid)).find(
        (credential) => credential.state === 'offered' && credential.offer === offer,
      );
      if (found !== undefined) await tables.credentials.put({ ...found, state: 'failed', message });
    });
  }
}

/** Why an agent is not offered a credential; undefined when it can be. */
export function refusal({ capabilities }: AgentRecord): string | undefined {
  if (!has(capabilities, AgentCapabilities.ACCEPTS_OPAMP_CONNECTION_SETTINGS)) {
    return 'the agent does not accept OpAMP connection settings';
  }
  // A supervisor takes them, forgets them with its next start and says nothing (reference/opamp.md §3.1).
  return has(capabilities, AgentCapabilities.REPORTS_CONNECTION_SETTINGS_STATUS)
    ? undefined
    : 'the agent does not say what becomes of connection settings';
}

function isLive({ state }: StoredCredential): boolean {
  return state === 'active' || state === 'offered';
}

function certificateOf(presented: Presented | undefined): string | undefined {
  return presented?.by === 'certificate' ? presented.fingerprint : undefined;
}

/** A certificate that somebody else made gets a row when it is to be retired or revoked; nobody knows since when it is there. */
function foreign(uid: string, certificate: string, state: StoredCredential['state']): StoredCredential {
  const id = `certificate-${certificate.slice(0, 16)}`;
  return { id, uid, project: 'default', certificate, labels: {}, state, issuedAt: 0 };
}

async function keepPresent(
  tables: Pick<StoreTables, 'credentials'>,
  uid: string,
  presented: Presented | undefined,
): Promise<void> {
  const fingerprint = certificateOf(presented);
  if (fingerprint === undefined) return;
  if ((await tables.credentials.byCertificate(fingerprint)) !== undefined) return;
  await tables.credentials.put(foreign(uid, fingerprint, 'active'));
}
