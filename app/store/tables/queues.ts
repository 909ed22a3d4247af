import type { Kysely, Selectable } from 'kysely';
import { sha256 } from '../../../src/core/document/digest.ts';
import type { Schema } from '../schema-types.ts';
import type { DeliveryQueue, Outbox, OutboxEntry } from '../store.ts';

/** Received webhooks (contract: `DeliveryQueue`). `now` gives milliseconds since the epoch. */
export function deliveryQueue(db: Kysely<Schema>, now: () => number): DeliveryQueue {
  const set = async (id: string, state: string, reason: string | null): Promise<void> => {
    await db.updateTable('deliveries').set({ state, reason }).where('id', '=', id).execute();
  };
  return {
    async accept(id, event, payload) {
      const row = { id, event, payload, attempts: 0, state: 'pending', reason: null, received_at: now() };
      const result = await db
        .insertInto('deliveries')
        .values(row)
        .onConflict((conflict) => conflict.column('id').doNothing())
        .executeTakeFirst();
      return (result.numInsertedOrUpdatedRows ?? 0n) > 0n ? 'new' : 'duplicate';
    },
    async next() {
      const pending = db
        .selectFrom('deliveries')
        .selectAll()
        .where('state', '=', 'pending')
        .orderBy('attempts')
        .orderBy('seq');
      const row = await pending.limit(1).executeTakeFirst();
      if (row === undefined) return undefined;
      const attempts = row.attempts + 1;
      await db.updateTable('deliveries').set({ attempts }).where('id', '=', row.id).execute();
      return { id: row.id, event: row.event, payload: row.payload, attempts, receivedAt: row.received_at };
    },
    done: (id) => set(id, 'done', null),
    fail: (id, reason) => set(id, 'failed', reason),
  };
}

/** What is to be told (contract: `Outbox`). */
export function outbox(db: Kysely<Schema>): Outbox {
  const find = async (key: string): Promise<OutboxEntry | undefined> => {
    const row = await db.selectFrom('outbox').selectAll().where('key', '=', key).executeTakeFirst();
    return row === undefined ? undefined : entryOf(row);
  };
  return {
    get: find,
    async put(key, payload) {
      const bodyHash = sha256(payload);
      if ((await find(key))?.bodyHash === bodyHash) return;
      const row = { key, payload, body_hash: bodyHash, attempts: 0, state: 'pending', error: null };
      await db
        .insertInto('outbox')
        .values({ ...row, reference: null })
        .onConflict((conflict) => conflict.column('key').doUpdateSet(row))
        .execute();
    },
    async pending() {
      const query = db.selectFrom('outbox').selectAll().where('state', '=', 'pending').orderBy('seq');
      return (await query.execute()).map(entryOf);
    },
    async done(key, { bodyHash, reference }) {
      if (reference !== undefined) {
        await db.updateTable('outbox').set({ reference }).where('key', '=', key).execute();
      }
      await db
        .updateTable('outbox')
        .set({ state: 'done', error: null })
        .where('key', '=', key)
        .where('body_hash', '=', bodyHash)
        .execute();
      await sendAgain(db, key, bodyHash);
    },
    async failed(key, { bodyHash, error }) {
      await db
        .updateTable('outbox')
        .set((expression) => ({ attempts: expression('attempts', '+', 1), error }))
        .where('key', '=', key)
        .execute();
      await sendAgain(db, key, bodyHash);
    },
  };
}

/** Another payload than `sent` is the newest: it has to be the last one that is sent. */
async function sendAgain(db: Kysely<Schema>, key: string, sent: string): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ state: 'pending' })
    .where('key', '=', key)
    .where('body_hash', '!=', sent)
    .where('state', '!=', 'pending')
    .execute();
}

function entryOf(row: Selectable<Schema['outbox']>): OutboxEntry {
  return {
    key: row.key,
    payload: row.payload,
    bodyHash: row.body_hash,
    attempts: row.attempts,
    state: row.state === 'done' ? 'done' : 'pending',
    ...(row.reference === null ? {} : { reference: row.reference }),
    ...(row.error === null ? {} : { error: row.error }),
  };
}
