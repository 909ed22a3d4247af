import type { RolloutFeed } from '../../src/ports/rollout-feed.ts';
import type { RequestHandler } from '../http.ts';
import { overviewPage } from './page.ts';

export interface WebOptions {
  readonly feed: RolloutFeed;
  readonly repositoryUrl: (repository: string) => string;
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
export function webPages({ feed, repositoryUrl }: WebOptions): RequestHandler {
  return async (request, response) => {
    if ((request.url ?? '').split('?', 1)[0] !== '/') return false;
    if (request.method !== 'GET' && request.method !== 'HEAD') return false;
    const html = overviewPage({ rollouts: await feed.rollouts(), repositoryUrl });
    response.writeHead(200, { ...HEADERS, 'content-length': Buffer.byteLength(html) });
    response.end(request.method === 'HEAD' ? undefined : html);
    return true;
  };
}
