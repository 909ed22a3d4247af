import type { Kysely } from 'kysely';
import type { Schema } from '../schema-types.ts';
import type { OriginTable, StoredOrigin } from '../store.ts';

/** Where renders came from (contract: `OriginTable`). */
export function originTable(db: Kysely<Schema>): OriginTable {
  return {
    async put(origin) {
      const row = {
        configuration: origin.configuration,
        render_hash: origin.renderHash,
        commit_sha: origin.commit,
        origin: JSON.stringify(origin),
        received_at: origin.receivedAt,
      };
      await db
        .insertInto('origins')
        .values(row)
        .onConflict((conflict) =>
          conflict.columns(['configuration', 'render_hash', 'commit_sha']).doUpdateSet(row),
        )
        .execute();
    },
    async of(configuration) {
      const rows = await db
        .selectFrom('origins')
        .select('origin')
        .where('configuration', '=', configuration)
        .orderBy('received_at', 'desc')
        .execute();
      // eslint-disable-next-line typescript/no-unsafe-type-assertion -- written by `put` from this type
      return rows.map(({ origin }) => JSON.parse(origin) as StoredOrigin);
    },
  };
}
