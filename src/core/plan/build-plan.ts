import type { ConfigKey } from '../fleet/config-key.ts';
import type { Resource, ResourceKey } from '../bindplane/resource.ts';
import type { ComponentCatalogue } from '../collector/catalogue.ts';
import { compareText, placeText } from '../document/finding.ts';
import type { Finding } from '../document/finding.ts';
import { RULES } from '../lint/index.ts';
import type { LintInput } from '../lint/rule.ts';
import type { PolicyTimings } from '../rollout/policy.ts';
import { sameItems } from '../resources/load.ts';
import { unreadFiles } from '../resources/view.ts';
import type { LoadedView } from '../resources/view.ts';
import { plannedChanges, priorState } from './changes.ts';
import { configurationPlans, touchedConfigurations } from './configuration-plans.ts';
import { planDigest } from './digest.ts';
import type { ConfigurationPlan, Plan, Verification } from './plan.ts';
import { assess } from './risk/assess.ts';
import { plannedPolicies, type ServerPolicies } from './policies.ts';
import { withPolicies } from './planned-policy.ts';
import { relevantFindings } from './relevant-findings.ts';
import { planSteps } from './steps.ts';
import { changedTopology } from './topology.ts';

/** Everything a plan is made from. Both views are made with the same types and agents. */
export interface PlanInput {
  readonly base: LoadedView;
  readonly head: LoadedView;
  readonly catalogue: ComponentCatalogue;
  /** Collector version where nothing in the files or from agents says it. */
  readonly collectorVersion?: string;
  readonly server?: ServerView;
  /** As for `plannedChanges`. */
  readonly also?: ReadonlySet<ResourceKey>;
  /** Why the server that was to be asked was not, as a sentence's beginning; then the plan starts from the files and is not complete. */
  readonly unasked?: string;
}

/** What a control plane said. */
export interface ServerView {
  /** Managed resources, put as their author wrote them, so that equal ones have equal digests. */
  readonly resources: ReadonlyMap<ResourceKey, Resource>;
  /** How many resources no file describes. */
  readonly unmanaged: number;
  /** Its rollout policies; absent where it keeps none (a BindPlane server). */
  readonly policies?: ServerPolicies;
  /** What its rollouts are set to where no policy says. */
  readonly timings?: PolicyTimings;
  /** Newest version of each configuration, by name. */
  readonly versions?: ReadonlyMap<string, number>;
  /** How our renders of its current configurations compare with its own. */
  readonly verification?: Verification;
}

const BLOCKING: ReadonlySet<string> = new Set(
  RULES.filter(({ blocksApply }) => blocksApply === true).map(({ id }) => id),
);

/**
 * What has to be done to bring agents from base (with a server: from what it has) to head, what they will get, and what speaks against it.
 * Nothing changed gives a plan without steps. Findings that base has too and that no change touches are left out: they are `lint`'s to tell.
 */
export function buildPlan(input: PlanInput): Plan {
  const { base, head, server } = input;
  const prior = priorState(base, head, server?.resources);
  const changes = plannedChanges(base, head, prior, server?.resources, input.also);
  const touched = touchedConfigurations(base, head, prior, changes);
  const among = new Set<ConfigKey>([...touched, ...unlikeConfigurations(base, head)]);
  const lintInput: LintInput = {
    head,
    base,
    among,
    catalogue: input.catalogue,
    ...(server && { live: server.resources }),
    ...(server?.policies && { livePolicies: new Set(server.policies.keys()) }),
    ...(input.collectorVersion !== undefined && { collectorVersion: input.collectorVersion }),
  };
  const configurations = configurationPlans({
    base,
    head,
    prior,
    touched,
    changes,
    lint: lintInput,
    ...(server && { versions: server.versions ?? new Map() }),
  });
  const policies = plannedPolicies(base.repository, head.repository, configurations, server?.policies);
  // A server that keeps no policies has none applied to it; whoever drives its rollouts reads them from the files.
  const kept = server !== undefined && server.policies === undefined ? [] : policies;
  const steps = planSteps({ base, head, prior, changes, configurations, policies: kept });
  const findings = relevantFindings(base, lintInput, changes, configurations);
  const incompleteReasons = whatIsNotKnown(input, configurations, findings);
  const blocking = findings.filter(({ rule, severity }) => severity === 'error' && BLOCKING.has(rule));
  const topology = changedTopology(base, head, among);
  const applyable = blocking.length === 0;
  const assessed = assess({ lint: { ...lintInput, base }, changes, configurations, findings, applyable });
  return {
    changes,
    ...(policies.length > 0 && { policies }),
    steps,
    configurations: withPolicies(assessed.configurations, head, server),
    findings,
    digest: planDigest(changes, configurations, steps, policies),
    applyable,
    notApplyableReasons: [...new Set(blocking.map(reasonText))],
    complete: incompleteReasons.length === 0,
    incompleteReasons,
    ...(topology && { topology }),
    ...(server?.verification && { verification: server.verification }),
    ...(input.unasked !== undefined && { unasked: true }),
    risk: assessed.risk,
    unmanaged: server?.unmanaged ?? 0,
    counts: {
      files: head.repository.texts.size,
      resources: head.repository.resources.size,
      configurations: head.effective.size,
    },
  };
}

