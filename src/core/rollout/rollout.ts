import type { RolloutState } from './view.ts';

/** How a rollout goes about it. All durations in milliseconds. */
export interface RolloutPolicy {
  /** Agents of the first phase; each later phase is `multiplier` times as large, up to `maximum`. */
  readonly initial: number;
  readonly multiplier: number;
  readonly maximum: number;
  /** Agents that may refuse, fall silent or turn unhealthy before the rollout stops. */
  readonly maxErrors: number;
  /** Bring every touched agent back to its own previous config when the rollout stops. */
  readonly rollbackOnFailure: boolean;
  /** Longest silence after an offer; counted anew once when the agent says APPLYING. */
  readonly deadlineMs: number;
  /** How long an applied config must stay applied and healthy before the next phase. */
  readonly soakMs: number;
  /** Unhealthy for this long while soaking counts as an error. */
  readonly unhealthyMs: number;
  /** An agent that was there a moment ago is waited for this long before the rollout ends without it. */
  readonly absenceMs: number;
}

/**
 * Where one agent stands. `left` is an agent that failed and has no previous config to go back to; `skipped` never
 * takes part (it accepts no config). Failed agents go through `restoring` at once, whether or not the rollout stops:
 * a supervisor keeps the refused config and would start it after a restart (reference/lab-opamp.md §1).
 */
export type MemberState =
  | 'waiting'
  | 'offered'
  | 'applying'
  | 'soaking'
  | 'done'
  | 'restoring'
  | 'restored'
  | 'restore-failed'
  | 'left'
  | 'skipped';

export type FaultKind = 'refused' | 'no-answer' | 'unhealthy';

/** Why an agent counts against the budget. `message` is the agent's own text where it said something. */
export interface Fault {
  readonly kind: FaultKind;
  readonly message: string;
  readonly at: number;
}

export interface Member {
  readonly agent: string;
  readonly name: string;
  readonly version: string;
  readonly state: MemberState;
  /** Phase in which it was offered, from 0; absent while waiting. */
  readonly wave?: number;
  /** What it ran before, and goes back to; absent when it had nothing. */
  readonly previousHash?: string;
  /** It runs the version of a rollout that was replaced before it ended: a rollback brings it back as well. */
  readonly carried?: boolean;
  readonly offeredAt?: number;
  readonly applyingAt?: number;
  readonly appliedAt?: number;
  /** Since when it has been soaking without interruption. */
  readonly soakingSince?: number;
  readonly unhealthySince?: number;
  readonly fault?: Fault;
  readonly restoreAt?: number;
  readonly restoreApplyingAt?: number;
  readonly restoredAt?: number;
  readonly restoreMessage?: string;
  readonly note?: string;
}

export interface TimelineEntry {
  readonly at: number;
  readonly text: string;
}

/** One rollout of one configuration version. Plain data; all times in milliseconds since the epoch. */
export interface Rollout {
  readonly id: string;
  readonly configuration: string;
  readonly version: number;
  readonly fromVersion?: number;
  readonly targetHash: string;
  readonly state: RolloutState;
  readonly policy: RolloutPolicy;
  /** Phases released so far. */
  readonly phase: number;
  readonly members: readonly Member[];
  readonly timeline: readonly TimelineEntry[];
  readonly startedAt: number;
  readonly endedAt?: number;
  /** Why it stopped, for people. */
  readonly reason?: string;
}

/** What is known about an agent now. Absent from the map: never heard of since the server started, taken as away. */
export interface ObservedAgent {
  /** Reachable, and what follows is up to date. */
  readonly connected: boolean;
  /** Since when it is not; absent while it is, or when nobody knows. */
  readonly awaySince?: number;
  /** Accepts remote config and reports what became of it. */
  readonly takesConfig: boolean;
  /** The last RemoteConfigStatus. */
  readonly hash: string;
  readonly config: 'unset' | 'applying' | 'applied' | 'failed';
  readonly message: string;
  /** Undefined where the agent does not report health. */
  readonly healthy?: boolean;
  readonly healthMessage?: string;
  /** What was sent to it over its present connection. */
  readonly sent?: string;
}

/** What `decide` wants done, in this order: first stored, then sent. */
export type Effect =
  /** The new state of the rollout: stored before anything leaves. */
  | { readonly kind: 'save'; readonly rollout: Rollout }
  /** This agent refused this hash (or fell silent on it): it is not offered again without a new decision. */
  | { readonly kind: 'refuse'; readonly agent: string; readonly hash: string; readonly message: string }
  /** From now on the agent is to run the target. */
  | { readonly kind: 'offer'; readonly agent: string; readonly hash: string }
  /** From now on the agent is to run its own previous config again. */
  | { readonly kind: 'restore'; readonly agent: string; readonly hash: string }
  /** The agent has nothing to go back to: it is not to be sent the target any more, and keeps what it has. */
  | { readonly kind: 'withdraw'; readonly agent: string }
  /** The version is proven: agents that come later get it. */
  | { readonly kind: 'promote'; readonly configuration: string; readonly version: number }
  /** People should be told. */
  | { readonly kind: 'report' };

/** States in which nothing is decided any more (restores under way are still watched). */
export function hasEnded(state: RolloutState): boolean {
  return !['pending', 'started', 'paused', 'rolling-back'].includes(state);
}

/** Whether an agent still waits for its restored config to be confirmed. */
export function isSettled(rollout: Rollout): boolean {
  return hasEnded(rollout.state) && rollout.members.every(({ state }) => state !== 'restoring');
}
