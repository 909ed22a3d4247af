import type { FastifyInstance } from 'fastify';
import type { FromSchema } from 'json-schema-to-ts';
import { desiredConfiguration } from '../../src/core/fleet/assignment.ts';
import { resourceFromJson } from '../../src/core/bindplane/read.ts';
import type { Resource } from '../../src/core/bindplane/resource.ts';
import type { JsonMap } from '../../src/core/document/node.ts';
import { isLabel } from '../../src/core/opamp/description.ts';
import { uidText } from '../../src/core/opamp/uid.ts';
import type { AgentView } from './agent-answers.ts';
import { agentAnswer, agentViews, DELETED } from './agent-answers.ts';
import { hasLabels, parseSelector, search, sorted } from './agent-query.ts';
import { configurationAnswer } from './configurations.ts';
import type { ApiDependencies } from './dependencies.ts';
import { page } from './page.ts';
import { Problem, notFound } from './problem.ts';
import { described, ERRORS, ID_PARAMS } from './schemas/common.ts';
import {
  AGENT_ANSWER,
  AGENT_VERSION_PARAMS,
  AGENTS_ANSWER,
  AGENTS_QUERY,
  BULK_ANSWER,
  BULK_LABELS_BODY,
  BULK_VERSION_BODY,
  IDS_BODY,
  LABELS_ANSWER,
  LABELS_BODY,
  OVERWRITE_QUERY,
  VERSION_BODY,
} from './schemas/agents.ts';
import { CONFIGURATION_ANSWER } from './schemas/resources.ts';

const TAG = 'agents';

interface AgentParams {
  readonly Params: FromSchema<typeof ID_PARAMS>;
}

interface LabelsRequest extends AgentParams {
  readonly Body: FromSchema<typeof LABELS_BODY>;
  readonly Querystring: FromSchema<typeof OVERWRITE_QUERY>;
}

/** Agents: list, one, what is assigned, labels, forgetting. */
export function agentRoutes(app: FastifyInstance, dependencies: ApiDependencies): void {
  const list = {
    ...described(TAG, 'Agents that a selector and a query find'),
    querystring: AGENTS_QUERY,
    response: { 200: AGENTS_ANSWER },
  };
  app.get<{ Querystring: FromSchema<typeof AGENTS_QUERY> }>('/v1/agents', { schema: list }, (request) =>
    agentList(dependencies, request.query).then((views) => ({ agents: views.map(agentAnswer) })),
  );
  const forgets = {
    ...described(TAG, 'Forgets agents; one that still lives comes back'),
    body: IDS_BODY,
    response: { 200: AGENTS_ANSWER },
  };
  app.delete<{ Body: FromSchema<typeof IDS_BODY> }>('/v1/agents', { schema: forgets }, (request) =>
    forget(dependencies, request.body.ids ?? []).then((views) => ({ agents: views.map(deletedAnswer) })),
  );
  const one = { ...described(TAG, 'One agent'), params: ID_PARAMS, response: { 200: AGENT_ANSWER } };
  app.get<AgentParams>('/v1/agents/:id', { schema: one }, (request) =>
    agentOf(dependencies, request.params.id).then((view) => ({ agent: agentAnswer(view) })),
  );
  const assigned = {
    ...described(TAG, 'The configuration an agent is assigned'),
    params: ID_PARAMS,
    response: { 200: CONFIGURATION_ANSWER },
  };
  app.get<AgentParams>('/v1/agents/:id/configuration', { schema: assigned }, (request) =>
    assignedTo(dependencies, request.params.id),
  );
  labelRoutes(app, dependencies);
  commandRoutes(app, dependencies);
}

function labelRoutes(app: FastifyInstance, dependencies: ApiDependencies): void {
  const read = {
    ...described(TAG, "An agent's labels"),
    params: ID_PARAMS,
    response: { 200: LABELS_ANSWER },
  };
  app.get<AgentParams>('/v1/agents/:id/labels', { schema: read }, (request) =>
    labelsOf(dependencies, request.params.id),
  );
  const change = {
    ...described(TAG, "Changes an agent's labels; 409 for one that is there, without overwrite"),
    params: ID_PARAMS,
    querystring: OVERWRITE_QUERY,
    body: LABELS_BODY,
    response: { 200: LABELS_ANSWER },
  };
  app.patch<LabelsRequest>('/v1/agents/:id/labels', { schema: change }, (request) => {
    const { params, body, query } = request;
    const changed = changeLabels(dependencies, params.id, body.labels, query.overwrite === 'true');
    return changed.then(() => labelsOf(dependencies, params.id));
  });
  const bulk = {
    ...described(TAG, 'Changes labels of several agents: of all, or where one cannot be changed of none'),
    body: BULK_LABELS_BODY,
    response: { 200: BULK_ANSWER },
  };
  app.patch<{ Body: FromSchema<typeof BULK_LABELS_BODY> }>('/v1/agents/labels', { schema: bulk }, (request) =>
    changeAll(dependencies, request.body),
  );
}

