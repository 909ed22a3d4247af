import type { Kysely } from 'kysely';
import type { PolicySpec } from '../../../src/core/rollout/policy.ts';
import type { Schema } from '../schema-types.ts';
import type { HoldTable, PolicyTable } from '../store.ts';

/** What keeps rollouts from going on (contract: `HoldTable`). */
export function holdTable(db: Kysely<Schema>): HoldTable {
  return {
    async all() {
      return db.selectFrom('holds').selectAll().orderBy('configuration').execute();
    },
    async put(hold) {
      const written = db.insertInto('holds').values(hold);
      await written.onConflict((conflict) => conflict.column('configuration').doUpdateSet(hold)).execute();
    },
    async lift(configuration) {
      const gone = await db.deleteFrom('holds').where('configuration', '=', configuration).executeTakeFirst();
      return gone.numDeletedRows > 0n;
    },
  };
}

/** How rollouts go about it (contract: `PolicyTable`). */
export function policyTable(db: Kysely<Schema>): PolicyTable {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- written by `put` from this type
  const read = (text: string): PolicySpec => JSON.parse(text) as PolicySpec;
  return {
    async all() {
      const rows = await db.selectFrom('policies').select('policy').orderBy('name').execute();
      return rows.map(({ policy }) => read(policy));
    },
    async get(name) {
      const row = await db
        .selectFrom('policies')
        .select('policy')
        .where('name', '=', name)
        .executeTakeFirst();
      return row === undefined ? undefined : read(row.policy);
    },
    async put(policy) {
      const row = { name: policy.name, policy: JSON.stringify(policy) };
      const written = db.insertInto('policies').values(row);
      await written.onConflict((conflict) => conflict.column('name').doUpdateSet(row)).execute();
    },
    async delete(name) {
      const gone = await db.deleteFrom('policies').where('name', '=', name).executeTakeFirst();
      return gone.numDeletedRows > 0n;
    },
  };
}
