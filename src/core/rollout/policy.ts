import type { RolloutOptions } from './options.ts';
import type { GateSetting, RolloutPolicy, RolloutStage, RolloutWindow } from './rollout.ts';
import { phasesFor } from './waves.ts';

/** Label of a Configuration, or of a Fleet that gives it to agents, that names the policy of its rollouts. */
export const POLICY_LABEL = 'rollout-policy';

/** A number of agents, or a share of them. */
export type Amount = { readonly agents: number } | { readonly share: number };

/** What a policy begins from. */
export type PolicyProfile = 'fast' | 'standard' | 'careful';

/** One wave of a policy, an environment as a rule. */
export interface PolicyStage extends Pick<RolloutStage, 'name' | 'approval'> {
  readonly matchLabels?: Readonly<Record<string, string>>;
  /** Soaks of this wave alone. */
  readonly profile?: PolicyProfile;
}

/** A `RolloutPolicy` as it was written; what is absent is as in the built-in one. Durations in milliseconds. */
export interface PolicySpec {
  readonly name: string;
  readonly profile?: PolicyProfile;
  readonly stages?: readonly PolicyStage[];
  readonly canaryMaximum?: number;
  /** Canaries of each kind. */
  readonly perStratum?: number;
  /** Agents that wait and are compared with the canaries. */
  readonly controls?: number;
  /** Labels that make agents of one version, component set and OS differ. */
  readonly strata?: readonly string[];
  readonly growth?: number;
  readonly shares?: readonly number[];
  readonly maxConcurrent?: number;
  readonly maxBadAgents?: Amount;
  readonly domainLabel?: string;
  readonly domainShare?: number;
  readonly settleMs?: number;
  readonly canarySoakMs?: number;
  /** The canaries soak for longer than the exporters of the config retry; wins over `canarySoakMs`. */
  readonly canarySoakAuto?: boolean;
  readonly soakMs?: number;
  readonly finalSoakMs?: number;
  readonly deadlineMs?: number;
  readonly phaseMs?: number;
  readonly rolloutMs?: number;
  readonly offlineQuorum?: number;
  readonly onRegression?: 'rollback' | 'pause';
  /** What is done about a config that no collector starts with; absent: it stands still. */
  readonly onInvalid?: 'pause' | 'offer';
  readonly gates?: Readonly<Record<string, GateSetting>>;
  /** Names of checks outside that have to say yes to each phase. */
  readonly checks?: readonly string[];
  readonly windows?: readonly RolloutWindow[];
}

/** What a server is set to where neither a policy nor a client says; `soakMs` absent: by the size of the fleet. */
export interface PolicyTimings {
  readonly deadlineMs: number;
  readonly soakMs?: number;
  readonly unhealthyMs: number;
  readonly absenceMs: number;
}

const MINUTE_MS = 60_000;
const SMALL_FLEET = 20;
const MIDDLE_FLEET = 500;

/** How a fleet of a size is gone about where nobody says (reference/rollouts.md §5.2). */
interface Profile {
  readonly canarySoakMs: number;
  readonly soakMs: number;
  readonly finalSoakMs: number;
  readonly canaryMaximum?: number;
  readonly shares?: readonly number[];
  readonly growth?: number;
}

/** BindPlane watches nothing at all; here an agent has time to crash and to say so. */
const FAST_SOAK_MS = 12_000;
const CAREFUL_SOAK_MS = 10 * MINUTE_MS;
/** `canary: auto` is no shorter than this (reference/rollouts.md §5.7). */
const AUTO_SOAK_MS = 5 * MINUTE_MS;
/** Phases of BindPlane grow so (reference/bindplane.md §5). */
const FAST_GROWTH = 5;

function profileFor(agents: number, name: PolicyProfile = 'standard', retryMs = 0): Profile {
  const own = standardProfile(agents);
  if (name === 'standard') return own;
  const sizes = own.canaryMaximum === undefined ? {} : { canaryMaximum: own.canaryMaximum };
  if (name === 'fast') {
    const soaks = { canarySoakMs: FAST_SOAK_MS, soakMs: FAST_SOAK_MS, finalSoakMs: 0 };
    return { ...soaks, ...sizes, growth: FAST_GROWTH };
  }
  const soak = Math.max(CAREFUL_SOAK_MS, beyond(retryMs));
  const soaks = { canarySoakMs: soak, soakMs: soak, finalSoakMs: soak };
  return { ...soaks, ...sizes, shares: own.shares ?? [0.25, 0.5, 1] };
}

