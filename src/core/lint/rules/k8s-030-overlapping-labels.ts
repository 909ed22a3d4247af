import type { Finding } from '../../document/finding.ts';
import type { Workload } from '../../kubernetes/workload.ts';
import type { LintInput, Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';
import type { Cluster } from '../running.ts';

export const overlappingLabelsRule: Rule = {
  id: 'K8S-030',
  severity: 'error',
  summary: 'A workload whose selector misses its own pods, or takes those of another',
  docs: 'Kubernetes refuses a workload whose selector does not match the labels of its template. Two workloads of one namespace with the same labels are accepted (a warning): every Service, budget and policy for one of them takes the pods of the other too. Give each a label of its own (`app.kubernetes.io/component`).',
  check: (input, cluster) => [
    ...cluster.workloads.flatMap((workload) => ownPods(workload)),
    ...overlaps(cluster, input),
  ],
};

function ownPods(workload: Workload): readonly Finding[] {
  const { pod, at } = workload;
  if (pod === undefined) return [];
  const wrong = Object.entries(pod.matchLabels).find(([key, value]) => pod.labels[key] !== value);
  if (wrong === undefined) return [];
  const [key, value] = wrong;
  const is = pod.labels[key];
  return [
    {
      rule: overlappingLabelsRule.id,
      severity: 'error',
      message: `${workloadWords(workload)} selects pods with \`${key}: ${value}\`, and its own have ${is === undefined ? `no label \`${key}\`` : `\`${key}: ${is}\``}`,
      at: pod.selectorAt ?? at,
      ...(pod.labelsAt && { related: [{ message: 'the labels of its pods', at: pod.labelsAt }] }),
    },
  ];
}

function overlaps({ workloads }: Cluster, { head }: LintInput): readonly Finding[] {
  const byLabel = new Map<string, Workload[]>();
  for (const workload of head.repository.manifests.workloads) {
    for (const label of Object.entries(workload.pod?.labels ?? {})) {
      const key = labelKey(workload, label);
      const known = byLabel.get(key);
      if (known === undefined) byLabel.set(key, [workload]);
      else known.push(workload);
    }
  }
  return workloads.flatMap((workload) =>
    withRarestLabel(workload, byLabel).flatMap((other): readonly Finding[] => {
      const { pod } = workload;
      // The same workload of another environment, and the other half of a pair that was told.
      if (pod === undefined || other.pod === undefined || other.key === workload.key) return [];
      const taken = Object.entries(pod.matchLabels);
      const takes = taken.length > 0 && taken.every(([key, value]) => other.pod?.labels[key] === value);
      const mutual = Object.entries(other.pod.matchLabels).every(([key, value]) => pod.labels[key] === value);
      if (!takes || !sameFolder(workload, other) || (mutual && workload.key > other.key)) return [];
      return [
        {
          rule: overlappingLabelsRule.id,
          severity: 'warning',
          message: `${workloadWords(workload)} selects the pods of ${workloadWords(other)} too: both have ${taken.map(([key, value]) => `\`${key}: ${value}\``).join(', ')}`,
          at: pod.selectorAt ?? workload.at,
          related: [{ message: workloadWords(other), at: other.at }],
        },
      ];
    }),
  );
}

function sameFolder(a: Workload, b: Workload): boolean {
  return a.at.file.split('/').slice(0, -1).join('/') === b.at.file.split('/').slice(0, -1).join('/');
}

function labelKey({ namespace }: Workload, [name, value]: readonly [string, string]): string {
  return `${namespace} ${name} ${value}`;
}

/** Those that have the rarest label of a workload's selector: all that it can select are among them. */
function withRarestLabel(
  workload: Workload,
  byLabel: ReadonlyMap<string, readonly Workload[]>,
): readonly Workload[] {
  const lists = Object.entries(workload.pod?.matchLabels ?? {}).map(
    (label) => byLabel.get(labelKey(workload, label)) ?? [],
  );
  const [first = [], ...others] = lists;
  return others.reduce((best, list) => (list.length < best.length ? list : best), first);
}
