import { integer, record, text } from '../../src/io/github-client.ts';
import type { WebhookHandler } from './handler.ts';

/**
 * A merged pull request: its merge commit is kept as its own. Whether it is merged and with which commit is asked from GitHub;
 * the payload gives the number only.
 */
export const pullRequest: WebhookHandler = {
  event: 'pull_request',
  async handle({ payload, repository, conversation, merges, onCommit, onMerge }) {
    if (text(payload['action']) !== 'closed') return;
    const number = integer(payload['number']) || integer(record(payload['pull_request'])['number']);
    const pull = await conversation.pullRequest(number);
    if (pull?.merged !== true || pull.mergeCommitSha === undefined) return;
    const { mergeCommitSha: commit, baseRef: branch } = pull;
    if (branch === text(record(payload['repository'])['default_branch'])) {
      await onCommit({ repository, commit, pullRequest: pull.number });
    }
    const kept = await merges.keep({
      repository,
      commit,
      pullRequest: pull.number,
      branch,
    });
    if (kept === 'new') onMerge();
  },
};
