import { randomUUID } from 'node:crypto';
import type { Kysely, Selectable, SelectQueryBuilder } from 'kysely';
import type { Member, Rollout } from '../../../src/core/rollout/rollout.ts';
import { hasEnded, isSettled } from '../../../src/core/rollout/rollout.ts';
import type { Schema } from '../schema-types.ts';
import type { RolloutTable } from '../store.ts';

type Head = Omit<Rollout, 'members'>;
type Row = Selectable<Schema['rollouts']>;
type Query = SelectQueryBuilder<Schema, 'rollouts', Row>;

/** Rollouts; members stand in rows of their own so that one agent's step writes one row (contract: `RolloutTable`). */
export function rolloutTable(db: Kysely<Schema>): RolloutTable {
  const all = (): Query => db.selectFrom('rollouts').selectAll();
  const read = async (query: Query): Promise<Rollout[]> => {
    const found: Rollout[] = [];
    for (const row of await query.execute()) found.push(await withMembers(db, row));
    return found;
  };
  return {
    async put(rollout, changed) {
      const revision = randomUUID();
      await putHead(db, rollout, revision);
      const positions = new Map(rollout.members.map((member, position) => [member.agent, position]));
      const rows = (changed ?? rollout.members).map((member) => ({
        rollout: rollout.id,
        position: positions.get(member.agent) ?? 0,
        agent: member.agent,
        member: JSON.stringify(member),
      }));
      for (let start = 0; start < rows.length; start += CHUNK) {
        await putMembers(db, rows.slice(start, start + CHUNK));
      }
      return revision;
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
      return read(all().where('open', '=', 1).orderBy('seq'));
    },
    async openRevisions() {
      const rows = db.selectFrom('rollouts').select(['id', 'revision']).where('open', '=', 1).orderBy('seq');
      return (await rows.execute()).map(({ id, revision }) => ({ id, revision }));
    },
    async recent(limit) {
      return read(all().orderBy('seq', 'desc').limit(limit));
    },
    async forget(configuration) {
      const ids = db.selectFrom('rollouts').select('id').where('configuration', '=', configuration);
      await db.deleteFrom('rollout_members').where('rollout', 'in', ids).execute();
      await db.deleteFrom('rollouts').where('configuration', '=', configuration).execute();
    },
  };
}

async function putHead(db: Kysely<Schema>, rollout: Rollout, revision: string): Promise<void> {
  const { members: _members, ...head } = rollout;
  const row = {
    id: rollout.id,
    configuration: rollout.configuration,
    version: rollout.version,
    open: !isSettled(rollout) || rollout.state === 'no-agents' ? 1 : 0,
    active: hasEnded(rollout.state) ? 0 : 1,
    head: JSON.stringify(head),
    revision,
  };
  const written = db.insertInto('rollouts').values(row);
  await written.onConflict((conflict) => conflict.column('id').doUpdateSet(row)).execute();
}

/** Members of one statement: far fewer than the parameters that databases take. */
const CHUNK = 100;

async function putMembers(db: Kysely<Schema>, rows: readonly Schema['rollout_members'][]): Promise<void> {
  await db
    .insertInto('rollout_members')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['rollout', 'agent']).doUpdateSet((row) => ({
        position: row.ref('excluded.position'),
        member: row.ref('excluded.member'),
      })),
    )
    .execute();
}

async function withMembers(db: Kysely<Schema>, row: Row): Promise<Rollout> {
  const rows = await db
    .selectFrom('rollout_members')
    .select('member')
    .where('rollout', '=', row.id)
    .orderBy('position')
    .execute();
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- written by `put` from these types
  const head = JSON.parse(row.head) as Head;
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- written by `put` from these types
  return { ...head, members: rows.map(({ member }) => JSON.parse(member) as Member) };
}
