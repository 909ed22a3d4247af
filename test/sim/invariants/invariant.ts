import type { Member, Rollout } from '../../../src/core/rollout/rollout.ts';
import type { AgentObserver } from '../agents/agent.ts';
import type { SimulatedAgent } from '../agents/agent.ts';
import type { Cluster, Sending } from '../cluster.ts';
import type { Command, CommandName, Operator } from '../operator.ts';
import type { SimulatedGitHub } from '../github.ts';
import type { Plan } from '../plan.ts';
import type { AgentRow, Database, RolloutRow, RowChange } from '../store/database.ts';
import type { World } from '../world.ts';

/** What invariants look at. */
export interface Scene {
  readonly world: World;
  readonly plan: Plan;
  readonly database: Database;
  readonly agents: readonly SimulatedAgent[];
  readonly cluster: () => Cluster;
  readonly operator: () => Operator;
  /** Where rollouts are told, where they are. */
  readonly github?: SimulatedGitHub;
  /** When the process of this name asked for the transaction that it is in, or was in last. */
  readonly begunAt: (by: string) => number;
  /** Commits are not seen (a real store keeps the data): only what holds at rest is looked at. */
  readonly isBlind: boolean;
}

/**
 * Invariants that look at the same things. They are told what happens and say what must never be (`world.violate`); each
 * call costs little, so that they are checked at every event. Names are those of reference/reliability-security.md §6.4.
 */
export interface Invariant extends Partial<AgentObserver> {
  readonly names: readonly string[];
  /** A transaction was committed by the process of this name. */
  committed?(by: string, changes: readonly RowChange[]): void;
  /** A config left for an agent. */
  sent?(sending: Sending): void;
  answered?(command: Command): void;
  /** Why the world is not at rest yet; undefined when it is as far as this looks. */
  unrest?(): string | undefined;
  /** Everything is over. */
  atRest?(): void;
}

/** Rollouts that a commit wrote. */
export function rolloutsIn(
  changes: readonly RowChange[],
): readonly { readonly before: RolloutRow | undefined; readonly after: RolloutRow }[] {
  return changes.flatMap(({ table, before, after }) =>
    table === 'rollouts' && after !== undefined
      ? [{ before: before as RolloutRow | undefined, after: after as RolloutRow }]
      : [],
  );
}

/** Agents' rows that a commit wrote. */
export function agentsIn(
  changes: readonly RowChange[],
): readonly { readonly uid: string; readonly before: AgentRow | undefined; readonly after: AgentRow }[] {
  return changes.flatMap(({ table, key, before, after }) =>
    table === 'agents' && after !== undefined
      ? [{ uid: key, before: before as AgentRow | undefined, after: after as AgentRow }]
      : [],
  );
}

/** Members whose value is another one than before, with what they were. */
export function* changedMembers(
  before: Rollout | undefined,
  after: Rollout,
): Iterable<{ readonly was: Member | undefined; readonly member: Member }> {
  for (const [index, member] of after.members.entries()) {
    const was = before?.members[index];
    if (was !== member) yield { was: was?.agent === member.agent ? was : undefined, member };
  }
}

export const IN_FLIGHT: readonly Member['state'][] = ['offered', 'applying', 'soaking'];

/** Whether a process may be carrying out one of these commands now: it was asked and has not answered. */
export function isAsked(scene: Scene, by: string, names: readonly CommandName[], on: string): boolean {
  return scene
    .operator()
    .commands.some(
      ({ name, process, answer, on: asked }) =>
        answer === 'none' && process.name === by && names.includes(name) && asked === on,
    );
}

/** The newest rollout of each configuration. */
export function newestRollouts({ database }: Scene): ReadonlyMap<string, Rollout> {
  const rows = [...database.rows.rollouts.values()].sort((a, b) => a.seq - b.seq);
  return new Map(rows.map(({ rollout }) => [rollout.configuration, rollout]));
}
