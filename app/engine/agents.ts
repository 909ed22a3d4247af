import { randomBytes } from 'node:crypto';
import { isManaged } from '../../src/core/opamp/capabilities.ts';
import type { ServerPolicy } from '../../src/core/opamp/policy.ts';
import { PLAIN_POLICY } from '../../src/core/opamp/policy.ts';
import type { AgentToServer, ServerToAgent } from '../../src/core/opamp/gen/opamp_pb.ts';
import type { AgentFact, AgentRecord } from '../../src/core/opamp/record.ts';
import type { Connection } from '../../src/core/opamp/session.ts';
import { disconnected, foldMessage } from '../../src/core/opamp/session.ts';
import { uidText } from '../../src/core/opamp/uid.ts';
import type { ObservedAgent } from '../../src/core/rollout/rollout.ts';
import type { AgentSessions } from '../../src/ports/agent-link.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { AgentTarget, StoredAgent, StoreTables } from '../store/store.ts';

/** An agent as the engine holds it: what is stored, and what was sent over its present socket. */
export interface LiveAgent extends StoredAgent {
  readonly sent?: string;
}

/**
 * All agents in memory, in step with their messages. Messages are taken in at once; what they changed is written by the
 * next `flush`. A change that a crash loses is a gap in the agent's sequence, so it is asked for and comes again (REL-35).
 */
export class Agents implements AgentSessions {
  readonly #agents = new Map<string, LiveAgent>();
  readonly #dirty = new Set<string>();
  readonly #texts = new Map<string, string>();
  readonly #clock: Clock;
  readonly #changed: () => void;
  readonly #watchers = new Set<(record: AgentRecord, fact: AgentFact) => void>();
  #policy: ServerPolicy = PLAIN_POLICY;

  /** `changed` is called whenever something happened that the loop should look at. */
  constructor(clock: Clock, changed: () => void) {
    this.#clock = clock;
    this.#changed = changed;
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

  /** Reads what is stored. Nobody is connected yet. */
  async load(tables: StoreTables): Promise<void> {
    for (const agent of await tables.agents.list()) {
      const record = agent.record.connected ? disconnected(agent.record, this.#clock.now()) : agent.record;
      this.#agents.set(record.uid, { ...agent, record });
    }
  }

  receive(message: AgentToServer, connection: Connection): ServerToAgent {
    const folded = foldMessage(
      this.#recordOf(message),
      message,
      connection,
      this.#clock.now(),
      randomBytes(16),
      this.#policy,
    );
    const { record } = folded;
    if (record !== undefined) {
      const known = this.#agents.get(record.uid);
      const opened = folded.facts.some(({ kind }) => kind === 'connected');
      const { sent, ...rest } = known ?? { labels: {}, sent: undefined };
      const forgotten = opened || sent === undefined || runsOther(record, sent, folded.facts);
      this.#agents.set(record.uid, { ...rest, record, ...(forgotten ? {} : { sent }) });
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
      const { sent: _sent, ...rest } = agent;
      this.#agents.set(uid, { ...rest, record: disconnected(agent.record, this.#clock.now()) });
      this.#touch(uid);
    }
  }

  #recordOf(message: AgentToServer): AgentRecord | undefined {
    const uid = uidText(message.instanceUid);
    return uid === undefined ? undefined : this.#agents.get(uid)?.record;
  }

  #touch(uid: string): void {
    this.#dirty.add(uid);
    this.#changed();
  }

  get(uid: string): LiveAgent | undefined {
    return this.#agents.get(uid);
  }

  all(): IterableIterator<LiveAgent> {
    return this.#agents.values();
  }

  get size(): number {
    return this.#agents.size;
  }

