import type { DeliveredCollector } from '../resources/collectors.ts';
import type { ConfigKey } from '../fleet/config-key.ts';
import type { Finding, SourceRange } from '../document/finding.ts';
import type { EffectiveConfig } from '../collector/effective-config.ts';
import type { ResourceKey } from '../bindplane/resource.ts';
import type { Reach, Target } from '../fleet/target.ts';
import type { ConfigDiff } from '../diff/configs.ts';
import type { ResourceChange } from '../diff/resources.ts';
import type { Rewording, SemanticDiff } from '../diff/semantic-change.ts';
import type { CollectorCheck } from './collector-check.ts';
import type { Outlook } from '../rollout/outlook.ts';
import type { PolicyChange } from './policy-change.ts';
import type { PlanRisk } from './risk/plan-risk.ts';
import type { Topology } from './topology.ts';

/**
 * What is to be done, as a value. Apply reads nothing but this. JSON form: `schemas/plan.schema.json`.
 */
export interface Plan {
  readonly changes: readonly ResourceChange[];
  /** Rollout policies that change; absent where none does. */
  readonly policies?: readonly PolicyChange[];
  readonly steps: readonly Step[];
  readonly configurations: readonly ConfigurationPlan[];
  readonly findings: readonly Finding[];
  /**
   * SHA-256 over changes (policies among them), rendered bytes, selectors and the order of steps; never over agent counts, findings or times.
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
  readonly verification?: Verification;
  /** What real collectors said about the configs that change; absent where none was asked. */
  readonly collectorCheck?: CollectorCheck;
  /** Set where a server was to be asked and was not: the plan starts from the files, and a reason of `incompleteReasons` says why. */
  readonly unasked?: boolean;
  /** What is connected to what around the connections that change; absent when none does. */
  readonly topology?: Topology;
  /** What may go wrong besides, and what this change makes it depend on. */
  readonly risk: PlanRisk;
  /** Resources on the server that no file describes: counted, never touched. */
  readonly unmanaged: number;
  readonly counts: { readonly files: number; readonly resources: number; readonly configurations: number };
}

/** `different`: names of those that are not equal, where they are known. */
export interface Verification {
  readonly equal: number;
  readonly compared: number;
  readonly different?: readonly string[];
}

/** One Configuration or collector whose effective config or recipients the plan touches (or looked at and found unchanged). */
export interface ConfigurationPlan {
  readonly key: ConfigKey;
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
  /** Why it is rolled out although the text that is shown stays the same; absent where the text differs or nothing is rolled out. */
  readonly behind?: 'name' | 'recipients' | 'secret' | 'unrendered' | 'version';
  /** What brings it to its collectors where no control plane does; `nobody`: a file of which nothing here says who reads it. */
  readonly delivery?: DeliveredCollector['by'];
  /** How many of `reach` did not have this configuration before, and how many others had it and no longer do. */
  readonly newcomers?: number;
  readonly leavers?: number;
  /** What the change means to a collector; absent for a new or a deleted configuration. */
  readonly semantic?: SemanticDiff;
  /** Where agents get another text that makes them do the same: how it differs. */
  readonly reworded?: readonly Rewording[];
  /** How it is rolled out, where somebody says so or its agents are known. */
  readonly policy?: PlannedPolicy;
  /** Version on the server now and after apply, where a server is known. */
  readonly versions?: { readonly before?: number; readonly after: number };
}

/** How a configuration is rolled out. */
export interface PlannedPolicy {
  /** The policy that it names, itself or through a fleet. Absent: the built-in one. */
  readonly name?: string;
  /** How it goes over the agents that are known, where nothing goes wrong. */
  readonly outlook?: Outlook;
}

export interface Refusal {
  readonly name: string;
  readonly version: string;
  readonly finding: Finding;
}

export type StepKind = 'apply' | 'delete' | 'external' | 'gate-zero' | 'await-agents' | 'rollout' | 'policy';

/** One step; `after` are ids of steps that must have succeeded. `command` is the exact one for `external` steps. */
export interface Step {
  readonly id: string;
  readonly kind: StepKind;
  readonly action?: '+' | '~' | '-';
  readonly resource?: ConfigKey;
  /** For `policy`: the policy's name. */
  readonly policy?: string;
  /** For `rollout`: the configuration's name. */
  readonly configuration?: string;
  readonly command?: string;
  readonly text: string;
  readonly after: readonly string[];
  readonly at?: SourceRange;
}
