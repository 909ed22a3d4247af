import { takesConfig } from '../../src/core/opamp/capabilities.ts';
import type { AppLimits } from '../limits.ts';
import type { AgentTarget } from '../store/store.ts';
import type { LiveAgent } from './agents.ts';

export interface DeliveryView {
  /** Agents whose target must not be sent now (their rollout is paused). */
  readonly held: ReadonlySet<string>;
  readonly limits: AppLimits;
  readonly refused: (agent: string, hash: string) => boolean;
}

/**
 * Which agents are to be sent their target now. An agent that says it runs (or applies) its target is left alone, unless
 * something else was sent to it since; a hash is sent once over a socket, and at most `offersPerConfig` times in all
 * before the agent confirms it, so that a crash loop ends; a refused hash is never sent.
 */
export function dueOffers(
  agents: Iterable<LiveAgent>,
  { held, limits, refused }: DeliveryView,
): readonly { readonly uid: string; readonly target: AgentTarget }[] {
  const due: { uid: string; target: AgentTarget }[] = [];
  for (const { record, target, sent } of agents) {
    if (
      target === undefined ||
      !record.connected ||
      record.awaitsFullState ||
      held.has(record.uid) ||
      !takesConfig(record.capabilities)
    ) {
      continue;
    }
    if (sent === target.hash || target.offers >= limits.offersPerConfig || refused(record.uid, target.hash)) {
      continue;
    }
    const saysTarget = record.config?.hash === target.hash && record.config.state !== 'unset';
    if (saysTarget && (sent === undefined || record.config?.state === 'failed')) continue;
    due.push({ uid: record.uid, target });
  }
  return due;
}
