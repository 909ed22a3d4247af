import type { Kysely } from 'kysely';
import type { AgentRecord } from '../../../src/core/opamp/record.ts';
import type { Schema } from '../schema-types.ts';
import type { AgentTable, AgentTarget, Refusal, RefusalTable, StoredAgent } from '../store.ts';

/** Agents (contract: `AgentTable`). */
export function agentTable(db: Kysely<Schema>): AgentTable {
  return {
    async list() {
      return (await db.selectFrom('agents').selectAll().orderBy('uid').execute()).map(stored);
    },
    async get(uid) {
      const row = await db.selectFrom('agents').selectAll().where('uid', '=', uid).executeTakeFirst();
      return row === undefined ? undefined : stored(row);
    },
    async put({ record, labels, target }) {
      const row = {
        uid: record.uid,
        record: JSON.stringify(record),
        labels: JSON.stringify(labels),
        target: target === undefined ? null : JSON.stringify(target),
      };
      await db
        .insertInto('agents')
        .values(row)
        .onConflict((conflict) => conflict.column('uid').doUpdateSet(row))
        .execute();
    },
    async delete(uid) {
      return (await db.deleteFrom('agents').where('uid', '=', uid).executeTakeFirst()).numDeletedRows > 0n;
    },
  };
}

function stored(row: Schema['agents']): StoredAgent {
  return {
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- written by `put` from these types
    record: JSON.parse(row.record) as AgentRecord,
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- written by `put` from these types
    labels: JSON.parse(row.labels) as Record<string, string>,
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- written by `put` from these types
    ...(row.target === null ? {} : { target: JSON.parse(row.target) as AgentTarget }),
  };
}

/** The ledger of refused hashes (contract: `RefusalTable`). */
export function refusalTable(db: Kysely<Schema>): RefusalTable {
  return {
    async add(refusal) {
      const row = { ...refusal, rollout: refusal.rollout ?? null };
      await db
        .insertInto('refusals')
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },
    async all() {
      const rows = await db.selectFrom('refusals').selectAll().orderBy('agent').orderBy('hash').execute();
      return rows.map(({ rollout, ...row }): Refusal => (rollout === null ? row : { ...row, rollout }));
    },
    async clear(hash) {
      await db.deleteFrom('refusals').where('hash', '=', hash).execute();
    },
  };
}
