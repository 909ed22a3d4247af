import { isOver, type HandoverTable, type StoredHandover } from '../../../app/store/handovers.ts';
import type { Database } from './database.ts';
import type { Run } from './tables.ts';

/** Merges that were handed over, as `app/store/tables/handovers.ts` keeps them. */
export function handoverTable(database: Database, run: Run): HandoverTable {
  const { handovers, branches } = database.rows;
  const inOrder = (): readonly StoredHandover[] =>
    [...handovers.values()].sort((a, b) => a.seq - b.seq).map(({ seq: _seq, ...handover }) => handover);
  const keyOf = (repository: string, branch: string): string => `${repository.toLowerCase()} ${branch}`;
  return {
    put: (handover) =>
      run('handovers.put', () => {
        const seq = handovers.get(handover.id)?.seq ?? database.next();
        database.write('handovers', handover.id, { ...handover, seq });
      }),
    get: (id) => run('handovers.get', () => inOrder().find((handover) => handover.id === id)),
    open: () => run('handovers.open', () => inOrder().filter((handover) => !isOver(handover))),
    recent: (limit) => run('handovers.recent', () => inOrder().toReversed().slice(0, limit)),
    prune: (kept) =>
      run('handovers.prune', () => {
        const ended = inOrder().toReversed().filter(isOver);
        for (const { id } of ended.slice(kept)) database.write('handovers', id, undefined);
      }),
    branch: (repository, branch) => run('handovers.branch', () => branches.get(keyOf(repository, branch))),
    putBranch: (state) =>
      run('handovers.putBranch', () => {
        const row = { ...state, repository: state.repository.toLowerCase() };
        database.write('branches', keyOf(state.repository, state.branch), row);
      }),
  };
}
