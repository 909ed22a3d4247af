import type { Address, AppConfig } from '../config.ts';
import type { RequestHandler } from '../http.ts';
import { forwardWrites, type HolderOf, type Way } from '../replicas/forward.ts';
import { Replica, type ReplicaOptions } from '../replicas/replica.ts';
import { sameCertificate } from '../replicas/same-certificate.ts';
import { whileLeading } from '../replicas/while-leading.ts';
import type { Duty } from '../engine/duty.ts';
import { ALONE } from '../engine/duty.ts';
import type { Store } from '../store/store.ts';

/** This process among those that share its store; with a store of its own it has every duty. */
export interface Replicas {
  readonly duty: Duty;
  /** The store as those see it whose work is done in one process at a time. */
  readonly store: Store;
  /** What requests go through before they are answered here. */
  readonly handlers: readonly RequestHandler[];
  /** Calls `listener` with what others write, and with `duty` when this process's changed. */
  onHeard(listener: (change: string) => void): void;
  join(): Promise<void>;
  /** This process answers requests at this address now, unless another way to it was set. */
  answersAt(http: Address): Promise<void>;
  /** Another process decides from now on. */
  resign(): Promise<void>;
  leave(): Promise<void>;
}

type Parts = Omit<ReplicaOptions, 'shared' | 'leaseMs'> & {
  /** The process that holds an agent's socket. */
  readonly ownerOf: (uid: string) => string | undefined;
};

/** Joins the processes that share `store`, where it can be shared. */
export function replicas(store: Store, config: AppConfig, parts: Parts): Replicas {
  const { shared } = store;
  if (shared === undefined) {
    return {
      duty: ALONE,
      store,
      handlers: [],
      onHeard: () => undefined,
      join: async () => undefined,
      answersAt: async () => undefined,
      resign: async () => undefined,
      leave: async () => undefined,
    };
  }
  const { leaseMs, requestTimeoutMs } = config.limits;
  const { ownerOf, ...rest } = parts;
  const replica = new Replica({ ...rest, shared, leaseMs });
  const holderOf: HolderOf = (uid) => {
    const owner = ownerOf(uid);
    if (owner === replica.id) return 'here';
    const at = owner === undefined ? undefined : replica.addressOf(owner);
    return at === undefined ? undefined : { at };
  };
  return {
    duty: replica,
    store: whileLeading(store, replica),
    handlers: [forwardWrites(replica, holderOf, { timeoutMs: requestTimeoutMs, ...overTls(config) })],
    onHeard: (listener) => replica.onHeard(listener),
    join: () => replica.join(),
    answersAt: (http) => replica.answersAt(config.advertise ?? addressOf(http, config)),
    resign: () => replica.resign(),
    leave: () => replica.leave(),
  };
}

/** Where other processes reach this one when nothing was said: only on this machine, or at the address it listens on. */
function addressOf({ host, port }: Address, { identity }: AppConfig): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const scheme = identity.tls === undefined ? 'http' : 'https';
  return `${scheme}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

/** Replicas reach each other by address and show the certificate that agents see: its name is the one agents use. */
function overTls({ identity }: AppConfig): Pick<Way, 'serverName' | 'trust'> {
  const { tls, agentUrl } = identity;
  return {
    ...(URL.canParse(agentUrl) ? { serverName: new URL(agentUrl).hostname } : {}),
    ...(tls === undefined ? {} : { trust: () => sameCertificate(tls.certificate) }),
  };
}
