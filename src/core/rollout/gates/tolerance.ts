import type { GateContext, GateNumber, JudgedAgent } from './gate.ts';

/** How many agents of a later wave may show a fault; of a canary none may (reference/rollouts.md §5.4). */
export const TOLERANCE: Readonly<Record<'agents' | 'percent', GateNumber>> = {
  agents: { value: 1, what: 'agents of a wave after the canary that may show it', minimum: 0 },
  percent: {
    value: 5,
    what: 'percent of a wave after the canary that may show it, where that is more',
    minimum: 0,
    maximum: 100,
  },
};

/** The largest number of agents that may show a fault before the wave fails. */
export function tolerated(context: GateContext, values: Readonly<Record<string, number>>): number {
  if (context.canary) return 0;
  const { agents = TOLERANCE.agents.value, percent = TOLERANCE.percent.value } = values;
  return Math.max(agents, (touched(context).length * percent) / 100);
}

/**
 * The same for what no budget of errors counts: never the whole wave, however small it is. (Refusals, silence and bad health
 * are counted as errors of the rollout besides, so that a policy's own number holds for those.)
 */
export function toleratedPart(context: GateContext, values: Readonly<Record<string, number>>): number {
  return Math.min(tolerated(context, values), Math.max(0, touched(context).length - 1));
}

/** Agents of the wave that were offered the target. */
export function touched(context: GateContext): readonly JudgedAgent[] {
  return context.wave.filter(({ offeredAt }) => offeredAt !== undefined);
}

/** Their uids in one order, whatever order they came in. */
export function idsOf(agents: readonly JudgedAgent[]): readonly string[] {
  return agents.map(({ agent }) => agent).toSorted();
}

/** `4 of 4 canaries`, `none of 20 agents`: how many of those that were touched. */
export function share(context: GateContext, count: number, of: number = touched(context).length): string {
  if (of === 1) return `${count === 0 ? 'no' : count} ${noun(context, of)}`;
  return `${count === 0 ? 'none' : count} of ${of} ${noun(context, of)}`;
}

/** What agents of this wave are called. */
export function noun(context: GateContext, count: number): string {
  if (context.canary) return count === 1 ? 'canary' : 'canaries';
  return count === 1 ? 'agent' : 'agents';
}

/** `, 1 is allowed`: what the wave was held to; nothing for a canary, of which none is. */
export function allowance(context: GateContext, values: Readonly<Record<string, number>>): string {
  if (context.canary) return '';
  const allowed = Math.floor(tolerated(context, values));
  return `, ${allowed} ${allowed === 1 ? 'is' : 'are'} allowed`;
}
