import type { Finding } from '../../document/finding.ts';
import type { DisruptionBudget } from '../../kubernetes/policies.ts';
import type { Workload } from '../../kubernetes/workload.ts';
import { readinessFindings } from '../readiness.ts';
import { leastPods } from '../replicas.ts';
import type { LintInput, Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';
import type { Cluster } from '../running.ts';

export const disruptionBudgetRule: Rule = {
  id: 'K8S-008',
  severity: 'warning',
  summary: 'A gateway without a PodDisruptionBudget, or with one that lets no node be drained',
  docs: 'Without a budget an upgrade of the cluster may take all pods of a gateway at once. A budget that wants as many pods as there are (`minAvailable` not below the replicas, `maxUnavailable: 0`) blocks every drain until somebody deletes it. `maxUnavailable: 1` fits any number of pods.',
  check: (input, cluster) => [
    ...readinessFindings(disruptionBudgetRule.id, cluster, ({ workload, onePod }) =>
      onePod || workload.pod === undefined || budgetsOf(workload, cluster, input).length > 0
        ? undefined
        : {
            said: 'no PodDisruptionBudget',
            message: `${workloadWords(workload)} receives from others and has no PodDisruptionBudget`,
          },
    ),
    ...[...cluster.workloads, ...cluster.made].flatMap((workload) =>
      budgetsOf(workload, cluster, input).flatMap((budget) => blocking(budget, workload, cluster)),
    ),
  ],
};

/** A budget as far as it decides what may be drained. */
type Bounds = Pick<DisruptionBudget, 'name' | 'minAvailable' | 'maxUnavailable'>;

/** The one that is made with it, those that select its pods, and one of its name that means to (K8S-003 tells that it does not). */
function budgetsOf(workload: Workload, cluster: Cluster, { head }: LintInput): readonly Bounds[] {
  const made = workload.made?.budget;
  const selecting = [
    ...(made === undefined ? [] : [{ name: workload.name, ...made }]),
    ...cluster.budgetsOf(workload),
  ];
  const { name, namespace, at } = workload;
  return selecting.length > 0
    ? selecting
    : head.repository.manifests.budgets.filter(
        (budget) => budget.name === name && budget.namespace === namespace && budget.at.file === at.file,
      );
}

function blocking(
  { name, minAvailable, maxUnavailable }: Bounds,
  workload: Workload,
  cluster: Cluster,
): readonly Finding[] {
  const finding = (message: string, at: Finding['at'] & object): Finding => ({
    rule: disruptionBudgetRule.id,
    severity: 'warning',
    message: `PodDisruptionBudget \`${name}\` ${message}, so that no node with a pod of ${workloadWords(workload)} can be drained`,
    at,
  });
  if (maxUnavailable !== undefined && /^0%?$/.test(String(maxUnavailable.value))) {
    return [finding('lets no pod go', maxUnavailable.at)];
  }
  if (minAvailable === undefined) return [];
  const [running] = cluster.runningIn(workload);
  const pods = leastPods(workload, cluster, running);
  if (minAvailable.value === '100%') return [finding('wants all pods', minAvailable.at)];
  if (typeof minAvailable.value !== 'number' || pods === undefined || minAvailable.value < pods) return [];
  return [finding(`wants ${minAvailable.value} of ${pods} ${pods === 1 ? 'pod' : 'pods'}`, minAvailable.at)];
}
