import type { RolloutTimings } from '../../app/limits.ts';
import { ROLLOUT_TIMINGS } from '../../app/limits.ts';
import type { PolicySpec } from '../../src/core/rollout/policy.ts';
import type { NetworkFaults } from './channels.ts';
import type { Random } from './random.ts';

/** What a run may look like where its seed does not say. */
export interface Wishes {
  /** Exactly so many, or some number between these two. */
  readonly agents?: number | readonly [low: number, high: number];
  readonly replicas?: number;
  /** Rollouts come from pull requests, whether the seed says so or not. */
  readonly github?: boolean;
}

/** Chances and rates of what goes wrong in one run. All rates are in events a minute of virtual time. */
export interface FaultRates {
  readonly network: NetworkFaults;
  /** Chances at each call of the store: to be slow, to fail, to be the last one of its process. */
  readonly slowCall: number;
  readonly failedCall: number;
  readonly fatalCall: number;
  /** Chance that the process stands still in the middle of a call, for longer than its lease. */
  readonly frozenCall: number;
  readonly crashes: number;
  readonly stops: number;
  readonly pauses: number;
  readonly longestPauseMs: number;
  /** Windows in which every write fails (disk full) or every call does (database away). */
  readonly outages: number;
  readonly partitions: number;
  /** A connection of an agent breaks. */
  readonly breaks: number;
  /** An agent's process starts anew. */
  readonly restarts: number;
  /** Agents are switched off and on, and new ones come. */
  readonly churn: number;
  /** A third of the agents is away for some minutes, and back at once. */
  readonly sites: number;
  readonly labelEdits: number;
  /** Largest distance of a process's wall clock from the truth. */
  readonly clockMs: number;
}

/** What goes wrong between the server and GitHub. */
export interface GitHubFaults {
  /** Chances that a webhook is never sent, and that it is sent twice. */
  readonly lost: number;
  readonly twice: number;
  /** Chance that a call fails, before or after it did what it was to do. */
  readonly failed: number;
  readonly slowestMs: number;
}

/** Everything about a run that is decided before it begins. */
export interface Plan {
  readonly agents: number;
  readonly replicas: number;
  readonly configurations: readonly string[];
  readonly timings: RolloutTimings;
  readonly rates: FaultRates;
  /** Versions that are applied and rolled out, one after another or over each other. */
  readonly versions: number;
  /** Longest time between two of them. */
  readonly paceMs: number;
  /** Commands a minute beside those. */
  readonly commands: number;
  /** Chance that somebody stops a wave the moment it begins; seen by its commit. */
  readonly reflex: number;
  /** Chance that somebody moves one of its agents to another configuration then, and rolls that out. */
  readonly moves: number;
  /** How rollouts of a configuration go about it, where a policy says so. */
  readonly policies: Readonly<Record<string, PolicySpec>>;
  /** Share of the agents that are one site, which is connected for the first time in the middle of the run. */
  readonly site: number;
  /** Chance that an agent of the site runs what it is given and never answers. */
  readonly siteMute: number;
  /** Rollouts come from pull requests, and are told there; absent: nobody is told. */
  readonly github?: GitHubFaults;
}

const NONE = 0;

/** Quick rollouts (a demo's), the usual ones, and slow ones. */
function timingsOf(random: Random): RolloutTimings {
  const kind = random.weighted({ quick: 4, usual: 1, slow: 1 });
  const tickMs = 5000;
  if (kind === 'usual') return { ...ROLLOUT_TIMINGS, soakMs: 12_000, tickMs };
  const [deadlineMs, soakMs] = kind === 'quick' ? [30_000, 3000] : [60_000, 30_000];
  return { deadlineMs, soakMs, unhealthyMs: 5000, absenceMs: deadlineMs / 2, tickMs };
}

function ratesOf(random: Random, agents: number): FaultRates {
  // Each kind of fault is there in some runs only: what one hides, another run shows.
  const some = (chance: number, rate: number): number =>
    random.chance(chance) ? rate * random.unit() : NONE;
  const crashing = random.chance(0.4);
  return {
    network: {
      loss: some(0.5, 0.02),
      twice: some(0.3, 0.02),
      slowestMs: random.chance(0.5) ? 200 : 5000,
      halfOpen: some(0.5, 1),
    },
    slowCall: some(0.5, 0.2),
    failedCall: some(0.35, 0.01),
    fatalCall: crashing ? 0.001 * random.unit() : NONE,
    frozenCall: some(0.3, 0.002),
    crashes: some(0.4, 0.5),
    stops: some(0.2, 0.3),
    pauses: some(0.4, 2),
    longestPauseMs: random.chance(0.5) ? 8000 : 120_000,
    outages: some(0.2, 0.2),
    partitions: some(0.25, 0.3),
    breaks: some(0.5, agents / 20),
    restarts: some(0.4, agents / 30),
    churn: some(0.4, agents / 40),
    sites: some(0.3, 0.3),
    labelEdits: some(0.4, agents / 25),
    clockMs: some(0.3, 600_000),
  };
}

