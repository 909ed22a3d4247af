import { create } from '@bufbuild/protobuf';
import { LIMITS } from '../document/limits.ts';
import { SERVER_CAPABILITIES, takesConfig } from './capabilities.ts';
import type { ServerToAgent } from './gen/opamp_pb.ts';
import {
  AgentConfigMapSchema,
  AgentConfigObjectSchema,
  AgentRemoteConfigSchema,
  ServerToAgentSchema,
} from './gen/opamp_pb.ts';
import type { AgentRecord, ClientKind } from './record.ts';
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
 * (reference/lab-opamp.md §4, SEC-76).
 */
export function configOffer(
  record: Pick<AgentRecord, 'client' | 'capabilities'>,
  config: OfferedConfig,
  uid: Uint8Array,
): Offer {
  const key = configKey(record.client);
  if (key === undefined) return { refused: `a ${record.client} does not take a collector config` };
  if (!takesConfig(record.capabilities)) {
    return { refused: 'the agent does not accept remote config and report its status' };
  }
  const problem = offerProblem(config.text);
  if (problem !== undefined) return { refused: problem };
  const hash = hexBytes(config.hash);
  if (hash === undefined || hash.length === 0) {
    return { refused: `the config hash ${config.hash} is no hex text` };
  }
  const body = new TextEncoder().encode(config.text);
  if (body.length > LIMITS.opamp.offerBytes) {
    return { refused: `the config has ${body.length} bytes; at most ${LIMITS.opamp.offerBytes} are offered` };
  }
  const object = create(AgentConfigObjectSchema, { body, contentType: 'text/yaml' });
  const remoteConfig = create(AgentRemoteConfigSchema, {
    config: create(AgentConfigMapSchema, { configMap: { [key]: object } }),
    configHash: hash,
  });
  const message = create(ServerToAgentSchema, {
    instanceUid: uid,
    capabilities: SERVER_CAPABILITIES,
    remoteConfig,
  });
  return { message };
}

/** Why a text must not be offered to anybody; undefined when it may. */
export function offerProblem(text: string): string | undefined {
  const meaningful = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#') && line !== '---' && line !== '...');
  const only = meaningful.length === 1 ? meaningful[0] : undefined;
  if (meaningful.length === 0 || only === '{}' || only === 'null' || only === '~') {
    return 'an empty config is never offered: it would stop the collector';
  }
  return undefined;
}

function configKey(client: ClientKind): string | undefined {
  if (client === 'bindplane-agent') return 'collector.yaml';
  return client === 'supervisor' ? '' : undefined;
}
