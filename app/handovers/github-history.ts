import { gitHubCalls, record, records, text, type GitHubClient } from '../../src/io/github-client.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { OperationError } from '../../src/ports/operation-error.ts';
import type { History, Relation } from './way.ts';

/** What GitHub's comparison of base and head says of the head. */
const RELATIONS: Readonly<Record<string, Relation>> = {
  identical: 'same',
  ahead: 'after',
  behind: 'before',
};

/** The history of `owner/name`, asked of GitHub. */
export function gitHubHistory(client: GitHubClient, repository: string, clock: Clock): History {
  const [owner = '', repo = ''] = repository.split('/');
  const call = gitHubCalls(client, clock);
  return {
    async relation(commit, other) {
      const basehead = `${other}...${commit}`;
      const route = 'GET /repos/{owner}/{repo}/compare/{basehead}';
      try {
        const compared = record(await call(route, { owner, repo, basehead, per_page: 1 }));
        return RELATIONS[text(compared['status'])] ?? 'apart';
      } catch (error) {
        // One of them is not there, or they have nothing in common.
        if (error instanceof OperationError && error.code === 'not-found') return 'apart';
        throw error;
      }
    },
    async parent(commit) {
      const route = 'GET /repos/{owner}/{repo}/git/commits/{commit_sha}';
      const { parents } = record(await call(route, { owner, repo, commit_sha: commit }));
      return text(records(parents)[0]?.['sha']) || undefined;
    },
  };
}
