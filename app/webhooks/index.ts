import { type GitHubClient, integer, record, text } from '../../src/io/github-client.ts';
import type { Probot } from 'probot';
import type { Clock } from '../../src/ports/clock.ts';
import type { RolloutOrigin } from '../../src/ports/rollout-feed.ts';
import type { ConversationView } from '../conversation-view.ts';
import type { RequestHandler } from '../http.ts';
import type { Delivery, StoreTables } from '../store/store.ts';
import { pullRequestFinder } from './commits.ts';
import { createProbot, GitHubAccess, type GitHubAppOptions } from './access.ts';
import { webhookFront } from './front.ts';
import type { WebhookContext, WebhookHandler } from './handler.ts';
import { installation } from './installation.ts';
import { type Merges, mergesIn } from './merges.ts';
import { pullRequest } from './pull-request.ts';
import { push } from './push.ts';
import { readConversation } from './read-conversation.ts';
import { requireStrongSecret } from './secret.ts';
import { DeliveryWorker } from './worker.ts';

/** The literal list of webhooks; one file an event. */
export const WEBHOOKS: readonly WebhookHandler[] = [installation, pullRequest, push];

export interface WebhooksOptions extends GitHubAppOptions {
  /** Accepted besides `webhookSecret` while a secret is being changed. */
  readonly earlierSecret?: string;
  readonly store: Pick<StoreTables, 'deliveries' | 'origins'>;
  readonly clock: Clock;
  /** Told of each commit that came to the default branch; may be told again. When it rejects, the delivery is tried again. */
  readonly onCommit?: (commit: RolloutOrigin) => Promise<void>;
  /** Told when it became known which pull request brought a commit. */
  readonly onMerge: () => void;
}

/** The app's GitHub side: what HTTP requests go to, and what the reporter works with. */
export interface WebhookSide {
  /** Mount it in front of every other handler, before anything reads the body. */
  readonly handler: RequestHandler;
  readonly access: GitHubAccess;
  readonly merges: Merges;
  /** The pull request that brought a commit: what webhooks told, else what GitHub says now. Rejects with OperationError. */
  pullRequestOf(repository: string, commit: string): Promise<number | undefined>;
  /** A pull request as a page shows it; undefined when there is none, or the app is not installed there. Rejects with OperationError. */
  conversation(repository: string, number: number): Promise<ConversationView | undefined>;
  /** Takes up what was stored before the start. Call it once the listener is up. */
  start(): void;
  /** Resolves when every stored delivery was worked off. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Puts Probot behind our own front: received, verified and stored by the front, then worked off from the store through Probot.
 * Throws OperationError when a webhook secret is weak.
 */
export async function createWebhooks(options: WebhooksOptions): Promise<WebhookSide> {
  const { store, clock, log } = options;
  const secrets = [
    options.webhookSecret,
    ...(options.earlierSecret === undefined ? [] : [options.earlierSecret]),
  ];
  for (const secret of secrets) requireStrongSecret(secret);
  const probot = createProbot(options);
  const access = new GitHubAccess(probot, clock);
  const merges = mergesIn(store.origins, () => clock.now());
  const { onMerge, onCommit = async () => undefined } = options;
  await loadHandlers(probot, { access, merges, clock, onCommit, onMerge });
  const worker = new DeliveryWorker({
    deliveries: store.deliveries,
    process: (delivery) => probot.receive(eventOf(delivery)),
    clock,
    onBroken: (reason) => log.error({}, `webhooks wait for the store: ${reason}`),
    onFailed: ({ id, event, attempts }, reason, final) => {
      log.warn({ delivery: id, event, attempts, final }, `webhook not worked off: ${reason}`);
    },
  });
  const handler = webhookFront({
    secrets,
    deliveries: store.deliveries,
    events: new Set(WEBHOOKS.map(({ event }) => event)),
    clock,
    onAccepted: () => worker.wake(),
    onRefused: (status, reason) => log.warn({ status }, `webhook refused: ${reason}`),
  });
  return {
    handler,
    access,
    merges,
    pullRequestOf: pullRequestFinder({ access, merges, clock }),
    conversation: async (repository, number) => {
      const client = await access.clientOf(repository);
      return client === undefined ? undefined : readConversation(client, repository, number, clock);
    },
    start: () => worker.wake(),
    idle: () => worker.idle(),
    stop: () => worker.stop(),
  };
}

type ProbotEvent = Parameters<Probot['receive']>[0];

function eventOf({ id, event, payload }: Delivery): ProbotEvent {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- handlers read the payload field by field
  return { id, name: event, payload: JSON.parse(payload) } as ProbotEvent;
}

/** Hangs the handlers into Probot, each with the client of the installation that an event came from. */
async function loadHandlers(
  probot: Probot,
  shared: Pick<WebhookContext, 'access' | 'merges' | 'clock' | 'onCommit' | 'onMerge'>,
): Promise<void> {
  await probot.load((app) => {
    for (const handler of WEBHOOKS) {
      app.on(handler.event, async ({ octokit, payload: given }) => {
        const payload = record(given);
        // Without an installation there is nobody to act as (a webhook of a repository, not of the app).
        if (integer(record(payload['installation'])['id']) === 0) return;
        const repository = text(record(payload['repository'])['full_name']);
        const client: GitHubClient = {
          request: (route, parameters) => octokit.request(route, parameters ?? {}),
        };
        const conversation = await shared.access.conversationOver(client, repository);
        await handler.handle({ ...shared, payload, repository, client, conversation });
      });
    }
  });
}
