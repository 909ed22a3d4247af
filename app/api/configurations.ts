import type { FastifyInstance } from 'fastify';
import type { FromSchema } from 'json-schema-to-ts';
import type { JsonMap } from '../../src/core/document/node.ts';
import { isMap } from '../../src/core/document/node.ts';
import type { ConfigurationStatus, Store, StoredResource, StoreTables } from '../store/store.ts';
import type { Rollout } from '../../src/core/rollout/rollout.ts';
import { configurationStatus, resourceAnswer, resourceText, statusText } from './answers.ts';
import { copyConfiguration, revertConfiguration } from './copies.ts';
import type { ApiDependencies } from './dependencies.ts';
import { newestRollouts } from './newest-rollouts.ts';
import { notFound } from './problem.ts';
import { removeResource } from './removal.ts';
import { page } from './page.ts';
import { described, EMPTY, JSON_TYPE, NAME_PARAMS, PAGE_QUERY } from './schemas/common.ts';
import {
  CONFIGURATION_ANSWER,
  CONFIGURATIONS_ANSWER,
  COPY_BODY,
  VERSIONS_ANSWER,
} from './schemas/resources.ts';

const TAG = 'configurations';

interface PageRequest {
  readonly Querystring: FromSchema<typeof PAGE_QUERY>;
}

interface NameParams {
  readonly Params: FromSchema<typeof NAME_PARAMS>;
}

/** Configurations with their render, versions and rollouts. */
export function configurationRoutes(app: FastifyInstance, dependencies: ApiDependencies): void {
  const list = {
    ...described(TAG, 'All configurations'),
    querystring: PAGE_QUERY,
    response: { 200: CONFIGURATIONS_ANSWER },
  };
  app.get<PageRequest>('/v1/configurations', { schema: list }, (request, reply) =>
    configurationsText(dependencies.store, request.query).then((text) => reply.type(JSON_TYPE).send(text)),
  );
  const one = {
    ...described(TAG, 'One configuration and its render'),
    params: NAME_PARAMS,
    response: { 200: CONFIGURATION_ANSWER },
  };
  app.get<NameParams>('/v1/configurations/:name', { schema: one }, (request) =>
    withRender(dependencies.store, request.params.name),
  );
  const versions = {
    ...described(TAG, 'All versions of a configuration'),
    params: NAME_PARAMS,
    response: { 200: VERSIONS_ANSWER },
  };
  app.get<NameParams>('/v1/configurations/:name/history', { schema: versions }, (request) =>
    configurationHistory(dependencies.store, request.params.name).then((found) => ({ versions: found })),
  );
  const removal = {
    ...described(TAG, 'Deletes a configuration'),
    params: NAME_PARAMS,
    response: { 204: EMPTY },
  };
  app.delete<NameParams>('/v1/configurations/:name', { schema: removal }, async (request, reply) => {
    await removeResource(dependencies, 'Configuration', request.params.name);
    return reply.code(204).send();
  });
  const copy = {
    ...described(TAG, 'Copies a configuration under a new name'),
    params: NAME_PARAMS,
    body: COPY_BODY,
    response: { 201: COPY_BODY },
  };
  app.post<NameParams & { readonly Body: FromSchema<typeof COPY_BODY> }>(
    '/v1/configurations/:name/copy',
    { schema: copy },
    async ({ params, body }, reply) => {
      await copyConfiguration(dependencies, params.name, body.name);
      return reply.code(201).send({ name: body.name });
    },
  );
  const revert = {
    ...described(TAG, 'Gives up the draft: back to the version that was rolled out last'),
    params: NAME_PARAMS,
    response: { 200: CONFIGURATION_ANSWER },
  };
  app.put<NameParams>('/v1/configurations/:name/revert', { schema: revert }, async ({ params }) => {
    await revertConfiguration(dependencies, params.name);
    return withRender(dependencies.store, params.name);
  });
}

async function withRender(tables: StoreTables, reference: string): Promise<JsonMap> {
  const stored = await versionOf(tables, reference);
  const config = await tables.configs.byVersion(stored.name, stored.version);
  return { configuration: await configurationAnswer(tables, stored), raw: config?.raw ?? '' };
}

/** `{"configurations": […]}` as JSON: in their newest versions, all or a part. */
export async function configurationsText(
  store: Store,
  query: FromSchema<typeof PAGE_QUERY> = {},
): Promise<string> {
  const statuses = new Map((await store.configs.statuses()).map((status) => [status.name, status]));
  const rollouts = await newestRollouts(store);
  const texts: string[] = [];
  for (const stored of page(await store.resources.list('Configuration'), query)) {
    const { name, version } = stored;
    const status = statuses.get(name) ?? { name };
    const newest = rollouts.get(name);
    const rollout = newest?.version === version ? newest : undefined;
    texts.push(resourceText(stored, statusText(version, version, status, rollout)));
  }
  return `{"configurations":[${texts.join(',')}]}`;
}

/** The newest rollout of a version. Versions that were never rolled out cost no query. */
async function rolloutOf(
  tables: StoreTables,
  { name, version }: StoredResource,
  status: ConfigurationStatus,
): Promise<Rollout | undefined> {
  const wasStarted = status.pending !== undefined && version <= status.pending;
  return wasStarted ? tables.rollouts.latest(name, version) : undefined;
}

/** All versions of one configuration, newest first; rejects with 404. */
export async function configurationHistory(tables: StoreTables, name: string): Promise<readonly JsonMap[]> {
  const found = await tables.resources.history('Configuration', name);
  const latest = found[0]?.version;
  if (latest === undefined) throw notFound();
  const status = await tables.configs.status(name);
  const answers: JsonMap[] = [];
  for (const stored of found) {
    const answer = await configurationAnswerIn(tables, stored, { latest, status });
    const flags = { current: false, latest: false, pending: false };
    const shown = isMap(answer['status']) ? answer['status'] : {};
    answers.push({ ...answer, status: { ...flags, ...shown } });
  }
  return answers;
}

/** One version of a configuration as BindPlane shows it. */
export async function configurationAnswer(tables: StoreTables, stored: StoredResource): Promise<JsonMap> {
  const latest = await tables.resources.get('Configuration', stored.name);
  const status = await tables.configs.status(stored.name);
  return configurationAnswerIn(tables, stored, { latest: latest?.version ?? stored.version, status });
}

/** The same where the newest version and the status are known already. */
export async function configurationAnswerIn(
  tables: StoreTables,
  stored: StoredResource,
  { latest, status }: { readonly latest: number; readonly status: ConfigurationStatus },
): Promise<JsonMap> {
  const rollout = await rolloutOf(tables, stored, status);
  return resourceAnswer(stored, configurationStatus(stored.version, latest, status, rollout));
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
  const number = /^[1-9]\d{0,8}$/.test(suffix) ? Number(suffix) : wanted;
  const stored = await tables.resources.get('Configuration', name, number);
  if (stored === undefined) throw notFound();
  return stored;
}
