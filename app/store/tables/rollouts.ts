import { randomUUID } from 'node:crypto';
import type { Kysely, Selectable, SelectQueryBuilder } from 'kysely';
import { replay, type RolloutEvent } from '../../../src/core/rollout/events.ts';
import type { Rollout } from '../../../src/core/rollout/rollout.ts';
import { hasEnded, isSettled } from '../../../src/core/rollout/rollout.ts';
import type { Schema } from '../schema-types.ts';
import type { RolloutTable } from '../store.ts';
import type { ReadRollouts } from './read-rollouts.ts';

type Row = Pick<Selectable<Schema['rollouts']>, 'id' | 'revision'>;
type Query = SelectQueryBuilder<Schema, 'rollouts', Row>;

/** How far a rollout's log is: its last entry, and how much of it a reader has to fold onto the snapshot. */
interface Reach {
  readonly seq: number;
  readonly snapshotSeq: number;
  readonly since: number;
}

/**
 * Rollouts as logs (contract: `RolloutTable`). One writing is one entry, whatever it changed. A snapshot spares readers
 * the older part: it is the entry that planned the rollout, later one that is written when folding has become dearer.
 * What is in `known` is not read again.
 */
export function rolloutTable(db: Kysely<Schema>, known?: ReadRollouts): RolloutTable {
  const all = (): Query => db.selectFrom('rollouts').select(['id', 'revision']);
  const read = async (query: Query): Promise<Rollout[]> => {
    const found: Rollout[] = [];
    for (const { id, revision } of await query.execute()) {
      const rollout = known?.get(id, revision) ?? (await rolloutOf(db, id));
      if (rollout === undefined) continue;
      known?.keep(revision, rollout);
      found.push(rollout);
    }
    return found;
  };
  return {
    async put(rollout, events) {
      const revision = randomUUID();
      const reach = await reachOf(db, rollout.id);
      await putRow(db, rollout, revision, snapshotAfter(rollout, events, reach));
      if (events.length > 0) {
        const entry = { rollout: rollout.id, seq: reach.seq + 1, events: JSON.stringify(events) };
        await db.insertInto('rollout_events').values(entry).execute();
      }
      known?.keep(revision, rollout);
      return revision;
    },
    async events(id) {
      return eventsFrom(db, id, 0);
    },
    async get(id) {
      return (await read(all().where('id', '=', id)))[0];
    },
    async latest(configuration, version) {
      const query = all().where('configuration', '=', configuration).orderBy('seq', 'desc').limit(1);
      return (await read(version === undefined ? query : query.where('version', '=', version)))[0];
    },
    async newestRevisions() {
      const newest = db
        .selectFrom('rollouts')
        .select((expression) => expression.fn.max('seq').as('seq'))
        .groupBy('configuration');
      const rows = db.selectFrom('rollouts').select(['id', 'revision']).where('seq', 'in', newest);
      return (await rows.orderBy('seq').execute()).map(({ id, revision }) => ({ id, revision }));
    },
    async open() {
      return read(all().where('undecided', '=', 1).orderBy('seq'));
    },
    async openRevisions() {
      const rows = db.selectFrom('rollouts').select(['id', 'revision']).where('undecided', '=', 1);
      return (await rows.orderBy('seq').execute()).map(({ id, revision }) => ({ id, revision }));
    },
    async recentRevisions(limit) {
      const rows = db.selectFrom('rollouts').select(['id', 'revision']).orderBy('seq', 'desc').limit(limit);
      return (await rows.execute()).map(({ id, revision }) => ({ id, revision }));
    },
    async forget(configuration) {
      const ids = db.selectFrom('rollouts').select('id').where('configuration', '=', configuration);
      await db.deleteFrom('rollout_events').where('rollout', 'in', ids).execute();
      await db.deleteFrom('rollouts').where('configuration', '=', configuration).execute();
    },
  };
}

async function reachOf(db: Kysely<Schema>, id: string): Promise<Reach> {
  const row = await db
    .selectFrom('rollouts')
    .select(['snapshot_seq', 'since_snapshot'])
    .where('id', '=', id)
    .executeTakeFirst();
  const last = await db
    .selectFrom('rollout_events')
    .select((expression) => expression.fn.max('seq').as('seq'))
    .where('rollout', '=', id)
    .executeTakeFirst();
  return {
    seq: last?.seq ?? 0,
    snapshotSeq: row?.snapshot_seq ?? 0,
    since: row?.since_snapshot ?? 0,
  };
}

type SnapshotColumns = Pick<Schema['rollouts'], 'snapshot_seq' | 'since_snapshot'> & {
  readonly snapshot?: string | null;
};

/** Folding this many events more than there are members costs more than reading a snapshot. */
const FOLDED = 200;

function snapshotAfter(
  rollout: Rollout,
  events: readonly RolloutEvent[],
  { seq, snapshotSeq, since }: Reach,
): SnapshotColumns {
  if (events[0]?.type === 'planned') return { snapshot: null, snapshot_seq: seq, since_snapshot: 0 };
  const folded = since + events.length;
  const isDue = folded > 2 * rollout.members.length + FOLDED || isSettled(rollout);
  if (!isDue) return { snapshot_seq: snapshotSeq, since_snapshot: folded };
  const written = seq + (events.length > 0 ? 1 : 0);
  return { snapshot: JSON.stringify(rollout), snapshot_seq: written, since_snapshot: 0 };
}

async function putRow(
  db: Kysely<Schema>,
  rollout: Rollout,
  revision: string,
  snapshot: SnapshotColumns,
): Promise<void> {
  const { members: _members, ...head } = rollout;
  const row = {
    id: rollout.id,
    configuration: rollout.configuration,
    version: rollout.version,
    open: 0,
    undecided: !isSettled(rollout) || rollout.state === 'no-agents' ? 1 : 0,
    active: hasEnded(rollout.state) ? 0 : 1,
    head: JSON.stringify(head),
    revision,
    ...snapshot,
  };
  const written = db.insertInto('rollouts').values(row);
  await written.onConflict((conflict) => conflict.column('id').doUpdateSet(row)).execute();
}

/** Entries after `seq`. */
async function eventsFrom(db: Kysely<Schema>, id: string, seq: number): Promise<readonly RolloutEvent[]> {
  const rows = await db
    .selectFrom('rollout_events')
    .select('events')
    .where('rollout', '=', id)
    .where('seq', '>', seq)
    .orderBy('seq')
    .execute();
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- written by `put` from these types
  return rows.flatMap(({ events }) => JSON.parse(events) as readonly RolloutEvent[]);
}

/** The snapshot is read with how far it reaches: another one may be written between two queries. */
async function rolloutOf(db: Kysely<Schema>, id: string): Promise<Rollout | undefined> {
  const columns = ['snapshot', 'snapshot_seq'] as const;
  const row = await db.selectFrom('rollouts').select(columns).where('id', '=', id).executeTakeFirst();
  if (row === undefined) return undefined;
  const events = await eventsFrom(db, id, row.snapshot_seq);
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- written by `put` from these types
  const base = row.snapshot === null ? undefined : (JSON.parse(row.snapshot) as Rollout);
  return replay(events, base);
}
