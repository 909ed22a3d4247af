import { resourceFromJson } from '../../core/bindplane/read.ts';
import type { Kind, Resource } from '../../core/bindplane/resource.ts';
import type { Json, JsonMap } from '../../core/document/node.ts';
import type { Agent } from '../../core/fleet/agent.ts';
import type { AgentState } from '../../core/fleet/agent-state.ts';
import type {
  AgentError,
  ControlPlane,
  RolloutCommand,
  ServerConfiguration,
  ServerRollout,
  StoredVersion,
} from '../../ports/control-plane.ts';
import { OperationError } from '../../ports/operation-error.ts';
import { httpClient, type HttpClient } from '../http.ts';
import { agentStateOf } from './bindplane-agent.ts';
import {
  agentOf,
  mapOf,
  mapsOf,
  numberOf,
  rolloutAgentOf,
  rolloutOf,
  textOf,
  updatesOf,
} from './bindplane-answers.ts';
import { CollieCalls, isJson, isRouted } from './collie-calls.ts';
import { authentication, checkedUrl } from './connection.ts';
import type { ControlPlaneMember, ControlPlaneSettings } from './family.ts';

/** Collection of each kind under /v1; kinds that an old server does not know answer HTML 200 and count as empty. */
const COLLECTIONS: Readonly<Record<Kind, string>> = {
  SourceType: 'source-types',
  ProcessorType: 'processor-types',
  DestinationType: 'destination-types',
  ConnectorType: 'connector-types',
  ExtensionType: 'extension-types',
  Processor: 'processors',
  Source: 'sources',
  Destination: 'destinations',
  Extension: 'extensions',
  Connector: 'resources/connector',
  Configuration: 'configurations',
  Fleet: 'fleets',
};

const TYPE_KINDS: readonly Kind[] = [
  'SourceType',
  'ProcessorType',
  'DestinationType',
  'ConnectorType',
  'ExtensionType',
];

