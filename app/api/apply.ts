import type { FastifyInstance } from 'fastify';
import type { JsonMap } from '../../src/core/document/node.ts';
import { isMap } from '../../src/core/document/node.ts';
import type { TypeCatalogue } from '../../src/core/bindplane/types.ts';
import type { StoreTables } from '../store/store.ts';
import { LATEST, resourceAnswer } from './answers.ts';
import type { Update } from './apply/apply-resources.ts';
import { applyResources, readRequest } from './apply/apply-resources.ts';
import { Workspace } from './apply/render.ts';
import { masked } from './apply/secrets.ts';
import { configurationAnswer } from './configurations.ts';
import type { ApiDependencies } from './dependencies.ts';
import { Problem } from './problem.ts';
import { remove } from './removal.ts';
import { isKind } from './resources.ts';

/** The body of apply and delete; resources are checked one by one, so that the answer can name the bad one. */
const BODY = {
  type: ['object', 'null'],
  properties: { resources: { type: ['array', 'null'], items: { type: 'object' } } },
} as const;

interface ResourcesBody {
  readonly Body: { readonly resources?: readonly JsonMap[] | null } | null;
}

/** `POST /v1/apply` and `POST /v1/delete`, each one transaction (REL-14). */
export function applyRoutes(app: FastifyInstance, dependencies: ApiDependencies): void {
  const { store, clock, types, exclusively } = dependencies;
  app.post<ResourcesBody>('/v1/apply', { schema: { body: BODY } }, async (request, reply) => {
    const resources = readRequest(request.body?.resources ?? []);
    const updates = await exclusively(() =>
      store.transaction(async (tables) => {
        const workspace = await Workspace.read(tables, types.catalogue);
        const done = await applyResources(tables, workspace, resources, clock.now());
        return Promise.all(done.map((update) => updateAnswer(tables, workspace.types, update)));
      }),
    );
    return reply.code(202).send({ updates });
  });
  app.post<ResourcesBody>('/v1/delete', { schema: { body: BODY } }, async (request, reply) => {
    const wanted = (request.body?.resources ?? []).map(keyOf);
    const updates = await exclusively(() =>
      store.transaction(async (tables) => {
        const workspace = await Workspace.read(tables, types.catalogue);
        return removeAll(tables, workspace, wanted);
      }),
    );
    return reply.code(202).send({ errors: null, updates });
  });
}

function keyOf(document: JsonMap): { readonly kind: Parameters<typeof remove>[2]; readonly name: string } {
  const { kind, metadata } = document;
  if (!isKind(kind)) throw new Problem(400, `unknown resource kind: ${typeof kind === 'string' ? kind : ''}`);
  const name = isMap(metadata) ? metadata['name'] : undefined;
  if (typeof name !== 'string' || name === '') throw new Problem(400, `${kind} without metadata.name`);
  return { kind, name };
}

async function removeAll(
  tables: StoreTables,
  workspace: Workspace,
  wanted: readonly { readonly kind: Parameters<typeof remove>[2]; readonly name: string }[],
): Promise<readonly JsonMap[]> {
  const updates: JsonMap[] = [];
  for (const { kind, name } of wanted) {
    const removal = await remove(tables, workspace, kind, name);
    if (removal.status === 'absent') continue;
    const resource = resourceAnswer(removal.stored, workspace.types, { latest: removal.status === 'in-use' });
    updates.push({
      resource,
      status: removal.status,
      reason: removal.status === 'in-use' ? removal.reason : '',
    });
  }
  return updates;
}

async function updateAnswer(tables: StoreTables, types: TypeCatalogue, update: Update): Promise<JsonMap> {
  const { stored, status, reason } = update;
  if (stored === undefined) {
    return { resource: { ...masked(update.document, types), status: { latest: false } }, status, reason };
  }
  const resource =
    stored.kind === 'Configuration'
      ? await configurationAnswer(tables, types, stored)
      : resourceAnswer(stored, types, LATEST);
  return { resource, status, reason };
}
