import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { FromSchema } from 'json-schema-to-ts';
import {
  AGENT_TYPE,
  agentVersionSpec,
  installCommand,
  NEWEST_AGENT_VERSION,
} from '../../src/core/bindplane/agent-install.ts';
import { specHash } from '../../src/core/bindplane/saved-form.ts';
import type { JsonMap } from '../../src/core/document/node.ts';
import { isLabel } from '../../src/core/opamp/description.ts';
import type { ApiDependencies } from './dependencies.ts';
import { Problem, notFound } from './problem.ts';
import { described } from './schemas/common.ts';
import { AGENT_VERSION_PARAMS, INSTALL_ANSWER, INSTALL_QUERY } from './schemas/agents.ts';
import { listAnswer, oneAnswer } from './schemas/resources.ts';

const TAG = 'agent versions';

interface VersionParams {
  readonly Params: FromSchema<typeof AGENT_VERSION_PARAMS>;
}

type InstallRequest = VersionParams & { readonly Querystring: FromSchema<typeof INSTALL_QUERY> };

/** Versions of the BindPlane agent, the commands that install them, and the distributions that connected. */
export function agentVersionRoutes(app: FastifyInstance, dependencies: ApiDependencies): void {
  const list = {
    ...described(TAG, 'Versions of the BindPlane agent'),
    response: { 200: listAnswer('agentVersions') },
  };
  app.get('/v1/agent-versions', { schema: list }, () => ({
    agentVersions: versions(dependencies).map(agentVersion),
  }));
  const one = {
    ...described(TAG, 'One version of the BindPlane agent'),
    params: AGENT_VERSION_PARAMS,
    response: { 200: oneAnswer('agentVersion') },
  };
  for (const path of ['/v1/agent-versions/:version', '/v1/agent-version/:version']) {
    app.get<VersionParams>(path, { schema: one }, ({ params }) => {
      const name = params.version.replace(`${AGENT_TYPE}-`, '');
      const found = versions(dependencies).find((version) => version === name);
      if (found === undefined) throw notFound();
      return { agentVersion: agentVersion(found) };
    });
  }
  const install = {
    ...described(TAG, 'The command that installs an agent'),
    params: AGENT_VERSION_PARAMS,
    querystring: INSTALL_QUERY,
    response: { 200: INSTALL_ANSWER },
  };
  for (const path of ['/v1/agent-versions/:version', '/v1/agent-versions/:type/:version']) {
    app.get<InstallRequest>(`${path}/install-command`, { schema: install }, (request) => ({
      command: commandFor(dependencies, request),
    }));
  }
  const types = {
    ...described(TAG, 'Distributions that connected'),
    response: { 200: listAnswer('agentTypes') },
  };
  app.get('/v1/agent-types', { schema: types }, () => ({ agentTypes: agentTypes(dependencies) }));
}

/** The newest known version, and those that run, newest first. */
function versions({ agents }: ApiDependencies): readonly string[] {
  const running = agents
    .list()
    .filter(({ record }) => record.client === 'bindplane-agent' && /^\d+\.\d+\.\d+$/.test(record.version))
    .map(({ record }) => `v${record.version}`);
  const key = (version: string): number =>
    version
      .slice(1)
      .split('.')
      .reduce((sum, part) => sum * 10_000 + Number(part), 0);
  return [...new Set([NEWEST_AGENT_VERSION, ...running])].sort((a, b) => key(b) - key(a));
}

function agentVersion(version: string): JsonMap {
  return shown('AgentVersion', `${AGENT_TYPE}-${version}`, agentVersionSpec(version));
}

function agentTypes({ agents }: ApiDependencies): readonly JsonMap[] {
  const types = new Map<string, Set<string>>();
  for (const { record } of agents.list()) {
    if (record.type === '') continue;
    const platforms = types.get(record.type) ?? new Set();
    types.set(record.type, platforms.add(record.arch === '' ? record.os : `${record.os}/${record.arch}`));
  }
  return [...types]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, platforms]) => shown('AgentType', name, { platformArchSet: [...platforms].sort() }));
}

function shown(kind: string, name: string, spec: JsonMap): JsonMap {
  return {
    apiVersion: 'bindplane.observiq.com/v1',
    kind,
    metadata: { id: name, name, labels: {}, hash: specHash(spec), version: 1 },
    spec,
    status: {},
  };
}

function commandFor(dependencies: ApiDependencies, request: FastifyRequest<InstallRequest>): string {
  const { query, params } = request;
  const asked = params.version === 'latest' ? (query.version ?? 'latest') : params.version;
  const version = asked === 'latest' || asked === '' ? NEWEST_AGENT_VERSION : asked;
  if (!/^v?\d{1,5}\.\d{1,5}\.\d{1,5}(?:-[\w.]{1,40})?$/.test(version)) {
    throw new Problem(400, `${JSON.stringify(asked)} is no version; write it like v1.86.1, or latest`);
  }
  const secretKey = query['secret-key'] || dependencies.enrolmentKey;
  if (!/^[\w.~+/=-]{1,512}$/.test(secretKey)) {
    throw new Problem(
      400,
      'the secret key has characters that a shell would read; give another by secret-key=',
    );
  }
  const platform = query.platform ?? '';
  const command = installCommand(platform, {
    version: version.startsWith('v') ? version : `v${version}`,
    endpoint: endpointOf(query['remote-url'] ?? '', request.host),
    secretKey,
    labels: checkedLabels(query.labels ?? ''),
  });
  if (command === undefined) {
    throw new Problem(400, `there is no agent for the platform ${JSON.stringify(platform)}`);
  }
  return command;
}

/** Where the agent is to connect: as asked, else where this request came in, which speaks OpAMP too. */
function endpointOf(asked: string, host: string): string {
  const url = asked === '' ? `ws://${host}/v1/opamp` : asked;
  const isUrl = URL.canParse(url) && /^(?:wss?|https?):\/\/[\w.:[\]-]+(?:\/[\w./~-]*)?$/.test(url);
  if (!isUrl) throw new Problem(400, `${JSON.stringify(url)} is no URL of an OpAMP server`);
  return url;
}

function checkedLabels(text: string): string {
  const pairs = text.split(',').filter((pair) => pair !== '');
  const bad = pairs.find((pair) => {
    const [key = '', value = '', ...rest] = pair.split('=');
    return rest.length > 0 || !isLabel(key, value);
  });
  if (bad !== undefined) {
    throw new Problem(400, `${JSON.stringify(bad)} is no label; write them like a=b,c=d`);
  }
  return pairs.join(',');
}