/** Long enough to see what an exporter gave up; 0 where none retries. */
function beyond(retryMs: number): number {
  return retryMs > 0 ? retryMs + RETRY_MARGIN_MS : 0;
}

function standardProfile(agents: number): Profile {
  if (agents <= SMALL_FLEET) {
    return { canarySoakMs: 2 * MINUTE_MS, soakMs: 2 * MINUTE_MS, finalSoakMs: 0 };
  }
  if (agents <= MIDDLE_FLEET) {
    const soaks = { canarySoakMs: 5 * MINUTE_MS, soakMs: 2 * MINUTE_MS, finalSoakMs: 0 };
    return { ...soaks, canaryMaximum: 10, shares: [0.05, 0.25, 1] };
  }
  const soaks = { canarySoakMs: 10 * MINUTE_MS, soakMs: 5 * MINUTE_MS, finalSoakMs: 10 * MINUTE_MS };
  return { ...soaks, canaryMaximum: 10, shares: [0.01, 0.05, 0.25, 0.5, 1] };
}

/** Agents of one rollout that change at the same moment, and of one failure domain, where nobody says otherwise. */
const MAX_CONCURRENT = 100;
const DOMAIN_SHARE = 0.25;
/** Share of the agents that may go wrong over the whole rollout, where one may at all. */
const BAD_SHARE = 0.01;
const QUORUM = 0.5;
/** A soak that the retries of an exporter fit into, and what an exporter needs after it to show that it gave up. */
const RETRY_MARGIN_MS = 20_000;

/** What a policy is made for. */
export interface PolicyOccasion {
  readonly agents: number;
  readonly timings: PolicyTimings;
  readonly spec?: PolicySpec;
  /** What the client that starts it asked for. */
  readonly options: RolloutOptions | null;
  /** Longest time that an exporter of the target tries again, where it has retries; finite ones only. */
  readonly retryMs?: number;
}

/**
 * The policy of one rollout. A client that names phases or errors gets what BindPlane means by them; all-zero options, which
 * the BindPlane Action always sends, mean the defaults throughout, so also `rollbackOnFailure` (reference/lab-bindplane.md
 * §4). Otherwise a named policy counts, and the built-in one by the size of the fleet for what it leaves open.
 */
export function policyFor(occasion: PolicyOccasion): RolloutPolicy {
  const { options } = occasion;
  const count = options?.phaseAgentCount;
  const phases = count ?? { initial: 0, multiplier: 0, maximum: 0 };
  const maxErrors = Math.max(0, Math.floor(options?.maxErrors ?? 0));
  const silent = phases.initial <= 0 && phases.multiplier <= 0 && phases.maximum <= 0;
  const rollbackOnFailure =
    (silent && maxErrors === 0 && count !== undefined) || (options?.rollbackOnFailure ?? true);
  const base = silent && maxErrors === 0 ? ownPolicy(occasion) : askedPolicy(occasion, maxErrors, silent);
  return { ...base, rollbackOnFailure: rollbackOnFailure && base.rollbackOnFailure };
}

/** Phases as BindPlane's; errors that are allowed are allowed in the canary too, so gates that count them are told only. */
function askedPolicy(
  { agents, timings, spec, options }: PolicyOccasion,
  maxErrors: number,
  silent: boolean,
): RolloutPolicy {
  const { canarySoakMs, soakMs, finalSoakMs } = soaksFor(agents, timings, spec);
  const tolerant = maxErrors > 0 ? { gates: { ...TOLERANT, ...spec?.gates } } : {};
  return {
    ...phasesFor(silent ? undefined : options?.phaseAgentCount, agents),
    ...common(timings, spec),
    ...tolerant,
    maxErrors,
    canarySoakMs,
    soakMs,
    finalSoakMs,
  };
}

/** Gates that count the same faults as `maxErrors` does, told only. */
export const TOLERANT: Readonly<Record<string, GateSetting>> = {
  'apply-failed': { shadow: true },
  'went-dark': { shadow: true },
  'crash-loop': { shadow: true },
  health: { shadow: true },
};

