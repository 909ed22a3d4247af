import { closest } from '../../document/closest.ts';
import type { Finding, SourceRange } from '../../document/finding.ts';
import type { Workload } from '../../kubernetes/workload.ts';
import type { LintInput, Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';
import type { Cluster } from '../running.ts';

export const selectorMatchRule: Rule = {
  id: 'K8S-003',
  severity: 'error',
  summary: 'A selector that misses the pods it is meant for',
  docs: 'A Service, a PodDisruptionBudget or a spread constraint whose labels differ from those of the pods does nothing, and nothing says so. Objects are compared with the collector of the same name in their namespace; what selects by other names may belong to something that is not in the files.',
  check: (input, cluster) => [
    ...cluster.workloads.flatMap((workload) => ofSpread(workload)),
    ...ofNamesakes(input, cluster),
    ...ofAutoscalers(input, cluster),
  ],
};

function ofSpread(workload: Workload): readonly Finding[] {
  const { pod } = workload;
  return (pod?.spread ?? []).flatMap(({ matchLabels, at }): readonly Finding[] =>
    pod === undefined || selects(matchLabels, pod.labels)
      ? []
      : [
          finding(
            `the spread constraint of ${workloadWords(workload)} counts other pods: ${missing(matchLabels, pod.labels)}`,
            at,
          ),
        ],
  );
}

/** The Services and the budgets that are called like a workload of their file and namespace. */
function ofNamesakes({ head }: LintInput, cluster: Cluster): readonly Finding[] {
  const { services, budgets, workloads } = head.repository.manifests;
  const collectors = new Map(
    cluster.workloads.map((workload) => [
      `${workload.namespace}/${workload.name} ${workload.at.file}`,
      workload,
    ]),
  );
  const byNamespace = Map.groupBy(workloads, ({ namespace }) => namespace);
  const own = [
    ...services.map((one) => ({
      word: 'Service',
      labels: one.selector,
      place: one.selectorAt ?? one.at,
      one,
    })),
    ...budgets
      .filter(({ plainSelector }) => plainSelector)
      .map((one) => ({ word: 'PodDisruptionBudget', labels: one.matchLabels, place: one.selectorAt, one })),
  ];
  return own.flatMap(({ word, labels, place, one }): readonly Finding[] => {
    const workload = collectors.get(`${one.namespace}/${one.name} ${one.at.file}`);
    if (
      workload?.pod === undefined ||
      Object.keys(labels).length === 0 ||
      selects(labels, workload.pod.labels)
    ) {
      return [];
    }
    const others = byNamespace.get(one.namespace) ?? [];
    if (others.some(({ pod }) => pod !== undefined && selects(labels, pod.labels))) return [];
    const { kind, name, pod } = workload;
    return [
      finding(
        `${word} \`${name}\` selects no pod: those of ${kind} \`${name}\` have ${missing(labels, pod.labels)}`,
        place,
      ),
    ];
  });
}

/** An autoscaler of something that no file declares, where one with nearly the same name exists. */
function ofAutoscalers({ head }: LintInput, { workloads }: Cluster): readonly Finding[] {
  const { autoscalers, objects } = head.repository.manifests;
  const declared = new Set(objects.map(({ kind, namespace, name }) => `${kind}/${namespace ?? ''}/${name}`));
  const byNamespace = Map.groupBy(workloads, ({ namespace }) => namespace);
  return autoscalers.flatMap(({ name, namespace, target, targetAt }): readonly Finding[] => {
    if (declared.has(`${target.kind}/${namespace}/${target.name}`)) return [];
    const same = byNamespace.get(namespace) ?? [];
    const namesake = same.find((workload) => workload.name === target.name);
    const meant =
      namesake?.name ??
      closest(
        target.name,
        same.map((workload) => workload.name),
      );
    const found = same.find((workload) => workload.name === meant);
    if (found === undefined) return [];
    const words = `HorizontalPodAutoscaler \`${name}\` scales ${target.kind} \`${target.name}\`, which does not exist; did you mean ${found.kind} \`${found.name}\`?`;
    return [finding(words, targetAt)];
  });
}

function selects(
  wanted: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

/** Each label that is wanted, as it is. */
function missing(wanted: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): string {
  return Object.entries(wanted)
    .filter(([key, value]) => labels[key] !== value)
    .map(([key, value]) =>
      labels[key] === undefined
        ? `no label \`${key}\` (wanted \`${value}\`)`
        : `\`${key}: ${labels[key]}\` (wanted \`${value}\`)`,
    )
    .join(', ');
}

function finding(message: string, at: SourceRange): Finding {
  return { rule: selectorMatchRule.id, severity: 'error', message, at };
}
