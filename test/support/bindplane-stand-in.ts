import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resourceFromJson } from '../../src/core/bindplane/read.ts';
import { renderConfiguration } from '../../src/core/bindplane/render.ts';
import { readTypes } from '../../src/core/bindplane/types.ts';
import type { Resource, ResourceKey } from '../../src/core/bindplane/resource.ts';
import { isMap, type Json, type JsonMap } from '../../src/core/document/node.ts';
import { AgentPool, type FleetAgent, type NewAgent, type Refuses } from './bindplane/agents.ts';
import { resourceJson, VINTAGES } from './bindplane/apply.ts';
import { answer, type Answer, type Api } from './bindplane/routes.ts';
import { itemsOf, split, unpinned } from './bindplane/specs.ts';
import { Store, textOf, type Stored } from './bindplane/store.ts';

export type { FleetAgent, NewAgent, Refuses } from './bindplane/agents.ts';

export interface StandInOptions {
  /** `*Type` resources the server has. */
  readonly types?: readonly JsonMap[];
  /** `1.35`: as recorded. `2026` (default): also fleets, connectors, extensions, v2, API keys; all-zero rollout options mean the defaults. */
  readonly vintage?: '1.35' | '2026';
  /** Without any, every request is let in. */
  readonly credentials?: { readonly apiKey?: string; readonly username?: string; readonly password?: string };
  /** What `raw` shows and agents get; default: Collie's own renderer with `types`. */
  readonly render?: (
    configuration: Resource,
    resources: ReadonlyMap<ResourceKey, Resource>,
    version: number,
  ) => string;
  /** Default: agents take everything. */
  readonly refuses?: Refuses;
  /** Time passes once at each read of a rollout or configuration, so that a client that polls sees progress. Default: only in `tick`. */
  readonly tickOnRead?: boolean;
  readonly now?: () => string;
}

/** One answer out of the ordinary. */
export interface Fault {
  readonly matches: (method: string, path: string) => boolean;
  /** Absent: the request is answered as usual, after `until`. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** How many requests it strikes; default 1. */
  readonly times?: number;
  /** The answer waits for this. */
  readonly until?: Promise<void>;
}

export interface BindplaneStandIn {
  /** Without `/v1`. */
  readonly url: string;
  /** Every request so far, oldest first. */
  readonly requests: readonly {
    readonly method: string;
    readonly path: string;
    readonly body: Json | undefined;
  }[];
  readonly agents: readonly FleetAgent[];
  addAgent(agent: NewAgent): FleetAgent;
  /** Agents answer what they were asked, then every rollout in flight takes one step. */
  tick(): void;
  fault(fault: Fault): void;
  /** Stored resources of a kind, as answers show them. */
  stored(kind: string): readonly JsonMap[];
  close(): Promise<void>;
}

/**
 * A server that answers as BindPlane does, for tests: routes, statuses and shapes as recorded from 1.35.0 (a test holds it to the recordings), 2026's kinds
 * added, and a fleet of simulated agents. Listens on loopback at a free port.
 */
