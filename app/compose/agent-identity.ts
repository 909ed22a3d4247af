import { readFileSync } from 'node:fs';
import { badRequest } from '../../src/core/opamp/framing.ts';
import { PLAIN_POLICY } from '../../src/core/opamp/policy.ts';
import type { AgentRecord } from '../../src/core/opamp/record.ts';
import { hasEnded } from '../../src/core/rollout/rollout.ts';
import type { AgentLink } from '../../src/ports/agent-link.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { AgentKeys } from '../api/dependencies.ts';
import type { Address, AppConfig } from '../config.ts';
import type { Engine } from '../engine/engine.ts';
import { AgentCredentials, refusal } from '../identity/agent-credentials.ts';
import { AgentIdentity } from '../identity/agent-identity.ts';
import type { Audit } from '../identity/audit.ts';
import type { Authority } from '../identity/authority.ts';
import { openAuthority } from '../identity/authority.ts';
import type { StoredCredential } from '../store/identity.ts';
import type { Store } from '../store/store.ts';

const HEARTBEAT_SECONDS = 30;

/** Who agents are, and what they are given to prove it. */
export interface AgentSide {
  readonly admission: AgentIdentity;
  readonly keys: AgentKeys;
  /** Another process wrote something (`Replicas.onHeard`). */
  heard(change: string): void;
  /** Wishes whose moment may have come. */
  tick(): void;
  settled(): Promise<void>;
  /** Agents connect at this address of this machine, unless another way to it was set. */
  listensAt(opamp: Address): void;
}

/** What it is made from. `link` is asked for only when agents are there. */
export interface AgentSideParts {
  readonly store: Store;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly engine: Engine;
  readonly link: () => AgentLink & { readonly revoke: (credential: string) => void };
  readonly warn: (message: string, error: unknown) => void;
}

/** Joins admission and credentials. Rejects when the authority's key cannot be read. */
export async function agentSide(config: AppConfig, parts: AgentSideParts): Promise<AgentSide> {
  const { store, audit, clock, engine, link, warn } = parts;
  const { agents: policy, agentUrl } = config.identity;
  const authority = await authorityOf(config);
  let listening = config.opamp;
  let isStale = false;
  let seen: (credential: StoredCredential) => void = () => undefined;
  const admission = new AgentIdentity({
    secretKeys: config.secretKeys,
    store,
    requireCertificate: policy.requireCertificate,
    seen: (credential) => seen(credential),
  });
  await admission.load();
  const credentials = new AgentCredentials({
    store,
    audit,
    clock,
    identity: admission,
    warn,
    link: { send: (uid, message) => link().send(uid, message), revoke: (id) => link().revoke(id) },
    record: (uid) => engine.agents.get(uid)?.record,
    isBusy: async (uid) =>
      (await store.rollouts.open()).some(
        ({ state, members }) => !hasEnded(state) && members.some(({ agent }) => agent === uid),
      ),
    offersByItself: policy.credentials,
    endpoint: () => (agentUrl === '' ? localEndpoint(config, listening) : agentUrl),
    heartbeatSeconds: HEARTBEAT_SECONDS,
    ...(authority === undefined ? {} : { authority }),
  });
  seen = (credential) => credentials.seen(credential);
  engine.agents.policy = {
    ...PLAIN_POLICY,
    offersCredentials: true,
    signsCertificates: policy.credentials && authority !== undefined,
    ...(config.agentPolicy.ownTelemetry === undefined
      ? {}
      : { ownTelemetry: config.agentPolicy.ownTelemetry }),
  };
  watchAgents(parts, { admission, credentials, authority });
  return {
    admission,
    keys: {
      renew: (uid, certificate) => credentials.renew(uid, certificate),
      revoke: (uid) => credentials.revoke(uid),
      presented: (uid) => admission.presented(uid)?.by,
      refusal: (uid) => {
        const record = engine.agents.get(uid)?.record;
        return record === undefined ? undefined : refusal(record);
      },
      disconnect: (credential) => link().revoke(credential),
    },
    heard: (change) => {
      if (/^(?:credentials|enrolment_keys|everything)\b/.test(change)) isStale = true;
    },
    tick: () => {
      credentials.tick();
      if (!isStale) return;
      isStale = false;
      // What was revoked by another process ends here as well; many changes at once are one look.
      const ended = admission.load().then((gone) => gone.forEach((credential) => link().revoke(credential)));
      ended.catch((error: unknown) => warn('credentials of agents could not be read again', error));
    },
    settled: () => credentials.settled(),
    listensAt: (opamp) => {
      listening = opamp;
    },
  };
}

interface Watching {
  readonly admission: AgentIdentity;
  readonly credentials: AgentCredentials;
  readonly authority: Authority | undefined;
}

/** What agents say goes to their credentials, their enrolment key's labels to their own, and what they ask to be signed to the authority. */
function watchAgents(
  { clock, engine, link, store, warn }: AgentSideParts,
  { admission, credentials, authority }: Watching,
): void {
  /** Signed and offered with a new key when no rollout is at work, or a bad request that says why not. */
  const certify = async ({ uid }: AgentRecord, request: string): Promise<void> => {
    const signed = (await authority?.sign(uid, request, clock.now())) ?? {
      refused: 'this server signs no certificates',
    };
    const wish = 'refused' in signed ? undefined : await credentials.renew(uid, signed);
    const why = 'refused' in signed ? signed.refused : wish?.state === 'cannot' ? wish.why : undefined;
    if (why !== undefined) link().send(uid, badRequest(new Uint8Array(), why));
  };
  engine.agents.watch((record, fact) => {
    credentials.heard(record, fact);
    if (fact.kind === 'certificate-request') {
      certify(record, fact.csr).catch((error: unknown) =>
        warn(`${record.uid} was not answered its request for a certificate`, error),
      );
    }
    const presented = admission.presented(record.uid);
    if (fact.kind !== 'described' || presented?.by !== 'enrolment key') return;
    const labels = engine.agents.get(record.uid)?.labels ?? {};
    // Labels of the key are ours, not the agent's: they count like those set through the API.
    if (Object.entries(presented.labels).every(([key, value]) => labels[key] === value)) return;
    const merged = { ...labels, ...presented.labels };
    const put = (): Promise<boolean> =>
      engine.agents.putLabels((work) => store.record(work), new Map([[record.uid, merged]]));
    engine
      .exclusively(put)
      .catch((error: unknown) => warn(`${record.uid} did not get the labels of its enrolment key`, error));
  });
}

function localEndpoint({ identity }: AppConfig, { host, port }: Address): string {
  const written = host.includes(':') ? `[${host}]` : host;
  return `${identity.tls === undefined ? 'ws' : 'wss'}://${written}:${port}/v1/opamp`;
}

async function authorityOf({ identity }: AppConfig): Promise<Authority | undefined> {
  const { tls, agents } = identity;
  if (tls?.clientAuthority === undefined || tls.clientAuthorityKey === undefined) return undefined;
  const [certificate, key] = [tls.clientAuthority, tls.clientAuthorityKey].map((path) =>
    readFileSync(path, 'utf8'),
  );
  return openAuthority(certificate ?? '', key ?? '', agents.certificateDays);
}
