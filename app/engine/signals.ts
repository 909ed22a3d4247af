import type { AgentSignals } from '../../src/core/rollout/signals.ts';

/**
 * What an agent's collector said of itself lately, by the agent's instance uid; undefined where nothing was heard of it. In
 * memory, of the process that decides: another one that takes over has heard nothing yet, and gates are inconclusive meanwhile.
 */
export type SignalsOf = (uid: string) => AgentSignals | undefined;
