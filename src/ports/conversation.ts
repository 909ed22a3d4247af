import type { Finding } from '../core/document/finding.ts';

/** Where results are told: one repository on GitHub. */
export interface Conversation {
  readonly repository: string;
  /** Creates or edits the one comment with this marker on a pull request; returns its URL. Sticky by author and marker. */
  upsertComment(pullRequest: number, marker: string, body: string): Promise<string>;
  /**
   * The same, unless another bot keeps a comment with this marker: then nothing is written, one of ours is taken away, and the answer is
   * undefined. A person's comment never counts.
   */
  upsertSoleComment(pullRequest: number, marker: string, body: string): Promise<string | undefined>;
  /**
   * A new comment with this marker at the end of the conversation; the ones before it stay, are hidden as outdated, or are deleted. Gives its
   * URL, and in `leftover` why one before it could not be put away.
   */
  replaceComments(
    pullRequest: number,
    marker: string,
    body: string,
    earlier: 'keep' | 'hide' | 'delete',
  ): Promise<{ readonly url: string; readonly leftover?: string }>;
  /** Whether we have a comment with this marker on a pull request. */
  hasComment(pullRequest: number, marker: string): Promise<boolean>;
  /** A new comment (for what needs somebody to act). */
  comment(pullRequest: number, body: string): Promise<string>;
  setStatus(sha: string, status: CommitStatus): Promise<void>;
  /** Newest status of a context on a commit, by anybody allowed to write statuses. */
  status(sha: string, context: string): Promise<CommitStatus | undefined>;
  /** Merged pull request that brought a commit to a branch; retried while GitHub catches up. */
  mergedPullRequest(sha: string, branch: string): Promise<PullRequestReference | undefined>;
  pullRequest(number: number): Promise<PullRequestReference | undefined>;
  /** Creates or updates the check run with this name and external id on a commit. */
  upsertCheck(check: CheckRun): Promise<void>;
}

export interface CommitStatus {
  readonly context: string;
  readonly state: 'success' | 'failure' | 'pending' | 'error';
  /** At most 140 characters. */
  readonly description: string;
  readonly targetUrl?: string;
}

export interface PullRequestReference {
  readonly number: number;
  readonly headSha: string;
  readonly baseRef: string;
  readonly mergeCommitSha?: string;
  readonly merged: boolean;
  readonly title: string;
  readonly url: string;
}

export interface CheckRun {
  readonly sha: string;
  readonly name: string;
  readonly externalId: string;
  readonly status: 'queued' | 'in_progress' | 'completed';
  readonly conclusion?:
    | 'success'
    | 'failure'
    | 'neutral'
    | 'cancelled'
    | 'action_required'
    | 'timed_out'
    | 'skipped';
  readonly title: string;
  readonly summary: string;
  readonly text?: string;
  readonly annotations?: readonly Finding[];
}
