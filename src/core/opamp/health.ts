import { sha256, canonicalJson } from '../document/digest.ts';
import type { Json } from '../document/node.ts';
import { LIMITS } from '../document/limits.ts';
import type { ComponentHealth } from './gen/opamp_pb.ts';
import type { AgentHealth, PoolHealth } from './record.ts';

/**
 * Health as it is compared and kept: without `start_time_unix_nano` and `status_time_unix_nano`, which a memory_limiter
 * moves every second (reference/lab-opamp.md §1). Trees beyond the bounds count by their first nodes. `isBridge`: the first level of the
 * tree is kept as well, for it tells of each collector resource.
 */
export function readHealth(health: ComponentHealth, isBridge = false): AgentHealth {
  const budget = { nodes: LIMITS.opamp.healthNodes };
  return {
    healthy: health.healthy,
    lastError: health.lastError.slice(0, LIMITS.opamp.errorMessageCharacters),
    status: health.status.slice(0, LIMITS.opamp.attributeCharacters),
    digest: sha256(canonicalJson(withoutTimes(health, 0, budget))),
    ...(isBridge ? { pools: poolsOf(health) } : {}),
  };
}

function poolsOf(health: ComponentHealth): Readonly<Record<string, PoolHealth>> {
  const entries = Object.entries(health.componentHealthMap).slice(0, LIMITS.opamp.configObjects);
  const pools = entries.map(([key, { healthy, status, lastError }]): [string, PoolHealth] => [
    key.slice(0, LIMITS.opamp.attributeCharacters),
    {
      healthy,
      status: status.slice(0, LIMITS.opamp.attributeCharacters),
      lastError: lastError.slice(0, LIMITS.opamp.attributeCharacters),
    },
  ]);
  return Object.fromEntries(pools);
}

function withoutTimes(health: ComponentHealth, depth: number, budget: { nodes: number }): Json {
  budget.nodes -= 1;
  const children: [string, Json][] = [];
  if (depth < LIMITS.opamp.healthDepth) {
    for (const [name, child] of Object.entries(health.componentHealthMap)) {
      if (budget.nodes <= 0) break;
      children.push([name, withoutTimes(child, depth + 1, budget)]);
    }
  }
  return {
    healthy: health.healthy,
    lastError: health.lastError,
    status: health.status,
    components: Object.fromEntries(children),
  };
}
