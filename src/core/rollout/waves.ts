import { compareText } from '../document/finding.ts';
import type { Member, Rollout, RolloutPolicy } from './rollout.ts';
import { stageName } from './stages.ts';

/** Phase sizes as a client may send them; all zero means "the server's defaults" (the BindPlane Action sends that). */
export interface PhaseOptions {
  readonly initial: number;
  readonly multiplier: number;
  readonly maximum: number;
}

const SMALL_FLEET = 20;
const MIDDLE_FLEET = 500;

/**
 * Default phases by fleet size: a small fleet doubles from one agent, larger ones grow as BindPlane's do
 * (reference/bindplane.md §5).
 */
export function defaultPhases(agents: number): PhaseOptions {
  if (agents <= SMALL_FLEET) return { initial: 1, multiplier: 2, maximum: 100 };
  if (agents <= MIDDLE_FLEET) return { initial: 1, multiplier: 3, maximum: 100 };
  return { initial: 3, multiplier: 5, maximum: 100 };
}

/** The phases a client asked for, made sound: all zeros or nothing mean the defaults, a phase is never empty. */
export function phasesFor(options: PhaseOptions | undefined, agents: number): PhaseOptions {
  const defaults = defaultPhases(agents);
  if (options === undefined || (options.initial <= 0 && options.multiplier <= 0 && options.maximum <= 0)) {
    return defaults;
  }
  return {
    initial: Math.max(1, Math.floor(options.initial) || defaults.initial),
    multiplier: Math.max(1, options.multiplier || defaults.multiplier),
    maximum: Math.max(1, Math.floor(options.maximum) || defaults.maximum),
  };
}

/** How many agents phase number `phase` (from 0) may touch. At least one, at most `maximum`. */
export function phaseSize(
  policy: Pick<RolloutPolicy, 'initial' | 'multiplier' | 'maximum'>,
  phase: number,
): number {
  const wanted = policy.initial * policy.multiplier ** phase;
  return Math.max(1, Math.min(policy.maximum, Number.isFinite(wanted) ? Math.floor(wanted) : policy.maximum));
}

/**
 * The order in which agents are touched: those that refused this before, then those with something to go back to; among
 * them one of each stratum (of each version where members name none), oldest version first, then the next of each, so that a small canary sees
 * those most likely to refuse (reference/rollouts.md §5.2). Names break ties, so the order is the same on every machine.
 */
export function canaryOrder(
  members: readonly Member[],
  refusedBefore: ReadonlySet<string> = new Set(),
): readonly Member[] {
  const rank = (member: Member): number =>
    refusedBefore.has(member.agent) ? 0 : member.previousHash === undefined ? 2 : 1;
  const sorted = members.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      compareVersions(a.version, b.version) ||
      compareText(a.name, b.name) ||
      compareText(a.agent, b.agent),
  );
  const seen = new Map<string, number>();
  const keyed = sorted.map((member) => {
    const group = `${rank(member)} ${member.stratum ?? member.version}`;
    const turn = seen.get(group) ?? 0;
    seen.set(group, turn + 1);
    return { member, turn };
  });
  return keyed
    .toSorted((a, b) => rank(a.member) - rank(b.member) || a.turn - b.turn)
    .map(({ member }) => member);
}

/** Versions by their numbers; what is no number counts as oldest. */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  const left = a.split(/[.+-]/);
  const right = b.split(/[.+-]/);
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = numberOf(left[index]) - numberOf(right[index]);
    if (difference !== 0) return difference;
  }
  return compareText(a, b);
}

function numberOf(part: string | undefined): number {
  const value = Number.parseInt(part ?? '', 10);
  return Number.isFinite(value) ? value : -1;
}

/**
 * Name of a phase for people: the first of a stage is its canary, the one that takes all who are left is the rest. Where a
 * policy has several stages, the stage's name stands before it.
 */
export function waveName({ members, policy }: Pick<Rollout, 'members' | 'policy'>, wave: number): string {
  const stage = members.find((member) => member.wave === wave)?.stage ?? 0;
  const own = members.filter((member) => (member.stage ?? 0) === stage);
  const waves = [...new Set(own.flatMap((member) => member.wave ?? []))].toSorted((a, b) => a - b);
  const place = Math.max(0, waves.indexOf(wave));
  const waiting = own.some(({ state, wave: own }) => state === 'waiting' && own === undefined);
  const isLast = place === waves.length - 1 && !waiting;
  const plain = place === 0 ? 'canary' : isLast ? 'rest' : `wave ${place + 1}`;
  const name = place === 0 && own.length === 1 ? 'all' : plain;
  return (policy.stages?.length ?? 0) < 2 ? name : `${stageName(policy, stage)} ${name}`;
}