function ownPolicy({ agents, timings, spec, retryMs }: PolicyOccasion): RolloutPolicy {
  const profile = profileFor(agents, spec?.profile, retryMs);
  const { canarySoakMs, soakMs, finalSoakMs } = soaksFor(agents, timings, spec, retryMs);
  const asksForKinds = spec?.strata !== undefined || spec?.perStratum !== undefined;
  const canaryMaximum = spec?.canaryMaximum ?? (asksForKinds ? 10 : profile.canaryMaximum);
  const shares = spec?.shares ?? (spec?.growth === undefined ? profile.shares : undefined);
  const stages = spec?.stages?.map((stage) => stageFrom(stage, agents, retryMs));
  const multiplier = spec?.growth ?? profile.growth;
  const growth = multiplier === undefined ? {} : { multiplier: Math.max(1, multiplier) };
  return {
    ...phasesFor(undefined, agents),
    ...growth,
    ...common(timings, spec),
    maxErrors: badAgents(spec?.maxBadAgents, agents),
    canaryErrors: 0,
    canarySoakMs,
    soakMs,
    finalSoakMs,
    maxConcurrent: spec?.maxConcurrent ?? MAX_CONCURRENT,
    domainShare: spec?.domainShare ?? DOMAIN_SHARE,
    ...(canaryMaximum === undefined ? {} : { canaryMaximum }),
    ...(spec?.perStratum === undefined ? {} : { canaryPerStratum: spec.perStratum }),
    ...(shares === undefined ? {} : { shares }),
    ...(stages === undefined
      ? {}
      : { stages: [...stages, { name: 'rest' }], offlineQuorum: spec?.offlineQuorum ?? QUORUM }),
  };
}

/** A wave as the engine goes about it: with soaks of its own where it has a profile. */
function stageFrom(
  { name, approval, profile }: PolicyStage,
  agents: number,
  retryMs: number | undefined,
): RolloutStage {
  const soaks = profile === undefined ? undefined : profileFor(agents, profile, retryMs);
  return {
    name,
    ...(approval === true ? { approval } : {}),
    ...(soaks && { canarySoakMs: soaks.canarySoakMs, soakMs: soaks.soakMs }),
  };
}

function common(
  { deadlineMs, unhealthyMs, absenceMs }: PolicyTimings,
  spec: PolicySpec | undefined,
): Pick<RolloutPolicy, 'deadlineMs' | 'unhealthyMs' | 'absenceMs' | 'rollbackOnFailure'> &
  Partial<RolloutPolicy> {
  return {
    deadlineMs: spec?.deadlineMs ?? deadlineMs,
    unhealthyMs,
    absenceMs,
    rollbackOnFailure: spec?.onRegression !== 'pause',
    ...(spec === undefined ? {} : { name: spec.name }),
    ...(spec?.settleMs === undefined ? {} : { settleMs: spec.settleMs }),
    ...(spec?.phaseMs === undefined ? {} : { phaseMs: spec.phaseMs }),
    ...(spec?.rolloutMs === undefined ? {} : { rolloutMs: spec.rolloutMs }),
    ...(spec?.controls === undefined ? {} : { leastControls: spec.controls }),
    ...(spec?.onInvalid === 'offer' ? { offersUnstartable: true } : {}),
    ...(spec?.gates === undefined ? {} : { gates: spec.gates }),
    ...(spec?.checks === undefined ? {} : { checks: spec.checks }),
    ...(spec?.windows === undefined ? {} : { windows: spec.windows }),
  };
}

/** A server that is set to one soak uses it throughout, unless a policy says otherwise. */
function soaksFor(
  agents: number,
  { soakMs }: PolicyTimings,
  spec: PolicySpec | undefined,
  retryMs = 0,
): Pick<Profile, 'canarySoakMs' | 'soakMs' | 'finalSoakMs'> {
  const profile = profileFor(agents, spec?.profile, retryMs);
  const isSet = soakMs !== undefined && spec?.profile === undefined;
  const built = isSet ? { canarySoakMs: soakMs, soakMs, finalSoakMs: 0 } : profile;
  const reachesRetries = !isSet && agents > SMALL_FLEET && spec?.profile !== 'fast';
  const auto =
    spec?.canarySoakAuto === true
      ? Math.max(AUTO_SOAK_MS, beyond(retryMs))
      : Math.max(built.canarySoakMs, reachesRetries ? beyond(retryMs) : 0);
  return {
    canarySoakMs: (spec?.canarySoakAuto === true ? undefined : spec?.canarySoakMs) ?? auto,
    soakMs: spec?.soakMs ?? built.soakMs,
    finalSoakMs: spec?.finalSoakMs ?? built.finalSoakMs,
  };
}

/** Agents that may go wrong before the rollout stops: one less than what the budget is spent with. */
function badAgents(amount: Amount | undefined, agents: number): number {
  const budget = amount ?? { share: BAD_SHARE };
  const spent = 'agents' in budget ? budget.agents : Math.ceil(agents * budget.share);
  return Math.max(1, spent) - 1;
}
