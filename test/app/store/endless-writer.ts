import { openSqliteStore } from '../../../app/store/sqlite.ts';

/** Writes one resource after the other into the store of a folder, and says each that was acknowledged. */
const store = await openSqliteStore(process.argv[2] ?? '', () => 1);
for (let version = 1; ; version += 1) {
  await store.transaction(async (tables) => {
    for (const name of ['a', 'b']) {
      const document = { filling: 'x'.repeat(2000) };
      await tables.resources.put({
        kind: 'Source',
        name,
        version,
        id: `${name}-${version}`,
        document,
        modifiedAt: 1,
      });
    }
  });
  process.stdout.write(`${version}\n`);
}
