import type { FastifyInstance } from 'fastify';
import type { FromSchema } from 'json-schema-to-ts';
import type { Kind } from '../../src/core/bindplane/resource.ts';
import type { JsonMap } from '../../src/core/document/node.ts';
import { isMap } from '../../src/core/document/node.ts';
import type { StoredResource, StoreTables } from '../store/store.ts';
import { LATEST, resourceAnswer, resourceText, typeAnswer } from './answers.ts';
import { configurationAnswer, configurationHistory } from './configurations.ts';
import type { ApiDependencies } from './dependencies.ts';
import { FAMILIES, kindOfUrl } from './families.ts';
import { textOf } from './json.ts';
import { page } from './page.ts';
import { Problem, notFound } from './problem.ts';
import { removeResource } from './removal.ts';
import {
  described,
  EMPTY,
  JSON_TYPE,
  KIND_NAME_PARAMS,
  KIND_PARAMS,
  NAME_PARAMS,
  PAGE_QUERY,
} from './schemas/common.ts';
import { listAnswer, oneAnswer, VERSIONS_ANSWER } from './schemas/resources.ts';

interface PageRequest {
  readonly Querystring: FromSchema<typeof PAGE_QUERY>;
}

interface NameParams {
  readonly Params: FromSchema<typeof NAME_PARAMS>;
}

interface KindNameParams {
  readonly Params: FromSchema<typeof KIND_NAME_PARAMS>;
}

/** Routes of every family: list, one, versions, delete; and `/v1/resources/{kind}` for all of them. */
export function resourceRoutes(app: FastifyInstance, dependencies: ApiDependencies): void {
  for (const { kind, path, many, one } of FAMILIES) {
    const list = {
      ...described(path, `All ${path}`),
      querystring: PAGE_QUERY,
      response: { 200: listAnswer(many) },
    };
    app.get<PageRequest>(`/v1/${path}`, { schema: list }, (request, reply) =>
      listText(dependencies, kind, many, request.query).then((text) => reply.type(JSON_TYPE).send(text)),
    );
    const single = {
      ...described(path, `One of ${path}`),
      params: NAME_PARAMS,
      response: { 200: oneAnswer(one) },
    };
    app.get<NameParams>(`/v1/${path}/:name`, { schema: single }, async (request) => ({
      [one]: await oneOf(dependencies, kind, request.params.name),
    }));
    const removal = {
      ...described(path, `Deletes one of ${path}; 409 while something uses it`),
      params: NAME_PARAMS,
      response: { 204: EMPTY },
    };
    app.delete<NameParams>(`/v1/${path}/:name`, { schema: removal }, async (request, reply) => {
      await removeResource(dependencies, kind, request.params.name);
      return reply.code(204).send();
    });
    const versions = {
      ...described(path, `All versions of one of ${path}`),
      params: NAME_PARAMS,
      response: { 200: VERSIONS_ANSWER },
    };
    app.get<NameParams>(`/v1/${path}/:name/history`, { schema: versions }, (request) =>
      historyOf(dependencies, kind, request.params.name),
    );
  }
  genericRoutes(app, dependencies);
}

function genericRoutes(app: FastifyInstance, dependencies: ApiDependencies): void {
  const list = {
    ...described('resources', 'All resources of a kind'),
    params: KIND_PARAMS,
    response: { 200: listAnswer('resources') },
  };
  app.get<{ Params: FromSchema<typeof KIND_PARAMS> }>('/v1/resources/:kind', { schema: list }, (request) =>
    listOf(dependencies, knownKind(request.params.kind)).then((resources) => ({ resources })),
  );
  const one = {
    ...described('resources', 'One resource'),
    params: KIND_NAME_PARAMS,
    response: { 200: oneAnswer('resource') },
  };
  app.get<KindNameParams>('/v1/resources/:kind/:name', { schema: one }, async ({ params }) => ({
    resource: await oneOf(dependencies, knownKind(params.kind), params.name),
  }));
  const removal = {
    ...described('resources', 'Deletes a resource; 409 while something uses it'),
    params: KIND_NAME_PARAMS,
    response: { 204: EMPTY },
  };
  app.delete<KindNameParams>('/v1/resources/:kind/:name', { schema: removal }, async ({ params }, reply) => {
    await removeResource(dependencies, knownKind(params.kind), params.name);
    return reply.code(204).send();
  });
  // The CLI asks for /v1/Configuration/edge/history (golden/bindplane-rest).
  const versions = {
    ...described('resources', 'All versions of a resource'),
    params: KIND_NAME_PARAMS,
    response: { 200: VERSIONS_ANSWER },
  };
  app.get<KindNameParams>('/v1/:kind/:name/history', { schema: versions }, ({ params, method, url }) => {
    const kind = kindOfUrl(params.kind);
    if (kind === undefined) throw new Problem(404, `no such path: ${method} ${url.split('?')[0] ?? ''}`);
    return historyOf(dependencies, kind, params.name);
  });
}

