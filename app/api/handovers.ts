import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Handover, Merge } from '../../src/ports/handover.ts';
import type { Principal } from '../identity/principal.ts';
import { isOver, type StoredHandover } from '../store/handovers.ts';
import type { StoreTables } from '../store/store.ts';
import type { ApiDependencies } from './dependencies.ts';
import { notFound, Problem } from './problem.ts';
import { HANDOVER, HANDOVERS, NEW_HANDOVER } from './schemas/handovers.ts';

const NAME = { type: 'string', minLength: 1, maxLength: 255 } as const;
const BODY = {
  type: 'object',
  required: ['repository', 'branch', 'commit'],
  properties: {
    repository: { type: 'string', maxLength: 200, pattern: '^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$' },
    branch: NAME,
    commit: { type: 'string', pattern: '^(?:[0-9a-f]{40}|[0-9a-f]{64})$' },
    options: {
      type: 'object',
      properties: {
        paths: { type: 'array', maxItems: 200, items: { type: 'string', maxLength: 1000 } },
        rollout: { enum: ['auto', 'manual', 'none'] },
        prune: { type: 'boolean' },
        requireReviewed: { type: 'boolean' },
        failOn: { enum: ['error', 'warning', 'notice', 'never'] },
        collectorVersion: NAME,
      },
    },
  },
} as const;

/** Merges that are told at once. */
const TOLD = 50;

/**
 * Merges that jobs hand over (DESIGN §4.2): taken into a queue that outlives jobs and restarts, and worked off in the order of their branch. The same
 * merge again, while it is not over, is the same one.
 */
export function handoverRoutes(
  app: FastifyInstance,
  { store, clock, handovers, reports }: ApiDependencies,
): void {
  app.post<{ Body: Merge }>(
    '/v1/collie/applies',
    { schema: { ...NEW_HANDOVER, body: BODY } },
    async ({ body, principal }, reply) => {
      const { repository } = body;
      if (principal === undefined) throw new Problem(401, 'unauthorized');
      requireOwn(body, principal);
      if (handovers === undefined) throw new Problem(409, NOT_SET_UP);
      if (!(await reports(repository))) {
        throw new Problem(409, `the GitHub App of this server is not installed on ${repository}`);
      }
      const taken = await store.transaction((tables) => takeMerge(tables, body, principal, clock.now()));
      handovers.wake();
      return reply.code(202).send(await answerOf(store, taken));
    },
  );
  app.get('/v1/collie/applies', { schema: HANDOVERS }, async () => {
    const open = await store.handovers.open();
    return { applies: (await store.handovers.recent(TOLD)).map((one) => told(one, open)) };
  });
  app.get<{ Params: { readonly id: string } }>(
    '/v1/collie/applies/:id',
    { schema: HANDOVER },
    async ({ params }) => {
      const found = await store.handovers.get(params.id);
      if (found === undefined) throw notFound();
      return answerOf(store, found);
    },
  );
}

const NOT_SET_UP =
  'this server takes no merges: it has no GitHub App, or tells of the rollouts of a BindPlane server that jobs apply to by themselves';

/** A job's key is good for merges of its own repository and branch alone: others' files are none of its business. */
function requireOwn({ repository, branch }: Merge, { kind, name }: Principal): void {
  if (kind !== 'github') return;
  const own = `${repository.toLowerCase()} refs/heads/${branch}`;
  const [whose = '', ref = ''] = name.split(' ');
  if (`${whose.toLowerCase()} ${ref}` === own) return;
  throw new Problem(403, `forbidden: ${name} cannot hand over merges of ${repository} on ${branch}`);
}

/** Puts a merge at the end of the queue, on behalf of whoever hands it over; gives the one that is there where it is not over yet. */
export async function takeMerge(
  tables: Pick<StoreTables, 'handovers'>,
  { repository, branch, commit, options }: Merge,
  { name, scopes }: Pick<Principal, 'name' | 'scopes'>,
  now: number,
): Promise<StoredHandover> {
  const open = await tables.handovers.open();
  const known = open.find(
    (one) =>
      one.commit === commit &&
      one.branch === branch &&
      one.repository.toLowerCase() === repository.toLowerCase(),
  );
  if (known !== undefined) return known;
  const handover: StoredHandover = {
    id: randomUUID(),
    repository,
    branch,
    commit,
    ...(options === undefined ? {} : { options }),
    state: 'queued',
    by: name,
    scopes,
    at: now,
    attempts: 0,
    steps: [],
    started: [],
    differences: [],
  };
  await tables.handovers.put(handover);
  return handover;
}

async function answerOf(
  { handovers }: Pick<StoreTables, 'handovers'>,
  handover: StoredHandover,
): Promise<Handover> {
  return told(handover, isOver(handover) ? [] : await handovers.open());
}

/** As people see it, without what only the queue needs. */
function told(
  {
    scopes: _scopes,
    attempts: _attempts,
    options: _options,
    by: _by,
    at,
    endedAt,
    ...handover
  }: StoredHandover,
  open: readonly StoredHandover[],
): Handover {
  return {
    ...handover,
    at: new Date(at).toISOString(),
    ...(endedAt === undefined ? {} : { endedAt: new Date(endedAt).toISOString() }),
    waitsFor: Math.max(
      0,
      open.findIndex(({ id }) => id === handover.id),
    ),
  };
}
