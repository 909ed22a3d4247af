import type { ReportableRollout, RolloutFeed } from '../../src/ports/rollout-feed.ts';
import type { RequestHandler } from '../http.ts';
import { overviewPage } from './page.ts';

export interface WebOptions {
  readonly feed: RolloutFeed;
  readonly repositoryUrl: (repository: string) => string;
  /** The pull request that brought a commit, where an origin names none. */
  readonly pullRequestOf?: (repository: string, commit: string) => Promise<number | undefined>;
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

/** Serves the overview at `/`; leaves every other path to others. Rejects when the rollouts cannot be read. */
export function webPages({ feed, repositoryUrl, pullRequestOf }: WebOptions): RequestHandler {
  return async (request, response) => {
    if ((request.url ?? '').split('?', 1)[0] !== '/') return false;
    if (request.method !== 'GET' && request.method !== 'HEAD') return false;
    const rollouts: ReportableRollout[] = [];
    for (const rollout of await feed.rollouts()) rollouts.push(await withPullRequest(rollout, pullRequestOf));
    const html = overviewPage({ rollouts, repositoryUrl });
    response.writeHead(200, { ...HEADERS, 'content-length': Buffer.byteLength(html) });
    response.end(request.method === 'HEAD' ? undefined : html);
    return true;
  };
}

/** The page is shown without a pull request that cannot be asked for now. */
async function withPullRequest(
  rollout: ReportableRollout,
  pullRequestOf: WebOptions['pullRequestOf'],
): Promise<ReportableRollout> {
  const { origin } = rollout;
  if (origin === undefined || origin.pullRequest !== undefined) return rollout;
  const pullRequest = await pullRequestOf?.(origin.repository, origin.commit).catch(() => undefined);
  return pullRequest === undefined ? rollout : { ...rollout, origin: { ...origin, pullRequest } };
}
