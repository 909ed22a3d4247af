import type { ObservedAgent } from '../../src/core/rollout/rollout.ts';
import { isManaged } from '../../src/core/opamp/capabilities.ts';
import type { AgentRecord } from '../../src/core/opamp/record.ts';
import type { LiveAgent } from './agents.ts';

/** Reachable and known; an agent that was asked for its full state is known again with its next message. */
function presence(record: AgentRecord): Pick<ObservedAgent, 'connected' | 'awaySince'> {
  if (record.connected && !record.awaitsFullState) return { connected: true };
  return {
    connected: false,
    awaySince: record.connected ? record.connectedAt : (record.disconnectedAt ?? 0),
  };
}

const OBSERVED = new WeakMap<LiveAgent, ObservedAgent>();

/** What the decision sees of an agent; the same value for the same value of an agent. */
export function observed(agent: LiveAgent): ObservedAgent {
  const known = OBSERVED.get(agent);
  if (known !== undefined) return known;
  const seen = observedAnew(agent);
  OBSERVED.set(agent, seen);
  return seen;
}

function observedAnew({ record, sent }: LiveAgent): ObservedAgent {
  return {
    ...presence(record),
    takesConfig: isManaged(record),
    hash: record.config?.hash ?? '',
    config: record.config?.state ?? 'unset',
    message: record.config?.message ?? '',
    ...(record.config === undefined ? {} : { saidAt: record.config.at }),
    ...(record.health === undefined
      ? {}
      : { healthy: record.health.healthy, healthMessage: record.health.lastError }),
    ...(sent === undefined ? {} : { sent }),
  };
}
