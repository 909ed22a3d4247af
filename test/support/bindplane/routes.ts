import { isMap, type Json } from '../../../src/core/document/node.ts';
import { agentJson, findAgents, optionsOf, type AgentPool, type FleetAgent } from './agents.ts';
import {
  applyAll,
  dependentsText,
  parsePosted,
  Refusal,
  resourceJson,
  unstoredJson,
  type Update,
  type Vintage,
} from './apply.ts';
import { textOf, type Data, type Store, type Stored } from './store.ts';

export interface Api {
  readonly store: Store;
  readonly pool: AgentPool;
  readonly vintage: Vintage;
  readonly isOld: boolean;
  readonly render: (configuration: Stored) => string;
  readonly now: () => string;
  readonly tickOnRead: boolean;
}

export interface Answer {
  readonly status: number;
  readonly body?: Json;
  readonly text?: string;
  readonly type?: string;
}

interface Call {
  readonly api: Api;
  readonly url: URL;
  readonly text: string;
  readonly parts: readonly string[];
}

/** Kind of each collection and the keys of its answers. */
const COLLECTIONS: Readonly<Record<string, readonly [kind: string, one: string, many: string]>> = {
  sources: ['Source', 'source', 'sources'],
  processors: ['Processor', 'processor', 'processors'],
  destinations: ['Destination', 'destination', 'destinations'],
  extensions: ['Extension', 'extension', 'extensions'],
  connectors: ['Connector', 'connector', 'connectors'],
  fleets: ['Fleet', 'fleet', 'fleets'],
  'source-types': ['SourceType', 'sourceType', 'sourceTypes'],
  'processor-types': ['ProcessorType', 'processorType', 'processorTypes'],
  'destination-types': ['DestinationType', 'destinationType', 'destinationTypes'],
  'extension-types': ['ExtensionType', 'extensionType', 'extensionTypes'],
  'connector-types': ['ConnectorType', 'connectorType', 'connectorTypes'],
};

const NOT_FOUND: Answer = { status: 404, body: { errors: ['resource not found'] } };
/** The user interface takes every path that the API does not know. */
const USER_INTERFACE: Answer = { status: 200, text: '<html>stub</html>\n', type: 'text/html; charset=utf-8' };

/** The answer to one request. Errors that the server words itself come as statuses, never as exceptions. */
export function answer(api: Api, method: string, url: URL, text: string): Answer {
  const parts = url.pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  if (url.pathname === '/health') return { status: 200 };
  const call: Call = { api, url, text, parts: parts.slice(1) };
  try {
    return (parts[0] === 'v1' ? route(method, call) : undefined) ?? unknown(method);
  } catch (error) {
    if (error instanceof Refusal) return { status: error.status, body: { errors: [error.message] } };
    throw error;
  }
}

function unknown(method: string): Answer {
  return method === 'GET' ? USER_INTERFACE : { status: 404, text: '404 page not found', type: 'text/plain' };
}

function route(method: string, call: Call): Answer | undefined {
  const [head = '', name, verb] = call.parts;
  if (method === 'GET' && head === 'version') {
    return { status: 200, body: { commit: '', tag: call.api.isOld ? 'v1.35.0' : 'v0.0.0' } };
  }
  if (method === 'POST' && head === 'apply') return apply(call);
  if (method === 'POST' && head === 'delete') return deleteMany(call);
  if (verb === 'history' && name !== undefined && method === 'GET') return history(call.api, head, name);
  if (head === 'configurations') return configurations(method, call, name);
  if (head === 'rollouts') return rollouts(method, call, name, verb);
  if (head === 'agents') return agents(method, call, name, verb);
  if (head === 'resources' && name !== undefined && !call.api.isOld) return generic(method, call, name, verb);
  const collection = COLLECTIONS[head];
  return collection === undefined || !call.api.vintage.kinds.has(collection[0])
    ? undefined
    : resources(method, call, collection, name);
}

