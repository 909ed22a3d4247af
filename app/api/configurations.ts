import type { FastifyInstance } from 'fastify';
import type { TypeCatalogue } from '../../src/core/bindplane/types.ts';
import type { JsonMap } from '../../src/core/document/node.ts';
import type { StoredResource, StoreTables } from '../store/store.ts';
import { configurationStatus, resourceAnswer } from './answers.ts';
import type { ApiDependencies } from './dependencies.ts';
import { notFound } from './problem.ts';
import { removeResource } from './removal.ts';
import { typesOf } from './types.ts';

/** Configurations with their render, versions and rollouts. */
export function configurationRoutes(app: FastifyInstance, dependencies: ApiDependencies): void {
  app.get('/v1/configurations', async () => ({ configurations: await configurationList(dependencies) }));
  app.get<{ Params: { name: string } }>('/v1/configurations/:name', (request) =>
    withRender(dependencies, request.params.name),
  );
  app.delete<{ Params: { name: string } }>('/v1/configurations/:name', async (request, reply) => {
    await removeResource(dependencies, 'Configuration', request.params.name);
    return reply.code(204).send();
  });
}

async function withRender(dependencies: ApiDependencies, reference: string): Promise<JsonMap> {
  const { store } = dependencies;
  const stored = await versionOf(store, reference);
  const config = await store.configs.byVersion(stored.name, stored.version);
  const configuration = await configurationAnswer(store, await typesOf(dependencies), stored);
  return { configuration, raw: config?.raw ?? '' };
}

/** All configurations, newest versions. */
export async function configurationList(dependencies: ApiDependencies): Promise<readonly JsonMap[]> {
  const { store } = dependencies;
  const types = await typesOf(dependencies);
  const answers: JsonMap[] = [];
  for (const stored of await store.resources.list('Configuration')) {
    answers.push(await configurationAnswer(store, types, stored));
  }
  return answers;
}

/** One version of a configuration as BindPlane shows it. */
export async function configurationAnswer(
  tables: StoreTables,
  types: TypeCatalogue,
  stored: StoredResource,
): Promise<JsonMap> {
  const latest = await tables.resources.get('Configuration', stored.name);
  const status = await tables.configs.status(stored.name);
  const rollout = await tables.rollouts.latest(stored.name, stored.version);
  return resourceAnswer(
    stored,
    types,
    configurationStatus(stored.version, latest?.version ?? stored.version, status, rollout),
  );
}

/**
 * The version that a name in a URL means: `name` and `name:latest` the newest, `name:3`, `name:current` and `name:pending`
 * (the newest too where there is none, reference/lab-bindplane.md §2). Rejects with 404.
 */
export async function versionOf(tables: StoreTables, reference: string): Promise<StoredResource> {
  const [name = '', suffix = 'latest'] = reference.split(':');
  const status = await tables.configs.status(name);
  const wanted =
    suffix === 'current' || suffix === 'stable'
      ? status.current
      : suffix === 'pending'
        ? status.pending
        : undefined;
  const number = /^[1-9]\d*$/.test(suffix) ? Number(suffix) : wanted;
  const stored = await tables.resources.get('Configuration', name, number);
  if (stored === undefined) throw notFound();
  return stored;
}