/** A policy as somebody may write it: environments one after another, canaries of each kind, shares, limits, watches. */
function policyOf(random: Random, name: string): PolicySpec {
  const soakMs = random.between(2, 60) * 1000;
  const some = <T extends object>(chance: number, part: () => T): T | Partial<T> =>
    random.chance(chance) ? part() : {};
  return {
    name,
    soakMs,
    canarySoakMs: soakMs * random.between(1, 3),
    ...some(0.6, () => ({
      stages: [
        { name: 'dev', matchLabels: { env: 'dev' } },
        { name: 'prod', matchLabels: { env: 'prod' }, ...(random.chance(0.4) ? { approval: true } : {}) },
      ],
      offlineQuorum: random.pick([0, 0.5, 0.9]),
    })),
    ...some(0.5, () => ({
      shares: random.pick([
        [0.05, 0.25, 1],
        [0.5, 1],
        [0.01, 0.1, 0.5, 1],
      ]),
    })),
    ...some(0.3, () => ({ growth: random.between(1, 5) })),
    ...some(0.4, () => ({ canaryMaximum: random.between(1, 10) })),
    ...some(0.4, () => ({ maxConcurrent: random.between(1, 20) })),
    ...some(0.4, () => ({ domainLabel: 'zone', domainShare: random.pick([0.1, 0.25, 0.5]) })),
    ...some(0.5, () => ({
      maxBadAgents: random.chance(0.5) ? { agents: random.between(1, 4) } : { share: 0.05 },
    })),
    ...some(0.3, () => ({ finalSoakMs: random.between(1, 120) * 1000 })),
    ...some(0.2, () => ({ phaseMs: random.between(60, 600) * 1000 })),
    ...some(0.2, () => ({ onRegression: 'pause' as const })),
  };
}

/** The plan that a seed gives; wishes override what it would draw, and nothing else. */
export function planOf(random: Random, wishes: Wishes): Plan {
  const wished = wishes.agents ?? [20, 200];
  const [low, high] = typeof wished === 'number' ? [wished, wished] : wished;
  const several = random.chance(0.6) ? random.between(2, 3) : 1;
  const agents = random.between(low, high);
  const names = ['node', 'gateway', 'edge'];
  const policies = names
    .filter(() => random.chance(0.4))
    .map((name) => [name, policyOf(random, `${name}-policy`)]);
  const github = {
    lost: 0.2 * random.unit(),
    twice: 0.3 * random.unit(),
    failed: 0.3 * random.unit(),
    slowestMs: random.pick([500, 20_000]),
  };
  // Telling costs more than all else: some runs are enough.
  const tells = random.chance(0.2) || wishes.github === true;
  return {
    ...(tells ? { github } : {}),
    policies: Object.fromEntries(policies) as Plan['policies'],
    agents,
    replicas: wishes.replicas ?? several,
    configurations: names.slice(0, random.weighted({ 1: 5, 2: 3, 3: 2 }) === '1' ? 1 : random.between(2, 3)),
    timings: timingsOf(random),
    rates: ratesOf(random, agents),
    versions: random.between(3, 6),
    paceMs: random.pick([30_000, 300_000, 1_200_000]),
    commands: random.chance(0.6) ? random.unit() : NONE,
    reflex: random.chance(0.6) ? 0.1 : NONE,
    moves: random.chance(0.4) ? 0.3 : NONE,
    site: random.chance(0.2) ? 0.3 + 0.4 * random.unit() : NONE,
    siteMute: random.chance(0.5) ? 0.8 : NONE,
  };
}

/** The same without anything that goes wrong with the store, or follows from seeing what is committed. */
export function withoutStoreFaults(plan: Plan): Plan {
  const calls = { slowCall: NONE, failedCall: NONE, fatalCall: NONE, frozenCall: NONE };
  const rates = { ...plan.rates, ...calls, outages: NONE };
  return { ...plan, rates, reflex: NONE, moves: NONE };
}

/** A short story in which nothing goes wrong by chance: two versions of one configuration, the second bad for some. */
export function calmed(plan: Plan): Plan {
  const { github: _github, ...rest } = withoutStoreFaults(plan);
  const quiet = Object.fromEntries(
    Object.entries(rest.rates).map(([name, rate]) => [name, typeof rate === 'number' ? NONE : rate]),
  );
  const network: NetworkFaults = { loss: NONE, twice: NONE, slowestMs: 20, halfOpen: NONE };
  const rates = { ...rest.rates, ...quiet, network };
  return {
    ...rest,
    rates,
    configurations: ['node'],
    policies: {},
    commands: NONE,
    site: NONE,
    versions: 3,
    paceMs: 60_000,
  };
}
