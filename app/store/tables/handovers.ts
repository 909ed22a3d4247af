import type { Kysely } from 'kysely';
import { isOver, type HandoverTable, type StoredHandover } from '../handovers.ts';
import type { Schema } from '../schema-types.ts';

/** Merges that were handed over (contract: `HandoverTable`). */
export function handoverTable(db: Kysely<Schema>): HandoverTable {
  const read = ({ handover }: { readonly handover: string }): StoredHandover =>
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- written by `put` from this type
    JSON.parse(handover) as StoredHandover;
  return {
    async put(handover) {
      const row = { id: handover.id, over: isOver(handover) ? 1 : 0, handover: JSON.stringify(handover) };
      const written = db.insertInto('handovers').values(row);
      await written.onConflict((conflict) => conflict.column('id').doUpdateSet(row)).execute();
    },
    async get(id) {
      const row = await db.selectFrom('handovers').select('handover').where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : read(row);
    },
    async open() {
      const rows = db.selectFrom('handovers').select('handover').where('over', '=', 0).orderBy('seq');
      return (await rows.execute()).map(read);
    },
    async recent(limit) {
      const rows = db.selectFrom('handovers').select('handover').orderBy('seq', 'desc').limit(limit);
      return (await rows.execute()).map(read);
    },
    async prune(kept) {
      const ended = db.selectFrom('handovers').select('seq').where('over', '=', 1).orderBy('seq', 'desc');
      const oldest = await ended.offset(kept).limit(1).executeTakeFirst();
      if (oldest === undefined) return;
      await db.deleteFrom('handovers').where('over', '=', 1).where('seq', '<=', oldest.seq).execute();
    },
    async branch(repository, branch) {
      const row = await db
        .selectFrom('branches')
        .selectAll()
        .where('repository', '=', repository.toLowerCase())
        .where('branch', '=', branch)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const { repository: key, commit_sha: commit, base_sha: base, first_sha: first } = row;
      return { repository: key, branch, commit, base, first };
    },
    async putBranch({ repository, branch, commit, base, first }) {
      const key = { repository: repository.toLowerCase(), branch };
      const row = { ...key, commit_sha: commit, base_sha: base, first_sha: first };
      const written = db.insertInto('branches').values(row);
      await written
        .onConflict((conflict) => conflict.columns(['repository', 'branch']).doUpdateSet(row))
        .execute();
    },
  };
}
