import { isDeepStrictEqual } from 'node:util';
import { sha256 } from '../../../src/core/document/digest.ts';
import type { Kind } from '../../../src/core/bindplane/resource.ts';
import { replay, type RolloutEvent } from '../../../src/core/rollout/events.ts';
import type { Rollout } from '../../../src/core/rollout/rollout.ts';
import { hasEnded, isSettled } from '../../../src/core/rollout/rollout.ts';
import { alreadyThere } from '../../../app/store/store-errors.ts';
import type {
  AgentTable,
  AgentTarget,
  ConfigTable,
  DeliveryQueue,
  HoldTable,
  OriginTable,
  Outbox,
  OutboxEntry,
  PolicyTable,
  RefusalTable,
  ResourceTable,
  RolloutTable,
  StoredAgent,
  StoredResource,
} from '../../../app/store/store.ts';
import type { AgentRow, Database, RolloutRow } from './database.ts';

/** Runs the body of one call: at once, later, or never. `call` names it (`agents.putRecords`). */
export type Run = <T>(call: string, body: () => T) => Promise<T>;

/** Texts in the order of their bytes in UTF-8. */
export function byBytes(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function keysOf(rows: ReadonlyMap<string, unknown>): string[] {
  return [...rows.keys()].sort(byBytes);
}

function valuesOf<T>(rows: ReadonlyMap<string, T>): T[] {
  return keysOf(rows).flatMap((key) => rows.get(key) ?? []);
}

export function resourceTable(database: Database, run: Run): ResourceTable {
  const { resources } = database.rows;
  const of = (kind: Kind, name?: string): StoredResource[] =>
    [...resources.values()]
      .filter((resource) => resource.kind === kind && (name === undefined || resource.name === name))
      .sort((a, b) => b.version - a.version);
  return {
    list: (kind) =>
      run('resources.list', () => {
        const newest = new Map<string, StoredResource>();
        for (const resource of of(kind)) if (!newest.has(resource.name)) newest.set(resource.name, resource);
        return valuesOf(newest);
      }),
    versions: (kind) => run('resources.versions', () => of(kind)),
    get: (kind, name, version) =>
      run('resources.get', () =>
        of(kind, name).find((resource) => version === undefined || resource.version === version),
      ),
    history: (kind, name) => run('resources.history', () => of(kind, name)),
    put: (resource) =>
      run('resources.put', () =>
        database.write('resources', `${resource.kind}/${resource.name}/${resource.version}`, resource),
      ),
    delete: (kind, name) =>
      run('resources.delete', () => {
        const found = of(kind, name);
        for (const { version } of found) {
          database.write('resources', `${kind}/${name}/${version}`, undefined);
        }
        return found.length > 0;
      }),
  };
}

export function configTable(database: Database, run: Run): ConfigTable {
  const { configs, statuses, effective } = database.rows;
  return {
    put: (config) =>
      run('configs.put', () =>
        database.write('configs', `${config.configuration}:${config.version}`, config),
      ),
    byHash: (hash) =>
      run('configs.byHash', () => {
        const same = [...configs.values()].filter((config) => config.hash === hash);
        return same.sort((a, b) => b.version - a.version)[0];
      }),
    byVersion: (configuration, version) =>
      run('configs.byVersion', () => configs.get(`${configuration}:${version}`)),
    status: (name) => run('configs.status', () => statuses.get(name) ?? { name }),
    statuses: () => run('configs.statuses', () => valuesOf(statuses)),
    currentNames: () =>
      run('configs.currentNames', () =>
        valuesOf(statuses).flatMap(({ name, current }) => {
          const config = current === undefined ? undefined : configs.get(`${name}:${current}`);
          if (config === undefined) return [];
          return [{ configuration: config.configuration, version: config.version, hash: config.hash }];
        }),
      ),
    setStatus: (status) => run('configs.setStatus', () => database.write('statuses', status.name, status)),
    putEffective: (hash, text) =>
      run('configs.putEffective', () => {
        if (!effective.has(hash)) database.write('effective', hash, text);
      }),
    effective: (hash) => run('configs.effective', () => effective.get(hash)),
    forget: (name) =>
      run('configs.forget', () => {
        if (statuses.has(name)) database.write('statuses', name, undefined);
      }),
  };
}

function storedAgent({ revision: _revision, ...agent }: AgentRow): StoredAgent {
  return agent;
}

function sameTarget(a: AgentTarget | undefined, b: AgentTarget): boolean {
  return a === b || (a !== undefined && JSON.stringify(a) === JSON.stringify(b));
}

const NO_ROW: Omit<StoredAgent, 'record'> = { labels: {} };

export function agentTable(database: Database, run: Run): AgentTable {
  const { agents } = database.rows;
  const write = (uid: string, row: StoredAgent): void =>
    database.write('agents', uid, { ...row, revision: database.next() });
  return {
    list: () => run('agents.list', () => valuesOf(agents).map(storedAgent)),
    get: (uid) =>
      run('agents.get', () => {
        const row = agents.get(uid);
        return row === undefined ? undefined : storedAgent(row);
      }),
    put: ({ record, labels, target }) =>
      run('agents.put', () => {
        const { target: _target, ...before } = agents.get(record.uid) ?? {};
        write(record.uid, { ...before, record, labels, ...(target === undefined ? {} : { target }) });
      }),
    putRecords: (records, owner) =>
      run('agents.putRecords', () => {
        const refused: string[] = [];
        for (const { record, claim, sent: ownSent } of records) {
          const row = agents.get(record.uid);
          if (!claim && row?.owner !== owner) {
            refused.push(record.uid);
            continue;
          }
          const { owner: _owner, sent: keptSent, ...before } = row ?? NO_ROW;
          const sent = claim ? ownSent : keptSent;
          write(record.uid, {
            ...before,
            record,
            ...(record.connected ? { owner } : {}),
            ...(sent === undefined ? {} : { sent }),
          });
        }
        return refused;
      }),
    putTargets: (targets) =>
      run('agents.putTargets', () => {
        for (const [uid, target] of targets) {
          const row = agents.get(uid);
          if (row === undefined) continue;
          const { target: _target, ...rest } = row;
          write(uid, target === undefined ? rest : { ...rest, target });
        }
      }),
    putLabels: (uid, labels) =>
      run('agents.putLabels', () => {
        const row = agents.get(uid);
        if (row !== undefined) write(uid, { ...row, labels });
        return row !== undefined;
      }),
    countOffers: (offers, owner) =>
      run('agents.countOffers', () => {
        const counted = new Set<string>();
        for (const { uid, before, after } of offers) {
          const row = agents.get(uid);
          if (row?.owner !== owner || !sameTarget(row.target, before)) continue;
          write(uid, { ...row, target: after, sent: after.hash });
          counted.add(uid);
        }
        return counted;
      }),
    changedSince: (revision, owner) =>
      run('agents.changedSince', () => {
        const rows = [...agents.values()].filter((row) => row.revision > revision);
        rows.sort((a, b) => a.revision - b.revision);
        return {
          revision: rows.at(-1)?.revision ?? revision,
          agents: rows.map((row) => {
            const { record, ...rest } = storedAgent(row);
            return { uid: record.uid, ...rest, ...(row.owner === owner ? {} : { record }) };
          }),
        };
      }),
    uids: () => run('agents.uids', () => keysOf(agents)),
    delete: (uid) =>
      run('agents.delete', () => {
        const found = agents.has(uid);
        if (found) database.write('agents', uid, undefined);
        return found;
      }),
  };
}

export function refusalTable(database: Database, run: Run): RefusalTable {
  const { refusals } = database.rows;
  return {
    add: (refusal) =>
      run('refusals.add', () => {
        const key = `${refusal.agent} ${refusal.hash}`;
        if (!refusals.has(key)) database.write('refusals', key, refusal);
      }),
    all: () =>
      run('refusals.all', () =>
        [...refusals.values()].sort((a, b) => byBytes(a.agent, b.agent) || byBytes(a.hash, b.hash)),
      ),
    clear: (hash, agent) =>
      run('refusals.clear', () => {
        for (const [key, refusal] of refusals) {
          const isMeant = agent === undefined || refusal.agent === agent;
          if (refusal.hash === hash && isMeant) database.write('refusals', key, undefined);
        }
      }),
  };
}

export function rolloutTable(database: Database, run: Run): RolloutTable {
  const { rollouts } = database.rows;
  const bySeq = (test: (row: RolloutRow) => boolean = () => true): RolloutRow[] =>
    [...rollouts.values()].filter(test).sort((a, b) => a.seq - b.seq);
  const revisionOf = ({ rollout, revision }: RolloutRow): { id: string; revision: string } => ({
    id: rollout.id,
    revision,
  });
  return {
    put: (rollout, events) => run('rollouts.put', () => putRollout(database, rollout, events)),
    events: (id) => run('rollouts.events', () => rollouts.get(id)?.log ?? []),
    get: (id) => run('rollouts.get', () => rollouts.get(id)?.rollout),
    latest: (configuration, version) =>
      run(
        'rollouts.latest',
        () =>
          bySeq(
            ({ rollout }) =>
              rollout.configuration === configuration &&
              (version === undefined || rollout.version === version),
          ).at(-1)?.rollout,
      ),
    newestRevisions: () =>
      run('rollouts.newestRevisions', () => {
        const newest = new Map(bySeq().map((row) => [row.rollout.configuration, row]));
        return [...newest.values()].sort((a, b) => a.seq - b.seq).map(revisionOf);
      }),
    open: () => run('rollouts.open', () => bySeq(({ open }) => open).map(({ rollout }) => rollout)),
    openRevisions: () => run('rollouts.openRevisions', () => bySeq(({ open }) => open).map(revisionOf)),
    recentRevisions: (limit) =>
      run('rollouts.recentRevisions', () => bySeq().reverse().slice(0, limit).map(revisionOf)),
    forget: (configuration) =>
      run('rollouts.forget', () => {
        for (const { rollout } of bySeq((row) => row.rollout.configuration === configuration)) {
          database.write('rollouts', rollout.id, undefined);
        }
      }),
  };
}

/** What a reader gets is what the log tells, never what the writer held: a change that is not in the log is lost. */
function putRollout(database: Database, rollout: Rollout, events: readonly RolloutEvent[]): string {
  const { rollouts } = database.rows;
  const before = rollouts.get(rollout.id);
  const active = !hasEnded(rollout.state);
  for (const row of active ? rollouts.values() : []) {
    const isOther = row.rollout.id !== rollout.id && row.rollout.configuration === rollout.configuration;
    // A second rollout of a configuration would decide at the same time (INV-07).
    if (row.active && isOther) {
      database.collided(rollout.id);
      throw alreadyThere(rollout.configuration);
    }
  }
  const told = replay(events, before?.rollout);
  if (told === undefined) throw new Error(`the log of ${rollout.id} has no beginning`);
  const revision = `writing ${database.next()}`;
  const same = sameRollout(told, rollout);
  if (!same) database.strayed(rollout.id);
  database.write('rollouts', rollout.id, {
    seq: before?.seq ?? database.next(),
    rollout: same ? rollout : told,
    log: [...(before?.log ?? []), ...events],
    revision,
    open: !isSettled(rollout) || rollout.state === 'no-agents',
    active,
  });
  return revision;
}

/** Values of rollouts share what did not change, so that comparing them costs little. */
function sameRollout(one: Rollout, other: Rollout): boolean {
  const { members: ones, ...oneHead } = one;
  const { members: others, ...otherHead } = other;
  return (
    ones.length === others.length &&
    ones.every((member, index) => member === others[index] || isDeepStrictEqual(member, others[index])) &&
    isDeepStrictEqual(oneHead, otherHead)
  );
}

export function holdTable(database: Database, run: Run): HoldTable {
  const { holds } = database.rows;
  return {
    all: () =>
      run('holds.all', () =>
        [...holds.values()].sort((a, b) => (a.configuration < b.configuration ? -1 : 1)),
      ),
    put: (hold) => run('holds.put', () => database.write('holds', hold.configuration, hold)),
    lift: (configuration) =>
      run('holds.lift', () => {
        const known = holds.has(configuration);
        if (known) database.write('holds', configuration, undefined);
        return known;
      }),
  };
}

export function policyTable(database: Database, run: Run): PolicyTable {
  const { policies } = database.rows;
  return {
    all: () => run('policies.all', () => [...policies.values()].sort((a, b) => (a.name < b.name ? -1 : 1))),
    get: (name) => run('policies.get', () => policies.get(name)),
    put: (policy) => run('policies.put', () => database.write('policies', policy.name, policy)),
    delete: (name) =>
      run('policies.delete', () => {
        const known = policies.has(name);
        if (known) database.write('policies', name, undefined);
        return known;
      }),
  };
}

export function originTable(database: Database, run: Run): OriginTable {
  const { origins } = database.rows;
  return {
    put: (origin) =>
      run('origins.put', () => {
        const key = `${origin.configuration} ${origin.renderHash} ${origin.commit}`;
        database.write('origins', key, { ...origin, seq: origins.get(key)?.seq ?? database.next() });
      }),
    of: (configuration) =>
      run('origins.of', () =>
        [...origins.values()]
          .filter((origin) => origin.configuration === configuration)
          .sort((a, b) => b.receivedAt - a.receivedAt || a.seq - b.seq)
          .map(({ seq: _seq, ...origin }) => origin),
      ),
  };
}

export function deliveryQueue(database: Database, run: Run): DeliveryQueue {
  const { deliveries } = database.rows;
  const end = (id: string, state: 'done' | 'failed'): void => {
    const row = deliveries.get(id);
    if (row !== undefined) database.write('deliveries', id, { ...row, state });
  };
  return {
    accept: (id, event, payload) =>
      run('deliveries.accept', () => {
        if (deliveries.has(id)) return 'duplicate';
        const [seq, receivedAt] = [database.next(), database.now()];
        const row = { seq, id, event, payload, attempts: 0, state: 'pending' as const, receivedAt };
        database.write('deliveries', id, row);
        return 'new';
      }),
    next: () =>
      run('deliveries.next', () => {
        const pending = [...deliveries.values()].filter(({ state }) => state === 'pending');
        const row = pending.sort((a, b) => a.attempts - b.attempts || a.seq - b.seq)[0];
        if (row === undefined) return undefined;
        const { id, event, payload, receivedAt } = row;
        const attempts = row.attempts + 1;
        database.write('deliveries', id, { ...row, attempts });
        return { id, event, payload, attempts, receivedAt };
      }),
    done: (id) => run('deliveries.done', () => end(id, 'done')),
    fail: (id) => run('deliveries.fail', () => end(id, 'failed')),
  };
}

export function outbox(database: Database, run: Run): Outbox {
  const rows = database.rows.outbox;
  const entryOf = (key: string): OutboxEntry | undefined => {
    const row = rows.get(key);
    if (row === undefined) return undefined;
    const { seq: _seq, ...entry } = row;
    return entry;
  };
  return {
    get: (key) => run('outbox.get', () => entryOf(key)),
    put: (key, payload) =>
      run('outbox.put', () => {
        const before = rows.get(key);
        const bodyHash = sha256(payload);
        if (before?.bodyHash === bodyHash) return;
        const reference = before?.reference === undefined ? {} : { reference: before.reference };
        const seq = before?.seq ?? database.next();
        database.write('outbox', key, {
          key,
          payload,
          bodyHash,
          attempts: 0,
          state: 'pending',
          ...reference,
          seq,
        });
      }),
    pending: () =>
      run('outbox.pending', () =>
        [...rows.values()]
          .filter(({ state }) => state === 'pending')
          .sort((a, b) => a.seq - b.seq)
          .flatMap(({ key }) => entryOf(key) ?? []),
      ),
    done: (key, { bodyHash, reference }) =>
      run('outbox.done', () => {
        const row = rows.get(key);
        if (row === undefined) return;
        const told = { ...row, ...(reference === undefined ? {} : { reference }) };
        const { error: _error, ...rest } = told;
        const isNewest = row.bodyHash === bodyHash;
        database.write('outbox', key, isNewest ? { ...rest, state: 'done' } : { ...told, state: 'pending' });
      }),
    failed: (key, { bodyHash, error }) =>
      run('outbox.failed', () => {
        const row = rows.get(key);
        if (row === undefined) return;
        const again = row.bodyHash === bodyHash ? {} : { state: 'pending' as const };
        database.write('outbox', key, { ...row, ...again, attempts: row.attempts + 1, error });
      }),
  };
}
