import type { AccessBinding, AccessRole, GrantedRule } from '../kubernetes/access.ts';
import { nearest } from '../kubernetes/nearest.ts';
import type { Workload } from '../kubernetes/workload.ts';
import { workloadId } from './collector-workloads.ts';
import type { LintInput } from './rule.ts';
import type { Cluster } from './running.ts';

/** What the pods of a workload may do, as far as the files say it. */
export interface Grants {
  /** `default` where the manifest names none. */
  readonly account: string;
  readonly bindings: readonly AccessBinding[];
  readonly roles: readonly AccessRole[];
  readonly rules: readonly GrantedRule[];
  /** False where a role that is bound stands in no file, or is made of others. */
  readonly complete: boolean;
}

/** What a workload's service account is allowed. Everybody is also what the cluster makes of him elsewhere, so no rules is not nothing. */
export function grantsOf(workload: Workload, { head }: LintInput): Grants {
  const { bindings, roles } = head.repository.manifests;
  const account = workload.pod?.serviceAccount?.value ?? 'default';
  const own = bindings.filter((binding) =>
    binding.subjects.some(({ namespace, name }) => namespace === workload.namespace && name === account),
  );
  const found = own.map((binding) => roleOf(binding, roles));
  return {
    account,
    bindings: own,
    roles: found.flatMap((role) => role ?? []),
    rules: found.flatMap((role) => role?.rules ?? []),
    complete: found.every((role) => role !== undefined && !role.aggregated),
  };
}

/** The role that a binding names, if a file has it. */
export function roleOf(binding: AccessBinding, roles: readonly AccessRole[]): AccessRole | undefined {
  const { kind, name } = binding.role;
  return nearest(
    roles.filter(
      (role) =>
        role.kind === kind &&
        role.name === name &&
        (kind === 'ClusterRole' || role.namespace === binding.namespace),
    ),
    binding.at.file,
  );
}

const COLLECTOR_NAME = /otel|opentelemetry|collector|bindplane|kubeagent|kmagent/i;

/** A role that collectors have, with the workloads that have it. */
export interface CollectorRole {
  readonly role: AccessRole;
  readonly workloads: readonly Workload[];
}

/** Roles that are bound to the service account of a collector of the files, and roles that are called like one and bound to nobody else. */
export function collectorRoles(input: LintInput, { workloads }: Cluster): readonly CollectorRole[] {
  const { manifests } = input.head.repository;
  const collectors = new Set(workloads.map(workloadId));
  const others = manifests.workloads.filter((workload) => !collectors.has(workloadId(workload)));
  const usersOf = (candidates: readonly Workload[], role: AccessRole): readonly Workload[] =>
    candidates.filter((workload) => {
      const account = workload.pod?.serviceAccount?.value ?? 'default';
      return manifests.bindings.some(
        (binding) =>
          roleOf(binding, manifests.roles) === role &&
          binding.subjects.some(
            ({ namespace, name }) => namespace === workload.namespace && name === account,
          ),
      );
    });
  return manifests.roles.flatMap((role): readonly CollectorRole[] => {
    const own = usersOf(workloads, role);
    if (own.length > 0) return [{ role, workloads: own }];
    return COLLECTOR_NAME.test(role.name) && usersOf(others, role).length === 0
      ? [{ role, workloads: [] }]
      : [];
  });
}

/** Whether a rule lets somebody do something with a resource of a group; names and subresources count as they are written. */
export function allows(rule: GrantedRule, group: string, resource: string, verb: string): boolean {
  const has = (list: readonly string[], word: string): boolean => list.includes(word) || list.includes('*');
  const parent = resource.split('/', 1)[0] ?? '';
  const resources =
    has(rule.resources, resource) || (resource !== parent && rule.resources.includes(`${parent}/*`));
  return rule.resourceNames.length === 0 && has(rule.apiGroups, group) && resources && has(rule.verbs, verb);
}
