import type { Finding } from '../../document/finding.ts';
import type { AccessBinding } from '../../kubernetes/access.ts';
import type { LintInput, Rule } from '../rule.ts';
import type { Cluster } from '../running.ts';

export const bindingSubjectRule: Rule = {
  id: 'SEC-012',
  severity: 'error',
  summary: 'A binding that gives its role to a service account in another namespace than the one that exists',
  docs: 'Kubernetes takes a binding for accounts that do not exist; the collector then runs without the role, and its Kubernetes receivers and processors are refused what they ask for. Where the account’s manifest names no namespace, whoever applies it decides, and it is a warning.',
  check: (input, cluster) =>
    input.head.repository.manifests.bindings.flatMap((binding) => astray(binding, input, cluster)),
};

function astray(binding: AccessBinding, { head }: LintInput, { workloads }: Cluster): readonly Finding[] {
  const { accounts } = head.repository.manifests;
  return binding.subjects.flatMap(({ namespace, name, at }): readonly Finding[] => {
    const named = accounts.filter((account) => account.name === name);
    if (named.length === 0 || named.some((account) => account.namespace === namespace)) return [];
    const users = workloads.filter((workload) => workload.pod?.serviceAccount?.value === name);
    // Somebody runs with it where the binding says.
    if (users.some((workload) => workload.namespace === namespace)) return [];
    const placed = named.find(({ unplaced }) => !unplaced);
    const [account] = placed === undefined ? named : [placed];
    if (account === undefined) return [];
    const where =
      placed === undefined
        ? 'whose manifest names no namespace'
        : `which is in namespace \`${placed.namespace}\``;
    return [
      {
        rule: bindingSubjectRule.id,
        severity: placed === undefined ? 'warning' : 'error',
        message: `${binding.kind} \`${binding.name}\` is for ServiceAccount \`${name}\` in namespace \`${namespace}\`, ${where}`,
        at,
        related: [{ message: `ServiceAccount ${name}`, at: account.at }],
      },
    ];
  });
}
