import type { Finding } from '../../document/finding.ts';
import { grantsOf } from '../access.ts';
import { replaceOnLine } from '../line-edits.ts';
import { neededAccess } from '../needed-access.ts';
import { codes } from '../pipeline-parts.ts';
import type { LintInput, Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';
import type { Cluster } from '../running.ts';

export const serviceAccountRule: Rule = {
  id: 'K8S-029',
  severity: 'warning',
  summary: 'A collector that asks the Kubernetes API as the namespace’s default account',
  docs: 'The default account has no rights, and what is given to it every pod of the namespace has. Give the collector a ServiceAccount of its own. The field `serviceAccount` is an old name of `serviceAccountName` and a notice.',
  check: (input, cluster) =>
    cluster.workloads.flatMap((workload) => {
      const { pod } = workload;
      if (pod === undefined) return [];
      const found: Finding[] = [];
      if (pod.deprecatedAccountAt !== undefined) {
        const at = pod.deprecatedAccountAt;
        const edits = replaceOnLine(at, 'serviceAccount', 'serviceAccountName', input.head.repository.texts);
        found.push({
          rule: serviceAccountRule.id,
          severity: 'notice',
          message: '`serviceAccount` is the old name of `serviceAccountName`',
          at,
          fixes: [{ title: 'write `serviceAccountName`', at, ...(edits && { edits }) }],
        });
      }
      return pod.serviceAccount === undefined || pod.serviceAccount.value === 'default'
        ? [...found, ...asDefault(workload, cluster, input)]
        : found;
    }),
};

function asDefault(
  workload: Cluster['workloads'][number],
  cluster: Cluster,
  input: LintInput,
): readonly Finding[] {
  const needing = cluster
    .runningIn(workload)
    .flatMap((running) => neededAccess(running).map(({ component }) => component.id));
  if (needing.length === 0 || grantsOf(workload, input).bindings.length > 0) return [];
  return [
    {
      rule: serviceAccountRule.id,
      severity: 'warning',
      message: `${workloadWords(workload)} runs as the default service account, and ${codes([...new Set(needing)])} ${new Set(needing).size === 1 ? 'asks' : 'ask'} the Kubernetes API`,
      at: workload.pod?.serviceAccount?.at ?? workload.at,
    },
  ];
}
