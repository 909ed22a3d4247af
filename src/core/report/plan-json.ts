import type { JsonMap } from '../document/node.ts';
import type { EffectiveConfig } from '../collector/effective-config.ts';
import type { ConfigurationPlan, Plan, Step } from '../plan/plan.ts';
import type { ResourceChange } from '../diff/resources.ts';
import { collectorCheckJson } from './collector-check-text.ts';
import { findingsJson, placeJson } from './findings-json.ts';
import { planRedactor } from './plan-redactor.ts';
import { riskJson } from './plan-risk.ts';
import { plannedPolicyJson, policyJson } from './policy-text.ts';
import { semanticJson } from './semantic-json.ts';
import type { Redactor, RedactorOptions } from './redact.ts';

/**
 * A plan as data, in the form of `schemas/plan.schema.json`, for other programs to read; nothing of ours ever reads it back
 * (SEC-10). Secrets are taken out of every text. Write it with `jsonText`, as integers may be beyond 2^53.
 */
export function planJson(plan: Plan, redaction: RedactorOptions | Redactor = {}): JsonMap {
  const redactor = planRedactor(plan, redaction);
  return {
    formatVersion: 1,
    digest: plan.digest,
    applyable: plan.applyable,
    ...(plan.notApplyableReasons &&
      plan.notApplyableReasons.length > 0 && {
        notApplyableReasons: plan.notApplyableReasons.map((reason) => redactor.text(reason)),
      }),
    complete: plan.complete,
    incompleteReasons: plan.incompleteReasons.map((reason) => redactor.text(reason)),
    ...(plan.verification && { verification: { ...plan.verification } }),
    ...(plan.collectorCheck && { collectorCheck: collectorCheckJson(plan.collectorCheck) }),
    risk: riskJson(plan, redactor),
    unmanaged: plan.unmanaged,
    counts: { ...plan.counts },
    changes: plan.changes.map(changeJson),
    ...(plan.policies && { policies: plan.policies.map((change) => policyJson(change, redactor)) }),
    steps: plan.steps.map((step) => stepJson(step, redactor)),
    configurations: plan.configurations.map((configuration) => configurationJson(configuration, redactor)),
    findings: findingsJson(plan.findings, redactor),
  };
}

function changeJson({ action, key, fields, before, after, renamedFrom, renamedTo }: ResourceChange): JsonMap {
  const at = (after ?? before)?.at;
  return {
    action,
    key,
    fields: [...fields],
    ...(at && { place: placeJson(at) }),
    ...(before && { beforeDigest: before.digest }),
    ...(after && { afterDigest: after.digest }),
    ...(renamedFrom && { renamedFrom }),
    ...(renamedTo && { renamedTo }),
  };
}

function stepJson(
  { id, kind, action, resource, policy, configuration, command, text, after, at }: Step,
  redactor: Redactor,
): JsonMap {
  return {
    id,
    kind,
    ...(action !== undefined && { action }),
    ...(resource !== undefined && { resource }),
    ...(policy !== undefined && { policy }),
    ...(configuration !== undefined && { configuration }),
    ...(command !== undefined && { command: redactor.text(command) }),
    text: redactor.text(text),
    after: [...after],
    ...(at && { place: placeJson(at) }),
  };
}

function configurationJson(configuration: ConfigurationPlan, redactor: Redactor): JsonMap {
  const { key, name, before, after, diff, target, reach, refusals, rollout, versions } = configuration;
  const { policy, semantic, reworded } = configuration;
  return {
    key,
    name,
    ...(before && { before: configJson(before, redactor) }),
    ...(after && { after: configJson(after, redactor) }),
    diff: { added: diff.added, removed: diff.removed, rewritten: diff.rewritten === true },
    target: {
      ...(target.selector && { selector: { ...target.selector } }),
      fleets: [...target.fleets],
      workloads: target.workloads.map(({ workload, version }) => ({
        key: workload.key,
        ...(version !== undefined && { version }),
      })),
      ...(target.agents && {
        agents: target.agents.map(({ id, name: agentName, version }) => ({ id, name: agentName, version })),
      }),
    },
    reach: { ...reach },
    refusals: refusals.map(({ name: agentName, version, finding }) => ({
      name: agentName,
      version,
      rule: finding.rule,
      message: redactor.text(finding.message),
    })),
    rollout,
    ...(semantic && { semantic: semanticJson(semantic, redactor) }),
    ...(reworded && { reworded: [...reworded] }),
    ...(versions && { versions: { ...versions } }),
    ...(policy && { policy: plannedPolicyJson(policy) }),
  };
}

function configJson(
  { text, unrendered, unverifiedTypes, unverifiedRules }: EffectiveConfig,
  redactor: Redactor,
): JsonMap {
  return {
    text: redactor.text(text),
    unrendered: unrendered.map((sentence) => redactor.text(sentence)),
    unverifiedTypes: [...unverifiedTypes],
    ...(unverifiedRules && { unverifiedRules: [...unverifiedRules] }),
  };
}