/** The request's JSON; what Go says about a broken one, with its content type. */
function body(text: string, type: string): Data | Answer {
  if (text === '') {
    return { status: 400, body: { errors: ['EOF'] }, type: 'text/plain; charset=utf-8' };
  }
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    const words = /^\s*[[{]/.test(text)
      ? 'unexpected EOF'
      : `invalid character '${text.charAt(0)}' looking for beginning of value`;
    return { status: 400, body: { errors: [words] }, type: 'text/plain; charset=utf-8' };
  }
  if (Array.isArray(value)) {
    return {
      status: 400,
      body: { errors: [`json: cannot unmarshal array into Go value of type ${type}`] },
      type: 'text/plain; charset=utf-8',
    };
  }
  return isMap(value) ? { ...value } : {};
}

function isAnswer(value: Data | Answer): value is Answer {
  return typeof (value as Answer).status === 'number' && 'body' in value;
}

/** All versions of a resource, newest first; the kind in the singular, in any case. */
function history(api: Api, kind: string, name: string): Answer | undefined {
  const known = [...api.vintage.kinds].find((candidate) => candidate.toLowerCase() === kind.toLowerCase());
  if (known === undefined) return undefined;
  const versions = api.store.history(known, name);
  if (versions.length === 0) return NOT_FOUND;
  const shown = versions.map((stored) => resourceJson(stored, api.store));
  // Here, and only here, the flags of a Configuration's status stand though they are false (recorded).
  const flags = known === 'Configuration' ? { current: false, latest: false, pending: false } : {};
  return {
    status: 200,
    body: {
      versions: shown.map((one) => ({
        ...one,
        status: { ...flags, ...(isMap(one['status']) && one['status']) },
      })),
    },
  };
}

function apply({ api, text }: Call): Answer {
  const posted = body(text, 'model.ApplyPayload');
  if (isAnswer(posted)) return posted;
  const list = Array.isArray(posted['resources']) ? posted['resources'] : [];
  return { status: 202, body: { updates: applyAll(list, api.store, api.vintage) as unknown as Json } };
}

function deleteMany({ api, text }: Call): Answer {
  const posted = body(text, 'model.DeletePayload');
  if (isAnswer(posted)) return posted;
  const list = Array.isArray(posted['resources']) ? posted['resources'] : [];
  const wanted = list.map((resource) => parsePosted(resource, api.vintage));
  const updates = wanted.flatMap((resource): Update[] => {
    if (api.store.get(resource.kind, resource.name) === undefined) return [];
    const reason = dependentsText(resource.kind, resource.name, api.store);
    if (reason === undefined) api.store.delete(resource.kind, resource.name);
    return [
      {
        resource: unstoredJson(resource),
        status: reason === undefined ? 'deleted' : 'in-use',
        reason: reason ?? '',
      },
    ];
  });
  return { status: 202, body: { errors: null, updates: updates as unknown as Json } };
}

function many(stored: readonly Stored[], { store }: Api): Json {
  return stored.length === 0 ? null : stored.map((one) => resourceJson(one, store));
}

function resources(
  method: string,
  { api }: Call,
  [kind, one, list]: readonly [string, string, string],
  name: string | undefined,
): Answer | undefined {
  if (name === undefined) {
    return method === 'GET' ? { status: 200, body: { [list]: many(api.store.list(kind), api) } } : undefined;
  }
  const stored = pick(api.store, kind, name);
  if (method === 'GET') {
    return stored === undefined
      ? NOT_FOUND
      : { status: 200, body: { [one]: resourceJson(stored, api.store) } };
  }
  return method === 'DELETE' ? deleteOne(api, kind, name) : undefined;
}

/** `/resources/{kind}`, any case and plural. */
function generic(method: string, call: Call, kind: string, name: string | undefined): Answer | undefined {
  const wanted = kind.toLowerCase().replaceAll('-', '').replace(/s$/, '');
  const known = [...call.api.vintage.kinds].find((candidate) => candidate.toLowerCase() === wanted);
  if (known === undefined) return { status: 400, body: { errors: [`unknown resource kind: ${kind}`] } };
  return resources(method, call, [known, 'resource', 'resources'], name);
}

function deleteOne(api: Api, kind: string, name: string): Answer {
  if (api.store.get(kind, name) === undefined) return NOT_FOUND;
  const reason = dependentsText(kind, name, api.store);
  if (reason !== undefined) return { status: 409, body: { errors: [reason] } };
  api.store.delete(kind, name);
  return { status: 204 };
}

/** `name`, `name:3`, `name:latest`, `name:current`, `name:pending`; the last two are the newest before any rollout. */
function pick(store: Store, kind: string, reference: string): Stored | undefined {
  const [name = '', suffix] = reference.split(':');
  if (suffix === undefined || suffix === 'latest') return store.get(kind, name);
  if (/^\d+$/.test(suffix)) return store.get(kind, name, Number(suffix));
  const { current, pending } = store.versionsOf(name);
  const version = suffix === 'pending' ? pending : current;
  return store.get(kind, name, version === 0 ? undefined : version);
}

function configurations(method: string, { api }: Call, name: string | undefined): Answer | undefined {
  if (api.tickOnRead && method === 'GET') api.pool.tick();
  if (name === undefined) {
    return method === 'GET'
      ? { status: 200, body: { configurations: many(api.store.list('Configuration'), api) } }
      : undefined;
  }
  const stored = pick(api.store, 'Configuration', name);
  if (method === 'DELETE') return deleteOne(api, 'Configuration', name);
  if (method !== 'GET') return undefined;
  if (stored === undefined) return NOT_FOUND;
  return { status: 200, body: { configuration: resourceJson(stored, api.store), raw: api.render(stored) } };
}

function rollouts(
  method: string,
  { api, text }: Call,
  name: string | undefined,
  verb: string | undefined,
): Answer | undefined {
  if (name === undefined) {
    if (method === 'POST') api.pool.tick();
    return {
      status: method === 'POST' ? 202 : 200,
      body: { configurations: many(api.store.list('Configuration'), api) },
    };
  }
  const stored = pick(api.store, 'Configuration', name);
  if (stored === undefined) return NOT_FOUND;
  const shown = (status: number): Answer => ({
    status,
    body: { configuration: resourceJson(stored, api.store), raw: '' },
  });
  if (method === 'GET') {
    if (api.tickOnRead) api.pool.tick();
    return verb === undefined ? shown(200) : verb === 'status' ? shown(202) : undefined;
  }
  if (method === 'POST' && verb === 'start') {
    const posted = body(text, 'model.StartRolloutPayload');
    if (isAnswer(posted)) return posted;
    api.pool.start(stored, optionsOf(posted['options']));
    return shown(202);
  }
  if (method === 'POST' && verb === 'update') api.pool.update(stored);
  else if (method === 'PUT' && verb === 'pause') api.pool.pause(stored);
  else if (method === 'PUT' && verb === 'resume') api.pool.resume(stored);
  else return undefined;
  return shown(202);
}

function agents(
  method: string,
  call: Call,
  id: string | undefined,
  part: string | undefined,
): Answer | undefined {
  const { api, url } = call;
  const shown = (agent: FleetAgent): Json => agentJson(agent, api.pool.agents.indexOf(agent), api.now());
  if (id === undefined) {
    if (method !== 'GET') return undefined;
    const query = url.searchParams.get('query') ?? '';
    const found = findAgents(api.pool.agents, url.searchParams.get('selector') ?? '', query);
    const limit = Number(url.searchParams.get('limit') ?? 0);
    const offset = Number(url.searchParams.get('offset') ?? 0);
    const page = found.slice(offset, limit === 0 ? undefined : offset + limit);
    return { status: 200, body: { agents: page.length === 0 && query !== '' ? null : page.map(shown) } };
  }
  const agent = api.pool.agents.find((candidate) => candidate.id === id);
  if (agent === undefined) return NOT_FOUND;
  if (method === 'GET' && part === undefined) return { status: 200, body: { agent: shown(agent) } };
  if (method === 'GET' && part === 'configuration') return assigned(api, agent);
  return part === 'labels' ? labels(method, call, agent) : undefined;
}

function assigned(api: Api, agent: FleetAgent): Answer {
  const [name = '', version] = (agent.current || agent.pending).split(':');
  const stored = api.store.get('Configuration', name, Number(version));
  return {
    status: 200,
    body: { configuration: stored === undefined ? null : resourceJson(stored, api.store), raw: '' },
  };
}

function labels(method: string, { api, url, text }: Call, agent: FleetAgent): Answer | undefined {
  const all = (): Json => agentJson(agent, 0, api.now())['labels'] ?? {};
  if (method === 'GET') return { status: 200, body: { errors: null, labels: all() } };
  if (method !== 'PATCH') return undefined;
  const posted = body(text, 'model.AgentLabelsPayload');
  if (isAnswer(posted)) return posted;
  const wanted = Object.entries(isMap(posted['labels']) ? posted['labels'] : {});
  const isConflict = wanted.some(
    ([key, value]) => agent.labels[key] !== undefined && agent.labels[key] !== value,
  );
  if (isConflict && url.searchParams.get('overwrite') !== 'true') {
    return {
      status: 409,
      body: {
        errors: ['new labels conflict with existing labels, add ?overwrite=true to replace labels'],
        labels: all(),
      },
    };
  }
  for (const [key, value] of wanted) {
    if (value === '') delete agent.labels[key];
    else agent.labels[key] = textOf(value);
  }
  return { status: 200, body: { errors: null, labels: all() } };
}
