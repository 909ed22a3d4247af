import { create } from '@bufbuild/protobuf';
import { LIMITS } from '../document/limits.ts';
import { at, entry } from '../document/node.ts';
import { parseYaml } from '../document/yaml.ts';
import { bridgeObjects, holdsCollectorResources } from './bridge.ts';
import { takesConfig } from './capabilities.ts';
import type { AgentConfigObject, AgentRemoteConfig, ServerToAgent } from './gen/opamp_pb.ts';
import {
  AgentConfigMapSchema,
  AgentConfigObjectSchema,
  AgentRemoteConfigSchema,
  ServerToAgentSchema,
} from './gen/opamp_pb.ts';
import type { AgentRecord, ClientKind } from './record.ts';
import { PLAIN_POLICY, serverCapabilities } from './policy.ts';
import type { ServerPolicy } from './policy.ts';
import { hexBytes } from './uid.ts';

/** A config as it is offered: the text and its name, the SHA-256 (hex) of the text. */
export interface OfferedConfig {
  readonly hash: string;
  readonly text: string;
}

export type Offer = { readonly message: ServerToAgent } | { readonly refused: string };

/**
 * The message that offers a config to an agent, under the key its kind of client reads; `refused` says why none may be
 * sent. An empty or blank config is never offered: a supervisor would stop its collector and report it applied
 * (reference/lab-opamp.md §4, SEC-76). Bridges get whole collector resources, and nobody else does.
 */
export function configOffer(
  record: Pick<AgentRecord, 'client' | 'capabilities' | 'managed'>,
  config: OfferedConfig,
  uid: Uint8Array,
  policy: ServerPolicy = PLAIN_POLICY,
): Offer {
  const offered = remoteConfigFor(record, config);
  if ('refused' in offered) return offered;
  if (!takesConfig(record.capabilities)) {
    return { refused: 'the agent does not accept remote config and report its status' };
  }
  const message = create(ServerToAgentSchema, {
    instanceUid: uid,
    capabilities: serverCapabilities(policy),
    remoteConfig: offered.remoteConfig,
  });
  return { message };
}

type Offered = { readonly remoteConfig: AgentRemoteConfig } | { readonly refused: string };

/** What was made of each config for each kind of client: it is the same value for all agents of that kind, and costs one look. */
const MADE = new WeakMap<OfferedConfig, Map<ClientKind, Offered>>();

function remoteConfigFor(
  record: Pick<AgentRecord, 'client' | 'capabilities' | 'managed'>,
  config: OfferedConfig,
): Offered {
  // A bridge gets the objects of its own cluster, and there are few bridges.
  if (record.client === 'bridge') return makeRemoteConfig(record, config);
  const made = MADE.get(config) ?? new Map<ClientKind, Offered>();
  MADE.set(config, made);
  const offered = made.get(record.client) ?? makeRemoteConfig(record, config);
  made.set(record.client, offered);
  return offered;
}

function makeRemoteConfig(
  record: Pick<AgentRecord, 'client' | 'managed'>,
  { hash, text }: OfferedConfig,
): Offered {
  const objects = objectsFor(record, text);
  if ('refused' in objects) return objects;
  const configHash = hexBytes(hash);
  if (configHash === undefined || configHash.length === 0) {
    return { refused: `the config hash ${hash} is no hex text` };
  }
  const size = objects.entries.reduce((sum, [, { body }]) => sum + body.length, 0);
  if (size > LIMITS.opamp.offerBytes) {
    return { refused: `the config has ${size} bytes; at most ${LIMITS.opamp.offerBytes} are offered` };
  }
  const config = create(AgentConfigMapSchema, { configMap: Object.fromEntries(objects.entries) });
  return { remoteConfig: create(AgentRemoteConfigSchema, { config, configHash }) };
}

type Objects =
  | { readonly entries: readonly (readonly [string, AgentConfigObject])[] }
  | { readonly refused: string };

function objectsFor({ client, managed }: Pick<AgentRecord, 'client' | 'managed'>, text: string): Objects {
  if (client === 'bridge') return bridgeObjects(text, managed ?? []);
  const key = configKey(client);
  if (key === undefined) return { refused: `a client of the kind ${client} takes no collector config` };
  if (holdsCollectorResources(text)) {
    return {
      refused: 'the config holds OpenTelemetryCollector resources, which only an operator’s bridge takes',
    };
  }
  const problem = offerProblem(text) ?? (client === 'supervisor' ? overrideProblem(text) : undefined);
  if (problem !== undefined) return { refused: problem };
  const body = new TextEncoder().encode(text);
  return { entries: [[key, create(AgentConfigObjectSchema, { body, contentType: 'text/yaml' })]] };
}

/** Why a text must not be offered to anybody; undefined when it may. */
export function offerProblem(text: string): string | undefined {
  const [first, second] = firstMeaningful(text);
  if (second === undefined && [undefined, '{}', 'null', '~'].includes(first)) {
    return 'an empty config is never offered: it would stop the collector';
  }
  return undefined;
}

/** The first two lines that say something. Asked for each agent that is sent a config, so no line after them is read. */
function firstMeaningful(text: string): readonly string[] {
  const found: string[] = [];
  for (let start = 0; start < text.length && found.length < 2;) {
    const end = text.indexOf('\n', start);
    const line = text.slice(start, end < 0 ? text.length : end).trim();
    if (line !== '' && !line.startsWith('#') && line !== '---' && line !== '...') found.push(line);
    start = end < 0 ? text.length : end + 1;
  }
  return found;
}

/**
 * The bare `opamp` extension is the supervisor's own way to its collector: a config that defines it takes it away, and the collector counts as
 * never healthy (reference/lab-opamp.md §4, sup-48). Rule SUP-002 tells it before.
 */
function overrideProblem(text: string): string | undefined {
  if (!text.includes('opamp')) return undefined;
  const [document] = parseYaml('offer.yaml', text).documents;
  return entry(at(document?.root, 'extensions'), 'opamp') === undefined
    ? undefined
    : 'the config defines the extension opamp, by which the supervisor speaks with its collector; another name is needed, like opamp/own';
}

function configKey(client: ClientKind): string | undefined {
  if (client === 'bindplane-agent') return 'collector.yaml';
  return client === 'supervisor' ? '' : undefined;
}