  /** Writes every agent that changed since the last call, and the effective configs they reported. */
  async flush(tables: StoreTables): Promise<void> {
    const texts = [...this.#texts];
    const uids = [...this.#dirty];
    this.#texts.clear();
    this.#dirty.clear();
    for (const [hash, text] of texts) await tables.configs.putEffective(hash, text);
    for (const uid of uids) {
      const agent = this.#agents.get(uid);
      if (agent !== undefined) await tables.agents.put(stored(agent));
    }
  }

  /** Whether `flush` has anything to write. */
  get hasChanges(): boolean {
    return this.#dirty.size > 0 || this.#texts.size > 0;
  }

  /** Stores a new target inside the caller's transaction; memory follows with the function it gives, after the commit. */
  async putTarget(tables: StoreTables, uid: string, target: AgentTarget): Promise<() => void> {
    const agent = this.#agents.get(uid);
    if (agent === undefined) return () => undefined;
    await tables.agents.put({ ...stored(agent), target });
    return () => this.#set(uid, { target });
  }

  /** Takes an agent's target away, as `putTarget` sets it. */
  async clearTarget(tables: StoreTables, uid: string): Promise<() => void> {
    const agent = this.#agents.get(uid);
    if (agent === undefined) return () => undefined;
    const { target: _target, ...rest } = stored(agent);
    await tables.agents.put(rest);
    return () => {
      const { target: _gone, ...present } = this.#agents.get(uid) ?? agent;
      this.#agents.set(uid, present);
    };
  }

  /** Labels set through the API. */
  async putLabels(
    tables: StoreTables,
    uid: string,
    labels: Readonly<Record<string, string>>,
  ): Promise<boolean> {
    const agent = this.#agents.get(uid);
    if (agent === undefined) return false;
    await tables.agents.put({ ...stored(agent), labels });
    this.#set(uid, { labels });
    this.#changed();
    return true;
  }

  async delete(tables: StoreTables, uid: string): Promise<LiveAgent | undefined> {
    const agent = this.#agents.get(uid);
    if (agent === undefined) return undefined;
    await tables.agents.delete(uid);
    this.#agents.delete(uid);
    this.#dirty.delete(uid);
    return agent;
  }

  /** Notes what went out over the agent's present socket. */
  noteSent(uid: string, hash: string): void {
    this.#set(uid, { sent: hash });
  }

  #set(uid: string, change: Partial<LiveAgent>): void {
    const agent = this.#agents.get(uid);
    if (agent !== undefined) this.#agents.set(uid, { ...agent, ...change });
  }
}

function stored({ record, labels, target }: LiveAgent): StoredAgent {
  return { record, labels, ...(target === undefined ? {} : { target }) };
}

/** The agent now says it runs something else than what it was sent last: late work of its own, so it is told again. */
function runsOther(record: AgentRecord, sent: string, facts: readonly AgentFact[]): boolean {
  const news = facts.some(({ kind }) => kind === 'config-status');
  return news && record.config?.state === 'applied' && record.config.hash !== sent;
}

/** Labels that count: those set through the API over the agent's own; an empty value takes a label away. */
export function effectiveLabels({ record, labels }: StoredAgent): Readonly<Record<string, string>> {
  const merged = Object.entries({ ...record.labels, ...labels });
  return Object.fromEntries(merged.filter(([, value]) => value !== ''));
}

/** Reachable and known; an agent that was asked for its full state is known again with its next message. */
function presence(record: AgentRecord): Pick<ObservedAgent, 'connected' | 'awaySince'> {
  if (record.connected && !record.awaitsFullState) return { connected: true };
  return {
    connected: false,
    awaySince: record.connected ? record.connectedAt : (record.disconnectedAt ?? 0),
  };
}

/** What the decision sees of an agent. */
export function observed({ record, sent }: LiveAgent): ObservedAgent {
  return {
    ...presence(record),
    takesConfig: isManaged(record),
    hash: record.config?.hash ?? '',
    config: record.config?.state ?? 'unset',
    message: record.config?.message ?? '',
    ...(record.health === undefined
      ? {}
      : { healthy: record.health.healthy, healthMessage: record.health.lastError }),
    ...(sent === undefined ? {} : { sent }),
  };
}
