import type { Kind } from '../../src/core/bindplane/resource.ts';
import type { Json, JsonMap } from '../../src/core/document/node.ts';
import type { AgentRecord } from '../../src/core/opamp/record.ts';
import type { RolloutEvent } from '../../src/core/rollout/events.ts';
import type { PolicySpec } from '../../src/core/rollout/policy.ts';
import type { Rollout } from '../../src/core/rollout/rollout.ts';
import type { HandoverTable } from './handovers.ts';
import type { IdentityTables } from './identity.ts';

/**
 * What the app remembers. Every member keeps these promises, and `test/contracts/store.ts` holds them to it:
 *
 * - A call that resolved is durable: it survives `kill -9` and a power cut.
 * - `transaction` is all or nothing; what it reads is not changed by others meanwhile. Transactions do not nest.
 * - Lists come in the order of their keys (byte-wise), queues in the order in which things were put.
 * - What was put comes back equal. Nothing is cut, nothing is redacted: that is the business of those who show it.
 * - Opening an older store migrates it; a store written by a newer Collie is refused with a sentence.
 */
export interface Store extends StoreTables {
  /**
   * Decisions. Where several processes share the store, only the one that holds the lease gets through: another one's
   * transaction is refused with OperationError `not-leading`, also when it only noticed now (REL-21).
   */
  transaction<T>(work: (tables: StoreTables) => Promise<T>): Promise<T>;
  /** What a process saw itself (its agents' records, offers of stored targets): needs no lease. */
  record<T>(work: (tables: StoreTables) => Promise<T>): Promise<T>;
  /** How processes on one store find each other; undefined where the store belongs to one process. */
  readonly shared?: SharedStore;
  close(): Promise<void>;
}

/** What came of a beat: `epoch` while this process leads, else the address of the one that does, where it is known. */
export interface Beat {
  readonly epoch?: number;
  readonly leader?: string;
  /** Where each process that is there answers requests, by its id. */
  readonly addresses: ReadonlyMap<string, string>;
}

/** A store with several processes. All times are the database's (REL-21). */
export interface SharedStore {
  /**
   * Says that this process is there, for `ttlMs` from now, and renews or takes the lease if it can. From the first call
   * on `transaction` needs the lease. Each new holder has a higher epoch than all before.
   */
  beat(replica: { readonly id: string; readonly address: string }, ttlMs: number): Promise<Beat>;
  /** As `beat`, by a process that is about to go: it keeps its agents, and frees the lease for the others at once. */
  resign(replica: { readonly id: string; readonly address: string }, ttlMs: number): Promise<Beat>;
  /** Says that this process goes: its lease is free at once. */
  leave(id: string): Promise<void>;
  /** Agents whose socket is held by a process that is not there any more. */
  orphans(): Promise<readonly string[]>;
  /**
   * Calls `listener` with `<table> <operation>` for what other processes write, or `everything` when something may have
   * been missed. Resolves when it listens; what it gives ends it.
   */
  listen(listener: (change: string) => void): Promise<() => Promise<void>>;
}

export interface StoreTables extends IdentityTables {
  readonly resources: ResourceTable;
  readonly configs: ConfigTable;
  readonly agents: AgentTable;
  readonly refusals: RefusalTable;
  readonly rollouts: RolloutTable;
  readonly origins: OriginTable;
  readonly holds: HoldTable;
  readonly policies: PolicyTable;
  readonly handovers: HandoverTable;
  readonly deliveries: DeliveryQueue;
  readonly outbox: Outbox;
}

/** One version of a resource as it was applied: the whole document, secrets included. */
export interface StoredResource {
  readonly kind: Kind;
  readonly name: string;
  readonly version: number;
  readonly id: string;
  readonly document: JsonMap;
  /** When this version was written, milliseconds since the epoch. */
  readonly modifiedAt: number;
}

export interface ResourceTable {
  /** Newest versions of one kind, by name. */
  list(kind: Kind): Promise<readonly StoredResource[]>;
  /** All versions of all resources of one kind, newest first. */
  versions(kind: Kind): Promise<readonly StoredResource[]>;
  /** One resource; the newest version where none is named. */
  get(kind: Kind, name: string, version?: number): Promise<StoredResource | undefined>;
  /** All versions, newest first. */
  history(kind: Kind, name: string): Promise<readonly StoredResource[]>;
  /** Writes a version (the same version again replaces it). */
  put(resource: StoredResource): Promise<void>;
  /** Removes all versions; false when there was none. */
  delete(kind: Kind, name: string): Promise<boolean>;
}

/** The rendered config of one version of one configuration. `raw` is the text with secrets masked, as people see it. */
export interface StoredConfig {
  /** SHA-256 (hex) of `text`: the hash agents are offered and answer with. */
  readonly hash: string;
  readonly text: string;
  readonly raw: string;
  readonly configuration: string;
  readonly version: number;
}

