import type { AgentWorkload } from '../kubernetes/workload.ts';
import type { ResourceKey } from '../bindplane/resource.ts';
import type { Agent, MatchLabels } from './agent.ts';
import type { ConfigKey } from './config-key.ts';

/**
 * Who receives an effective config: by the Configuration's selector and by Fleets; live agents where a control plane or
 * an inventory file is known (`agents` is undefined when neither is), workloads of the repository otherwise.
 */
export interface Target {
  readonly configuration: ConfigKey;
  /** Undefined when missing or empty: on a BindPlane server that matches every agent (reference/lab-bindplane.md §3). */
  readonly selector?: MatchLabels;
  readonly fleets: readonly ResourceKey[];
  readonly workloads: readonly AgentWorkload[];
  readonly agents?: readonly Agent[];
}

/** How many of what a target reaches, for people. */
export interface Reach {
  readonly count: number;
  readonly unit: 'agents' | 'workloads';
}
