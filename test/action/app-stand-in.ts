import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { apply } from '../../src/flows/apply.ts';
import { review } from '../../src/flows/review.ts';
import { connectControlPlane } from '../../src/io/control-planes/index.ts';
import { systemClock } from '../../src/io/clock.ts';
import { loadCatalogue, loadTypes } from '../../src/io/files.ts';
import { gitRepository } from '../../src/io/git.ts';
import type { RolloutView } from '../../src/core/rollout/view.ts';
import type { Handover, Merge } from '../../src/ports/handover.ts';

/** What the app says of a merge when it is asked; a function does something first, a status is an answer without a merge. */
export type Word =
  | Partial<Handover>
  | (() => Partial<Handover> | Promise<Partial<Handover>>)
  | { readonly status: number; readonly text: string };

/** A Collie server with an app, as a job meets it: merges are answered with what the test says, all else by the server behind it. */
export interface AppStandIn {
  readonly url: string;
  /** Bodies of merges that were handed over. */
  readonly merges: readonly Merge[];
  /** Every request, `METHOD /path`. */
  readonly requests: readonly string[];
  /** Rollouts as the server tells them; undefined leaves them to the server behind. */
  views: readonly RolloutView[] | undefined;
  close(): Promise<void>;
}

/** What is said of a merge of which nothing else is said. */
function whole(id: string, merge: Merge | undefined, said: Partial<Handover>): Handover {
  return {
    id,
    repository: merge?.repository ?? '',
    branch: merge?.branch ?? '',
    commit: merge?.commit ?? '',
    state: 'queued',
    at: '2026-01-05T09:00:00.000Z',
    waitsFor: 0,
    steps: [],
    started: [],
    differences: [],
    ...said,
  };
}

/** `words` are said one after the other, the first to who hands a merge over; the last stays. */
export async function startAppStandIn(behind: string, words: readonly Word[]): Promise<AppStandIn> {
  const merges: Merge[] = [];
  const requests: string[] = [];
  let said = 0;

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    requests.push(`${method} ${url}`);
    if (url.startsWith('/v1/collie/applies')) {
      if (method === 'POST') merges.push(JSON.parse(body.toString()) as Merge);
      const word = words[Math.min(said++, words.length - 1)] ?? {};
      const now = typeof word === 'function' ? await word() : word;
      if ('text' in now) return json(response, now.status, { errors: [now.text] });
      return json(response, method === 'POST' ? 202 : 200, whole('17', merges[0], now));
    }
    if (url === '/v1/collie/rollouts' && stand.views !== undefined) {
      return json(response, 200, { rollouts: stand.views.map((view) => ({ view })) });
    }
    const type = request.headers['content-type'];
    const answer = await fetch(`${behind}${url}`, {
      method,
      headers: type === undefined ? {} : { 'content-type': type },
      ...(body.length === 0 ? {} : { body }),
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    response.end(Buffer.from(await answer.arrayBuffer()));
  }

  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => json(response, 500, { errors: [String(error)] }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const stand: AppStandIn = {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    merges,
    requests,
    views: undefined,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return stand;
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(value));
}

/** Applies what a commit of a working copy changed to the server behind, as an app does: rollouts are started and left to go on. */
export async function appliedBehind(
  behind: string,
  work: string,
  commit: string,
): Promise<Partial<Handover>> {
  const [types, catalogue] = await Promise.all([loadTypes(), loadCatalogue()]);
  const controlPlane = connectControlPlane({ url: behind, clock: systemClock });
  if (controlPlane === undefined) throw new Error('no control plane');
  const end = await apply({
    review: await review({
      repository: gitRepository(work),
      base: `${commit}^`,
      head: commit,
      paths: [],
      types,
      catalogue,
      controlPlane,
    }),
    controlPlane,
    clock: systemClock,
    catalogue,
    origin: { repository: 'shop/telemetry', commit },
    rollout: 'auto',
    waitMs: 0,
    prune: false,
  });
  return {
    state: end.failed ? 'failed' : 'applied',
    steps: end.outcomes.map(({ step, state, text }) => ({ text: step.text, state, said: text })),
    started: end.started,
  };
}
