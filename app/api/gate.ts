import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Principal } from '../identity/principal.ts';
import { allows } from '../identity/scopes.ts';
import type { AuditEntry } from '../store/identity.ts';
import type { RouteAccess } from './access.ts';
import { needOf } from './access.ts';
import type { Authentication } from './authentication.ts';
import type { ApiDependencies } from './dependencies.ts';
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

/** Routes that take whole fleets at once. */
const LARGE_BODIES = /^\/v1\/(?:apply|delete|collie\/(?:origins|applies))$/;

/**
 * Lets nobody through to a route but who may use it: 401 for strangers, before the body is read, and 403 for those whose scopes do not reach.
 * Paths that are no route are for whoever is known; a route without a row in `ACCESS` is for administrators.
 */
export function guard(
  app: FastifyInstance,
  authentication: Authentication,
  dependencies: Pick<ApiDependencies, 'audit' | 'store' | 'clock' | 'limits'>,
): void {
  const served: RouteAccess[] = [];
  app.decorate('access', served);
  app.addHook('onRoute', (route) => {
    const { method, url } = route;
    // eslint-disable-next-line no-param-reassign -- what the hook is there for
    if (!LARGE_BODIES.test(url)) route.bodyLimit = dependencies.limits.smallBodyBytes;
    for (const verb of [method].flat()) {
      if (verb !== 'HEAD') served.push({ route: `${verb} ${url}`, need: needOf(verb, url) ?? 'admin' });
    }
  });
  const open = new OpenAnswers();
  app.decorate('endAnswers', (token: string) => open.end(token));
  const denials = new Denials(dependencies);
  app.decorateRequest('principal', undefined);
  app.addHook('onRequest', async (request, reply) => {
    const path = request.routeOptions.url;
    const need = path === undefined ? unknownPath(request) : (needOf(request.method, path) ?? 'admin');
    if (need === 'public') return;
    const principal = await authentication.authenticate(request.headers, request.ip);
    request.principal = principal;
    open.add(principal.id, reply.raw);
    if (!allows(principal.scopes, need)) {
      await denials.write(request, principal);
      const has = principal.scopes.join(', ');
      throw new Problem(403, `forbidden: this needs the scope ${need}; ${principal.name} has ${has}`);
    }
  });
}

/**
 * Every request that changes something leaves an entry in the audit log: with its changes, in their transaction, or after it that nothing was
 * changed. To be called after `guard`.
 */
export function writeDown(
  app: FastifyInstance,
  { audit, store }: Pick<ApiDependencies, 'audit' | 'store'>,
): void {
  // Last before the handler, because reading a body leaves the context that this begins.
  app.addHook('preHandler', (request, _reply, done) => {
    if (request.principal === undefined || isReading(request)) done();
    else audit.run(actionOf(request, request.principal), () => done());
  });
  app.addHook('onSend', async (_request, reply, payload) => {
    const current = audit.request;
    if (current === undefined || current.isRecorded || reply.statusCode >= 400) return payload;
    current.isRecorded = true;
    const { actor, from, action } = current;
    await store.record((tables) => audit.note(tables, { actor, from, action, result: 'unchanged' }));
    return payload;
  });
}

function isReading({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

function actionOf(
  request: FastifyRequest,
  { kind, id, name }: Principal,
): Pick<AuditEntry, 'actor' | 'from' | 'action'> {
  const path = request.url.split('?', 1)[0] ?? '';
  return { actor: { kind, id, name }, from: request.ip, action: `${request.method} ${path.slice(0, 500)}` };
}

/** Writes down who was refused what; so many a minute, since a refusal costs whoever gets it nothing. */
class Denials {
  readonly #dependencies: Pick<ApiDependencies, 'audit' | 'store' | 'clock'>;
  #since = 0;
  #written = 0;

  constructor(dependencies: Pick<ApiDependencies, 'audit' | 'store' | 'clock'>) {
    this.#dependencies = dependencies;
  }

  async write(request: FastifyRequest, principal: Principal): Promise<void> {
    const { audit, store, clock } = this.#dependencies;
    if (isReading(request)) return;
    if (clock.now() - this.#since >= 60_000) [this.#since, this.#written] = [clock.now(), 0];
    if (this.#written >= DENIALS_A_MINUTE) return;
    this.#written += 1;
    await store.record((tables) => audit.note(tables, { ...actionOf(request, principal), result: 'denied' }));
  }
}

const DENIALS_A_MINUTE = 60;

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
