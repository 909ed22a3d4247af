import type { BranchState } from '../store/handovers.ts';

/** How one commit of a repository stands to another. */
export type Relation = 'same' | 'after' | 'before' | 'apart';

/** What has to be known of a repository's history. All reject with OperationError. */
export interface History {
  /** How `commit` stands to `other`, each a commit or a branch. */
  relation(commit: string, other: string): Promise<Relation>;
  /** The first parent; undefined for a first commit. */
  parent(commit: string): Promise<string | undefined>;
}

/**
 * One commit to work off, planned from `parent`; `base` is what the server has of the branch then. `failed` are the commits between: it may have
 * a part of each.
 */
export interface Stage {
  readonly commit: string;
  readonly parent: string | undefined;
  readonly base: string | undefined;
  readonly failed: readonly string[];
}

/** How a branch gets to a merge that was handed over. */
export type Way =
  /** The branch does not have the commit (any more). */
  | { readonly kind: 'elsewhere' }
  /** A later commit was worked off already, and this one before it. */
  | { readonly kind: 'included'; readonly by: string }
  /** A later commit was worked off already, and nothing is known of this one. */
  | { readonly kind: 'overtaken'; readonly by: string }
  /** The commits that come first, oldest first, and then its own. */
  | { readonly kind: 'ahead'; readonly commits: readonly string[]; readonly isFirst?: true };

/** Commits that are worked off one by one on the way to a merge; what a longer way had is applied with its last one. */
export const LONGEST_WAY = 50;

/**
 * The way from where a branch was worked off to (undefined: it never was) to a commit of it, by first parents: merges whose job was cancelled, or is
 * slower than a later one's, are worked off in their order with whoever comes first (REL-15). A commit before that point is never begun again, so
 * that a branch never goes back (INV-11); the very one that it stands at may be repeated.
 */
export async function wayTo(
  commit: string,
  branch: string,
  state: Pick<BranchState, 'commit' | 'first'> | undefined,
  history: History,
): Promise<Way> {
  const alone: Way = { kind: 'ahead', commits: [commit], isFirst: true };
  const onBranch = await history.relation(commit, branch);
  if (onBranch !== 'before' && onBranch !== 'same') return { kind: 'elsewhere' };
  if (state === undefined) return alone;
  const relation = await history.relation(commit, state.commit);
  if (relation === 'same') return { kind: 'ahead', commits: [commit] };
  if (relation === 'before') {
    const isEarlier = (await history.relation(commit, state.first)) === 'before';
    return { kind: isEarlier ? 'overtaken' : 'included', by: state.commit };
  }
  // The history was written anew: what was worked off is no part of it.
  if (relation !== 'after') return alone;
  const commits = [commit];
  for (let next = await history.parent(commit); next !== state.commit;) {
    // It came by a second parent, or is too far away.
    if (next === undefined || commits.length >= LONGEST_WAY) return alone;
    commits.unshift(next);
    next = await history.parent(next);
  }
  return { kind: 'ahead', commits };
}

/** From what a commit is planned: its own change, and what the server lacks of the branch before it. */
export async function stageOf(
  commit: string,
  state: BranchState | undefined,
  history: History,
): Promise<Stage> {
  const parent = await history.parent(commit);
  const base = await baseOf(commit, parent, state, history);
  return { commit, parent, base, failed: base === undefined ? [] : await between(base, parent, history) };
}

async function baseOf(
  commit: string,
  parent: string | undefined,
  state: BranchState | undefined,
  history: History,
): Promise<string | undefined> {
  if (state === undefined) return parent;
  if (state.commit === commit) return state.base === commit ? parent : state.base;
  return (await history.relation(commit, state.base)) === 'after' ? state.base : parent;
}

/** First parents from `last` back to `base`, newest first; as many as a way may have. */
async function between(base: string, last: string | undefined, history: History): Promise<readonly string[]> {
  const commits: string[] = [];
  for (let next = last; next !== undefined && next !== base; next = await history.parent(next)) {
    if (commits.length >= LONGEST_WAY) break;
    commits.push(next);
  }
  return commits;
}

/** Where the branch stands when a commit of it was worked off with this end. What failed is planned again with the next one. */
export function stateAfter(
  stage: Stage,
  place: Pick<BranchState, 'repository' | 'branch' | 'first'>,
  end: 'applied' | 'stopped' | 'failed',
): BranchState {
  const { repository, branch, first } = place;
  // What people have to decide upon first is not brought by the next merge.
  const base = end === 'failed' ? (stage.base ?? stage.commit) : stage.commit;
  return { repository, branch, commit: stage.commit, base, first };
}
