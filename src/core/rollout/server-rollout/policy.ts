/** How a rollout on a BindPlane server goes about it; a `RolloutPolicy` of the engine is one. Durations in milliseconds. */
export interface ServerRolloutPolicy {
  /** Agents of the first phase; each later phase is `multiplier` times as large, up to `maximum`. */
  readonly initial: number;
  readonly multiplier: number;
  readonly maximum: number;
  /** Agents that may refuse or not answer, over all waves, before the rollout stops. */
  readonly maxErrors: number;
  /** Apply the previous spec again when it stops and somebody runs the new version. */
  readonly rollbackOnFailure: boolean;
  /** Longest silence of an agent that was offered the version. */
  readonly deadlineMs: number;
  /** How long a wave is looked at, once all its agents answered, before the next one is released; 0: not at all. */
  readonly soakMs: number;
}

/** What BindPlane calls rollout options (reference/bindplane.md §4.1). */
export interface PhaseSettings {
  readonly startAutomatically: boolean;
  readonly rollbackOnFailure: boolean;
  readonly phaseAgentCount: {
    readonly initial: number;
    readonly multiplier: number;
    readonly maximum: number;
  };
  readonly maxErrors: number;
}

/**
 * What an agent gets where nobody wrote a policy, beside the server's own phases. BindPlane waits for a silent agent for
 * ever; five minutes are ten times what an agent of its own takes to restart.
 */
export const UNWRITTEN: Pick<
  ServerRolloutPolicy,
  'maxErrors' | 'rollbackOnFailure' | 'deadlineMs' | 'soakMs'
> = { maxErrors: 0, rollbackOnFailure: true, deadlineMs: 300_000, soakMs: 0 };

/**
 * A policy as BindPlane's options. Never a zero, which would hang the rollout for ever on 1.35.0 (reference/lab-bindplane.md
 * §4), and no multiplier below 1, of which that server's phases shrink to nothing. BindPlane stores `rollbackOnFailure` and
 * does nothing about it; it is sent so that its pages show what was meant.
 */
export function phaseSettings(
  policy: Pick<ServerRolloutPolicy, 'initial' | 'multiplier' | 'maximum' | 'maxErrors' | 'rollbackOnFailure'>,
): PhaseSettings {
  const initial = atLeastOne(policy.initial);
  return {
    startAutomatically: false,
    rollbackOnFailure: policy.rollbackOnFailure,
    phaseAgentCount: {
      initial,
      multiplier: Number.isFinite(policy.multiplier) ? Math.max(1, policy.multiplier) : 1,
      maximum: Math.max(initial, atLeastOne(policy.maximum)),
    },
    maxErrors: Math.max(0, Math.floor(Number.isFinite(policy.maxErrors) ? policy.maxErrors : 0)),
  };
}

/** More agents than any server has; the most that a Collie server takes. */
const EVERYBODY = 1_000_000;

/**
 * Everybody at once, whoever refuses: how a known good version is brought back. A first refusal must not keep the others on
 * the bad one.
 */
export const EVERYBODY_AT_ONCE: PhaseSettings = phaseSettings({
  initial: EVERYBODY,
  multiplier: 1,
  maximum: EVERYBODY,
  maxErrors: EVERYBODY,
  rollbackOnFailure: false,
});

function atLeastOne(count: number): number {
  return Number.isFinite(count) ? Math.max(1, Math.floor(count)) : 1;
}
