import type { FastifyInstance } from 'fastify';
import type { ApiDependencies } from './dependencies.ts';
import { AUDIT_PAGE } from './schemas/collie.ts';

const QUERY = {
  type: 'object',
  additionalProperties: false,
  properties: {
    limit: { type: 'string', pattern: '^[1-9][0-9]{0,3}$' },
    before: { type: 'string', pattern: '^[0-9A-Z]{26}$' },
  },
} as const;

const PAGE = 100;
const LARGEST_PAGE = 1000;

/** `GET /v1/collie/audit?limit=100&before=<id>`: who did what, newest first; `next` names the page after it. */
export function auditRoutes(app: FastifyInstance, { store }: ApiDependencies): void {
  app.get<{ Querystring: { readonly limit?: string; readonly before?: string } }>(
    '/v1/collie/audit',
    { schema: { ...AUDIT_PAGE, querystring: QUERY } },
    (request) => auditPage(store, request.query),
  );
}

async function auditPage(
  store: ApiDependencies['store'],
  { limit, before }: { readonly limit?: string; readonly before?: string },
): Promise<{ readonly entries: readonly unknown[]; readonly next: string | null }> {
  const wanted = Math.min(Number(limit ?? PAGE), LARGEST_PAGE);
  const found = await store.audit.list(wanted, before);
  const entries = found.map((entry) => ({ ...entry, at: new Date(entry.at).toISOString() }));
  return { entries, next: found.length < wanted ? null : (found.at(-1)?.id ?? null) };
}
