import { EMPTY_TREE, gitIsShallow, gitParents } from '../io/git.ts';
import { OperationError } from '../ports/operation-error.ts';
import type { Repository } from '../ports/repository.ts';
import type { ActionEvent } from './event.ts';

/** The two ends of what an event changes. */
export interface Ends {
  readonly base: string;
  readonly head: string;
}

function missing(revision: string): OperationError {
  return new OperationError({
    code: 'unknown-revision',
    message: `Commit ${revision} is not in this checkout`,
    hint: 'Check out with fetch-depth: 0',
  });
}

/** The commit before `head` on its branch: its first parent, or nothing for a first commit. */
async function firstParent(root: string, head: string): Promise<string> {
  const [parent] = await gitParents(root, head);
  if (parent !== undefined) return parent;
  if (await gitIsShallow(root)) throw missing(`before ${head}`);
  return EMPTY_TREE;
}

async function pullRequestEnds(
  repository: Repository,
  root: string,
  event: ActionEvent,
  pull: NonNullable<ActionEvent['pullRequest']>,
): Promise<Ends> {
  // What GitHub checks out is the merge of head into base: its first parent is the base as it is now.
  const parents = await gitParents(root, event.sha);
  const [base] = parents;
  if (base !== undefined && parents.length === 2 && parents[1] === pull.headSha) {
    return { base, head: event.sha };
  }
  if ((await repository.resolve(pull.headSha)) === undefined) throw missing(pull.headSha);
  const merged = await repository.mergeBase(pull.baseSha, pull.headSha);
  if (merged === undefined) throw missing(pull.baseSha);
  return { base: merged, head: pull.headSha };
}

/** Base and head of an event (reference/pr-automation.md §4c). Rejects with OperationError when the checkout lacks them. */
export async function endsOf(repository: Repository, root: string, event: ActionEvent): Promise<Ends> {
  if (event.pullRequest !== undefined) return pullRequestEnds(repository, root, event, event.pullRequest);
  if (event.mergeGroup !== undefined) {
    const { baseSha, headSha } = event.mergeGroup;
    for (const sha of [baseSha, headSha]) {
      if ((await repository.resolve(sha)) === undefined) throw missing(sha);
    }
    return { base: baseSha, head: headSha };
  }
  const head = await repository.resolve(event.sha === '' ? 'HEAD' : event.sha);
  if (head === undefined) throw missing(event.sha);
  const before = event.before === undefined ? undefined : await repository.resolve(event.before);
  return { base: before ?? (await firstParent(root, head)), head };
}
