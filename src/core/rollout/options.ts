import type { PhaseOptions } from './waves.ts';

/** How a client wants a rollout started, in BindPlane's words; what is absent, or zero throughout, is the server's to decide. */
export interface RolloutOptions {
  readonly startAutomatically?: boolean;
  readonly rollbackOnFailure?: boolean;
  readonly phaseAgentCount?: Readonly<Record<keyof PhaseOptions, number>>;
  readonly maxErrors?: number;
}