/** Characters of a `query` value that BindPlane reads as syntax (`rollout-error:<config>:<version>` needs none of them). */
function quoted(text: string): string {
  return /[\s"\\]/.test(text) ? `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"` : text;
}

/** Connects to a BindPlane-compatible server. Makes no request. */
function connect(settings: ControlPlaneSettings): ControlPlane {
  const url = checkedUrl(settings.url ?? '');
  const name = `The control plane at ${new URL(url).host}`;
  const http = httpClient({
    url: `${url}/v1`,
    headers: authentication(settings),
    name,
    clock: settings.clock,
    secrets: [settings.apiKey ?? '', settings.password ?? ''],
    ...(settings.certificateAuthority === undefined
      ? {}
      : { certificateAuthority: settings.certificateAuthority }),
    ...(settings.dispatcher === undefined ? {} : { dispatcher: settings.dispatcher }),
  });
  return new Bindplane(url, name, http);
}

/** The server behind a client that reaches its `/v1`, for whoever is no further away than a function call. `url` is what people know it by. */
export function controlPlaneOver(http: HttpClient, url: string): ControlPlane {
  return new Bindplane(url, `The control plane at ${url}`, http);
}

class Bindplane extends CollieCalls implements ControlPlane {
  readonly url: string;

  constructor(url: string, name: string, http: HttpClient) {
    super(name, http);
    this.url = url;
  }

  async version(): Promise<string> {
    return textOf((await this.#get('/version'))['tag']) || 'unknown';
  }

  async list(kind: Kind): Promise<readonly Resource[]> {
    const found = await this.#collection(COLLECTIONS[kind]);
    return found.flatMap((value) => resourceFromJson(value) ?? []);
  }

  async resourceTypes(): Promise<readonly JsonMap[]> {
    const lists = await Promise.all(TYPE_KINDS.map((kind) => this.#collection(COLLECTIONS[kind])));
    return lists.flat();
  }

  async configuration(name: string, version?: number | string): Promise<ServerConfiguration | undefined> {
    const suffix = version === undefined ? '' : `:${version}`;
    const response = await this.http.request('GET', `/configurations/${encodeURIComponent(name)}${suffix}`);
    if (response.status === 404) return undefined;
    const body = mapOf(this.checked(response, `/configurations/${name}`));
    const configuration = mapOf(body['configuration']);
    const resource = resourceFromJson(configuration);
    if (resource === undefined) return undefined;
    return {
      resource,
      version: numberOf(mapOf(configuration['metadata'])['version']),
      raw: textOf(body['raw']),
      rollout: rolloutOf(configuration),
    };
  }

  async agents(filter?: { readonly selector?: string; readonly query?: string }): Promise<readonly Agent[]> {
    return (await this.#agents(filter)).map(agentOf);
  }

  async apply(resources: readonly JsonMap[]): ReturnType<ControlPlane['apply']> {
    if (resources.length === 0) return [];
    return updatesOf(await this.#write('POST', '/apply', { resources }));
  }

  async delete(resources: Parameters<ControlPlane['delete']>[0]): ReturnType<ControlPlane['delete']> {
    if (resources.length === 0) return [];
    const body = { resources: resources.map(({ kind, name }) => ({ kind, metadata: { name } })) };
    return updatesOf(await this.#write('POST', '/delete', body));
  }

  async startRollout(
    configuration: string,
    options: Parameters<ControlPlane['startRollout']>[1],
  ): Promise<ServerRollout> {
    // All-zero options would hang a rollout for ever (reference/lab-bindplane.md §4); null means the server's defaults.
    const body: JsonMap = { options: options === null ? null : { ...options } };
    return this.#rolloutCall('POST', configuration, 'start', body);
  }

  async rollout(configuration: string): Promise<ServerRollout | undefined> {
    const path = `/rollouts/${encodeURIComponent(configuration)}/status`;
    const response = await this.http.request('GET', path);
    if (response.status === 404) return undefined;
    return rolloutOf(mapOf(mapOf(this.checked(response, path))['configuration']));
  }

  async pauseRollout(configuration: string): Promise<ServerRollout> {
    return this.#rolloutCall('PUT', configuration, 'pause');
  }

  async resumeRollout(configuration: string): Promise<ServerRollout> {
    return this.#rolloutCall('PUT', configuration, 'resume');
  }

  async commandRollout(
    configuration: string,
    command: RolloutCommand,
    options: { readonly agent?: string } = {},
  ): Promise<ServerRollout> {
    const path = `/rollouts/${encodeURIComponent(configuration)}/${command}`;
    const response = await this.http.request(
      'PUT',
      path,
      Object.keys(options).length > 0 ? { ...options } : undefined,
    );
    if (!isRouted(response)) throw this.notCollie(`cannot ${command} a rollout`);
    return rolloutOf(mapOf(mapOf(this.checked(response, path))['configuration']));
  }

  async rolloutErrors(configuration: string, version: number): Promise<readonly AgentError[]> {
    const wanted = `${configuration}:${version}`;
    const asked = await this.#agents({ query: `rollout-error:${quoted(wanted)}` }).catch((error: unknown) => {
      if (error instanceof OperationError && error.code === 'refused') return [];
      throw error;
    });
    // Servers that refuse or ignore a value with two colons still know the status (reference/bindplane.md §4.4).
    const found =
      asked.length > 0
        ? asked
        : (await this.#agents({ query: 'status:error' })).filter(
            (agent) => textOf(mapOf(agent['configurationStatus'])['pending']) === wanted,
          );
    return found
      .map((agent) => ({ agent: agentOf(agent), message: textOf(agent['errorMessage']) }))
      .filter(({ message }) => message !== '');
  }

  async rolloutAgents(
    configuration: string,
    version: number,
    everybody?: 'everybody',
  ): ReturnType<ControlPlane['rolloutAgents']> {
    const wanted = `${configuration}:${version}`;
    const present = everybody === undefined ? ' status:disconnected' : '';
    const asked = await Promise.all([
      this.#agents({ query: `configuration-pending:${quoted(wanted)}` }),
      this.#agents({ query: `configuration-current:${quoted(wanted)}${present}` }),
    ]);
    const byId = new Map(asked.flat().map((agent) => [textOf(agent['id']), agent]));
    // A server that does not know a field of the query answers with everybody.
    return [...byId.values()].flatMap((agent) => {
      const found = rolloutAgentOf(agent, wanted);
      const isThere = found?.state === 'applied' && found.agent.connected === true;
      return found === undefined || (isThere && everybody === undefined) ? [] : [found];
    });
  }

  async history(configuration: string): ReturnType<ControlPlane['history']> {
    // The singular of the kind: `/configurations/{name}/history` answers with a web page (reference/lab-bindplane.md §2).
    const path = `/Configuration/${encodeURIComponent(configuration)}/history`;
    const response = await this.http.request('GET', path);
    if (response.status === 404 || !isJson(response)) return [];
    return mapsOf(mapOf(this.checked(response, path))['versions'])
      .flatMap((value): StoredVersion[] => {
        const resource = resourceFromJson(value);
        if (resource === undefined) return [];
        const version = numberOf(mapOf(value['metadata'])['version']);
        return [{ resource, version, rollout: rolloutOf(value) }];
      })
      .sort((a, b) => b.version - a.version);
  }

  async agentState(id: string): Promise<AgentState | undefined> {
    const response = await this.http.request('GET', `/collie/agents/${encodeURIComponent(id)}`);
    if (response.status === 200 && isJson(response)) {
      // eslint-disable-next-line typescript/no-unsafe-type-assertion -- our own server's own value (DESIGN §4.4)
      return mapOf(response.json)['agent'] as unknown as AgentState;
    }
    const found = (await this.#agents()).filter((agent) => agent['id'] === id || agent['name'] === id);
    const [first, ...others] = found;
    if (first === undefined || others.length > 0) return undefined;
    const [configurations, fleets] = await Promise.all([this.list('Configuration'), this.list('Fleet')]);
    return agentStateOf(first, { configurations, fleets });
  }

  async #agents(filter?: {
    readonly selector?: string;
    readonly query?: string;
  }): Promise<readonly JsonMap[]> {
    const query = new URLSearchParams({ limit: '0' });
    if (filter?.selector !== undefined) query.set('selector', filter.selector);
    if (filter?.query !== undefined) query.set('query', filter.query);
    return mapsOf((await this.#get(`/agents?${query.toString()}`))['agents']);
  }

  /** A list answer's one array, whatever its key is called (`sourceTypes`, `resources` …); empty for an unknown kind. */
  async #collection(path: string): Promise<readonly JsonMap[]> {
    const response = await this.http.request('GET', `/${path}`);
    if (response.status === 404 || (response.status === 200 && !isJson(response))) return [];
    const lists = Object.values(mapOf(this.checked(response, `/${path}`))).filter(Array.isArray);
    return mapsOf(lists[0]);
  }

  async #get(path: string): Promise<JsonMap> {
    return mapOf(this.checked(await this.http.request('GET', path), path));
  }

  async #write(method: 'POST' | 'PUT', path: string, body?: Json): Promise<Json> {
    return this.checked(await this.http.request(method, path, body), path);
  }

  async #rolloutCall(
    method: 'POST' | 'PUT',
    configuration: string,
    verb: string,
    body?: Json,
  ): Promise<ServerRollout> {
    const answer = await this.#write(method, `/rollouts/${encodeURIComponent(configuration)}/${verb}`, body);
    return rolloutOf(mapOf(mapOf(answer)['configuration']));
  }
}

/** BindPlane servers (1.35 up to today's Cloud) and Collie's own control plane: both speak this API. */
export const bindplane: ControlPlaneMember = {
  name: 'bindplane',
  accepts: ({ url }) => url !== undefined && url !== '' && url !== 'none',
  connect,
};
