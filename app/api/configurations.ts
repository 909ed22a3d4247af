import type { FastifyInstance } from 'fastify';
import type { JsonMap } from '../../src/core/document/node.ts';
import type { ConfigurationStatus, StoredResource, StoreTables } from '../store/store.ts';
import { configurationStatus, resourceAnswer } from './answers.ts';
import type { ApiDependencies } from './dependencies.ts';
import { notFound } from './problem.ts';
import { removeResource } from './removal.ts';

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
  return { configuration: await configurationAnswer(store, stored), raw: config?.raw ?? '' };
}

/** All configurations, newest versions. */
export async function configurationList({ store }: ApiDependencies): Promise<readonly JsonMap[]> {
  const statuses = new Map((await store.configs.statuses()).map((status) => [status.name, status]));
  const answers: JsonMap[] = [];
  for (const stored of await store.resources.list('Configuration')) {
    const status = statuses.get(stored.name) ?? { name: stored.name };
    answers.push(await configurationAnswerIn(store, stored, { latest: stored.version, status }));
  }
  return answers;
}

/** One version of a configuration as BindPlane shows it. */
export async function configurationAnswer(tables: StoreTables, stored: StoredResource): Promise<JsonMap> {
  const latest = await tables.resources.get('Configuration', stored.name);
  const status = await tables.configs.status(stored.name);
  return configurationAnswerIn(tables, stored, { latest: latest?.version ?? stored.version, status });
}

/** The same where the newest version and the status are known already. Versions that were never rolled out cost no query. */
export async function configurationAnswerIn(
  tables: StoreTables,
  stored: StoredResource,
  { latest, status }: { readonly latest: number; readonly status: ConfigurationStatus },
): Promise<JsonMap> {
  const { name, version } = stored;
  const wasStarted = status.pending !== undefined && version <= status.pending;
  const rollout = wasStarted ? await tables.rollouts.latest(name, version) : undefined;
  return resourceAnswer(stored, configurationStatus(version, latest, status, rollout));
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
