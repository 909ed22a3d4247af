import { DISTRIBUTIONS, type Distribution } from '../../core/collector/distribution.ts';
import { isMap, type Json, type JsonMap } from '../../core/document/node.ts';
import type { Agent } from '../../core/fleet/agent.ts';
import type { RolloutCounts } from '../../core/rollout/server-rollout/counts.ts';
import { reportedComponents } from '../../core/fleet/reported-components.ts';
import type {
  ApplyUpdate,
  RolloutAgent,
  ServerRollout,
  ServerRolloutStatus,
} from '../../ports/control-plane.ts';

/** What BindPlane's JSON means, shape by shape (reference/bindplane.md §4–§5). Missing parts become empty, never an error. */

export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

export function numberOf(value: Json | undefined): number {
  return typeof value === 'number' ? value : 0;
}

export function mapOf(value: Json | undefined): JsonMap {
  return isMap(value) ? value : {};
}

/** Items of a list; `null` is an empty list on this server (`{"agents": null}`). */
export function mapsOf(value: Json | undefined): readonly JsonMap[] {
  return Array.isArray(value) ? value.filter(isMap) : [];
}

/** 0 Pending, 1 Started, 2 Paused, 3 Error, 4 Stable, 5 Replaced. */
const ROLLOUT_STATUS: readonly ServerRolloutStatus[] = [
  'pending',
  'started',
  'paused',
  'error',
  'stable',
  'replaced',
];

/** The rollout in a Configuration's `status`; `version` is that configuration's own. */
export function rolloutOf(configuration: JsonMap): ServerRollout {
  const metadata = mapOf(configuration['metadata']);
  const rollout = mapOf(mapOf(configuration['status'])['rollout']);
  const stages = mapsOf(rollout['stages']).map((stage) => ({
    name: textOf(stage['name']),
    ...countsOf(stage['progress']),
  }));
  return {
    configuration: textOf(metadata['name']),
    version: numberOf(metadata['version']),
    status: ROLLOUT_STATUS[numberOf(rollout['status'])] ?? 'pending',
    phase: numberOf(rollout['phase']),
    ...countsOf(rollout['progress']),
    ...(stages.length === 0 ? {} : { stage: numberOf(rollout['stage']), stages }),
  };
}

function countsOf(value: Json | undefined): RolloutCounts {
  const progress = mapOf(value);
  return {
    completed: numberOf(progress['completed']),
    errors: numberOf(progress['errors']),
    pending: numberOf(progress['pending']),
    waiting: numberOf(progress['waiting']),
  };
}

/** BindPlane's numbers of an agent's status (reference/bindplane.md §4.3). */
const DISCONNECTED = 0;
const IN_ERROR = 2;
const DELETED = 5;

/** Where an agent stands with `name:version`; undefined when it has nothing to do with it. */
export function rolloutAgentOf(value: JsonMap, wanted: string): RolloutAgent | undefined {
  const { pending, current } = mapOf(value['configurationStatus']);
  if (pending !== wanted && current !== wanted) return undefined;
  const status = numberOf(value['status']);
  const message = textOf(value['errorMessage']);
  const state = pending !== wanted ? 'applied' : status === IN_ERROR ? 'refused' : 'pending';
  const awaySince = status === DISCONNECTED ? Date.parse(textOf(value['disconnectedAt'])) : Number.NaN;
  return {
    // States that newer servers have (Pending, Incompatible) are those of agents that are there.
    agent: { ...agentOf(value), connected: status !== DISCONNECTED && status !== DELETED },
    state,
    ...(state === 'refused' && message !== '' ? { message } : {}),
    ...(Number.isNaN(awaySince) ? {} : { awaySince }),
  };
}

/**
 * Agent `type` → distribution: BindPlane's own agents report `com.observiq.collector` or `observiq-otel-collector`; others the
 * name of their build.
 */
function distributionOf(type: string): Distribution {
  if (/observiq|bindplane/i.test(type)) return 'bindplane-agent';
  return DISTRIBUTIONS.find((known) => known === type) ?? 'unknown';
}

function scalarText(value: Json): string {
  return typeof value === 'object' ? '' : String(value);
}

function stringMap(value: Json | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(mapOf(value)).map(([key, item]) => [key, scalarText(item)]));
}

/** Agent statuses that mean a live connection: Connected, Error, Configuring, Upgrading. */
const CONNECTED: ReadonlySet<number> = new Set([1, 2, 6, 7]);

/** An agent without what it sent (its `configuration` and `state` hold secret keys). */
export function agentOf(value: JsonMap): Agent {
  const id = textOf(value['id']);
  const components = reportedComponents(value['components']);
  return {
    id,
    name: textOf(value['name']) || textOf(value['hostname']) || id,
    version: textOf(value['version']).replace(/^v/, ''),
    distribution: distributionOf(textOf(value['type'])),
    platform: textOf(value['platform']),
    labels: stringMap(value['labels']),
    connected: CONNECTED.has(numberOf(value['status'])),
    ...(components && { components }),
  };
}

/** `updates` of an apply or delete answer. */
export function updatesOf(body: Json | undefined): readonly ApplyUpdate[] {
  return mapsOf(mapOf(body)['updates']).map((update) => {
    const resource = mapOf(update['resource']);
    const metadata = mapOf(resource['metadata']);
    const reason = textOf(update['reason']).trim();
    return {
      kind: textOf(resource['kind']),
      name: textOf(metadata['name']),
      status: textOf(update['status']),
      ...(typeof metadata['version'] === 'number' ? { version: metadata['version'] } : {}),
      ...(reason === '' ? {} : { reason }),
    };
  });
}
