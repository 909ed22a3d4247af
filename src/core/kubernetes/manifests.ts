import type { Finding } from '../document/finding.ts';
import type { YamlDocument } from '../document/yaml.ts';
import { accountOf, bindingOf, roleOf } from './access.ts';
import type { AccessBinding, AccessRole, Account } from './access.ts';
import { agentsOf, malformedLabelParts } from './agents.ts';
import { workloadOf } from './containers.ts';
import { objectsOf } from './objects.ts';
import { podCollectors } from './pods/pod-collectors.ts';
import { autoscalerOf, budgetOf, claimOf, ingressOf, ingressPolicyOf } from './policies.ts';
import type { Autoscaler, DisruptionBudget, IngressPolicy, IngressRoutes, VolumeClaim } from './policies.ts';
import { renderCollectorResource } from './operator/render-resource.ts';
import { referencesOf } from './references.ts';
import type { RenderedCollector } from './rendered-collector.ts';
import { serviceOf } from './services.ts';
import type { ServiceObject } from './services.ts';
import type { AgentWorkload, ManifestObject, ManifestReference, Workload } from './workload.ts';

/** What the Kubernetes manifests of a repository say. Lists are in the order of the documents. */
export interface Manifests {
  readonly objects: readonly ManifestObject[];
  readonly workloads: readonly Workload[];
  readonly agents: readonly AgentWorkload[];
  readonly services: readonly ServiceObject[];
  readonly budgets: readonly DisruptionBudget[];
  readonly autoscalers: readonly Autoscaler[];
  readonly ingressPolicies: readonly IngressPolicy[];
  readonly ingresses: readonly IngressRoutes[];
  readonly claims: readonly VolumeClaim[];
  readonly accounts: readonly Account[];
  readonly roles: readonly AccessRole[];
  readonly bindings: readonly AccessBinding[];
  /** Collectors whose config manifests carry. */
  readonly collectors: readonly RenderedCollector[];
  /** Collectors that the operator makes of custom resources. */
  readonly customCollectors: readonly {
    readonly object: ManifestObject;
    readonly collector: RenderedCollector;
  }[];
  readonly references: readonly ManifestReference[];
  readonly findings: readonly Finding[];
}

/**
 * Reads manifests. Documents that are no Kubernetes objects are passed over; custom resources become objects and nothing more.
 * Findings: labels of an agent that are no `name=value` pairs (rule `BPR-010`).
 */
export function readManifests(documents: readonly YamlDocument[]): Manifests {
  const read = documents.flatMap(({ root }) => objectsOf(root));
  const workloads = read.flatMap((object) => workloadOf(object) ?? []);
  const agents = workloads.flatMap((workload) => agentsOf(workload));
  return {
    objects: read.map(({ object }) => object),
    workloads,
    agents,
    services: read.flatMap((object) => serviceOf(object) ?? []),
    budgets: read.flatMap((object) => budgetOf(object) ?? []),
    autoscalers: read.flatMap((object) => autoscalerOf(object) ?? []),
    ingressPolicies: read.flatMap((object) => ingressPolicyOf(object) ?? []),
    ingresses: read.flatMap((object) => ingressOf(object) ?? []),
    claims: read.flatMap((object) => claimOf(object) ?? []),
    accounts: read.flatMap((object) => accountOf(object) ?? []),
    roles: read.flatMap((object) => roleOf(object) ?? []),
    bindings: read.flatMap((object) => bindingOf(object) ?? []),
    collectors: podCollectors(read),
    customCollectors: read
      .filter(({ object }) => isCollectorResource(object))
      .map(({ object, node }) => ({ object, collector: renderCollectorResource(node) })),
    references: read.flatMap((object) => referencesOf(object)),
    findings: agents.flatMap((agent) => malformedLabels(agent)),
  };
}

function isCollectorResource({ apiVersion, kind }: ManifestObject): boolean {
  return kind === 'OpenTelemetryCollector' && apiVersion.startsWith('opentelemetry.io/');
}

function malformedLabels(agent: AgentWorkload): readonly Finding[] {
  const value = agent.container.env.findLast(({ name }) => name === 'OPAMP_LABELS')?.value;
  if (value === undefined) return [];
  return malformedLabelParts(value.value).map((part) => ({
    rule: 'BPR-010',
    severity: 'warning',
    message: `OPAMP_LABELS of ${agent.workload.key}: "${part}" is no name=value pair, so it labels nothing`,
    at: value.at,
  }));
}