export async function startBindplane(options: StandInOptions = {}): Promise<BindplaneStandIn> {
  const now = options.now ?? (() => '2026-11-21T10:00:00Z');
  const store = new Store(now);
  const vintage = options.vintage ?? '2026';
  for (const type of options.types ?? []) putType(type, store);
  const render = rendererOf(store, options);
  const pool = new AgentPool(store, render, options.refuses ?? (() => undefined), vintage === '2026');
  const api: Api = {
    store,
    pool,
    vintage: VINTAGES[vintage],
    isOld: vintage === '1.35',
    render,
    now,
    tickOnRead: options.tickOnRead === true,
  };
  const requests: { method: string; path: string; body: Json | undefined }[] = [];
  const faults: { fault: Fault; left: number }[] = [];
  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => {
      send(response, { status: 500, body: { errors: [`the stand-in failed: ${String(error)}`] } });
    });
  });

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await bodyOf(request);
    const url = new URL(request.url ?? '/', 'http://stand-in');
    const method = request.method ?? 'GET';
    requests.push({ method, path: url.pathname + url.search, body: parsed(text) });
    const struck = faults.find(({ fault, left }) => left > 0 && fault.matches(method, url.pathname));
    if (struck !== undefined) {
      struck.left--;
      await struck.fault.until;
      if (struck.fault.status !== undefined) {
        response.writeHead(struck.fault.status, {
          'content-type': 'application/json; charset=utf-8',
          ...struck.fault.headers,
        });
        response.end(struck.fault.body ?? JSON.stringify({ errors: ['simulated fault'] }));
        return;
      }
    }
    const isKnown = url.pathname === '/health' || isLetIn(request, options.credentials, vintage);
    send(response, isKnown ? answer(api, method, url, text) : { status: 401 });
  }

  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    agents: pool.agents,
    addAgent: (agent) => pool.add(agent),
    tick: () => pool.tick(),
    fault: (fault) => void faults.push({ fault, left: fault.times ?? 1 }),
    stored: (kind) => store.list(kind).map((stored) => resourceJson(stored, store)),
    close: () => closed(server),
  };
}

function putType(type: JsonMap, store: Store): void {
  const metadata = isMap(type['metadata']) ? type['metadata'] : {};
  const spec = isMap(type['spec']) ? type['spec'] : {};
  const { id: _id, hash: _hash, version: _version, dateModified: _date, ...own } = metadata;
  store.put(
    textOf(type['kind']),
    textOf(metadata['name']),
    textOf(type['apiVersion']),
    { labels: {}, ...own },
    spec,
  );
}

function rendererOf(store: Store, options: StandInOptions): (configuration: Stored) => string {
  const documents = (options.types ?? []).map((value) => ({ file: 'server', value, verified: true }));
  const { types } = readTypes(documents);
  return (stored) => {
    if (typeof stored.spec['raw'] === 'string' && stored.spec['raw'] !== '') return stored.spec['raw'];
    const configuration = withoutPins(stored, store);
    if (configuration === undefined) return '';
    const pins = new Map(
      itemsOf(stored.spec).map(({ kind, item }) => [`${kind}/${split(textOf(item['name'])).name}`, item]),
    );
    const resources = new Map<ResourceKey, Resource>();
    for (const newest of store.all()) {
      const pin = split(textOf(pins.get(`${newest.kind}/${newest.name}`)?.['name'])).version;
      const resource = withoutPins(store.get(newest.kind, newest.name, pin) ?? newest, store);
      if (resource !== undefined) resources.set(resource.key, resource);
    }
    if (options.render !== undefined) return options.render(configuration, resources, stored.version);
    return renderConfiguration(configuration, { resources, types, version: stored.version }).config.text;
  };
}

/** A stored resource for a renderer that is handed the very versions that are pinned. */
function withoutPins(stored: Stored, store: Store): Resource | undefined {
  const json = resourceJson(stored, store);
  const spec = isMap(json['spec']) ? json['spec'] : {};
  return resourceFromJson({ ...json, spec: unpinned(spec, store.all()) });
}

function isLetIn(
  request: IncomingMessage,
  credentials: StandInOptions['credentials'],
  vintage: string,
): boolean {
  if (credentials === undefined) return true;
  const key = request.headers['x-bindplane-api-key'];
  if (vintage !== '1.35' && credentials.apiKey !== undefined && key === credentials.apiKey) return true;
  if (credentials.username === undefined) return false;
  const basic = Buffer.from(`${credentials.username}:${credentials.password ?? ''}`).toString('base64');
  return request.headers.authorization === `Basic ${basic}`;
}

function send(response: ServerResponse, { status, body, text, type }: Answer): void {
  const content = text ?? (body === undefined ? '' : JSON.stringify(body));
  response.writeHead(
    status,
    content === '' ? {} : { 'content-type': type ?? 'application/json; charset=utf-8' },
  );
  response.end(content);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): Json | undefined {
  try {
    return text === '' ? undefined : (JSON.parse(text) as Json);
  } catch {
    return text;
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
}
