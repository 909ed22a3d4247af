import type { Finding, SourceRange } from '../../document/finding.ts';
import type { GrantedRule } from '../../kubernetes/access.ts';
import type { Workload } from '../../kubernetes/workload.ts';
import { collectorRoles } from '../access.ts';
import type { CollectorRole } from '../access.ts';
import { needsNodesProxy } from '../needed-access.ts';
import type { LintInput, Rule } from '../rule.ts';
import type { Cluster } from '../running.ts';

export const wideRoleRule: Rule = {
  id: 'SEC-010',
  severity: 'warning',
  summary: 'A role that lets a collector do more than collectors need',
  docs: 'No component needs `*`, Secrets, `pods/exec` or the right to take over other roles. `nodes/proxy` reaches the whole API of the kubelet, commands in any container included; only `kubelet_stats` with `extra_metadata_labels` or utilization metrics needs it. `nodes/stats` is enough for the rest.',
  check,
};

function check(input: LintInput, cluster: Cluster): readonly Finding[] {
  return collectorRoles(input, cluster).flatMap((own) =>
    own.role.rules.flatMap((rule) => tooWide(rule, own, cluster)),
  );
}

function tooWide(
  rule: GrantedRule,
  { role, workloads }: CollectorRole,
  cluster: Cluster,
): readonly Finding[] {
  const finding = (message: string, at: SourceRange): Finding => ({
    rule: wideRoleRule.id,
    severity: 'warning',
    message: `${role.kind} \`${role.name}\` ${message}`,
    at,
  });
  const groups = rule.apiGroups;
  if (rule.resources.includes('*')) {
    const what = groups.includes('*') ? 'everything of the cluster' : 'every kind of a group';
    return [finding(`gives access to ${what} (\`resources: ["*"]\`)`, rule.resourceAt.get('*') ?? rule.at)];
  }
  const powers = rule.verbs.filter((verb) => ['escalate', 'bind', 'impersonate'].includes(verb));
  const wide = (resource: string): boolean =>
    rule.resources.includes(resource) && groups.includes('') && rule.resourceNames.length === 0;
  return [
    ...(rule.verbs.includes('*')
      ? [finding('may do anything (`verbs: ["*"]`) with what this rule names', rule.at)]
      : []),
    ...(powers.length > 0 ? [finding(`may ${powers.join(', ')}: take rights that it has not`, rule.at)] : []),
    ...(wide('secrets')
      ? [finding('reads Secrets, all of them', rule.resourceAt.get('secrets') ?? rule.at)]
      : []),
    ...(wide('pods/exec')
      ? [finding('runs commands in pods (`pods/exec`)', rule.resourceAt.get('pods/exec') ?? rule.at)]
      : []),
    ...(wide('nodes/proxy') ? ofKubelets(workloads, cluster) : []).map((message) =>
      finding(message, rule.resourceAt.get('nodes/proxy') ?? rule.at),
    ),
  ];
}

function ofKubelets(workloads: readonly Workload[], cluster: Cluster): readonly string[] {
  const configs = workloads.flatMap((workload) => cluster.runningIn(workload));
  if (configs.some((one) => needsNodesProxy(one))) return [];
  const known = configs.length > 0 && configs.every(({ whole }) => whole);
  return [
    `reaches the whole API of every kubelet (\`nodes/proxy\`)${known ? ', which nothing here needs' : '; `nodes/stats` is enough for most'}`,
  ];
}
