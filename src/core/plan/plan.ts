import type { Finding, SourceRange } from '../document/finding.ts';
import type { EffectiveConfig } from '../collector/effective-config.ts';
import type { ResourceKey } from '../bindplane/resource.ts';
import type { Reach, Target } from '../fleet/target.ts';
import type { ConfigDiff } from '../diff/configs.ts';
import type { ResourceChange } from '../diff/resources.ts';
import type { Topology } from './topology.ts';

/**
 * What is to be done, as a value. Apply reads nothing but this. JSON form: `schemas/plan.schema.json`.
 */
export interface Plan {
  readonly changes: readonly ResourceChange[];
  readonly steps: readonly Step[];
  readonly configurations: readonly ConfigurationPlan[];
  readonly findings: readonly Finding[];
  /**
   * SHA-256 over changes, rendered bytes, selectors and the order of steps; never over agent counts, findings or times.
   */
  readonly digest: string;
  /**
   * False when a resource cannot be applied as it is written, or applying it does harm that no rollout notices (errors of rules with
   * `blocksApply`). Errors about agents leave it true: who knows them may apply, and a rollout finds out at its canary.
   */
  readonly applyable: boolean;
  /** Why not, one sentence a cause with its place; empty or absent when it is. */
  readonly notApplyableReasons?: readonly string[];
  /** False when something could not be shown or checked; the reasons say what. */
  readonly complete: boolean;
  readonly incompleteReasons: readonly string[];
  /** How our render of current configurations compares with the server's `raw`; absent without a server. */
  readonly verification?: { readonly equal: number; readonly compared: number };
  /** What is connected to what around the connections that change; absent when none does. */
  readonly topology?: Topology;
  /** Resources on the server that no file describes: counted, never touched. */
  readonly unmanaged: number;
  readonly counts: { readonly files: number; readonly resources: number; readonly configurations: number };
}

/** One Configuration whose effective config or recipients the plan touches (or looked at and found unchanged). */
export interface ConfigurationPlan {
  readonly key: ResourceKey;
  readonly name: string;
  readonly before?: EffectiveConfig;
  readonly after?: EffectiveConfig;
  /** Resources that it is or was made of, directly or through others. */
  readonly uses: ReadonlySet<ResourceKey>;
  readonly diff: ConfigDiff;
  readonly target: Target;
  readonly reach: Reach;
  /** Agents or workloads that will refuse the new config, by name and version, and those that take it. */
  readonly refusals: readonly Refusal[];
  /** True where the effective config changes and somebody receives it. */
  readonly rollout: boolean;
  /** Version on the server now and after apply, where a server is known. */
  readonly versions?: { readonly before?: number; readonly after: number };
}

export interface Refusal {
  readonly name: string;
  readonly version: string;
  readonly finding: Finding;
}

export type StepKind = 'apply' | 'delete' | 'external' | 'gate-zero' | 'await-agents' | 'rollout';

/** One step; `after` are ids of steps that must have succeeded. `command` is the exact one for `external` steps. */
export interface Step {
  readonly id: string;
  readonly kind: StepKind;
  readonly action?: '+' | '~' | '-';
  readonly resource?: ResourceKey;
  /** For `rollout`: the configuration's name. */
  readonly configuration?: string;
  readonly command?: string;
  readonly text: string;
  readonly after: readonly string[];
  readonly at?: SourceRange;
}
