import { randomBytes } from 'node:crypto';
import type { ServerPolicy } from '../../src/core/opamp/policy.ts';
import { PLAIN_POLICY } from '../../src/core/opamp/policy.ts';
import type { AgentToServer, ServerToAgent } from '../../src/core/opamp/gen/opamp_pb.ts';
import type { AgentFact, AgentRecord } from '../../src/core/opamp/record.ts';
import type { Connection } from '../../src/core/opamp/session.ts';
import { disconnected, foldMessage } from '../../src/core/opamp/session.ts';
import { uidText } from '../../src/core/opamp/uid.ts';
import type { AgentSessions } from '../../src/ports/agent-link.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type {
  AgentChanges,
  AgentTarget,
  OwnRecord,
  Store,
  StoredAgent,
  StoreTables,
} from '../store/store.ts';

import { ALONE } from './duty.ts';

/**
 * An agent as the engine holds it. `owner` is this process while its socket is here; `sent` is what went out over it (for
 * sockets of others: what their holder stored before it sent it).
 */
export interface LiveAgent extends StoredAgent {
  /** The target that it refused here: which one, and when that was decided. Others hear of that only when it is stored. */
  readonly refusedHere?: { readonly hash: string; readonly since: number | undefined };
}

const UID_BYTES = 16;

/** Uids for which random bytes are drawn at once. */
const DRAWN = 256;

/** Records of one transaction: some milliseconds, after which others have their turn. */
const WRITTEN_AT_ONCE = 1000;

/** What messages changed since it was last taken, to be written in one transaction. */
export interface AgentNews {
  readonly records: readonly OwnRecord[];
  readonly texts: ReadonlyMap<string, string>;
}

/**
 * All agents in memory, in step with their messages. Messages are taken in at once; what they changed is written soon
 * after (`takeNews`). A change that a crash loses is a gap in the agent's sequence, so it is asked for and comes again
 * (REL-35). Where several processes share the store, those whose sockets others hold follow the store (`follow`).
 */
export class Agents implements AgentSessions {
  readonly #agents = new Map<string, LiveAgent>();
  readonly #dirty = new Set<string>();
  readonly #unlooked = new Set<string>();
  /** Agents that came to this process and whose rows do not say so yet. */
  readonly #claims = new Set<string>();
  #texts = new Map<string, string>();
  readonly #owner: string;
  #random: Uint8Array = new Uint8Array();
  #randomLeft = 0;
  readonly #clock: Clock;
  readonly #changed: () => void;
  readonly #watchers = new Set<(record: AgentRecord, fact: AgentFact) => void>();
  #policy: ServerPolicy = PLAIN_POLICY;

  /** `changed` is called whenever something happened that the loop should look at; `owner` names this process. */
  constructor(clock: Clock, changed: () => void, owner: string = ALONE.id) {
    this.#clock = clock;
    this.#changed = changed;
    this.#owner = owner;
  }

  /** What the server does for agents beside configs; to be said before anybody connects. */
  set policy(policy: ServerPolicy) {
    this.#policy = policy;
  }

  get policy(): ServerPolicy {
    return this.#policy;
  }

  /** Calls `watcher` with everything that messages change or ask for, custom messages and certificate requests among it. */
  watch(watcher: (record: AgentRecord, fact: AgentFact) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Reads what is stored, when no other process holds sockets: nobody is connected yet. */
  async load(tables: StoreTables): Promise<void> {
    for (const { owner: _owner, sent: _sent, ...agent } of await tables.agents.list()) {
      const record = agent.record.connected ? disconnected(agent.record, this.#clock.now()) : agent.record;
      this.#keep(record.uid, { ...agent, record });
    }
  }

  receive(message: AgentToServer, connection: Connection): ServerToAgent {
    const folded = foldMessage(
      this.#recordOf(message),
      message,
      connection,
      this.#clock.now(),
      this.#fresh(),
      this.#policy,
    );
    const { record } = folded;
    if (record !== undefined) {
      const known = this.#agents.get(record.uid);
      const opened = folded.facts.some(({ kind }) => kind === 'connected');
      const { sent, ...rest } = known ?? { labels: {}, sent: undefined };
      const forgotten = opened || sent === undefined || runsOther(record, sent, folded.facts);
      const owner = this.#owner;
      const refused = refusedIn(record, known?.target, folded.facts);
      this.#keep(record.uid, { ...rest, record, owner, ...(forgotten ? {} : { sent }), ...refused });
      if (opened) this.#claims.add(record.uid);
      for (const fact of folded.facts) {
        if (fact.kind === 'effective-config') this.#texts.set(fact.hash, fact.text);
        for (const watcher of this.#watchers) watcher(record, fact);
      }
      if (folded.changed) this.#touch(record.uid);
    }
    return folded.reply;
  }

  closed(connection: string, uids: readonly string[]): void {
    for (const uid of uids) {
      const agent = this.#agents.get(uid);
      if (agent === undefined || agent.record.connection !== connection) continue;
      const { sent: _sent, owner: _owner, ...rest } = agent;
      this.#keep(uid, { ...rest, record: disconnected(agent.record, this.#clock.now()) });
      this.#touch(uid);
    }
  }

  /** Sixteen random bytes, for an agent that has to take another uid. They are drawn many at a time: few are ever used. */
  #fresh(): Uint8Array {
    if (this.#randomLeft === 0) {
      this.#random = randomBytes(UID_BYTES * DRAWN);
      this.#randomLeft = DRAWN;
    }
    this.#randomLeft -= 1;
    return this.#random.subarray(UID_BYTES * this.#randomLeft, UID_BYTES * (this.#randomLeft + 1));
  }

  #recordOf(message: AgentToServer): AgentRecord | undefined {
    const uid = uidText(message.instanceUid);
    return uid === undefined ? undefined : this.#agents.get(uid)?.record;
  }

  #touch(uid: string): void {
    this.#dirty.add(uid);
    this.#changed();
  }

