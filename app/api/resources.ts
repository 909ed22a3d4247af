import type { FastifyInstance } from 'fastify';
import type { Kind } from '../../src/core/bindplane/resource.ts';
import type { JsonMap } from '../../src/core/document/node.ts';
import { isMap } from '../../src/core/document/node.ts';
import type { StoredResource } from '../store/store.ts';
import { LATEST, resourceAnswer, typeAnswer } from './answers.ts';
import { configurationAnswer } from './configurations.ts';
import type { ApiDependencies } from './dependencies.ts';
import { textOf } from './json.ts';
import { FAMILIES, kindOfUrl } from './families.ts';
import { Problem, notFound } from './problem.ts';
import { removeResource } from './removal.ts';

interface NameParams {
  readonly Params: { readonly name: string };
}

/** Routes of every family: list, one, delete; and `/v1/resources/{kind}` for all of them. */
export function resourceRoutes(app: FastifyInstance, dependencies: ApiDependencies): void {
  for (const { kind, path, many, one } of FAMILIES) {
    app.get(`/v1/${path}`, async () => ({ [many]: await listOf(dependencies, kind) }));
    app.get<NameParams>(`/v1/${path}/:name`, async (request) => ({
      [one]: await oneOf(dependencies, kind, request.params.name),
    }));
    app.delete<NameParams>(`/v1/${path}/:name`, async (request, reply) => {
      await removeResource(dependencies, kind, request.params.name);
      return reply.code(204).send();
    });
  }
  app.get<{ Params: { kind: string } }>('/v1/resources/:kind', (request) =>
    listOf(dependencies, knownKind(request.params.kind)).then((resources) => ({ resources })),
  );
  app.get<{ Params: { kind: string; name: string } }>('/v1/resources/:kind/:name', (request) =>
    oneOf(dependencies, knownKind(request.params.kind), request.params.name).then((resource) => ({
      resource,
    })),
  );
  app.delete<{ Params: { kind: string; name: string } }>(
    '/v1/resources/:kind/:name',
    async (request, reply) => {
      await removeResource(dependencies, knownKind(request.params.kind), request.params.name);
      return reply.code(204).send();
    },
  );
}

function knownKind(text: string): Kind {
  const kind = kindOfUrl(text);
  if (kind === undefined) throw new Problem(400, `unknown resource kind: ${text}`);
  return kind;
}

async function listOf(dependencies: ApiDependencies, kind: Kind): Promise<readonly JsonMap[]> {
  const { store } = dependencies;
  const found = await store.resources.list(kind);
  const answers = await Promise.all(found.map((stored) => answerOf(dependencies, stored)));
  if (!kind.endsWith('Type')) return answers;
  const applied = new Set(found.map(({ name }) => name));
  const own = builtIn(dependencies, kind).filter((document) => !applied.has(nameOf(document)));
  return [...own.map((document) => typeAnswer(kind, document)), ...answers];
}

async function oneOf(dependencies: ApiDependencies, kind: Kind, reference: string): Promise<JsonMap> {
  const [name = '', version] = reference.split(':');
  const number = version !== undefined && /^\d+$/.test(version) ? Number(version) : undefined;
  const stored = await dependencies.store.resources.get(kind, name, number);
  if (stored !== undefined) return answerOf(dependencies, stored);
  const own = kind.endsWith('Type')
    ? builtIn(dependencies, kind).find((document) => nameOf(document) === name)
    : undefined;
  if (own === undefined) throw notFound();
  return typeAnswer(kind, own);
}

async function answerOf({ store }: ApiDependencies, stored: StoredResource): Promise<JsonMap> {
  return stored.kind === 'Configuration'
    ? configurationAnswer(store, stored)
    : resourceAnswer(stored, LATEST);
}

function builtIn(dependencies: ApiDependencies, kind: Kind): readonly JsonMap[] {
  return dependencies.types.documents.filter((document) => document['kind'] === kind);
}

function nameOf(document: JsonMap): string {
  const metadata = document['metadata'];
  return isMap(metadata) ? textOf(metadata['name']) : '';
}
