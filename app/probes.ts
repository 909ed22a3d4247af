import type { ServerResponse } from 'node:http';
import type { RequestHandler } from './http.ts';

/** What readiness is made of. */
export interface Readiness {
  /** Resolves when the store answers. */
  readonly storeAnswers: () => Promise<unknown>;
  /** Whether agents are taken. */
  readonly takesAgents: () => boolean;
  readonly timeoutMs: number;
}

/**
 * Probes, without credentials and without anything that is secret: `GET /livez` as long as the process works,
 * `GET /readyz` when the store answers and agents are taken (REL-27, REL-28); else 503 with the reason.
 */
export function probes({ storeAnswers, takesAgents, timeoutMs }: Readiness): RequestHandler {
  return async (request, response) => {
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET' || (path !== '/livez' && path !== '/readyz')) return false;
    if (path === '/livez') {
      answer(response, []);
      return true;
    }
    const problems = [
      ...(takesAgents() ? [] : ['agents are not taken: the server is starting or stopping']),
      ...((await within(storeAnswers(), timeoutMs)) ? [] : ['the store does not answer']),
    ];
    answer(response, problems);
    return true;
  };
}

function answer(response: ServerResponse, problems: readonly string[]): void {
  response.writeHead(problems.length === 0 ? 200 : 503, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(JSON.stringify(problems.length === 0 ? { status: 'ok' } : { status: 'not ready', problems }));
}

async function within(work: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  const done = work.then(
    () => true,
    () => false,
  );
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}
