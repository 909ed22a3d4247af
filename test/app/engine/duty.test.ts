import { expect, it } from 'vitest';
import { isNotLeading, Term } from '../../../app/engine/duty.ts';
import { openSqliteStore } from '../../../app/store/sqlite.ts';

it('refuses what was begun under a lease that was lost since, also where it was taken again', async () => {
  const store = await openSqliteStore(':memory:', () => 0);
  const duty: { id: string; leads: boolean; term: number | undefined } = { id: 'one', leads: true, term: 1 };
  const term = new Term(duty);
  const held = term.over(store);
  const decide = (): Promise<string> => held.transaction(() => Promise.resolve('decided'));
  term.begin();
  expect(await decide()).toBe('decided');
  duty.term = 3;
  const refusal: unknown = await decide().catch((error: unknown) => error);
  expect(isNotLeading(refusal)).toBe(true);
  // What it saw itself it may write.
  expect(await held.record(() => Promise.resolve('recorded'))).toBe('recorded');
  term.begin();
  expect(await decide()).toBe('decided');
  await store.close();
});
