import type { Clock } from '../../src/ports/clock.ts';
import type { Conversation } from '../../src/ports/conversation.ts';
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
  /** Told when a merge became known that was not before. */
  readonly onMerge: () => void;
}

/** One event of GitHub. Handlers may be called again for the same delivery after a crash, and in any order. */
export interface WebhookHandler {
  readonly event: 'installation' | 'pull_request' | 'push';
  handle(context: WebhookContext): Promise<void>;
}