/** What a configuration's versions are to its rollouts. */
export interface ConfigurationStatus {
  readonly name: string;
  /** The newest version that finished a rollout: what agents get that come later. */
  readonly current?: number;
  /** The version of the latest rollout, whatever became of it. */
  readonly pending?: number;
}

export interface ConfigTable {
  put(config: StoredConfig): Promise<void>;
  /** The config with this hash; the newest version's when several versions render alike. */
  byHash(hash: string): Promise<StoredConfig | undefined>;
  byVersion(configuration: string, version: number): Promise<StoredConfig | undefined>;
  status(configuration: string): Promise<ConfigurationStatus>;
  statuses(): Promise<readonly ConfigurationStatus[]>;
  /** The configs of the current versions, by name alone. */
  currentNames(): Promise<readonly ConfigName[]>;
  setStatus(status: ConfigurationStatus): Promise<void>;
  /** Texts that agents reported as running, kept by hash. */
  putEffective(hash: string, text: string): Promise<void>;
  effective(hash: string): Promise<string | undefined>;
  /** Forgets status and versions of a deleted configuration; texts that agents run or go back to stay (REL-10). */
  forget(configuration: string): Promise<void>;
}

/** What an agent is to run, and how often it was sent it without confirming. */
export interface AgentTarget extends ConfigName {
  readonly offers: number;
  /** When that was decided, milliseconds since the epoch; absent where an older version of this server did. */
  readonly since?: number;
  /** What it was to run before: where it goes back to when it refuses this outside a rollout. */
  readonly previous?: ConfigName;
}

/** A stored config by its hash, with the configuration and version it renders; version 0 is the no-op config. */
export interface ConfigName {
  readonly hash: string;
  readonly configuration: string;
  readonly version: number;
}

export interface StoredAgent {
  readonly record: AgentRecord;
  /** Labels set through the API; they win over the agent's own. An empty value hides the agent's. */
  readonly labels: Readonly<Record<string, string>>;
  readonly target?: AgentTarget;
  /** The process that holds its socket; absent when nobody does. */
  readonly owner?: string;
  /** Hash that was sent last over its present socket. */
  readonly sent?: string;
}

/** A record to be written by the process that holds the agent's socket. */
export interface OwnRecord {
  readonly record: AgentRecord;
  /** The agent came to this process: its row is this process's from now on. */
  readonly claim: boolean;
  /** What was sent to it over its present socket, for a claim: the row may have been given up while the socket lived. */
  readonly sent?: string;
}

/** An offer about to be made: the target as it is thought to be, and what it becomes. */
export interface CountedOffer {
  readonly uid: string;
  readonly before: AgentTarget;
  readonly after: AgentTarget;
}

/** Different parts of a row have different writers; no call touches what is another's. */
export interface AgentTable {
  list(): Promise<readonly StoredAgent[]>;
  get(uid: string): Promise<StoredAgent | undefined>;
  /** Writes record, labels and target at once. */
  put(agent: StoredAgent): Promise<void>;
  /**
   * Writes records of agents whose sockets `owner` holds. Gives the uids that were not written because another process
   * holds them now (or they were deleted); a record that is not connected gives the row up.
   */
  putRecords(records: readonly OwnRecord[], owner: string): Promise<readonly string[]>;
  /** Sets what agents are to run; undefined takes it away. Unknown uids are left out. */
  putTargets(targets: ReadonlyMap<string, AgentTarget | undefined>): Promise<void>;
  putLabels(uid: string, labels: StoredAgent['labels']): Promise<boolean>;
  /** Counts offers that are about to be made over sockets of `owner`; gives the uids of which all that still holds. */
  countOffers(offers: readonly CountedOffer[], owner: string): Promise<ReadonlySet<string>>;
  /**
   * Rows that changed after `revision`, in the order in which they changed, with the newest revision; records of rows
   * that `owner` holds are left out, as it knows them best. Deleted rows are not among them: see `uids`.
   */
  changedSince(revision: number, owner: string): Promise<AgentChanges>;
  uids(): Promise<readonly string[]>;
  delete(uid: string): Promise<boolean>;
}

export interface AgentChanges {
  readonly revision: number;
  readonly agents: readonly (Omit<StoredAgent, 'record'> & {
    readonly uid: string;
    readonly record?: AgentRecord;
  })[];
}

/** An agent refused (or fell silent on) a hash: it is not offered again without a new decision (REL-04). */
export interface Refusal {
  readonly agent: string;
  readonly hash: string;
  readonly message: string;
  readonly at: number;
  /** The rollout in which it happened; absent outside rollouts. */
  readonly rollout?: string;
}

export interface RefusalTable {
  /** Keeps the first refusal of a hash by an agent; later ones change nothing. */
  add(refusal: Refusal): Promise<void>;
  all(): Promise<readonly Refusal[]>;
  /** A new decision: the hash may be offered again, to this agent or to everybody. */
  clear(hash: string, agent?: string): Promise<void>;
}