  /** Agents are values: whoever is another value than before is looked at again. */
  #keep(uid: string, agent: LiveAgent): void {
    this.#agents.set(uid, agent);
    this.#unlooked.add(uid);
  }

  /** Agents that became other values since the last call. */
  takeUnlooked(): readonly LiveAgent[] {
    const uids = [...this.#unlooked];
    this.#unlooked.clear();
    return uids.flatMap((uid) => this.#agents.get(uid) ?? []);
  }

  get(uid: string): LiveAgent | undefined {
    return this.#agents.get(uid);
  }

  all(): IterableIterator<LiveAgent> {
    return this.#agents.values();
  }

  /** Whether there is a row of the agent that says so: one that came a moment ago may have none, and nothing can be decided about it yet. */
  isStored(uid: string): boolean {
    return this.#agents.has(uid) && !this.#claims.has(uid);
  }

  /** Milliseconds since the epoch, by the clock that deadlines are held to. */
  get now(): number {
    return this.#clock.now();
  }

  get size(): number {
    return this.#agents.size;
  }

  /** Agents whose sockets this process holds. */
  *local(): Iterable<LiveAgent> {
    for (const agent of this.#agents.values()) if (agent.owner === this.#owner) yield agent;
  }

  /** How many agents have something to be written. */
  get unwritten(): number {
    return this.#dirty.size;
  }

  /** What changed and was not taken yet, of `WRITTEN_AT_ONCE` agents at most; undefined when nothing did. */
  takeNews(): AgentNews | undefined {
    if (this.#dirty.size === 0 && this.#texts.size === 0) return undefined;
    const records: OwnRecord[] = [];
    for (const uid of this.#dirty) {
      if (records.length >= WRITTEN_AT_ONCE) break;
      const agent = this.#agents.get(uid);
      if (agent !== undefined) {
        const sent = agent.sent === undefined ? {} : { sent: agent.sent };
        records.push({ record: agent.record, claim: this.#claims.has(uid), ...sent });
      }
      this.#dirty.delete(uid);
      this.#claims.delete(uid);
    }
    const texts = this.#texts;
    this.#texts = new Map();
    return { records, texts };
  }

  /** The news could not be written: they are news still. */
  putBack({ records, texts }: AgentNews): void {
    for (const { record, claim } of records) {
      this.#dirty.add(record.uid);
      if (claim) this.#claims.add(record.uid);
    }
    this.#texts = new Map([...texts, ...this.#texts]);
  }

  /** Writes news; gives the agents that turned out to be another process's now. */
  async write(tables: StoreTables, { records, texts }: AgentNews): Promise<readonly string[]> {
    for (const [hash, text] of texts) await tables.configs.putEffective(hash, text);
    return tables.agents.putRecords(records, this.#owner);
  }

  /**
   * Brings memory in line with rows that any process changed. Of an agent whose socket is here, its own words count, not
   * the row's. Gives the agents whose socket is here and that another process holds now: the newer socket counts, and
   * this one has to end. A row that was given up while the socket lives (this process was thought dead) is claimed again.
   */
  follow({ agents }: Pick<AgentChanges, 'agents'>): readonly string[] {
    const lost: string[] = [];
    for (const { uid, record, ...row } of agents) {
      const known = this.#agents.get(uid);
      const here = known?.owner === this.#owner;
      if (known !== undefined && (this.#claims.has(uid) || row.owner === this.#owner)) {
        this.#followRow(known, row);
      } else if (known !== undefined && here && row.owner === undefined) {
        this.#followRow(known, row);
        this.#claims.add(uid);
        this.#dirty.add(uid);
      } else if (record !== undefined) {
        if (here) lost.push(uid);
        this.#keep(uid, { record, ...row });
      }
    }
    return lost;
  }

  /** Forgets agents that are not stored any more, but for those that are about to be. */
  keepOnly(uids: ReadonlySet<string>): void {
    for (const uid of this.#agents.keys()) {
      if (!uids.has(uid) && !this.#claims.has(uid)) this.#agents.delete(uid);
    }
  }

  #followRow(known: LiveAgent, row: Pick<StoredAgent, 'labels' | 'target'>): void {
    this.#keep(known.record.uid, { ...known, labels: row.labels });
    this.#setTarget(known.record.uid, row.target);
  }

  /**
   * Stores new targets inside the caller's transaction (undefined takes one away); memory follows with the function it
   * gives, after the commit.
   */
  async putTargets(
    tables: StoreTables,
    targets: ReadonlyMap<string, AgentTarget | undefined>,
  ): Promise<() => void> {
    await tables.agents.putTargets(targets);
    return () => {
      for (const [uid, target] of targets) this.#setTarget(uid, target);
    };
  }

  /**
   * Counts offers that are about to be made, inside the caller's transaction: those of agents whose socket is still here
   * and whose target is still what memory says. Gives their uids, and what brings memory in line after the commit.
   */
  async countOffers(
    tables: StoreTables,
    due: ReadonlyMap<string, AgentTarget>,
  ): Promise<{ readonly counted: ReadonlySet<string>; readonly apply: () => void }> {
    const offers = [...due].map(([uid, before]) => ({
      uid,
      before,
      after: { ...before, offers: before.offers + 1 },
    }));
    const counted = await tables.agents.countOffers(offers, this.#owner);
    const apply = (): void => {
      for (const { uid, after } of offers) if (counted.has(uid)) this.#setTarget(uid, after);
    };
    return { counted, apply };
  }

  #setTarget(uid: string, target: AgentTarget | undefined): void {
    const agent = this.#agents.get(uid);
    if (agent === undefined) return;
    const { target: before, ...rest } = agent;
    if (target === undefined) this.#keep(uid, rest);
    else if (agent.owner === this.#owner && isAnotherTry(agent.record, before, target)) {
      const { sent: _sent, ...unsent } = rest;
      const config = { hash: '', state: 'unset' as const, message: '', at: this.#clock.now() };
      this.#keep(uid, { ...unsent, record: { ...agent.record, config }, target });
      this.#touch(uid);
    } else this.#keep(uid, { ...rest, target });
  }

  /**
   * Labels set through the API, stored by `write` (one of the store's transactions); memory follows after the commit. False when nobody knows
   * any of the agents.
   */
  async putLabels(
    write: Store['record'],
    changes: ReadonlyMap<string, Readonly<Record<string, string>>>,
  ): Promise<boolean> {
    const known = [...changes].filter(([uid]) => this.#agents.has(uid));
    const stored = await write(async (tables) => {
      const done: typeof known = [];
      for (const [uid, labels] of known) {
        if (await tables.agents.putLabels(uid, labels)) done.push([uid, labels]);
      }
      return done;
    });
    for (const [uid, labels] of stored) this.#set(uid, { labels });
    if (stored.length > 0) this.#changed();
    return stored.length > 0;
  }

  /** Forgets an agent, stored and then in memory; undefined when nobody knows it. `write` as in `putLabels`. */
  async delete(write: Store['record'], uid: string): Promise<LiveAgent | undefined> {
    const agent = this.#agents.get(uid);
    if (agent === undefined) return undefined;
    await write((tables) => tables.agents.delete(uid));
    this.#agents.delete(uid);
    this.#dirty.delete(uid);
    this.#claims.delete(uid);
    return agent;
  }

  /** Notes what went out over the agent's present socket. */
  noteSent(uid: string, hash: string): void {
    this.#set(uid, { sent: hash });
  }

  #set(uid: string, change: Partial<LiveAgent>): void {
    const agent = this.#agents.get(uid);
    if (agent !== undefined) this.#keep(uid, { ...agent, ...change });
  }
}

/** The agent now says it runs something else than what it was sent last: late work of its own, so it is told again. */
function runsOther(record: AgentRecord, sent: string, facts: readonly AgentFact[]): boolean {
  const news = facts.some(({ kind }) => kind === 'config-status');
  return news && record.config?.state === 'applied' && record.config.hash !== sent;
}

/** The target that the agent has refused just now. */
function refusedIn(
  { config }: AgentRecord,
  target: AgentTarget | undefined,
  facts: readonly AgentFact[],
): Pick<LiveAgent, 'refusedHere'> {
  const news = facts.some(({ kind }) => kind === 'config-status');
  if (!news || target === undefined || config?.state !== 'failed' || config.hash !== target.hash) return {};
  return { refusedHere: { hash: target.hash, since: target.since } };
}

/** The agent is to try what it says it refused: that was said of an earlier decision, and it is sent it anew. */
function isAnotherTry(
  { config, connected }: AgentRecord,
  before: AgentTarget | undefined,
  { hash, offers, since }: AgentTarget,
): boolean {
  const says = connected && config?.state === 'failed' && config.hash === hash;
  return says && offers === 0 && since !== before?.since;
}

/** Labels that count: those set through the API over the agent's own; an empty value takes a label away. */
export function effectiveLabels({ record, labels }: StoredAgent): Readonly<Record<string, string>> {
  const merged = Object.entries({ ...record.labels, ...labels });
  return Object.fromEntries(merged.filter(([, value]) => value !== ''));
}
