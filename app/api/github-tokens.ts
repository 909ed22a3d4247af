import type { FastifyInstance, FastifyRequest } from 'fastify';
import { issueToken } from '../identity/tokens.ts';
import type { Authentication } from './authentication.ts';
import { tooMany } from './authentication.ts';
import type { ApiDependencies } from './dependencies.ts';
import { Problem } from './problem.ts';
import { GITHUB_TOKEN } from './schemas/collie.ts';

/** A job that applies waits 15 minutes for its rollouts by default, and two hours at most seldom. */
const TTL_MS = 3_600_000;
const DAY_MS = 86_400_000;
const BODY = {
  type: 'object',
  required: ['token'],
  additionalProperties: false,
  properties: { token: { type: 'string', minLength: 1 } },
} as const;

/** `POST /v1/collie/github-tokens`: GitHub's token of a workflow run, once, for a key of the REST API that is good for an hour (SEC-12). */
export function githubTokenRoutes(
  app: FastifyInstance,
  { store, clock, audit, gitHub }: ApiDependencies,
  authentication: Authentication,
): void {
  const exchange = async (token: string, request: FastifyRequest): Promise<object> => {
    if (gitHub === undefined) throw new Problem(404, 'this server trusts no workflows of GitHub');
    if (authentication.isBlocked(request.ip, 'github')) throw tooMany();
    const run = await gitHub.identify(token);
    if ('refused' in run) {
      authentication.count(request.ip, 'github');
      throw new Problem(run.refused === 'unknown' ? 401 : 403, `GitHub's token is refused: ${run.why}`);
    }
    const { name, scopes, tokenId } = run;
    const now = clock.now();
    const made = await store.record(async (tables) => {
      await tables.tokens.forget(now - DAY_MS);
      const source = `github:${tokenId}`;
      const issued = await issueToken(
        tables,
        { name, scopes, ttlMs: TTL_MS, createdBy: 'GitHub', source },
        now,
      );
      if (issued === undefined) return undefined;
      const actor = { kind: 'github', id: issued.token.id, name } as const;
      const action = 'POST /v1/collie/github-tokens';
      const note = `${issued.token.id}: ${scopes.join(', ')}`;
      await audit.note(tables, { actor, from: request.ip, action, result: 'done', note });
      return issued;
    });
    if (made === undefined) throw new Problem(401, "GitHub's token is refused: it was used before");
    return { key: made.key, scopes, expiresAt: new Date(now + TTL_MS).toISOString() };
  };
  app.post<{ Body: { readonly token: string } }>(
    '/v1/collie/github-tokens',
    { schema: { ...GITHUB_TOKEN, body: BODY } },
    (request, reply) => exchange(request.body.token, request).then((answer) => reply.code(201).send(answer)),
  );
}
