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
  /** The `RolloutPolicy` that it was made from; absent: the built-in one. */
  readonly name?: string;
  /** Agents of a stage's first phase that may fail; absent: only `maxErrors` counts. */
  readonly canaryErrors?: number;
  /** The first phase of a stage takes one agent of each stratum, up to this many; absent: `initial` agents. */
  readonly canaryMaximum?: number;
  /** Agents of each stratum that the canary takes; absent: one. */
  readonly canaryPerStratum?: number;
  /** Shares of a stage's agents that have the target after each phase behind the canary; absent: phases grow by `multiplier`. */
  readonly shares?: readonly number[];
  /** Stages in order; members name theirs by its place. Absent: one. */
  readonly stages?: readonly RolloutStage[];
  /** As `soakMs`, for the first phase of a stage. */
  readonly canarySoakMs?: number;
  /** How long the whole fleet is watched before the version counts as proven. */
  readonly finalSoakMs?: number;
  /** What agents measure this soon after they applied a config is not counted. */
  readonly settleMs?: number;
  /** Agents that may be offered the config and not have applied it yet, at any moment. */
  readonly maxConcurrent?: number;
  /** The same as a share of the agents of one failure domain; one of them always may. */
  readonly domainShare?: number;
  /** Share of a stage's agents that must have been there for the next stage to begin. */
  readonly offlineQuorum?: number;
  /** Longest time a phase, and the whole rollout, may take before somebody has to look. */
  readonly phaseMs?: number;
  readonly rolloutMs?: number;
  readonly gates?: Readonly<Record<string, GateSetting>>;
  /** With fewer agents to compare with, statistics compare the wave with its own past; absent: five. */
  readonly leastControls?: number;
  /** Agents were asked to send their own metrics here: silence is then no pass. */
  readonly expectsMetrics?: boolean;
  /** Names of checks outside that have to say yes to each phase; others may speak as well. */
  readonly checks?: readonly string[];
  /** A config that no collector starts with is offered all the same: agents may have the rest of it. */
  readonly offersUnstartable?: boolean;
  /** When something new may be offered; absent or empty: always. */
  readonly windows?: readonly RolloutWindow[];
}

/** One stage of a rollout, an environment as a rule. */
export interface RolloutStage {
  readonly name: string;
  /** Somebody has to say that it may begin. */
  readonly approval?: boolean;
  /** As in the policy, for this stage alone. */
  readonly canarySoakMs?: number;
  readonly soakMs?: number;
}

/** A time of the week in which something new may be offered. Days are ISO numbers (1 is Monday), hours [from, to). */
export interface RolloutWindow {
  readonly days: readonly number[];
  readonly fromMinute: number;
  readonly toMinute: number;
  readonly timeZone: string;
}

/** Settings of one gate in a policy; what is absent is the gate's own default. */
export interface GateSetting {
  readonly shadow?: boolean;
  readonly off?: boolean;
  readonly action?: 'rollback' | 'pause';
  /** The gate's own numbers, by the names in its `settings`. */
  readonly values?: Readonly<Record<string, number>>;
}

/** Why a rollout stands still until somebody decides. */
export type PauseKind = 'user' | 'approval' | 'gate' | 'inconclusive' | 'quorum' | 'deadline' | 'validation';

/** `waives`: what whoever promotes the rollout goes on in spite of, added to `Rollout.waived`. */
export interface Pause {
  readonly kind: PauseKind;
  readonly text: string;
  readonly waives?: readonly string[];
}

/** What a check outside (a webhook's answer, a test run) said of a phase. */
export interface OutsideCheck {
  readonly name: string;
  readonly phase: number;
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  readonly evidence: string;
}

/** The last word of a gate about the present phase. */
export interface GateState {
  readonly gate: string;
  readonly phase: number;
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  readonly action: 'rollback' | 'pause';
  readonly shadow: boolean;
  readonly evidence: string;
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

/** `regressed`: its own numbers showed it to a gate. */
export type FaultKind = 'refused' | 'no-answer' | 'unhealthy' | 'crash-loop' | 'regressed';

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
  /** Place of its stage in the policy's list; absent: the only one. */
  readonly stage?: number;
  /** Collector version, components, OS and role: agents alike in these fail alike. */
  readonly stratum?: string;
  /** Zone, cluster or whatever fails as one. */
  readonly domain?: string;
  /** It is in the first phase of its stage. */
  readonly canary?: boolean;
  /** Phase in which it was offered, from 0; absent while waiting. */
  readonly wave?: number;
  /** What it ran before, and goes back to; absent when it had nothing. */
  readonly previousHash?: string;
  /** It runs the version of a rollout that was replaced before it ended: a rollback brings it back as well. */
  readonly carried?: boolean;
  readonly offeredAt?: number;
  /** When it had said that it refuses the target, before it was offered it once more: that word does not count. */
  readonly refusedBefore?: number;
  readonly applyingAt?: number;
  readonly appliedAt?: number;
  /** Since when it has been soaking without interruption. */
  readonly soakingSince?: number;
  readonly unhealthySince?: number;
  /** Whether it was healthy when it was offered the target; absent where it did not say. */
  readonly healthyBefore?: boolean;
  /** The last times that it turned unhealthy since it applied the config, with its words. */
  readonly falls?: readonly { readonly at: number; readonly message: string }[];
  /** Times it came back after it was gone since then. */
  readonly returns?: number;
  readonly away?: boolean;
  readonly fault?: Fault;
  readonly restoreAt?: number;
  readonly restoreApplyingAt?: number;
  readonly restoredAt?: number;
  readonly restoreMessage?: string;
  /** Its collector lacks components of the target: it is never offered it. */
  readonly unfit?: boolean;
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
  /** Why it stands still until somebody decides; only while paused. */
  readonly pause?: Pause;
  /** Why nothing new is offered for the moment (a window, a lock, a stop), though it goes on. */
  readonly held?: string;
  /** When the present phase was released, and until when it is watched longer than planned. */
  readonly phaseAt?: number;
  readonly extendedUntil?: number;
  /** Since when the whole fleet is watched. */
  readonly bakingSince?: number;
  /** Why no collector starts with the config, a sentence each; absent: none is sure to refuse it. */
  readonly unstartable?: readonly string[];
  /** What somebody decided to go on in spite of: `gate@phase`, `stage:name`, `quorum:name`, `deadline`, `validation`. */
  readonly waived?: readonly string[];
  readonly gates?: readonly GateState[];
  /** What checks outside said of a phase, the last word of each. */
  readonly checks?: readonly OutsideCheck[];
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
  /** When it came to say so: the same word has the same time. */
  readonly saidAt?: number;
  /** Undefined where the agent does not report health. */
  readonly healthy?: boolean;
  readonly healthMessage?: string;
  /** What was sent to it over its present connection. */
  readonly sent?: string;
  /** Components of the target that its collector does not have; absent: none, or it did not say what it has. */
  readonly lacks?: readonly string[];
  /** Its labels give it to another configuration by now. */
  readonly moved?: boolean;
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
