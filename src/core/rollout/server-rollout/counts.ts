import type { Agent } from '../../fleet/agent.ts';

/** BindPlane's six rollout states (reference/bindplane.md §5). */
export type ServerRolloutStatus = 'pending' | 'started' | 'paused' | 'error' | 'stable' | 'replaced';

/** How many agents of a rollout, or of one stage of it, stand where. */
export interface RolloutCounts {
  readonly completed: number;
  readonly errors: number;
  /** Offered, and no answer yet. Agents that go away drop out of it. */
  readonly pending: number;
  /** Not offered yet. */
  readonly waiting: number;
}

/** One stage of a progressive rollout (BindPlane Enterprise). */
export interface RolloutStage extends RolloutCounts {
  readonly name: string;
}

/** A rollout as a BindPlane server tells it. */
export interface ServerRollout extends RolloutCounts {
  readonly configuration: string;
  readonly version: number;
  readonly status: ServerRolloutStatus;
  /** Batches released so far. */
  readonly phase: number;
  /** Index of the stage that is under way; only in progressive rollouts. */
  readonly stage?: number;
  readonly stages?: readonly RolloutStage[];
}

/** An agent that has to do with one version of a configuration, as the server records it. */
export interface RolloutAgent {
  readonly agent: Agent;
  /** `refused`: in error over it; `pending`: offered and no answer; `applied`: it runs it. */
  readonly state: 'applied' | 'pending' | 'refused';
  /** The agent's own words; only of one that refused. */
  readonly message?: string;
  /** Since when it is disconnected, milliseconds since the epoch; absent while it is connected, or where the server does not say. */
  readonly awaySince?: number;
}

/** An agent in error as the server tells it. */
export interface AgentError {
  readonly agent: Agent;
  readonly message: string;
}

/** Agents that were given the version, by the counts of one moment. */
export function offeredOf({ completed, errors, pending }: RolloutCounts): number {
  return completed + errors + pending;
}

/**
 * Whether nothing more happens by itself. `Stable` is set while agents are still pending where there are thousands of them
 * (reference/lab-bindplane.md §4: `completed 3265, pending 1735`): that is not the end.
 */
export function isOver({ status, pending }: ServerRollout): boolean {
  return status === 'error' || status === 'replaced' || (status === 'stable' && pending === 0);
}
