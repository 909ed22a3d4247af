import type { BranchState, StoredHandover } from '../../../app/store/handovers.ts';
import type {
  AuditEntry,
  StoredCredential,
  StoredEnrolmentKey,
  StoredToken,
} from '../../../app/store/identity.ts';
import type {
  ConfigurationStatus,
  Hold,
  Refusal,
  StoredAgent,
  StoredConfig,
  StoredOrigin,
  StoredResource,
  OutboxEntry,
} from '../../../app/store/store.ts';
import type { PolicySpec } from '../../../src/core/rollout/policy.ts';
import type { RolloutEvent } from '../../../src/core/rollout/events.ts';
import type { Rollout } from '../../../src/core/rollout/rollout.ts';

export interface AgentRow extends StoredAgent {
  readonly revision: number;
}

export interface RolloutRow {
  readonly seq: number;
  /** What the log tells. */
  readonly rollout: Rollout;
  readonly log: readonly RolloutEvent[];
  readonly revision: string;
  readonly open: boolean;
  readonly active: boolean;
}

export interface DeliveryRow {
  readonly seq: number;
  readonly id: string;
  readonly event: string;
  readonly payload: string;
  readonly attempts: number;
  readonly state: 'pending' | 'done' | 'failed';
  readonly receivedAt: number;
}

export interface ReplicaRow {
  readonly address: string;
  readonly expiresAt: number;
}

export interface LeaseRow {
  readonly holder: string;
  readonly epoch: number;
  readonly expiresAt: number;
}

/** The tables, each by the text of its key. Values are never changed, only replaced. */
export class Rows {
  readonly resources: Map<string, StoredResource> = new Map();
  readonly configs: Map<string, StoredConfig> = new Map();
  readonly statuses: Map<string, ConfigurationStatus> = new Map();
  readonly effective: Map<string, string> = new Map();
  readonly agents: Map<string, AgentRow> = new Map();
  readonly refusals: Map<string, Refusal> = new Map();
  readonly rollouts: Map<string, RolloutRow> = new Map();
  readonly holds: Map<string, Hold> = new Map();
  readonly policies: Map<string, PolicySpec> = new Map();
  readonly origins: Map<string, StoredOrigin & { readonly seq: number }> = new Map();
  readonly handovers: Map<string, StoredHandover & { readonly seq: number }> = new Map();
  readonly branches: Map<string, BranchState> = new Map();
  readonly deliveries: Map<string, DeliveryRow> = new Map();
  readonly outbox: Map<string, OutboxEntry & { readonly seq: number }> = new Map();
  readonly tokens: Map<string, StoredToken> = new Map();
  readonly enrolmentKeys: Map<string, StoredEnrolmentKey> = new Map();
  readonly credentials: Map<string, StoredCredential> = new Map();
  readonly audit: Map<string, AuditEntry> = new Map();
  readonly leases: Map<string, LeaseRow> = new Map();
  readonly replicas: Map<string, ReplicaRow> = new Map();
}

export type TableName = keyof Rows;
type Row<Name extends TableName> = Rows[Name] extends Map<string, infer Value> ? Value : never;

/** One row that a commit changed; `before` is absent for new rows, `after` for those that are gone. */
export interface RowChange {
  readonly table: TableName;
  readonly key: string;
  readonly before: unknown;
  readonly after: unknown;
}

interface Undo {
  readonly table: TableName;
  readonly key: string;
  readonly before: unknown;
}

/** Tables whose changes are nobody's news (`app/store/postgres-triggers.ts`). */
const SILENT: ReadonlySet<TableName> = new Set(['leases', 'replicas']);

/** What SQL calls the tables, where announcements name them. */
const SQL_NAMES: Partial<Record<TableName, string>> = {
  statuses: 'configuration_status',
  effective: 'effective_configs',
  enrolmentKeys: 'enrolment_keys',
};

/**
 * A database in plain memory: rows that are written one transaction after another, each of which can be undone until it is
 * committed. Whoever holds it (`acquire`) is alone. It outlives the processes that use it.
 */
export class Database {
  readonly rows: Rows = new Rows();
  readonly now: () => number;
  /** Told of every commit, with the name of the connection that made it. */
  committed: (by: string, changes: readonly RowChange[]) => void = () => undefined;
  /** Told what a commit announces to the other connections (`<table> <operation>`). */
  announced: (by: string, change: string) => void = () => undefined;
  /** Told of a rollout that was not written because another one of its configuration decides. */
  collided: (rollout: string) => void = () => undefined;
  /** Told of a rollout whose log does not tell what it is. */
  strayed: (rollout: string) => void = () => undefined;
  readonly #undo: Undo[] = [];
  #holder: string | undefined;
  #waiting: { readonly by: string; readonly go: () => void }[] = [];
  #sequence = 0;

  constructor(now: () => number) {
    this.now = now;
  }

  /** A number that was never given before. */
  next(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  /** Writes a row, or takes it away; part of what is committed next. */
  write<Name extends TableName>(table: Name, key: string, after: Row<Name> | undefined): void {
    const rows = this.rows[table] as Map<string, unknown>;
    const before = rows.get(key);
    this.#undo.push({ table, key, before });
    if (after === undefined) rows.delete(key);
    else rows.set(key, after);
  }

  commit(by: string): void {
    if (this.#undo.length === 0) return;
    const first = new Map<string, RowChange>();
    for (const { table, key, before } of this.#undo) {
      const name = `${table} ${key}`;
      if (!first.has(name)) {
        first.set(name, { table, key, before, after: (this.rows[table] as Map<string, unknown>).get(key) });
      }
    }
    this.#undo.length = 0;
    const changes = [...first.values()];
    this.committed(by, changes);
    const told = new Set<string>();
    for (const { table, before, after } of changes) {
      if (SILENT.has(table)) continue;
      const operation = after === undefined ? 'DELETE' : before === undefined ? 'INSERT' : 'UPDATE';
      told.add(`${SQL_NAMES[table] ?? table} ${operation}`);
      if (table === 'rollouts') told.add(`rollout_events ${operation}`);
    }
    for (const change of told) this.announced(by, change);
  }

  rollback(): void {
    for (const { table, key, before } of this.#undo.splice(0).reverse()) {
      const rows = this.rows[table] as Map<string, unknown>;
      if (before === undefined) rows.delete(key);
      else rows.set(key, before);
    }
  }

  get isHeld(): boolean {
    return this.#holder !== undefined;
  }

  /** Waits until nobody else is in the middle of something. */
  async acquire(by: string): Promise<void> {
    if (this.#holder === undefined) {
      this.#holder = by;
      return;
    }
    await new Promise<void>((go) => this.#waiting.push({ by, go }));
  }

  release(): void {
    const next = this.#waiting.shift();
    this.#holder = next?.by;
    next?.go();
  }

  /** A process is gone: what it had not committed is undone, and it waits for nothing any more. */
  abandon(by: string): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting.by !== by);
    if (this.#holder !== by) return;
    this.rollback();
    this.release();
  }
}
