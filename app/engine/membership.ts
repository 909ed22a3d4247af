import type { Member, Rollout } from '../../src/core/rollout/rollout.ts';
import { canaryOrder } from '../../src/core/rollout/waves.ts';
import { placeOf } from '../../src/core/rollout/place.ts';
import type { PolicySpec } from '../../src/core/rollout/policy.ts';
import type { LiveAgent } from './agents.ts';
import { effectiveLabels } from './agents.ts';
import { assignedName } from './assigned.ts';
import type { Assigned } from './remembered.ts';

/** What a new rollout needs to know about agents and the past. */
export interface MembershipView {
  readonly configuration: string;
  readonly nameFor: Assigned['nameFor'];
  /** As `TrustedContext.guarded`. */
  readonly guarded?: ReadonlySet<string>;
  readonly targetHash: string;
  /** Hash of the version that is proven now. */
  readonly currentHash?: string;
  /** Hash of the config that supervisors without a previous one go back to. */
  readonly noOpHash: string;
  readonly isKnown: (hash: string) => boolean;
  readonly refused: (agent: string, hash: string) => boolean;
  /** The rollout of the same configuration that this one takes the place of. */
  readonly replaced?: Rollout;
  /** The policy that the configuration names: its stages, and the labels that make agents differ or fail as one. */
  readonly spec?: PolicySpec;
}

/**
 * The members of a new rollout, in the order in which they will be touched: all agents that the configuration is
 * assigned to now, connected or not (REL-13). Each remembers the config it goes back to.
 */
export function membersOf(agents: Iterable<LiveAgent>, view: MembershipView): readonly Member[] {
  const members: Member[] = [];
  const refusedBefore = new Set<string>();
  const replaced = new Map(view.replaced?.members.map((member) => [member.agent, member]));
  for (const agent of agents) {
    const assigned = assignedName(agent, view);
    if (assigned !== view.configuration || !agent.record.described) continue;
    const { uid, name, version, componentsHash, os, arch } = agent.record;
    const previousHash = previousOf(agent, replaced.get(uid), view);
    if (view.refused(uid, view.targetHash)) refusedBefore.add(uid);
    const note = previousHash === view.noOpHash ? { note: 'had no config from here before' } : {};
    const carried =
      previousHash !== undefined && agent.target !== undefined && agent.target.hash !== previousHash;
    members.push({
      agent: uid,
      name,
      version,
      state: 'waiting',
      ...placeOf(effectiveLabels(agent), [version, componentsHash ?? '', os, arch], view.spec),
      ...note,
      ...(carried ? { carried } : {}),
      ...(previousHash === undefined ? {} : { previousHash }),
    });
  }
  return canaryOrder(members, refusedBefore);
}

/**
 * What an agent goes back to (reference/rollouts.md §5.6): what it had before a rollout that never finished, else what it
 * is to run now, else what it says it runs, else the configuration's proven version, else (supervisors, which would start
 * the refused config again) a config that does nothing. A BindPlane agent without any restores its own file itself.
 */
function previousOf(agent: LiveAgent, before: Member | undefined, view: MembershipView): string | undefined {
  const { record, target } = agent;
  const reported = record.config?.state === 'applied' ? record.config.hash : undefined;
  const candidates = [before?.previousHash, target?.hash, reported, view.currentHash];
  const usable = (hash: string | undefined): hash is string =>
    hash !== undefined &&
    hash !== '' &&
    hash !== view.targetHash &&
    view.isKnown(hash) &&
    !view.refused(record.uid, hash);
  const found = candidates.find(usable);
  if (found !== undefined) return found;
  return record.client === 'supervisor' && canIdle(agent) ? view.noOpHash : undefined;
}

/** Whether the agent's collector has what the no-op config uses; agents that did not say are taken to have it. */
function canIdle({ record }: LiveAgent): boolean {
  const has = (cls: string): boolean => record.components?.[cls]?.includes('nop') ?? true;
  return has('receivers') && has('exporters');
}
