import type { AccessBinding, AccessRole, GrantedRule } from '../kubernetes/access.ts';
import type { Manifests } from '../kubernetes/manifests.ts';
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

/** Roles and bindings by what they are asked for by; made once for each set of manifests. */
interface AccessIndex {
  readonly roles: ReadonlyMap<string, readonly AccessRole[]>;
  /** By `namespace/service account`. */
  readonly bindings: ReadonlyMap<string, readonly AccessBinding[]>;
  /** What was asked for, by the same. */
  readonly grants: Map<string, Grants>;
}

const indexes = new WeakMap<Manifests, AccessIndex>();

function indexOf(manifests: Manifests): AccessIndex {
  const known = indexes.get(manifests);
  if (known !== undefined) return known;
  const bindings = new Map<string, AccessBinding[]>();
  for (const binding of manifests.bindings) {
    for (const account of new Set(binding.subjects.map(({ namespace, name }) => `${namespace}/${name}`))) {
      const known = bindings.get(account);
      if (known === undefined) bindings.set(account, [binding]);
      else known.push(binding);
    }
  }
  const roles = Map.groupBy(manifests.roles, ({ kind, namespace, name }) => roleId(kind, namespace, name));
  const index = { roles, bindings, grants: new Map<string, Grants>() };
  indexes.set(manifests, index);
  return index;
}

function roleId(kind: string, namespace: string | undefined, name: string): string {
  return kind === 'ClusterRole' ? `${kind}/${name}` : `${kind}/${namespace ?? ''}/${name}`;
}

function bindingsOf(workload: Workload, manifests: Manifests): readonly AccessBinding[] {
  return indexOf(manifests).bindings.get(accountId(workload)) ?? [];
}

function accountId({ namespace, pod }: Workload): string {
  return `${namespace}/${pod?.serviceAccount?.value ?? 'default'}`;
}

/** What a workload's service account is allowed. Everybody is also what the cluster makes of him elsewhere, so no rules is not nothing. */
export function grantsOf(workload: Workload, { head }: LintInput): Grants {
  const { manifests } = head.repository;
  const { grants } = indexOf(manifests);
  const id = accountId(workload);
  const found = grants.get(id) ?? readGrants(workload, manifests);
  grants.set(id, found);
  return found;
}

function readGrants(workload: Workload, manifests: Manifests): Grants {
  const own = bindingsOf(workload, manifests);
  const found = own.map((binding) => roleOf(binding, manifests));
  return {
    account: workload.pod?.serviceAccount?.value ?? 'default',
    bindings: own,
    roles: found.flatMap((role) => role ?? []),
    rules: found.flatMap((role) => role?.rules ?? []),
    complete: found.every((role) => role !== undefined && !role.aggregated),
  };
}

/** The role that a binding names, if a file has it. */
export function roleOf({ role, namespace, at }: AccessBinding, manifests: Manifests): AccessRole | undefined {
  return nearest(indexOf(manifests).roles.get(roleId(role.kind, namespace, role.name)) ?? [], at.file);
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
  const own = usersOfRoles(workloads, manifests);
  const foreign = usersOfRoles(others, manifests);
  return manifests.roles.flatMap((role): readonly CollectorRole[] => {
    const users = own.get(role);
    if (users !== undefined) return [{ role, workloads: users }];
    return COLLECTOR_NAME.test(role.name) && !foreign.has(role) ? [{ role, workloads: [] }] : [];
  });
}

/** Accounts are asked for, not workloads: what runs with the same one may do the same. */
function usersOfRoles(
  workloads: readonly Workload[],
  manifests: Manifests,
): ReadonlyMap<AccessRole, readonly Workload[]> {
  const accounts = Map.groupBy(workloads, accountId);
  const users = new Map<AccessRole, readonly Workload[]>();
  for (const same of accounts.values()) {
    const [first] = same;
    const roles =
      first === undefined
        ? []
        : bindingsOf(first, manifests).flatMap((binding) => roleOf(binding, manifests) ?? []);
    for (const role of new Set(roles)) {
      const known = users.get(role);
      users.set(role, known === undefined ? same : [...known, ...same]);
    }
  }
  return users;
}

/** Whether a rule lets somebody do something with a resource of a group; names and subresources count as they are written. */
export function allows(
  rule: Pick<GrantedRule, 'apiGroups' | 'resources' | 'resourceNames' | 'verbs'>,
  group: string,
  resource: string,
  verb: string,
): boolean {
  const has = (list: readonly string[], word: string): boolean => list.includes(word) || list.includes('*');
  const parent = resource.split('/', 1)[0] ?? '';
  const resources =
    has(rule.resources, resource) || (resource !== parent && rule.resources.includes(`${parent}/*`));
  return rule.resourceNames.length === 0 && has(rule.apiGroups, group) && resources && has(rule.verbs, verb);
}
