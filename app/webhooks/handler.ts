import type { Clock } from '../../src/ports/clock.ts';
import type { Conversation } from '../../src/ports/conversation.ts';
import type { RolloutOrigin } from '../../src/ports/rollout-feed.ts';
import type { GitHubClient } from '../../src/io/github-client.ts';
import type { GitHubAccess } from './access.ts';
import type { Merges } from './merges.ts';

/** What a handler works with. The payload is a hint: it was signed by GitHub, but may be old; state is read again. */
export interface WebhookContext {
  readonly payload: Readonly<Record<string, unknown>>;
  /** `owner/name`; empty for events without a repository. */
  readonly repository: string;
  /** Calls as the installation that the event came from. */
  readonly client: GitHubClient;
  readonly conversation: Conversation;
  readonly access: GitHubAccess;
  readonly merges: Merges;
  readonly clock: Clock;
  /**
   * Told of each commit that came to the default branch, oldest first, before it counts as known; may be told again. When it rejects,
   * the delivery is tried again.
   */
  readonly onCommit: (commit: RolloutOrigin) => Promise<void>;
  /** Told when a merge became known that was not before. */
  readonly onMerge: () => void;
}

/** One event of GitHub. Handlers may be called again for the same delivery after a crash, and in any order. */
export interface WebhookHandler {
  readonly event: 'installation' | 'pull_request' | 'push';
  handle(context: WebhookContext): Promise<void>;
}
