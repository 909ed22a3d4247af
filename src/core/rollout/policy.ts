import type { RolloutOptions } from './options.ts';
import type { GateSetting, RolloutPolicy, RolloutStage, RolloutWindow } from './rollout.ts';
import { phasesFor } from './waves.ts';

/** Label of a Configuration, or of a Fleet that gives it to agents, that names the policy of its rollouts. */
export const POLICY_LABEL = 'rollout-policy';

/** A number of agents, or a share of them. */
export type Amount = { readonly agents: number } | { readonly share: number };

/** A `RolloutPolicy` as it was written; what is absent is as in the built-in one. Durations in milliseconds. */
export interface PolicySpec {
  readonly name: string;
  readonly stages?: readonly (RolloutStage & { readonly matchLabels?: Readonly<Record<string, string>> })[];
  readonly canaryMaximum?: number;
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
  readonly soakMs?: number;
  readonly finalSoakMs?: number;
  readonly deadlineMs?: number;
  readonly phaseMs?: number;
  readonly rolloutMs?: number;
  readonly offlineQuorum?: number;
  readonly onRegression?: 'rollback' | 'pause';
  readonly gates?: Readonly<Record<string, GateSetting>>;
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
}

function profileFor(agents: number): Profile {
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
  const profile = profileFor(agents);
  const { canarySoakMs, soakMs, finalSoakMs } = soaksFor(agents, timings, spec, retryMs);
  const canaryMaximum = spec?.canaryMaximum ?? (spec?.strata === undefined ? profile.canaryMaximum : 10);
  const shares = spec?.shares ?? (spec?.growth === undefined ? profile.shares : undefined);
  const stages = spec?.stages?.map(({ name, approval }) => ({
    name,
    ...(approval === true ? { approval } : {}),
  }));
  const growth = spec?.growth === undefined ? {} : { multiplier: Math.max(1, spec.growth) };
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
    ...(shares === undefined ? {} : { shares }),
    ...(stages === undefined
      ? {}
      : { stages: [...stages, { name: 'rest' }], offlineQuorum: spec?.offlineQuorum ?? QUORUM }),
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
    ...(spec?.gates === undefined ? {} : { gates: spec.gates }),
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
  const profile = profileFor(agents);
  const built = soakMs === undefined ? profile : { canarySoakMs: soakMs, soakMs, finalSoakMs: 0 };
  const beyondRetries = soakMs === undefined && retryMs > 0 ? retryMs + RETRY_MARGIN_MS : 0;
  return {
    canarySoakMs:
      spec?.canarySoakMs ?? Math.max(built.canarySoakMs, agents > SMALL_FLEET ? beyondRetries : 0),
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
