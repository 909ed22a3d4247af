import type { Finding } from '../../document/finding.ts';
import { entriesAt } from '../../document/node.ts';
import { writtenCollectors } from '../collector-resources.ts';
import type { WrittenCollector } from '../collector-resources.ts';
import { didYouMean } from '../config-finding.ts';
import { handedOn } from '../handed-on.ts';
import type { Rule } from '../rule.ts';

/** Keys of the config are found while the resource is read, those of its spec here. */
export const droppedKeyRule: Rule = {
  id: 'OPR-004',
  severity: 'warning',
  summary: 'A key of a collector resource that the API server or the operator drops',
  docs: 'What the schema of the resource does not have is pruned without an error by Argo CD, Helm and older kubectl, so what it was meant to do does not happen; kubectl since 1.27 refuses it. It is an error where the resource then does something else than it says: does not scale as written, or runs with other rights.',
  check: (input) => [...handedOn('OPR-004')(input), ...writtenCollectors(input).flatMap(unknownFields)],
};

/** Fields of `spec` (operator 0.158.0, CRD `opentelemetrycollectors`). */
const V1BETA1 =
  'additionalContainers affinity args autoscaler command config configVersions configmaps daemonSetUpdateStrategy deploymentUpdateStrategy dnsPolicy env envFrom hostAliases hostNetwork hostPID hostUsers httpRoute image imagePullPolicy ingress initContainers ipFamilies ipFamilyPolicy lifecycle livenessProbe managementState mode networkPolicy nodeSelector observability persistentVolumeClaimRetentionPolicy podAnnotations podDisruptionBudget podDnsConfig podManagementPolicy podSecurityContext ports priorityClassName readinessProbe replicas resources securityContext serviceAccount serviceName sessionAffinity sessionAffinityConfig shareProcessNamespace startupProbe targetAllocator terminationGracePeriodSeconds tolerations topologySpreadConstraints trafficDistribution upgradeStrategy volumeClaimTemplates volumeMounts volumes'.split(
    ' ',
  );
const V1ALPHA1 =
  'additionalContainers affinity args autoscaler config configmaps deploymentUpdateStrategy env envFrom hostNetwork image imagePullPolicy ingress initContainers lifecycle livenessProbe managementState maxReplicas minReplicas mode nodeSelector observability podAnnotations podDisruptionBudget podSecurityContext ports priorityClassName replicas resources securityContext serviceAccount serviceName shareProcessNamespace targetAllocator terminationGracePeriodSeconds tolerations topologySpreadConstraints trafficDistribution updateStrategy upgradeStrategy volumeClaimTemplates volumeMounts volumes'.split(
    ' ',
  );
const AUTOSCALER = [
  'minReplicas',
  'maxReplicas',
  'behavior',
  'metrics',
  'targetCPUUtilization',
  'targetMemoryUtilization',
];
/** Fields of a container's security context (Kubernetes API 1.34). */
const SECURITY =
  'allowPrivilegeEscalation appArmorProfile capabilities privileged procMount readOnlyRootFilesystem runAsGroup runAsNonRoot runAsUser seLinuxOptions seccompProfile windowsOptions'.split(
    ' ',
  );

/** Keys that change what the resource does when they are gone, with what to write instead. */
const INSTEAD: Readonly<Record<string, string>> = {
  'autoscaler.enabled': '`maxReplicas` alone switches it on',
  'autoscaler.targetCPUUtilizationPercentage': 'it is called `targetCPUUtilization` here',
  'autoscaler.targetMemoryUtilizationPercentage': 'it is called `targetMemoryUtilization` here',
  'securityContext.fsGroup': 'it belongs below `podSecurityContext`',
  'securityContext.supplementalGroups': 'it belongs below `podSecurityContext`',
};

function unknownFields({ node, apiVersion, name }: WrittenCollector): readonly Finding[] {
  const spec = apiVersion.endsWith('/v1alpha1') ? V1ALPHA1 : V1BETA1;
  return [
    ...among(name, entriesAt(node, 'spec'), spec, ''),
    ...among(name, entriesAt(node, 'spec', 'autoscaler'), AUTOSCALER, 'autoscaler.'),
    ...among(name, entriesAt(node, 'spec', 'securityContext'), SECURITY, 'securityContext.'),
  ];
}

function among(
  name: string,
  entries: ReturnType<typeof entriesAt>,
  known: readonly string[],
  above: string,
): readonly Finding[] {
  return entries
    .filter(({ key }) => !known.includes(key))
    .map(({ key, keyAt }) => {
      const path = `${above}${key}`;
      const instead = INSTEAD[path];
      return {
        rule: droppedKeyRule.id,
        severity: instead === undefined ? ('warning' as const) : ('error' as const),
        message: `OpenTelemetryCollector \`${name}\` has no field \`spec.${path}\`: it is dropped, or kubectl refuses it${instead === undefined ? didYouMean(key, known) : `; ${instead}`}`,
        at: keyAt,
      };
    });
}
