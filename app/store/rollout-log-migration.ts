import type { Kysely } from 'kysely';
import type { Schema } from './schema-types.ts';

type ColumnType = Parameters<ReturnType<Kysely<Schema>['schema']['createTable']>['addColumn']>[1];

/** What the database calls a text that is compared byte by byte, and a long number. */
interface Types {
  readonly text: ColumnType;
  readonly long: ColumnType;
}

/**
 * The log of each rollout, and how far a snapshot of it reaches. `undecided` takes the place of `open`: a replica of the
 * version before sees no open rollout any more, and so decides about none whose members it does not find.
 */
export async function rolloutLog(db: Kysely<Schema>, types: Types): Promise<void> {
  await db.schema
    .createTable('rollout_events')
    .addColumn('rollout', types.text, (column) => column.notNull())
    .addColumn('seq', types.long, (column) => column.notNull())
    .addColumn('events', types.text, (column) => column.notNull())
    .addPrimaryKeyConstraint('rollout_events_key', ['rollout', 'seq'])
    .execute();
  await db.schema.alterTable('rollouts').addColumn('snapshot', types.text).execute();
  for (const name of ['undecided', 'snapshot_seq', 'since_snapshot']) {
    await db.schema
      .alterTable('rollouts')
      .addColumn(name, types.long, (column) => column.notNull().defaultTo(0))
      .execute();
  }
  await db.schema.createIndex('rollouts_undecided').on('rollouts').column('undecided').execute();
  await takeOver(db);
}

/** Rollouts that were stored head and members apart get their first snapshot; what happened before it is not in the log. */
async function takeOver(db: Kysely<Schema>): Promise<void> {
  for (const { id, head, open } of await db.selectFrom('rollouts').select(['id', 'head', 'open']).execute()) {
    const rows = await db
      .selectFrom('rollout_members')
      .select('member')
      .where('rollout', '=', id)
      .orderBy('position')
      .execute();
    // Texts put together as texts: nothing in them changes.
    const members = rows.map(({ member }) => member).join(',');
    const snapshot = `${head.slice(0, -1)},"members":[${members}]}`;
    await db
      .updateTable('rollouts')
      .set({ snapshot, snapshot_seq: 0, undecided: open, open: 0 })
      .where('id', '=', id)
      .execute();
  }
  await db.deleteFrom('rollout_members').execute();
}