/** Which writing of a rollout is stored. */
export interface RolloutRevision {
  readonly id: string;
  readonly revision: string;
}

export interface RolloutTable {
  /**
   * Adds to the rollout's log what happened (`eventsOf`), after which it is `rollout`. Gives the name of this very writing: no other has it, so
   * whoever remembers a rollout knows by it whether it was written since.
   */
  put(rollout: Rollout, events: readonly RolloutEvent[]): Promise<string>;
  /** The whole log of a rollout, in order. */
  events(id: string): Promise<readonly RolloutEvent[]>;
  get(id: string): Promise<Rollout | undefined>;
  /** The newest rollout of a configuration, and of one version of it. */
  latest(configuration: string, version?: number): Promise<Rollout | undefined>;
  /** The newest rollout of each configuration, by id and last writing alone. */
  newestRevisions(): Promise<readonly RolloutRevision[]>;
  /** Rollouts that still need deciding: not settled, or waiting for agents. */
  open(): Promise<readonly Rollout[]>;
  /** The same, by id and last writing alone. */
  openRevisions(): Promise<readonly RolloutRevision[]>;
  /** The newest `limit` rollouts, newest first, by id and last writing alone. */
  recentRevisions(limit: number): Promise<readonly RolloutRevision[]>;
  /** Removes all rollouts of a deleted configuration. */
  forget(configuration: string): Promise<void>;
}

/** Where a configuration's render came from (DESIGN §4.3). */
export interface StoredOrigin {
  readonly configuration: string;
  readonly renderHash: string;
  readonly repository: string;
  readonly pullRequest?: number;
  readonly commit: string;
  readonly digest: string;
  readonly sourceMap: Json;
  readonly receivedAt: number;
}

export interface OriginTable {
  /** Keeps an origin; the same configuration, hash and commit again replaces it. */
  put(origin: StoredOrigin): Promise<void>;
  /** Origins of a configuration, newest first. */
  of(configuration: string): Promise<readonly StoredOrigin[]>;
}

/** Somebody said that nothing new is to be offered: of one configuration, or of all (`configuration` empty). */
export interface Hold {
  readonly configuration: string;
  readonly reason: string;
  /** Who said so. */
  readonly by: string;
  readonly at: number;
}

export interface HoldTable {
  /** All holds, by configuration. */
  all(): Promise<readonly Hold[]>;
  /** Takes the place of the hold of the same configuration. */
  put(hold: Hold): Promise<void>;
  /** False when there is none. */
  lift(configuration: string): Promise<boolean>;
}

export interface PolicyTable {
  /** All rollout policies, by name. */
  all(): Promise<readonly PolicySpec[]>;
  get(name: string): Promise<PolicySpec | undefined>;
  put(policy: PolicySpec): Promise<void>;
  /** False when there is none of that name. */
  delete(name: string): Promise<boolean>;
}

export interface Delivery {
  readonly id: string;
  readonly event: string;
  readonly payload: string;
  readonly attempts: number;
  readonly receivedAt: number;
}

/** Webhooks that were received: acknowledged means durable, and each is worked off once. */
export interface DeliveryQueue {
  accept(id: string, event: string, payload: string): Promise<'new' | 'duplicate'>;
  /** The oldest that is not done, counted as one more attempt; undefined when there is none. */
  next(): Promise<Delivery | undefined>;
  done(id: string): Promise<void>;
  /** Puts one aside for good, with the reason; `next` does not give it again. */
  fail(id: string, reason: string): Promise<void>;
}

export interface OutboxEntry {
  readonly key: string;
  readonly payload: string;
  /** SHA-256 (hex) of the payload. */
  readonly bodyHash: string;
  readonly attempts: number;
  readonly state: 'pending' | 'done';
  /** What the sender was told when it was done: an address or id of what it made. */
  readonly reference?: string;
  readonly error?: string;
}

/** What is to be told, one newest thing for each key: a newer payload takes the place of one that was not sent yet. */
export interface Outbox {
  /** Nothing happens when the payload equals what the key had last, sent or not. */
  put(key: string, payload: string): Promise<void>;
  get(key: string): Promise<OutboxEntry | undefined>;
  /** Entries to be sent, in the order in which their keys were first put. */
  pending(): Promise<readonly OutboxEntry[]>;
  /**
   * Done only if the payload is still the one that was sent (`bodyHash`). Otherwise it is pending, also where another process has sent
   * the newer one meanwhile: this older one may have come last.
   */
  done(key: string, sent: { readonly bodyHash: string; readonly reference?: string }): Promise<void>;
  /** Counts a failed attempt at sending `bodyHash`, which may have come to pass all the same; as `done` where that is not the newest. */
  failed(key: string, attempt: { readonly bodyHash: string; readonly error: string }): Promise<void>;
}
