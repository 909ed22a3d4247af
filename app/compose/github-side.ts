import { createHmac } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../../src/ports/clock.ts';
import { OperationError } from '../../src/ports/operation-error.ts';
import type { RolloutFeed } from '../../src/ports/rollout-feed.ts';
import type { GitHubAppSettings } from '../config.ts';
import type { RequestHandler } from '../http.ts';
import type { Redaction } from '../identity/redaction.ts';
import type { AppLimits } from '../limits.ts';
import { Reporter } from '../reporter/reporter.ts';
import type { Store } from '../store/store.ts';
import { webPages, type WebOptions } from '../web/web.ts';
import { type GitHubAccess, gitHubAddresses } from '../webhooks/access.ts';
import { createWebhooks } from '../webhooks/index.ts';
import { shownFeed } from './shown-feed.ts';
import { commitOrigins, type WatchedServer } from './watched-server.ts';

/** What faces people: pages, and with a GitHub App set up also its webhooks and the reporter. */
export interface GitHubSide {
  readonly handlers: readonly RequestHandler[];
  /** Whether the reporter can write to this repository, now or once GitHub answers again. */
  reports(repository: string): Promise<boolean>;
  start(): void;
  /** The app's way to repositories; absent without a GitHub App. */
  readonly access?: GitHubAccess;
  /** Address of a repository's pages. */
  repositoryUrl(repository: string): string;
  /** There may be work now that was not there before: look at once. */
  look(): void;
  stop(): Promise<void>;
}

/** What the side that faces people is made from. */
export interface GitHubParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly limits: AppLimits;
  readonly log: Logger;
  /** Everything that is told. */
  readonly feed: RolloutFeed;
  readonly watched: WatchedServer | undefined;
  readonly mayRead: WebOptions['mayRead'];
  /** Takes secrets out of what people are shown, here and on GitHub. */
  readonly redaction: Redaction;
  readonly warn: (message: string, error: unknown) => void;
}

/** Pages alone without settings; with them webhooks and the reporter too. Rejects with OperationError on a bad key. */
export async function gitHubSide(
  settings: GitHubAppSettings | undefined,
  environment: NodeJS.ProcessEnv,
  parts: GitHubParts,
): Promise<GitHubSide> {
  const { store, clock, limits, log, feed, watched, mayRead, warn } = parts;
  const addresses = gitHubAddresses(environment['GHE_HOST'], environment['GHE_PROTOCOL']);
  const shown = shownFeed(feed, parts.redaction, store);
  const repositoryUrl = (repository: string): string => `${addresses.webUrl}/${repository}`;
  if (settings === undefined) {
    return {
      handlers: [webPages({ feed: shown, mayRead })],
      repositoryUrl,
      reports: async () => false,
      start: () => undefined,
      look: () => undefined,
      stop: async () => undefined,
    };
  }
  const commits =
    watched === undefined
      ? undefined
      : await commitOrigins(watched, parts, (repository) => webhooks.access.files(repository));
  const webhooks = await createWebhooks({
    appId: Number(settings.appId),
    privateKey: settings.privateKey,
    webhookSecret: settings.webhookSecret,
    ...(addresses.apiUrl === undefined ? {} : { apiUrl: addresses.apiUrl }),
    log,
    store,
    clock,
    onCommit: async (commit) => commits?.keep(commit),
    onMerge: () => reporter.hint(),
  });
  const reporter = new Reporter({
    feed: shown,
    outbox: store.outbox,
    clock,
    limits,
    conversation: (repository) => webhooks.access.conversation(repository),
    pullRequestOf: (repository, commit) => webhooks.pullRequestOf(repository, commit),
    repositoryUrl,
    // The marker's MAC (SEC-23): nobody without the app's key can make one.
    sign: (text) => createHmac('sha256', settings.privateKey).update(text).digest('hex'),
    warn,
  });
  return {
    access: webhooks.access,
    repositoryUrl,
    handlers: [webhooks.handler, webPages({ feed: shown, mayRead, github: webhooks })],
    reports: (repository) =>
      webhooks.access.clientOf(repository).then(
        (client) => client !== undefined,
        (error: unknown) => error instanceof OperationError && error.retryable,
      ),
    start: () => {
      webhooks.start();
      reporter.start();
    },
    look: () => {
      webhooks.start();
      reporter.hint();
    },
    stop: async () => {
      await webhooks.stop();
      await reporter.stop();
    },
  };
}
