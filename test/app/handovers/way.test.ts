import { describe, expect, it } from 'vitest';
import { LONGEST_WAY, stageOf, stateAfter, wayTo } from '../../../app/handovers/way.ts';
import type { BranchState } from '../../../app/store/handovers.ts';
import { HandHistory } from './history.ts';

const PLACE = { repository: 'acme/fleet', branch: 'main', first: 'a' };
const at = (commit: string, base = commit): BranchState => ({ ...PLACE, commit, base });
const line = HandHistory.line('a', 'b', 'c', 'd');

describe('the way to a merge', () => {
  it('is itself where nothing of its branch was worked off', async () => {
    expect(await wayTo('c', 'main', undefined, line)).toEqual({
      kind: 'ahead',
      commits: ['c'],
      isFirst: true,
    });
  });

  it('leads over the commits whose jobs did not come, oldest first (REL-15)', async () => {
    expect(await wayTo('d', 'main', at('a'), line)).toEqual({ kind: 'ahead', commits: ['b', 'c', 'd'] });
  });

  it('is itself once more where it is the newest, and never goes back (INV-11)', async () => {
    expect(await wayTo('b', 'main', at('b'), line)).toEqual({ kind: 'ahead', commits: ['b'] });
    expect(await wayTo('b', 'main', at('c'), line)).toEqual({ kind: 'included', by: 'c' });
    expect(await wayTo('b', 'main', { commit: 'd', first: 'c' }, line)).toEqual({
      kind: 'overtaken',
      by: 'd',
    });
    expect(await wayTo('c', 'main', { commit: 'd', first: 'c' }, line)).toEqual({
      kind: 'included',
      by: 'd',
    });
  });

  it('leads to no commit that the branch does not have', async () => {
    const history = new HandHistory({ a: [], b: ['a'], x: ['a'] }, 'b');
    expect(await wayTo('x', 'main', at('a'), history)).toEqual({ kind: 'elsewhere' });
    expect(await wayTo('nowhere', 'main', undefined, history)).toEqual({ kind: 'elsewhere' });
  });

  it('begins anew where the history was written anew', async () => {
    const history = new HandHistory({ a: [], old: ['a'], b: ['a'], c: ['b'] }, 'c');
    expect(await wayTo('c', 'main', at('old'), history)).toEqual({
      kind: 'ahead',
      commits: ['c'],
      isFirst: true,
    });
  });

  it('follows first parents: what a merge brought is worked off with it', async () => {
    const history = new HandHistory({ a: [], x: ['a'], y: ['x'], m: ['a', 'y'], n: ['m'] }, 'n');
    expect(await wayTo('n', 'main', at('a'), history)).toEqual({ kind: 'ahead', commits: ['m', 'n'] });
    expect(await wayTo('n', 'main', at('x'), history), 'it stood at a commit of a side branch').toEqual({
      kind: 'ahead',
      commits: ['n'],
      isFirst: true,
    });
  });

  it('has an end', async () => {
    const commits = Array.from({ length: LONGEST_WAY + 2 }, (_, index) => `c${index}`);
    const newest = commits.at(-1) ?? '';
    const history = HandHistory.line(...commits);
    const cut = { kind: 'ahead', commits: [newest], isFirst: true };
    expect(await wayTo(newest, 'main', at('c0'), history)).toEqual(cut);
    expect(await wayTo(newest, 'main', at('c1'), history)).toMatchObject({ commits: commits.slice(2) });
  });
});

describe('a commit is planned', () => {
  it('from its parent, where the server has everything before it', async () => {
    expect(await stageOf('b', undefined, line)).toEqual({ commit: 'b', parent: 'a', base: 'a', failed: [] });
    expect(await stageOf('c', at('b'), line)).toEqual({ commit: 'c', parent: 'b', base: 'b', failed: [] });
  });

  it('from what the server has, after something failed, until it succeeds', async () => {
    const failed = stateAfter(await stageOf('b', at('a'), line), PLACE, 'failed');
    expect(failed).toEqual(at('b', 'a'));
    expect(await stageOf('b', failed, line), 'once more').toEqual({
      commit: 'b',
      parent: 'a',
      base: 'a',
      failed: [],
    });
    const next = await stageOf('c', failed, line);
    expect(next).toEqual({ commit: 'c', parent: 'b', base: 'a', failed: ['b'] });
    expect((await stageOf('d', at('c', 'a'), line)).failed).toEqual(['c', 'b']);
    expect(stateAfter(next, PLACE, 'failed')).toEqual(at('c', 'a'));
    expect(stateAfter(next, PLACE, 'applied')).toEqual(at('c'));
  });

  it('without what somebody has to decide upon first', async () => {
    const stopped = stateAfter(await stageOf('b', at('a'), line), PLACE, 'stopped');
    expect(await stageOf('c', stopped, line)).toEqual({ commit: 'c', parent: 'b', base: 'b', failed: [] });
  });

  it('from its parent where what the server has is no part of the history any more', async () => {
    const history = new HandHistory({ a: [], old: ['a'], b: ['a'] }, 'b');
    expect(await stageOf('b', at('old'), history)).toEqual({
      commit: 'b',
      parent: 'a',
      base: 'a',
      failed: [],
    });
  });
});
