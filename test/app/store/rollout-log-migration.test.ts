import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { openSqliteStore } from '../../../app/store/sqlite.ts';

it('rollouts that were stored head and members apart are there after the step, open ones open', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'collie-log-'));
  try {
    await (await openSqliteStore(folder, () => 0)).close();
    const database = new DatabaseSync(join(folder, 'collie.sqlite'));
    database.exec(`
      drop table rollout_events; drop table handovers; drop table branches; drop table holds; drop table policies; drop index rollouts_undecided;
      alter table rollouts drop column snapshot; alter table rollouts drop column undecided;
      alter table rollouts drop column snapshot_seq; alter table rollouts drop column since_snapshot;
      pragma user_version = 4;
      insert into rollouts (id, configuration, version, open, active, head, revision) values
        ('node:1', 'node', 1, 0, 0, '{"id":"node:1","configuration":"node","state":"stable","timeline":[]}', 'a'),
        ('node:2', 'node', 2, 1, 1, '{"id":"node:2","configuration":"node","state":"started","timeline":[]}', 'b');
      insert into rollout_members values ('node:2', 1, 'y', '{"agent":"y","state":"waiting"}');
      insert into rollout_members values ('node:2', 0, 'x', '{"agent":"x","state":"offered"}');`);
    database.close();
    const store = await openSqliteStore(folder, () => 0);
    const [open, ...others] = await store.rollouts.open();
    expect(others).toEqual([]);
    expect(open).toMatchObject({ id: 'node:2', members: [{ agent: 'x' }, { agent: 'y' }] });
    expect(await store.rollouts.get('node:1')).toMatchObject({ state: 'stable', members: [] });
    await store.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});
