import { LIMITS } from '../document/limits.ts';
import type { Agent } from '../fleet/agent.ts';
import { soakOf } from './deadlines.ts';
import { nextPhase, stageOf } from './phases.ts';
import { placeOf } from './place.ts';
import { policyFor, type PolicySpec, type PolicyTimings } from './policy.ts';
import type { Member, RolloutPolicy } from './rollout.ts';
import { stageName } from './stages.ts';
import { canaryOrder } from './waves.ts';

/** One wave of a rollout, as it will be where nothing goes wrong. */
export interface WaveOutlook {
  readonly name: string;
  readonly approval: boolean;
  readonly agents: number;
  /** Agents of its first phase, and how many of the kinds of agents in the wave are among them. */
  readonly canaries: number;
  readonly kinds: { readonly covered: number; readonly all: number };
  /** Agents of each phase behind the canaries. */
  readonly batches: readonly number[];
}

/** How a rollout will go where nothing goes wrong. */
export interface Outlook {
  readonly waves: readonly WaveOutlook[];
  readonly agents: number;
  /** Soaks alone; agents take some seconds each time, and approvals and windows take as long as they take. Milliseconds. */
  readonly atLeastMs: number;
  /** The longest that one phase is watched, milliseconds. */
  readonly longestSoakMs: number;
}

/** What a Collie server is set to where nobody says, as far as it matters before a rollout begins. */
const TIMINGS: PolicyTimings = { deadlineMs: 60_000, unhealthyMs: 8000, absenceMs: 60_000 };

/**
 * The policy of a rollout over so many agents.
 * @param timings what the server is set to; nothing in particular where it does not tell
 */
export function foreseenPolicy(
  spec: PolicySpec | undefined,
  agents: number,
  retryMs: number,
  timings: PolicyTimings = TIMINGS,
): RolloutPolicy {
  const known = Number.isFinite(retryMs) ? { retryMs } : {};
  return policyFor({ agents, timings, options: null, ...known, ...(spec && { spec }) });
}

/**
 * The phases of a rollout over these members, by the rules that the engine goes by, if everybody is there and takes the
 * target.
 */
export function outlook(policy: RolloutPolicy, candidates: readonly Member[]): Outlook {
  let members = canaryOrder(candidates).map((member): Member => ({ ...member, state: 'waiting' }));
  const waves: WaveOutlook[] = [];
  const soaks: number[] = [];
  for (let phase = 0; members.some(({ wave }) => wave === undefined); phase += 1) {
    const ready = members.filter(({ wave }) => wave === undefined);
    const next = nextPhase({ ...STARTED, policy, phase, members }, ready);
    const { canary, chosen } =
      phase < LIMITS.rollout.foreseenPhases ? next : { canary: false, chosen: ready };
    const [first] = chosen;
    if (first === undefined) break;
    const taken = new Set(chosen.map(({ agent }) => agent));
    members = members.map((member) =>
      taken.has(member.agent) ? { ...member, wave: phase, canary, state: 'done', offeredAt: 0 } : member,
    );
    soaks.push(soakOf({ ...first, canary }, policy));
    if (canary) waves.push(waveOutlook(policy, members, chosen));
    else waves.push(withBatch(waves.pop(), chosen.length));
  }
  return {
    waves,
    agents: members.length,
    atLeastMs: soaks.reduce((sum, soak) => sum + soak, 0) + (policy.finalSoakMs ?? 0),
    longestSoakMs: Math.max(0, ...soaks),
  };
}

const STARTED = {
  id: '',
  configuration: '',
  version: 0,
  targetHash: '',
  state: 'started',
  timeline: [],
  startedAt: 0,
} as const;

function waveOutlook(
  policy: RolloutPolicy,
  members: readonly Member[],
  canaries: readonly Member[],
): WaveOutlook {
  const stage = canaries[0] === undefined ? 0 : stageOf(canaries[0]);
  const own = members.filter((member) => stageOf(member) === stage);
  const kindsOf = (some: readonly Member[]): number =>
    new Set(some.map(({ stratum, version }) => stratum ?? version)).size;
  return {
    name: policy.stages === undefined ? '' : stageName(policy, stage),
    approval: policy.stages?.[stage]?.approval === true,
    agents: own.length,
    canaries: canaries.length,
    kinds: { covered: kindsOf(canaries), all: kindsOf(own) },
    batches: [],
  };
}

function withBatch(wave: WaveOutlook | undefined, agents: number): WaveOutlook {
  const known = wave ?? {
    name: '',
    approval: false,
    agents,
    canaries: 0,
    kinds: { covered: 0, all: 0 },
    batches: [],
  };
  return { ...known, batches: [...known.batches, agents] };
}

/** Agents as a control plane lists them, as members of a rollout that has not begun. */
export function membersFrom(agents: readonly Agent[], spec: PolicySpec | undefined): readonly Member[] {
  return agents.map((agent) => {
    const { id, name, version, distribution, platform, labels, components } = agent;
    const parts = Object.entries(components ?? {}).map(
      ([cls, types]) => `${cls}:${types.toSorted().join(',')}`,
    );
    return {
      agent: id,
      name,
      version,
      state: 'waiting',
      // Whoever has something to go back to is touched first; a list of agents does not say who has.
      previousHash: '',
      ...placeOf(labels, [version, distribution, ...parts.toSorted(), platform], spec),
    };
  });
}
