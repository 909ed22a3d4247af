import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Principal } from '../identity/principal.ts';
import { allows } from '../identity/scopes.ts';
import type { RouteAccess } from './access.ts';
import { needOf } from './access.ts';
import type { Authentication } from './authentication.ts';
import { Problem } from './problem.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Every route that is served, with what it asks for. */
    access: readonly RouteAccess[];
    /** Ends the answers that a token is still being given (events), once it is revoked. */
    endAnswers: (token: string) => void;
  }
  interface FastifyRequest {
    /** Who asks; undefined on routes that answer everybody. */
    principal: Principal | undefined;
  }
}

/**
 * Lets nobody through to a route but who may use it: 401 for strangers, before the body is read, and 403 for those whose scopes do not reach.
 * Paths that are no route are for whoever is known; a route without a row in `ACCESS` is for administrators.
 */
export function guard(app: FastifyInstance, authentication: Authentication): void {
  const served: RouteAccess[] = [];
  app.decorate('access', served);
  app.addHook('onRoute', ({ method, url }) => {
    for (const verb of [method].flat()) {
      if (verb !== 'HEAD') served.push({ route: `${verb} ${url}`, need: needOf(verb, url) ?? 'admin' });
    }
  });
  const open = new OpenAnswers();
  app.decorate('endAnswers', (token: string) => open.end(token));
  app.decorateRequest('principal', undefined);
  app.addHook('onRequest', async (request, reply) => {
    const path = request.routeOptions.url;
    const need = path === undefined ? unknownPath(request) : (needOf(request.method, path) ?? 'admin');
    if (need === 'public') return;
    const principal = await authentication.authenticate(request.headers, request.ip);
    request.principal = principal;
    open.add(principal.id, reply.raw);
    if (!allows(principal.scopes, need)) {
      const has = principal.scopes.join(', ');
      throw new Problem(403, `forbidden: this needs the scope ${need}; ${principal.name} has ${has}`);
    }
  });
}

function unknownPath({ url }: FastifyRequest): 'public' | 'read' {
  return url.startsWith('/v1/') || url === '/v1' ? 'read' : 'public';
}

/** Answers that are not finished, by who gets them. */
class OpenAnswers {
  readonly #answers = new Map<string, Set<ServerResponse>>();

  add(id: string, answer: ServerResponse): void {
    const answers = this.#answers.get(id) ?? new Set();
    this.#answers.set(id, answers.add(answer));
    answer.once('close', () => {
      answers.delete(answer);
      if (answers.size === 0) this.#answers.delete(id);
    });
  }

  end(id: string): void {
    for (const answer of this.#answers.get(id) ?? []) answer.destroy();
  }
}