/** What BindPlane does to agents and this server leaves to whoever runs them. */
function commandRoutes(app: FastifyInstance, dependencies: ApiDependencies): void {
  const refusal = 'agents are not upgraded from here: packages are shown, never offered';
  const version = {
    ...described(TAG, refusal),
    params: ID_PARAMS,
    body: VERSION_BODY,
    response: { 409: ERRORS },
  };
  app.post<AgentParams>('/v1/agents/:id/version', { schema: version }, async ({ params }) => {
    await agentOf(dependencies, params.id);
    throw new Problem(409, refusal);
  });
  const versions = { ...described(TAG, refusal), body: BULK_VERSION_BODY, response: { 409: ERRORS } };
  app.patch('/v1/agents/version', { schema: versions }, () => {
    throw new Problem(409, refusal);
  });
  const restart = {
    ...described(TAG, 'Restarts an agent, where the settings allow it and the agent accepts it'),
    params: ID_PARAMS,
    response: { 202: AGENT_ANSWER, 409: ERRORS },
  };
  app.put<AgentParams>('/v1/agents/:id/restart', { schema: restart }, async ({ params }, reply) => {
    const view = await agentOf(dependencies, params.id);
    const why = dependencies.agents.restart(view.agent.record.uid);
    if (why !== undefined) throw new Problem(409, why);
    return reply.code(202).send({ agent: agentAnswer(view) });
  });
  const stays =
    'agents are not disconnected from here: they would come back at once; DELETE /v1/agents forgets those that are gone';
  const disconnect = { ...described(TAG, stays), params: ID_PARAMS, response: { 501: ERRORS } };
  app.post<AgentParams>('/v1/agents/:id/disconnect', { schema: disconnect }, () => {
    throw new Problem(501, stays);
  });
  const sync = {
    ...described('agent versions', refusal),
    params: AGENT_VERSION_PARAMS,
    response: { 409: ERRORS },
  };
  app.post('/v1/agent-versions/:version/sync', { schema: sync }, () => {
    throw new Problem(409, refusal);
  });
}

function deletedAnswer(view: AgentView): JsonMap {
  return { ...agentAnswer(view), status: DELETED };
}

/** Agents that were known and are not any more; one that still lives comes back with its next message. */
async function forget(dependencies: ApiDependencies, ids: readonly string[]): Promise<readonly AgentView[]> {
  const views = await agentViews(dependencies);
  const gone: AgentView[] = [];
  for (const id of ids) {
    const uid = uidOf(id);
    const view = views.find(({ agent }) => agent.record.uid === uid);
    if (view !== undefined && (await dependencies.agents.delete(uid)) !== undefined) gone.push(view);
  }
  return gone;
}

async function labelsOf(dependencies: ApiDependencies, id: string): Promise<JsonMap> {
  return { errors: null, labels: (await agentOf(dependencies, id)).labels };
}

async function agentList(
  dependencies: ApiDependencies,
  query: FromSchema<typeof AGENTS_QUERY>,
): Promise<readonly AgentView[]> {
  const selector = parseSelector(query.selector ?? '');
  const found = await search(await agentViews(dependencies), query.query ?? '', dependencies.store);
  const selected = sorted(
    found.filter((view) => hasLabels(view, selector)),
    query.sort ?? '',
  );
  return page(selected, query);
}

async function agentOf(dependencies: ApiDependencies, id: string): Promise<AgentView> {
  const uid = uidOf(id);
  const view = (await agentViews(dependencies)).find(({ agent }) => agent.record.uid === uid);
  if (view === undefined) throw notFound();
  return view;
}

/** The id as this server writes it: agents that call themselves by a ULID are found by it too. */
function uidOf(id: string): string {
  return id.length === ULID_LENGTH ? (uidText(new TextEncoder().encode(id)) ?? id) : id.toLowerCase();
}

const ULID_LENGTH = 26;

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
  checkLabels(labels);
  const view = await agentOf(dependencies, id);
  if (!overwrite && conflicts(view, labels)) {
    const text = 'new labels conflict with existing labels, add ?overwrite=true to replace labels';
    throw new Problem(409, text, { labels: view.labels });
  }
  await dependencies.agents.setLabels(view.agent.record.uid, { ...view.agent.labels, ...labels });
}

function checkLabels(labels: Readonly<Record<string, string>>): void {
  const invalid = Object.entries(labels).find(
    ([key, value]) => !isLabel(key, value) || key.startsWith('bindplane/'),
  );
  if (invalid !== undefined) throw new Problem(400, `${invalid[0]}=${invalid[1]} is no valid label`);
}

function conflicts(view: AgentView, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).some(
    ([key, value]) => Object.hasOwn(view.labels, key) && view.labels[key] !== value,
  );
}

/**
 * Changes the labels of all these agents, or of none: BindPlane changes the others, and those with a conflict too, and makes
 * an agent of an id it does not know (reference/lab-bindplane.md §2).
 */
async function changeAll(
  dependencies: ApiDependencies,
  { ids, labels, overwrite = false }: FromSchema<typeof BULK_LABELS_BODY>,
): Promise<{ readonly errors: readonly string[] }> {
  checkLabels(labels);
  const views = new Map((await agentViews(dependencies)).map((view) => [view.agent.record.uid, view]));
  const errors = ids.flatMap((id) => {
    const view = views.get(uidOf(id));
    const failed = `failed to apply labels for agent with id ${id}`;
    if (view === undefined) return [`${failed}, agent not found`];
    return !overwrite && conflicts(view, labels)
      ? [`${failed}, labels conflict, include overwrite: true in body to overwrite`]
      : [];
  });
  if (errors.length > 0) return { errors: [...errors, 'no agent was changed'] };
  const uids = new Set(ids.map(uidOf));
  await dependencies.agents.setLabelsOf(
    new Map([...uids].map((uid) => [uid, { ...views.get(uid)?.agent.labels, ...labels }])),
  );
  return { errors: [] };
}
