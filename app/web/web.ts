import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReportableRollout, RolloutFeed } from '../../src/ports/rollout-feed.ts';
import type { ConversationView } from '../conversation-view.ts';
import { htmlPage } from '../../src/core/report/html.ts';
import type { RequestHandler } from '../http.ts';
import { conversationPage } from './conversation.ts';
import { overviewPage } from './overview.ts';

export interface WebOptions {
  readonly feed: RolloutFeed;
  /** Whether a request may see pages: agents' words and conversations of private repositories are on them. */
  readonly mayRead: (request: IncomingMessage) => boolean;
  /** What is known of GitHub; without it there are no conversations. */
  readonly github?: ConversationSource;
}

export interface ConversationSource {
  /** The pull request that brought a commit, where an origin names none. */
  pullRequestOf(repository: string, commit: string): Promise<number | undefined>;
  /** Undefined when there is no such pull request, or the app is not installed there. */
  conversation(repository: string, number: number): Promise<ConversationView | undefined>;
}

/** No script, no frame, nothing from elsewhere (SEC-89). */
const HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/** `/owner/name/pull/7`, as on GitHub. */
const CONVERSATION = /^\/([\w.-]+\/[\w.-]+)\/pull\/(\d{1,9})$/;

/**
 * Serves the overview at `/` and conversations at `/owner/name/pull/N`; leaves every other path to others. Rejects when rollouts or
 * GitHub cannot be read.
 */
export function webPages({ feed, mayRead, github }: WebOptions): RequestHandler {
  return async (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const [, repository = '', number = ''] = CONVERSATION.exec(path) ?? [];
    if (path !== '/' && repository === '') return false;
    if (request.method !== 'GET' && request.method !== 'HEAD') return false;
    if (!mayRead(request)) {
      response.setHeader('www-authenticate', 'Basic realm="Collie", charset="UTF-8"');
      send(request, response, 401, notice('Sign in', 'With the user name and password of the API.'));
      return true;
    }
    if (repository === '') {
      send(request, response, 200, await overview(feed, github));
      return true;
    }
    const view = await github?.conversation(repository, Number(number));
    const page = view === undefined ? notice('Not here', 'No such pull request.') : conversationPage(view);
    send(request, response, view === undefined ? 404 : 200, page);
    return true;
  };
}

function send(request: IncomingMessage, response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, { ...HEADERS, 'content-length': Buffer.byteLength(html) });
  response.end(request.method === 'HEAD' ? undefined : html);
}

function notice(title: string, words: string): string {
  return htmlPage(title, `<h1>${title}</h1><p>${words}</p>`);
}

async function overview(feed: RolloutFeed, github: ConversationSource | undefined): Promise<string> {
  const rollouts: ReportableRollout[] = [];
  for (const rollout of await feed.rollouts()) rollouts.push(await withPullRequest(rollout, github));
  return overviewPage(rollouts);
}

/** The page is shown without a pull request that cannot be asked for now. */
async function withPullRequest(
  rollout: ReportableRollout,
  github: ConversationSource | undefined,
): Promise<ReportableRollout> {
  const { origin } = rollout;
  if (origin === undefined || origin.pullRequest !== undefined) return rollout;
  const pullRequest = await github?.pullRequestOf(origin.repository, origin.commit).catch(() => undefined);
  return pullRequest === undefined ? rollout : { ...rollout, origin: { ...origin, pullRequest } };
}
