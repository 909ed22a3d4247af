import type { ConfigKey } from '../fleet/config-key.ts';
import type { Resource, ResourceKey } from '../bindplane/resource.ts';
import type { ComponentCatalogue } from '../collector/catalogue.ts';
import type { Finding, Severity } from '../document/finding.ts';
import type { RenderedConfiguration } from '../resources/rendered.ts';
import type { LoadedView } from '../resources/view.ts';
import type { Cluster } from './running.ts';

/** What a rule may look at. What is absent is not known, and rules that need it stay silent. */
export interface LintInput {
  readonly head: LoadedView;
  /** The revision that head is compared with. */
  readonly base?: LoadedView;
  /** What the server has now. */
  readonly live?: ReadonlyMap<ResourceKey, Resource>;
  /** Names of the rollout policies that the server has now. */
  readonly livePolicies?: ReadonlySet<string>;
  readonly catalogue: ComponentCatalogue;
  /** Collector version where nothing in the files or from agents says it. */
  readonly collectorVersion?: string;
  /** Configurations to look into; all where absent. A plan asks only for those that it may change: the others say the same as before. */
  readonly among?: ReadonlySet<ConfigKey>;
}

/** The configurations that rules look into, rendered, in the order of names. */
export function rendersOf({ head, among }: LintInput): readonly RenderedConfiguration[] {
  if (among === undefined) return [...head.effective.values()];
  return [...head.effective.keys()].flatMap((key) => (among.has(key) ? (head.effective.get(key) ?? []) : []));
}

/** What loading the revision and rendering those configurations said. */
export function readingFindings(input: LintInput): readonly Finding[] {
  return [...input.head.findings, ...rendersOf(input).flatMap(({ findings }) => findings)];
}

/** One lint rule. `severity` is that of its plain case; a finding may be milder where less is sure. */
export interface Rule {
  readonly id: string;
  readonly severity: Severity;
  /**
   * True where its errors mean that a resource cannot be applied as it is written (the server refuses it), or that applying it does harm that no
   * rollout notices. Other errors are about agents: who knows them may apply all the same, and the rollout's canary finds out.
   */
  readonly blocksApply?: true;
  /** What it finds, in one line without a full stop. */
  readonly summary: string;
  /** Why it matters and what to do, in a few sentences. */
  readonly docs: string;
  /** @param cluster what runs together, made once for all rules */
  check(input: LintInput, cluster: Cluster): readonly Finding[];
}
