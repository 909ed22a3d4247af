import type { FastifyInstance } from 'fastify';
import { desiredConfiguration } from '../../src/core/fleet/assignment.ts';
import { resourceFromJson } from '../../src/core/bindplane/read.ts';
import type { Resource } from '../../src/core/bindplane/resource.ts';
import type { JsonMap } from '../../src/core/document/node.ts';
import { isLabel } from '../../src/core/opamp/description.ts';
import type { AgentView } from './agent-answers.ts';
import { agentAnswer, agentViews } from './agent-answers.ts';
import { hasLabels, parseSelector, search, sorted } from './agent-query.ts';
import { configurationAnswer } from './configurations.ts';
import type { ApiDependencies } from './dependencies.ts';
import { Problem, notFound } from './problem.ts';

const TEXT = { type: 'string', maxLength: 1024 } as const;
const LIST_QUERY = {
  type: 'object',
  properties: {
    selector: TEXT,
    query: TEXT,
    sort: TEXT,
    limit: { type: 'string', pattern: '^[0-9]{0,9}$' },
    offset: { type: 'string', pattern: '^[0-9]{0,9}$' },
  },
} as const;
const LABELS_BODY = {
  type: 'object',
  required: ['labels'],
  properties: { labels: { type: 'object', maxProperties: 256, additionalProperties: { type: 'string' } } },
} as const;
const IDS_BODY = {
  type: 'object',
  required: ['ids'],
  properties: { ids: { type: 'array', items: { type: 'string' } } },
} as const;

interface AgentParams {
  readonly Params: { readonly id: string };
}

interface LabelsRequest extends AgentParams {
  readonly Body: { readonly labels: Readonly<Record<string, string>> };
  readonly Querystring: { readonly overwrite?: string };
}

/** Agents: list, one, what is assigned, labels, forgetting. */
export function agentRoutes(app: FastifyInstance, dependencies: ApiDependencies): void {
  app.get<{ Querystring: Readonly<Record<string, string>> }>(
    '/v1/agents',
    { schema: { querystring: LIST_QUERY } },
    (request) => agentList(dependencies, request.query).then((views) => ({ agents: views.map(agentAnswer) })),
  );
  app.delete<{ Body: { ids: readonly string[] } }>('/v1/agents', { schema: { body: IDS_BODY } }, (request) =>
    forget(dependencies, request.body.ids).then((views) => ({ agents: views.map(agentAnswer) })),
  );
  app.get<AgentParams>('/v1/agents/:id', (request) =>
    agentOf(dependencies, request.params.id).then((view) => ({ agent: agentAnswer(view) })),
  );
  app.get<AgentParams>('/v1/agents/:id/configuration', (request) =>
    assignedTo(dependencies, request.params.id),
  );
  app.get<AgentParams>('/v1/agents/:id/labels', (request) => labelsOf(dependencies, request.params.id));
  app.patch<LabelsRequest>('/v1/agents/:id/labels', { schema: { body: LABELS_BODY } }, (request) => {
    const { params, body, query } = request;
    const changed = changeLabels(dependencies, params.id, body.labels, query.overwrite === 'true');
    return changed.then(() => labelsOf(dependencies, params.id));
  });
}

/** Agents that were known and are not any more; one that still lives comes back with its next message. */
async function forget(dependencies: ApiDependencies, ids: readonly string[]): Promise<readonly AgentView[]> {
  const views = await agentViews(dependencies);
  const gone: AgentView[] = [];
  for (const id of ids) {
    const view = views.find(({ agent }) => agent.record.uid === id);
    if (view !== undefined && (await dependencies.agents.delete(id)) !== undefined) gone.push(view);
  }
  return gone;
}

async function labelsOf(dependencies: ApiDependencies, id: string): Promise<JsonMap> {
  return { errors: null, labels: (await agentOf(dependencies, id)).labels };
}

async function agentList(
  dependencies: ApiDependencies,
  query: Readonly<Record<string, string>>,
): Promise<readonly AgentView[]> {
  const selector = parseSelector(query['selector'] ?? '');
  const found = await search(await agentViews(dependencies), query['query'] ?? '', dependencies.store);
  const selected = sorted(
    found.filter((view) => hasLabels(view, selector)),
    query['sort'] ?? '',
  );
  const offset = Number(query['offset'] ?? 0);
  const limit = Number(query['limit'] ?? 0);
  return limit === 0 ? selected.slice(offset) : selected.slice(offset, offset + limit);
}

async function agentOf(dependencies: ApiDependencies, id: string): Promise<AgentView> {
  const view = (await agentViews(dependencies)).find(({ agent }) => agent.record.uid === id);
  if (view === undefined) throw notFound();
  return view;
}

async function assignedTo(dependencies: ApiDependencies, id: string): Promise<unknown> {
  const { store } = dependencies;
  const { labels } = await agentOf(dependencies, id);
  const read = async (kind: 'Configuration' | 'Fleet'): Promise<Resource[]> =>
    (await store.resources.list(kind)).flatMap(({ document }) => resourceFromJson(document) ?? []);
  const assigned = desiredConfiguration(labels, {
    configurations: await read('Configuration'),
    fleets: await read('Fleet'),
  });
  const stored = assigned && (await store.resources.get('Configuration', assigned.configuration.name));
  if (stored === undefined) return { configuration: null, raw: '' };
  return { configuration: await configurationAnswer(store, stored), raw: '' };
}

/** Sets labels; an empty value takes one away. A change of an existing label needs `overwrite` (409 otherwise). */
async function changeLabels(
  dependencies: ApiDependencies,
  id: string,
  labels: Readonly<Record<string, string>>,
  overwrite: boolean,
): Promise<void> {
  const invalid = Object.entries(labels).find(
    ([key, value]) => !isLabel(key, value) || key.startsWith('bindplane/'),
  );
  if (invalid !== undefined) throw new Problem(400, `${invalid[0]}=${invalid[1]} is no valid label`);
  const view = await agentOf(dependencies, id);
  const conflicts = Object.entries(labels).some(
    ([key, value]) => view.labels[key] !== undefined && view.labels[key] !== value,
  );
  if (conflicts && !overwrite) {
    const text = 'new labels conflict with existing labels, add ?overwrite=true to replace labels';
    throw new Problem(409, text, { labels: view.labels });
  }
  await dependencies.agents.setLabels(id, { ...view.agent.labels, ...labels });
}
