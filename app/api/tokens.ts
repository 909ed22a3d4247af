import type { FastifyInstance } from 'fastify';
import type { StoredToken } from '../store/identity.ts';
import { isGood, issueToken } from '../identity/tokens.ts';
import type { Scope } from '../identity/scopes.ts';
import { SCOPES } from '../identity/scopes.ts';
import type { ApiDependencies } from './dependencies.ts';
import { Problem, notFound } from './problem.ts';
import { NEW_TOKEN, REVOKED_TOKEN, ROUTES, TOKENS } from './schemas/collie.ts';

const DAY_MS = 86_400_000;
const BODY = {
  type: 'object',
  required: ['name', 'scopes'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._@/-]{0,62}$' },
    scopes: { type: 'array', minItems: 1, maxItems: 4, uniqueItems: true, items: { enum: SCOPES } },
    days: { type: 'integer', minimum: 1, maximum: 3650 },
  },
} as const;

interface NewToken {
  readonly Body: { readonly name: string; readonly scopes: readonly Scope[]; readonly days?: number };
}

/** Tokens of the REST API: `GET` and `POST /v1/collie/tokens`, `DELETE /v1/collie/tokens/:id`. A key is told once, when it is made. */
export function tokenRoutes(app: FastifyInstance, { store, clock }: ApiDependencies): void {
  app.get('/v1/collie/tokens', { schema: TOKENS }, async () => {
    const now = clock.now();
    return { tokens: (await store.tokens.list()).map((token) => shown(token, now)) };
  });
  app.post<NewToken>(
    '/v1/collie/tokens',
    { schema: { ...NEW_TOKEN, body: BODY } },
    async (request, reply) => {
      const { name, scopes, days } = request.body;
      const now = clock.now();
      const made = await store.record((tables) =>
        issueToken(
          tables,
          {
            name,
            scopes,
            createdBy: request.principal?.name ?? '',
            ...(days === undefined ? {} : { ttlMs: days * DAY_MS }),
          },
          now,
        ),
      );
      if (made === undefined) throw new Problem(409, 'such a token is there already');
      return reply.code(201).send({ token: shown(made.token, now), key: made.key });
    },
  );
  app.get('/v1/collie/access', { schema: ROUTES }, () => ({ routes: app.access }));
  app.delete<{ Params: { id: string } }>(
    '/v1/collie/tokens/:id',
    { schema: REVOKED_TOKEN },
    async (request, reply) => {
      const revoked = await store.record((tables) => tables.tokens.revoke(request.params.id, clock.now()));
      if (!revoked) throw notFound();
      app.endAnswers(request.params.id);
      return reply.code(204).send();
    },
  );
}

function shown(token: StoredToken, now: number): Readonly<Record<string, unknown>> {
  const { id, name, scopes, createdBy } = token;
  const time = (at: number | undefined): string | null =>
    at === undefined ? null : new Date(at).toISOString();
  return {
    id,
    name,
    scopes,
    state: token.revokedAt !== undefined ? 'revoked' : isGood(token, now) ? 'good' : 'expired',
    createdAt: time(token.createdAt),
    createdBy,
    expiresAt: time(token.expiresAt),
    revokedAt: time(token.revokedAt),
  };
}
