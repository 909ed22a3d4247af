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

/** Others that are named; more are counted. */
const NAMED = 3;

function overlaps({ workloads }: Cluster, { head }: LintInput): readonly Finding[] {
  const alike = Map.groupBy(head.repository.manifests.workloads, likeness);
  // Of those that are alike one stands for all.
  const byLabel = new Map<string, Workload[]>();
  for (const [workload] of alike.values()) {
    for (const label of Object.entries(workload?.pod?.labels ?? {})) {
      if (workload === undefined) continue;
      const key = labelKey(workload, label);
      const known = byLabel.get(key);
      if (known === undefined) byLabel.set(key, [workload]);
      else known.push(workload);
    }
  }
  return [...Map.groupBy(workloads, likeness)].flatMap(([key, [workload]]) => {
    if (workload?.pod === undefined) return [];
    const same = distinct(alike.get(key) ?? []).filter((other) => other.key !== workload.key);
    const { pod } = workload;
    const others = withRarestLabel(workload, byLabel).filter(
      (other) => likeness(other) !== key && isTaken(workload, other),
    );
    const twins = Object.keys(pod.matchLabels).length > 0 && matches(pod.matchLabels, workload) ? [same] : [];
    return [...twins, ...others.map((other) => [other])]
      .filter((taken) => taken.length > 0)
      .map((taken) => overlap(workload, taken));
  });
}

/** Whether a workload takes the pods of another one beside it; where each takes the other's, the first of the two tells. */
function isTaken(workload: Workload, other: Workload): boolean {
  // The same workload of another environment, and the other half of a pair that was told.
  if (workload.pod === undefined || other.pod === undefined || other.key === workload.key) return false;
  const { matchLabels } = workload.pod;
  const takes = Object.keys(matchLabels).length > 0 && matches(matchLabels, other);
  const mutual = matches(other.pod.matchLabels, workload);
  return takes && folderOf(workload) === folderOf(other) && !(mutual && workload.key > other.key);
}

function matches(selector: Readonly<Record<string, string>>, { pod }: Workload): boolean {
  return Object.entries(selector).every(([key, value]) => pod?.labels[key] === value);
}

function overlap(workload: Workload, taken: readonly Workload[]): Finding {
  const labels = Object.entries(workload.pod?.matchLabels ?? {}).map(
    ([key, value]) => `\`${key}: ${value}\``,
  );
  const named = taken.slice(0, NAMED).map((other) => workloadWords(other));
  const more = taken.length - named.length;
  const words = more > 0 ? [...named, `${more} more`] : named;
  const all = [words.slice(0, -1).join(', '), ...words.slice(-1)].filter((part) => part !== '').join(' and ');
  return {
    rule: overlappingLabelsRule.id,
    severity: 'warning',
    message: `${workloadWords(workload)} selects the pods of ${all} too: ${taken.length > 1 ? 'all' : 'both'} have ${labels.join(', ')}`,
    at: workload.pod?.selectorAt ?? workload.at,
    related: taken.slice(0, NAMED).map((other) => ({ message: workloadWords(other), at: other.at })),
  };
}

/** One of each key: the first. */
function distinct(workloads: readonly Workload[]): readonly Workload[] {
  return [...new Map(workloads.toReversed().map((one) => [one.key, one])).values()].toReversed();
}

/** Workloads of the same likeness select, and are selected, alike. */
function likeness(workload: Workload): string {
  const text = (labels: Readonly<Record<string, string>>): string =>
    JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const { namespace, pod } = workload;
  return [namespace, folderOf(workload), text(pod?.matchLabels ?? {}), text(pod?.labels ?? {})].join('\n');
}

function folderOf({ at }: Workload): string {
  return at.file.split('/').slice(0, -1).join('/');
}

/** What stands in other folders is not compared. */
function labelKey(workload: Workload, [name, value]: readonly [string, string]): string {
  return `${workload.namespace} ${folderOf(workload)} ${name} ${value}`;
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
