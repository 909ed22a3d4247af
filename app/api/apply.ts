import type { FastifyInstance } from 'fastify';
import { ulid } from 'ulid';
import type { JsonMap } from '../../src/core/document/node.ts';
import { isMap } from '../../src/core/document/node.ts';
import type { StoreTables } from '../store/store.ts';
import { LATEST, NO_ROLLOUT, resourceAnswer } from './answers.ts';
import { applyResources } from './apply/apply-resources.ts';
import { echoed } from './apply/normalise.ts';
import { readRequest } from './apply/read-request.ts';
import type { Update } from './apply/save.ts';
import { masked } from './apply/secrets.ts';
import { Workspace } from './apply/workspace.ts';
import { configurationAnswerIn } from './configurations.ts';
import type { ApiDependencies } from './dependencies.ts';
import { textOf } from './json.ts';
import { Problem } from './problem.ts';
import { remove } from './removal.ts';
import { described } from './schemas/common.ts';
import { RESOURCES_BODY, UPDATES_ANSWER } from './schemas/resources.ts';

interface ResourcesBody {
  readonly Body: { readonly resources?: readonly JsonMap[] | null } | null;
}

const APPLY = {
  ...described(
    'apply',
    'Applies resources in their order: one bad key refuses all, one bad value only its resource',
  ),
  body: RESOURCES_BODY,
  response: { 202: UPDATES_ANSWER },
};
const DELETE = {
  ...described('apply', 'Deletes resources; those in use stay'),
  body: RESOURCES_BODY,
  response: { 202: UPDATES_ANSWER },
};

/** The resources of a body; `null` and an object without any have none, and no body at all is a mistake (Problem 400). */
function documentsOf(body: ResourcesBody['Body'] | undefined): readonly JsonMap[] {
  if (body === undefined) throw new Problem(400, 'the body is empty: unexpected EOF');
  return body?.resources ?? [];
}

/** `POST /v1/apply` and `POST /v1/delete`, each one transaction (REL-14). */
export function applyRoutes(app: FastifyInstance, dependencies: ApiDependencies): void {
  const { store, clock, types, offered, exclusively } = dependencies;
  app.post<ResourcesBody>('/v1/apply', { schema: APPLY }, async (request, reply) => {
    const resources = readRequest(documentsOf(request.body));
    const now = clock.now();
    const updates = await exclusively(() =>
      store.transaction(async (tables) => {
        const workspace = await Workspace.read(tables, types.catalogue, offered);
        const answers: JsonMap[] = [];
        for (const update of await applyResources({ tables, workspace, now }, resources)) {
          answers.push(await updateAnswer(tables, workspace, update, now));
        }
        return answers;
      }),
    );
    return reply.code(202).send({ updates });
  });
  app.post<ResourcesBody>('/v1/delete', { schema: DELETE }, async (request, reply) => {
    const documents = documentsOf(request.body);
    const resources = readRequest(documents);
    const updates = await exclusively(() =>
      store.transaction(async (tables) => {
        const workspace = await Workspace.read(tables, types.catalogue, offered);
        const answers: JsonMap[] = [];
        for (const [index, { resource }] of resources.entries()) {
          const removal = await remove(tables, workspace, resource.kind, resource.name);
          if (removal.status === 'absent') continue;
          const { status } = removal;
          const document = echoed(resource, textOf(documents[index]?.['apiVersion']));
          answers.push({
            resource: unstored(document),
            status,
            reason: status === 'in-use' ? removal.reason : '',
          });
        }
        return answers;
      }),
    );
    return reply.code(202).send({ errors: null, updates });
  });
}

/** A resource as an answer shows it that is not, or not any more, in the store. */
function unstored(document: JsonMap): JsonMap {
  const status = document['kind'] === 'Configuration' ? { rollout: NO_ROLLOUT } : { latest: false };
  return { ...masked(document), status };
}

async function updateAnswer(
  tables: StoreTables,
  workspace: Workspace,
  update: Update,
  now: number,
): Promise<JsonMap> {
  const { stored, status, reason, document } = update;
  if (stored === undefined) {
    const metadata = isMap(document['metadata']) ? document['metadata'] : {};
    return { resource: unstored({ ...document, metadata: { id: ulid(now), ...metadata } }), status, reason };
  }
  const resource =
    stored.kind === 'Configuration'
      ? await configurationAnswerIn(tables, stored, {
          latest: workspace.stored(`Configuration/${stored.name}`)?.version ?? stored.version,
          status: workspace.status(stored.name),
        })
      : resourceAnswer(stored, LATEST);
  return { resource, status, reason };
}
