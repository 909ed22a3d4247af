import { durationText } from '../gates/words.ts';
import type { RolloutOptions } from '../options.ts';
import type { RolloutPolicy } from '../rollout.ts';

/** What a rollout on a BindPlane server is held to, whoever sizes its phases. Durations in milliseconds. */
export interface ServerRolloutLimits {
  /** Agents that may refuse or not answer, over all waves, before the rollout stops. */
  readonly maxErrors: number;
  /** Apply the previous spec again when it stops and somebody runs the new version. */
  readonly rollbackOnFailure: boolean;
  /** Longest silence of an agent that was offered the version. */
  readonly deadlineMs: number;
  /** How long a wave is looked at, once all its agents answered, before the next one is released; 0: not at all. */
  readonly soakMs: number;
  /** The same for the first wave, and for all of them once everybody has it. */
  readonly canarySoakMs?: number;
  readonly finalSoakMs?: number;
  /** Settings of gates, by their ids. */
  readonly gates?: RolloutPolicy['gates'];
  /** The `RolloutPolicy` that it comes from. */
  readonly name?: string;
  /** Its waves by name, and whether somebody has to say that one may begin: stages of a progressive rollout have their names. */
  readonly waves?: readonly { readonly name: string; readonly approval?: boolean }[];
}

/** How a rollout on a BindPlane server goes about it. */
export interface ServerRolloutPolicy extends ServerRolloutLimits {
  /** Agents of the first phase; each later phase is `multiplier` times as large, up to `maximum`. */
  readonly initial: number;
  readonly multiplier: number;
  readonly maximum: number;
}

/**
 * What a rollout is held to where nobody wrote a policy: the server sizes and times its phases. BindPlane waits for a silent
 * agent for ever; five minutes are ten times what an agent of its own takes to restart.
 */
export const UNWRITTEN: ServerRolloutLimits = {
  maxErrors: 0,
  rollbackOnFailure: true,
  deadlineMs: 300_000,
  soakMs: 0,
};

/**
 * What BindPlane can be asked for of a policy of the engine. Its phases only grow by one factor: of shares the smallest step
 * counts, so that no phase is larger than the policy means it, and agents of a phase are the server's choice, not strata.
 * Waves of the policy are none there but where the Configuration itself has stages of the same names (`spec.rollout`, Enterprise);
 * there are no windows and no failure domains.
 */
export function serverPolicy(policy: RolloutPolicy): ServerRolloutPolicy {
  const { maxErrors, rollbackOnFailure, deadlineMs, soakMs, canarySoakMs, finalSoakMs, gates, name } = policy;
  const { maxConcurrent = policy.maximum, shares = [] } = policy;
  const steps = shares.flatMap((share, index) => {
    const before = shares[index - 1] ?? 0;
    return before > 0 ? [share / before] : [];
  });
  return {
    initial: policy.initial,
    multiplier: steps.length === 0 ? policy.multiplier : Math.max(1, Math.min(...steps)),
    maximum: Math.min(policy.maximum, maxConcurrent),
    maxErrors,
    rollbackOnFailure,
    deadlineMs,
    soakMs,
    ...(canarySoakMs === undefined ? {} : { canarySoakMs }),
    ...(finalSoakMs === undefined ? {} : { finalSoakMs }),
    ...(gates === undefined ? {} : { gates }),
    ...(name === undefined ? {} : { name }),
    ...(policy.stages === undefined ? {} : { waves: policy.stages }),
  };
}

/** What a policy comes to on a BindPlane server, in a sentence without its end. */
export function policyText(policy: ServerRolloutPolicy, isProgressive: boolean): string {
  const { phaseAgentCount, maxErrors } = phaseSettings(policy);
  const { initial, multiplier, maximum } = phaseAgentCount;
  const first = initial === 1 ? '1 agent first' : `${initial} agents first`;
  const growth = multiplier === 1 ? 'as many each time' : `${multiplier} times as many each time`;
  const [canary, later] = [soakOf(policy, 0, false), soakOf(policy, 1, false)];
  const soaks =
    canary === later ? durationText(later) : `${durationText(canary)} and then ${durationText(later)}`;
  const named = policy.name === undefined ? 'its policy' : `policy ${policy.name}`;
  const errors = maxErrors === 1 ? '1 error is allowed' : `${maxErrors} errors are allowed`;
  const stages = isProgressive
    ? 'stage after stage of the Configuration'
    : `${first}, ${growth}, at most ${maximum}`;
  const own = (policy.waves ?? []).map(({ name }) => name);
  const waves =
    isProgressive || own.length === 0
      ? ''
      : `; its waves ${own.join(', ')} would be stages of a progressive rollout there, which the Configuration does not ask for`;
  return `${named}: ${stages}; each soaks for ${soaks}; ${errors}${waves}`;
}

/** How long a wave is looked at: the canary, one behind it, or everybody at the end. Milliseconds. */
export function soakOf(
  { soakMs, canarySoakMs = soakMs, finalSoakMs = 0 }: ServerRolloutLimits,
  wave: number,
  isLast: boolean,
): number {
  return Math.max(wave <= 0 ? canarySoakMs : soakMs, isLast ? finalSoakMs : 0);
}

/** Whether anything is looked at before the next wave: then the server must not go on by itself. */
export function holdsWaves(limits: ServerRolloutLimits): boolean {
  return soakOf(limits, 0, false) > 0 || soakOf(limits, 1, false) > 0;
}

/**
 * A policy as BindPlane's options. Never a zero, which would hang the rollout for ever on 1.35.0 (reference/lab-bindplane.md
 * §4), and no multiplier below 1, of which that server's phases shrink to nothing. BindPlane stores `rollbackOnFailure` and
 * does nothing about it; it is sent so that its pages show what was meant.
 */
export function phaseSettings(
  policy: Pick<ServerRolloutPolicy, 'initial' | 'multiplier' | 'maximum' | 'maxErrors' | 'rollbackOnFailure'>,
): Required<RolloutOptions> {
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
export const EVERYBODY_AT_ONCE: Required<RolloutOptions> = phaseSettings({
  initial: EVERYBODY,
  multiplier: 1,
  maximum: EVERYBODY,
  maxErrors: EVERYBODY,
  rollbackOnFailure: false,
});

function atLeastOne(count: number): number {
  return Number.isFinite(count) ? Math.max(1, Math.floor(count)) : 1;
}
