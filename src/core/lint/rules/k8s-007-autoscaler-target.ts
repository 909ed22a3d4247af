import { at, entry, textAt } from '../../document/node.ts';
import type { Node } from '../../document/node.ts';
import type { Finding } from '../../document/finding.ts';
import type { Autoscaler } from '../../kubernetes/policies.ts';
import type { LintInput, Rule } from '../rule.ts';

export const autoscalerTargetRule: Rule = {
  id: 'K8S-007',
  severity: 'warning',
  summary: 'An autoscaler of something that scales itself, or in an API version that is not served',
  docs: 'The operator makes a HorizontalPodAutoscaler for an OpenTelemetryCollector with `spec.autoscaler`; a second one fights with it. An autoscaler finds its target by `apiVersion` too: `apps/v1` for workloads, `opentelemetry.io/v1beta1` for custom resources (`v1alpha1` is served and deprecated: a notice). A version that no cluster serves is an error.',
  check: (input) => input.head.repository.manifests.autoscalers.flatMap((one) => judge(one, input)),
};

const WORKLOADS = ['Deployment', 'StatefulSet', 'ReplicaSet'];

function judge(
  { name, namespace, target, targetAt, at: place }: Autoscaler,
  { head }: LintInput,
): readonly Finding[] {
  const words = `HorizontalPodAutoscaler \`${name}\``;
  const finding = (severity: Finding['severity'], message: string): Finding => ({
    rule: autoscalerTargetRule.id,
    severity,
    message,
    at: targetAt,
  });
  const { apiVersion, kind } = target;
  if (kind === 'DaemonSet') {
    return [finding('error', `${words} scales a DaemonSet, which has a pod on every node`)];
  }
  if (WORKLOADS.includes(kind)) {
    return apiVersion === 'apps/v1' || apiVersion === ''
      ? []
      : [
          finding(
            'error',
            `${words} looks for ${kind} in \`${apiVersion}\`, which no cluster serves; it is in \`apps/v1\``,
          ),
        ];
  }
  if (kind !== 'OpenTelemetryCollector') return [];
  const found: Finding[] = [];
  if (!/^opentelemetry\.io\/v1(?:alpha1|beta1)$/.test(apiVersion)) {
    found.push(
      finding(
        'error',
        `${words} looks for ${kind} in \`${apiVersion}\`, which the operator does not serve; it is in \`opentelemetry.io/v1beta1\``,
      ),
    );
  } else if (apiVersion.endsWith('v1alpha1')) {
    found.push(
      finding(
        'notice',
        `${words} looks for ${kind} in \`${apiVersion}\`, which is deprecated; use \`opentelemetry.io/v1beta1\``,
      ),
    );
  }
  const own = head.repository.manifestDocuments.find(({ root }) =>
    isNamed(root, kind, namespace, target.name),
  )?.root;
  const autoscaler = entry(at(own, 'spec'), 'autoscaler')?.keyAt;
  if (autoscaler === undefined) return found;
  const related = [{ message: 'its own autoscaler', at: autoscaler }];
  return [
    ...found,
    {
      ...finding(
        'warning',
        `${words} scales OpenTelemetryCollector \`${target.name}\`, which has an autoscaler of its own`,
      ),
      at: place,
      related,
    },
  ];
}

function isNamed(root: Node, kind: string, namespace: string, name: string): boolean {
  return (
    textAt(root, 'kind') === kind &&
    textAt(root, 'metadata', 'name') === name &&
    (textAt(root, 'metadata', 'namespace') ?? 'default') === namespace
  );
}
