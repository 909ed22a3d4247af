import { closest } from '../../document/closest.ts';
import type { Finding } from '../../document/finding.ts';
import type { Workload } from '../../kubernetes/workload.ts';
import type { LintInput, Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';

export const missingAccountRule: Rule = {
  id: 'K8S-037',
  severity: 'notice',
  summary: 'A service account that no file and no tool makes',
  docs: 'Without its ServiceAccount no pod of a workload is created: the ReplicaSet or DaemonSet says `serviceaccount "…" not found` in its events, and nothing else shows it. The operator makes an account only where the resource names none, a chart only with `serviceAccount.create`. If another repository or Terraform makes it, all is well; a name that is nearly that of an account of the files is a warning.',
  check: (input, { workloads, made }) => {
    const accounts = accountsOf(input, made);
    return [...workloads, ...made].flatMap((workload) => unknownAccount(workload, accounts));
  },
};

/** Names of accounts by namespace: those of files, and those that come with what a tool makes. */
function accountsOf({ head }: LintInput, made: readonly Workload[]): ReadonlyMap<string, readonly string[]> {
  const declared = head.repository.manifests.objects
    .filter(({ kind }) => kind === 'ServiceAccount')
    .map(({ namespace, name }) => ({ namespace: namespace ?? 'default', name }));
  const brought = made.flatMap(({ namespace, pod, made: tool }) =>
    tool?.makesAccount === true && pod?.serviceAccount !== undefined
      ? [{ namespace, name: pod.serviceAccount.value }]
      : [],
  );
  const byNamespace = Map.groupBy([...declared, ...brought], ({ namespace }) => namespace);
  return new Map([...byNamespace].map(([namespace, all]) => [namespace, all.map(({ name }) => name)]));
}

function unknownAccount(
  workload: Workload,
  accounts: ReadonlyMap<string, readonly string[]>,
): readonly Finding[] {
  const account = workload.pod?.serviceAccount;
  if (account === undefined || account.value === '' || account.value === 'default') return [];
  // Whoever installs a chart chooses the namespace, and the files need not say which.
  const isPlaced = workload.made?.by !== 'chart';
  const known = isPlaced ? (accounts.get(workload.namespace) ?? []) : [...accounts.values()].flat();
  if (known.includes(account.value) || /\$|\{\{/.test(account.value)) return [];
  const meant = closest(account.value, known);
  return [
    {
      rule: missingAccountRule.id,
      severity: meant === undefined ? 'notice' : 'warning',
      message: `${workloadWords(workload)} runs as ServiceAccount \`${account.value}\`, which no file makes${isPlaced ? ` in namespace \`${workload.namespace}\`` : ''}${meant === undefined ? '' : `; did you mean \`${meant}\`?`}`,
      at: account.at,
    },
  ];
}
