import type { RolloutPolicy } from './rollout.ts';

/** Name of a stage for people; the one behind those that a policy lists is the rest. */
export function stageName({ stages }: Pick<RolloutPolicy, 'stages'>, stage: number): string {
  return stages?.[stage]?.name ?? 'rest';
}
