import { IN_FLIGHT } from '../../src/core/rollout/phases.ts';
import { isManaged } from '../../src/core/opamp/capabilities.ts';
import type { Member, Rollout } from '../../src/core/rollout/rollout.ts';
import { hasEnded } from '../../src/core/rollout/rollout.ts';
import type { AppLimits } from '../limits.ts';
import type { AgentTarget } from '../store/store.ts';
import type { LiveAgent } from './agents.ts';

export interface DeliveryView {
  /** Agents whose target must not be sent now (their rollout is paused). */
  readonly held: ReadonlySet<string>;
  /** Nobody else is sent anything now (everything is stopped); absent: all may be. */
  readonly only?: ReadonlySet<string>;
  /** Whether a rollout tries its target on an agent, which is then sent it `offersPerConfig` times at most. */
  readonly tried: (uid: string) => boolean;
  readonly limits: AppLimits;
  readonly refused: (agent: string, hash: string) => boolean;
}

/**
 * Which agents are to be sent their target now. An agent that says it runs its target is left alone, unless something
 * else was sent to it since; one that was applying it when its socket ended is told again. A hash is sent once over a socket, and at most `offersPerConfig` times in all
 * before the agent confirms it, so that a crash loop ends; a refused hash is never sent.
 */
export function dueOffers(
  agents: Iterable<LiveAgent>,
  { held, only, tried, limits, refused }: DeliveryView,
): ReadonlyMap<string, AgentTarget> {
  const due = new Map<string, AgentTarget>();
  for (const { record, target, sent, refusedHere } of agents) {
    if (
      target === undefined ||
      !record.connected ||
      record.awaitsFullState ||
      held.has(record.uid) ||
      only?.has(record.uid) === false ||
      !isManaged(record)
    ) {
      continue;
    }
    if (sent === target.hash || refused(record.uid, target.hash)) continue;
    if (refusedHere?.hash === target.hash && refusedHere.since === target.since) continue;
    if (tried(record.uid) && target.offers >= limits.offersPerConfig) continue;
    const state = record.config?.hash === target.hash ? record.config.state : 'unset';
    if (state === 'failed' || (state === 'applied' && sent === undefined)) continue;
    due.set(record.uid, target);
  }
  return due;
}

/** Agents on their way back to what they ran before. */
export function restoringAgents(rollouts: readonly Rollout[]): ReadonlySet<string> {
  return new Set(rollouts.flatMap((rollout) => [...agentsIn(rollout, ['restoring'])]));
}

/** Who is tried by a rollout: it is asked for each batch of offers, and a rollout is a value. */
const TRIED_BY = new WeakMap<Rollout, ReadonlySet<string>>();

/** Whether a rollout under way tries its target on this agent. */
export function triedAgents(rollouts: readonly Rollout[]): (uid: string) => boolean {
  const sets = rollouts
    .filter(({ state }) => !hasEnded(state))
    .map((rollout) => {
      const known = TRIED_BY.get(rollout) ?? agentsIn(rollout, IN_FLIGHT);
      TRIED_BY.set(rollout, known);
      return known;
    });
  return (uid) => sets.some((tried) => tried.has(uid));
}

function agentsIn({ members }: Rollout, states: readonly Member['state'][]): ReadonlySet<string> {
  return new Set(members.flatMap(({ agent, state }) => (states.includes(state) ? [agent] : [])));
}
