import { AsyncLocalStorage } from 'node:async_hooks';
import { monotonicFactory } from 'ulid';
import type { Clock } from '../../src/ports/clock.ts';
import type { AuditChange, AuditEntry } from '../store/identity.ts';
import type { Store, StoreTables } from '../store/store.ts';

/** Who is being served while a request is worked off, for whoever writes in its course. */
export interface AuditedRequest {
  readonly id: string;
  readonly actor: AuditEntry['actor'];
  readonly from: string;
  readonly action: string;
  /** Set with the first entry. */
  isRecorded: boolean;
}

/** Changes named in one entry; an apply of a whole fleet has more, and the entry says how many. */
const NAMED_CHANGES = 200;

const newId = monotonicFactory();

/** What a write did, told from its arguments and its result; undefined when nothing. */
type Describe<Table> = {
  readonly [Method in keyof Table]?: Table[Method] extends (...args: infer Args) => Promise<infer Result>
    ? (args: Args, result: Result) => AuditChange | undefined
    : never;
};

/** Writes that an entry tells of. Renders, statuses and records follow from these and are not told. */
const WRITES: { readonly [Name in keyof StoreTables]?: Describe<StoreTables[Name]> } = {
  resources: {
    put: ([{ kind, name, version }]) => ({ object: `${kind}/${name}`, did: 'put', version }),
    delete: ([kind, name], existed) => (existed ? { object: `${kind}/${name}`, did: 'delete' } : undefined),
  },
  agents: {
    put: ([{ record }]) => ({ object: `Agent/${record.uid}`, did: 'put' }),
    putLabels: ([uid], existed) => (existed ? { object: `Agent/${uid}`, did: 'put' } : undefined),
    delete: ([uid], existed) => (existed ? { object: `Agent/${uid}`, did: 'delete' } : undefined),
  },
  rollouts: {
    put: ([{ configuration, version, state }]) => ({
      object: `Rollout/${configuration}`,
      did: 'put',
      version,
      state,
    }),
  },
  holds: {
    put: ([{ configuration, reason }]) => ({
      object: `Hold/${configuration || '*'}`,
      did: 'put',
      state: reason,
    }),
    lift: ([configuration], existed) =>
      existed ? { object: `Hold/${configuration || '*'}`, did: 'delete' } : undefined,
  },
  policies: {
    put: ([{ name }]) => ({ object: `RolloutPolicy/${name}`, did: 'put' }),
    delete: ([name], existed) => (existed ? { object: `RolloutPolicy/${name}`, did: 'delete' } : undefined),
  },
  origins: { put: ([{ configuration }]) => ({ object: `Origin/${configuration}`, did: 'put' }) },
  tokens: {
    add: ([{ id, name }], added) => (added ? { object: `Token/${name} ${id}`, did: 'put' } : undefined),
    revoke: ([id], revoked) => (revoked ? { object: `Token/${id}`, did: 'revoke' } : undefined),
  },
  enrolmentKeys: {
    add: ([{ id, name }]) => ({ object: `EnrolmentKey/${name} ${id}`, did: 'put' }),
    revoke: ([id], revoked) => (revoked ? { object: `EnrolmentKey/${id}`, did: 'revoke' } : undefined),
  },
  credentials: {
    put: ([{ id, uid, state }]) => ({ object: `Credential/${id} of ${uid}`, did: 'put', state }),
  },
};

/** Knows for whom something is written, and writes it down in the same transaction (SEC-86). */
export class Audit {
  readonly #requests = new AsyncLocalStorage<AuditedRequest>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs `work`, and all that follows from it, on behalf of a request. */
  run<T>(request: Omit<AuditedRequest, 'id' | 'isRecorded'>, work: () => T): T {
    return this.#requests.run({ ...request, id: newId(this.#clock.now()), isRecorded: false }, work);
  }

  /** The request that is being worked off here. */
  get request(): AuditedRequest | undefined {
    return this.#requests.getStore();
  }

  /** An entry about something that no table shows, or nothing changed by. */
  async note(
    tables: Pick<StoreTables, 'audit'>,
    entry: Pick<AuditEntry, 'actor' | 'from' | 'action' | 'result'> & { readonly note?: string },
  ): Promise<void> {
    const at = this.#clock.now();
    const request = this.request?.id ?? '';
    await tables.audit.append({ ...entry, id: newId(at), at, request, changes: [], more: 0 });
  }

  /** The store as it was, but every write of a request leaves an entry: both are there, or neither. */
  over(store: Store): Store {
    const observing =
      (run: Store['transaction']): Store['transaction'] =>
      (work) => {
        const request = this.request;
        return request === undefined ? run(work) : run((tables) => this.#observe(request, tables, work));
      };
    const record = observing((work) => store.record(work));
    const direct = Object.entries(WRITES).map(([name, describes]) => [
      name,
      this.#direct(store, name, Object.keys(describes), record),
    ]);
    return {
      ...store,
      ...Object.fromEntries(direct),
      transaction: observing((work) => store.transaction(work)),
      record,
    };
  }

  async #observe<T>(
    request: AuditedRequest,
    tables: StoreTables,
    work: (tables: StoreTables) => Promise<T>,
  ): Promise<T> {
    const changes: AuditChange[] = [];
    const observed = Object.entries(WRITES).map(([name, describes]) => [
      name,
      observedTable(tableOf(tables, name), describes, (change) => changes.push(change)),
    ]);
    const result = await work({ ...tables, ...Object.fromEntries(observed) });
    if (changes.length > 0) {
      const { id, actor, from, action } = request;
      const at = this.#clock.now();
      await tables.audit.append({
        id: newId(at),
        at,
        actor,
        from,
        action,
        request: id,
        result: 'done',
        changes: changes.slice(0, NAMED_CHANGES),
        more: Math.max(0, changes.length - NAMED_CHANGES),
      });
      request.isRecorded = true;
    }
    return result;
  }

  /** A write outside a transaction gets one of its own while a request is worked off. */
  #direct(store: Store, name: string, methods: readonly string[], record: Store['record']): Methods {
    const table = tableOf(store, name);
    const wrapped = methods.map((method): [string, Method] => [
      method,
      (...args) =>
        this.request === undefined
          ? call(table, method, args)
          : record((tables) => call(tableOf(tables, name), method, args)),
    ]);
    return { ...table, ...Object.fromEntries(wrapped) };
  }
}

type Method = (...args: readonly unknown[]) => Promise<unknown>;
type Methods = Readonly<Record<string, Method>>;

function tableOf(tables: StoreTables, name: string): Methods {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- names are keys of `WRITES`, and tables hold nothing but methods
  return (tables as unknown as Readonly<Record<string, Methods>>)[name] ?? {};
}

function call(table: Methods, method: string, args: readonly unknown[]): Promise<unknown> {
  const found = table[method];
  if (found === undefined) throw new Error(`the store has no ${method}`);
  return found(...args);
}

function observedTable(table: Methods, describes: object, tell: (change: AuditChange) => void): Methods {
  const wrapped = Object.entries(describes).map(([method, describe]): [string, Method] => [
    method,
    async (...args) => {
      const result = await call(table, method, args);
      // eslint-disable-next-line typescript/no-unsafe-type-assertion -- `Describe` says what each takes
      const change = (describe as (args: readonly unknown[], result: unknown) => AuditChange | undefined)(
        args,
        result,
      );
      if (change !== undefined) tell(change);
      return result;
    },
  ]);
  return { ...table, ...Object.fromEntries(wrapped) };
}