function knownKind(text: string): Kind {
  const kind = kindOfUrl(text);
  if (kind === undefined) throw new Problem(400, `unknown resource kind: ${text}`);
  return kind;
}

async function listOf(dependencies: ApiDependencies, kind: Kind): Promise<readonly JsonMap[]> {
  const { store } = dependencies;
  const found = await store.resources.list(kind);
  const answers = await Promise.all(found.map((stored) => answerOf(store, stored, LATEST)));
  if (!kind.endsWith('Type')) return answers;
  const applied = new Set(found.map(({ name }) => name));
  const own = builtIn(dependencies, kind).filter((document) => !applied.has(nameOf(document)));
  return [...own.map((document) => typeAnswer(kind, document)), ...answers];
}

/** `{"sources": […]}` as JSON. */
async function listText(
  dependencies: ApiDependencies,
  kind: Kind,
  name: string,
  query: FromSchema<typeof PAGE_QUERY>,
): Promise<string> {
  if (kind.endsWith('Type')) return JSON.stringify({ [name]: page(await listOf(dependencies, kind), query) });
  const found = page(await dependencies.store.resources.list(kind), query);
  return `{"${name}":[${found.map((stored) => resourceText(stored, LATEST_TEXT)).join(',')}]}`;
}

const LATEST_TEXT = JSON.stringify(LATEST);

async function oneOf(dependencies: ApiDependencies, kind: Kind, reference: string): Promise<JsonMap> {
  const { store } = dependencies;
  const [name = '', version = ''] = reference.split(':');
  const number = /^[1-9]\d{0,8}$/.test(version) ? Number(version) : undefined;
  const stored = await store.resources.get(kind, name, number);
  if (stored !== undefined) {
    const newest = number === undefined ? stored : await store.resources.get(kind, name);
    return answerOf(store, stored, { latest: newest?.version === stored.version });
  }
  const own = builtIn(dependencies, kind).find((document) => nameOf(document) === name);
  if (own === undefined) throw notFound();
  const answer = typeAnswer(kind, own);
  if (number !== undefined && isMap(answer['metadata']) && answer['metadata']['version'] !== number) {
    throw notFound();
  }
  return answer;
}

async function historyOf(dependencies: ApiDependencies, kind: Kind, name: string): Promise<JsonMap> {
  const { store } = dependencies;
  if (kind === 'Configuration') return { versions: await configurationHistory(store, name) };
  const found = await store.resources.history(kind, name);
  if (found.length === 0) return { versions: [await oneOf(dependencies, kind, name)] };
  return { versions: found.map((stored, index) => resourceAnswer(stored, { latest: index === 0 })) };
}

async function answerOf(tables: StoreTables, stored: StoredResource, status: JsonMap): Promise<JsonMap> {
  return stored.kind === 'Configuration'
    ? configurationAnswer(tables, stored)
    : resourceAnswer(stored, status);
}

/** Types that come with the program; nothing of any other kind does. */
function builtIn(dependencies: ApiDependencies, kind: Kind): readonly JsonMap[] {
  return dependencies.types.documents.filter((document) => document['kind'] === kind);
}

function nameOf(document: JsonMap): string {
  const metadata = document['metadata'];
  return isMap(metadata) ? textOf(metadata['name']) : '';
}
