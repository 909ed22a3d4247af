import type { Kysely, RawBuilder, Selectable } from 'kysely';
import { sql } from 'kysely';
import type { AgentRecord } from '../../../src/core/opamp/record.ts';
import type { Schema } from '../schema-types.ts';
import type {
  AgentChanges,
  AgentTable,
  AgentTarget,
  CountedOffer,
  OwnRecord,
  Refusal,
  RefusalTable,
  StoredAgent,
} from '../store.ts';

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
        target: textOf(target),
      };
      await db
        .insertInto('agents')
        .values(row)
        .onConflict((conflict) => conflict.column('uid').doUpdateSet(row))
        .execute();
    },
    async putRecords(records, owner) {
      await claim(
        db,
        records.filter((item) => item.claim),
        owner,
      );
      return putOwn(
        db,
        records.filter((item) => !item.claim),
        owner,
      );
    },
    async putTargets(targets) {
      for (const [target, uids] of byText([...targets].map(([uid, target]) => [textOf(target) ?? '', uid]))) {
        for (const some of chunks(uids, UIDS)) {
          const update = db.updateTable('agents').set({ target: target === '' ? null : target });
          await update.where('uid', 'in', some).execute();
        }
      }
    },
    async putLabels(uid, labels) {
      const update = db.updateTable('agents').set({ labels: JSON.stringify(labels) });
      return (await update.where('uid', '=', uid).executeTakeFirst()).numUpdatedRows > 0n;
    },
    countOffers: (offers, owner) => countOffers(db, offers, owner),
    changedSince: (revision, owner) => changedSince(db, revision, owner),
    async uids() {
      return (await db.selectFrom('agents').select('uid').orderBy('uid').execute()).map(({ uid }) => uid);
    },
    async delete(uid) {
      return (await db.deleteFrom('agents').where('uid', '=', uid).executeTakeFirst()).numDeletedRows > 0n;
    },
  };
}

/** Rows of one statement, and agents that one names: the bound of parameters is far away, and the text is the same for most. */
const CHUNK = 100;
const UIDS = 500;

function* chunks<T>(items: readonly T[], size = CHUNK): Iterable<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

/** Agents by what is to be written for them: most often the same for all, which is one value and many names. */
function byText(items: readonly (readonly [text: string, uid: string])[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [text, uid] of items) {
    const group = groups.get(text);
    if (group === undefined) groups.set(text, [uid]);
    else group.push(uid);
  }
  return groups;
}

function tuples(rows: readonly (readonly string[])[]): RawBuilder<unknown> {
  return sql.join(rows.map((row) => sql`(${sql.join(row)})`));
}

async function claim(db: Kysely<Schema>, records: readonly OwnRecord[], owner: string): Promise<void> {
  for (const rows of chunks(records)) {
    const values = rows.map(({ record, sent = null }) => ({
      uid: record.uid,
      record: JSON.stringify(record),
      labels: '{}',
      owner: record.connected ? owner : null,
      sent,
    }));
    await db
      .insertInto('agents')
      .values(values)
      .onConflict((conflict) =>
        conflict.column('uid').doUpdateSet((row) => ({
          record: row.ref('excluded.record'),
          owner: row.ref('excluded.owner'),
          sent: row.ref('excluded.sent'),
        })),
      )
      .execute();
  }
}

async function putOwn(db: Kysely<Schema>, records: readonly OwnRecord[], owner: string): Promise<string[]> {
  const refused = new Set<string>();
  for (const rows of chunks(records)) {
    for (const { record } of rows) refused.add(record.uid);
    const values = rows.map(({ record }) => [
      record.uid,
      JSON.stringify(record),
      record.connected ? owner : '',
    ]);
    const done = await sql<{ uid: string }>`
      update agents set record = v.column2, owner = nullif(v.column3, '') from (values ${tuples(values)}) as v
      where agents.uid = v.column1 and agents.owner = ${owner} returning agents.uid`.execute(db);
    for (const { uid } of done.rows) refused.delete(uid);
  }
  return [...refused];
}

async function countOffers(
  db: Kysely<Schema>,
  offers: readonly CountedOffer[],
  owner: string,
): Promise<ReadonlySet<string>> {
  const counted = new Set<string>();
  const texts = new Map<string, CountedOffer>();
  const groups = byText(
    offers.map((offer) => {
      const text = JSON.stringify([offer.before, offer.after]);
      texts.set(text, offer);
      return [text, offer.uid];
    }),
  );
  for (const [text, uids] of groups) {
    const offer = texts.get(text);
    if (offer === undefined) continue;
    for (const some of chunks(uids, UIDS)) {
      const done = await db
        .updateTable('agents')
        .set({ target: JSON.stringify(offer.after), sent: offer.after.hash })
        .where('uid', 'in', some)
        .where('target', '=', JSON.stringify(offer.before))
        .where('owner', '=', owner)
        .returning('uid')
        .execute();
      for (const { uid } of done) counted.add(uid);
    }
  }
  return counted;
}

async function changedSince(db: Kysely<Schema>, since: number, owner: string): Promise<AgentChanges> {
  const { rows } = await sql<Omit<Row, 'record'> & { readonly record: string | null }>`
    select uid, labels, target, owner, sent, revision,
      case when owner = ${owner} then null else record end as record
    from agents where revision > ${since} order by revision`.execute(db);
  return {
    revision: rows.at(-1)?.revision ?? since,
    agents: rows.map(({ uid, record, ...rest }) => ({
      uid,
      ...restOf(rest),
      // eslint-disable-next-line typescript/no-unsafe-type-assertion -- written by this table from these types
      ...(record === null ? {} : { record: JSON.parse(record) as AgentRecord }),
    })),
  };
}

type Row = Selectable<Schema['agents']>;

function textOf(target: AgentTarget | undefined): string | null {
  return target === undefined ? null : JSON.stringify(target);
}

function stored(row: Row): StoredAgent {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- written by this table from these types
  return { record: JSON.parse(row.record) as AgentRecord, ...restOf(row) };
}

function restOf(row: Pick<Row, 'labels' | 'target' | 'owner' | 'sent'>): Omit<StoredAgent, 'record'> {
  return {
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- written by this table from these types
    labels: JSON.parse(row.labels) as Record<string, string>,
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- written by this table from these types
    ...(row.target === null ? {} : { target: JSON.parse(row.target) as AgentTarget }),
    ...(row.owner === null ? {} : { owner: row.owner }),
    ...(row.sent === null ? {} : { sent: row.sent }),
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
    async clear(hash, agent) {
      const all = db.deleteFrom('refusals').where('hash', '=', hash);
      await (agent === undefined ? all : all.where('agent', '=', agent)).execute();
    },
  };
}