/** Configurations that may say or reach something else than before: only these need a look. */
function unlikeConfigurations(base: LoadedView, head: LoadedView): ReadonlySet<ConfigKey> {
  const keys = [...base.effective.keys(), ...head.effective.keys()];
  const alike = (key: ConfigKey): boolean => {
    const [before, after] = [base.targets.get(key), head.targets.get(key)];
    return (
      head.effective.shared.has(key) &&
      sameItems(before?.workloads ?? [], after?.workloads ?? []) &&
      sameItems(before?.agents ?? [], after?.agents ?? [])
    );
  };
  const sameManifests = base.repository.manifests === head.repository.manifests;
  return new Set(sameManifests ? keys.filter((key) => !alike(key)) : keys);
}

function reasonText({ rule, message, at }: Finding): string {
  return `${at === undefined ? '' : `${placeText(at)}: `}${rule}: ${message}`;
}

function whatIsNotKnown(
  { head, server, unasked }: PlanInput,
  configurations: readonly ConfigurationPlan[],
  findings: readonly Finding[],
): readonly string[] {
  const reasons = new Set<string>();
  if (unasked !== undefined) {
    reasons.add(
      `${unasked}; what it has, its types and its agents are not in this plan, which starts from the files alone`,
    );
  }
  for (const { name, before, after } of configurations) {
    for (const sentence of [...(after?.unrendered ?? []), ...(after?.assumed ?? [])]) {
      reasons.add(`${name}: ${sentence}`);
    }
    const gone = before?.unrendered.filter((sentence) => after?.unrendered.includes(sentence) !== true) ?? [];
    for (const sentence of gone) reasons.add(`${name} as it was before: ${sentence}`);
  }
  const unverified = [...new Set(configurations.flatMap(({ after }) => after?.unverifiedTypes ?? []))].sort();
  if (unverified.length > 0) {
    reasons.add(`built-in types, not verified against a server: ${unverified.join(', ')}`);
  }
  const rules = [...new Set(configurations.flatMap(({ after }) => after?.unverifiedRules ?? []))].sort();
  if (rules.length > 0) {
    reasons.add(`rendering of v2 configurations, not verified against a server: ${rules.join(', ')}`);
  }
  for (const { target, rollout } of configurations) {
    for (const { workload, version, container } of rollout ? target.workloads : []) {
      if (version !== undefined) continue;
      reasons.add(
        `the version of ${workload.kind} ${workload.name} is not known (image ${container.image?.value ?? 'missing'})`,
      );
    }
  }
  const { equal, compared, different = [] } = server?.verification ?? { equal: 0, compared: 0 };
  if (equal < compared) {
    const which = different.length === 0 ? '' : `: ${different.join(', ')}`;
    reasons.add(
      `our render differs from the server's for ${compared - equal} of ${compared} current configurations${which}`,
    );
  }
  for (const file of [...unreadFiles(findings)].sort(compareText)) {
    const stands = head.asBefore?.has(file) === true ? ' and stands here as it was before' : ' completely';
    reasons.add(`${file} could not be read${stands}`);
  }
  return [...reasons];
}
