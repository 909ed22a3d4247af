import type { SourceRange } from '../document/finding.ts';
import { at, entry, itemsAt, textAt } from '../document/node.ts';
import type { Node } from '../document/node.ts';
import type { ReadObject } from './objects.ts';

/** A rule of a Role or ClusterRole, with its place. */
export interface GrantedRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly nonResourceUrls: readonly string[];
  readonly verbs: readonly string[];
  readonly at: SourceRange;
  /** Each resource it names, with its place. */
  readonly resourceAt: ReadonlyMap<string, SourceRange>;
  /** Each API group it names, with its place. */
  readonly groupAt: ReadonlyMap<string, SourceRange>;
}

/** A Role or ClusterRole. */
export interface AccessRole {
  readonly kind: 'Role' | 'ClusterRole';
  /** Absent for a ClusterRole. */
  readonly namespace?: string;
  readonly name: string;
  readonly rules: readonly GrantedRule[];
  /** True where other roles bring rules that this file does not show. */
  readonly aggregated: boolean;
  readonly at: SourceRange;
}

/** A RoleBinding or ClusterRoleBinding, with the service accounts it is for. */
export interface AccessBinding {
  readonly kind: 'RoleBinding' | 'ClusterRoleBinding';
  readonly namespace?: string;
  readonly name: string;
  readonly role: { readonly kind: string; readonly name: string };
  readonly subjects: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly at: SourceRange;
  }[];
  readonly at: SourceRange;
}

/** A ServiceAccount. `unplaced` where its manifest names no namespace, so that whoever applies it chooses one. */
export interface Account {
  readonly namespace: string;
  readonly name: string;
  readonly unplaced: boolean;
  readonly at: SourceRange;
}

/** The role an object is, or undefined for other kinds. */
export function roleOf({ object, node }: ReadObject): AccessRole | undefined {
  const { kind } = object;
  if (kind !== 'Role' && kind !== 'ClusterRole') return undefined;
  return {
    kind,
    ...(object.namespace !== undefined && { namespace: object.namespace }),
    name: object.name,
    rules: itemsAt(node, 'rules').map(ruleOf),
    aggregated: at(node, 'aggregationRule') !== undefined,
    at: object.at,
  };
}

function ruleOf(node: Node): GrantedRule {
  const words = (field: string): readonly string[] =>
    itemsAt(node, field).flatMap((item) => (item.kind === 'scalar' ? [String(item.value)] : []));
  const places = (field: string): ReadonlyMap<string, SourceRange> =>
    new Map(
      itemsAt(node, field).flatMap((item) =>
        item.kind === 'scalar' ? [[String(item.value), item.at] as const] : [],
      ),
    );
  return {
    apiGroups: words('apiGroups'),
    resources: words('resources'),
    resourceNames: words('resourceNames'),
    nonResourceUrls: words('nonResourceURLs'),
    verbs: words('verbs'),
    at: node.at,
    resourceAt: places('resources'),
    groupAt: places('apiGroups'),
  };
}

/** The binding an object is, or undefined for other kinds. Users and groups are left out. */
export function bindingOf({ object, node }: ReadObject): AccessBinding | undefined {
  const { kind } = object;
  if (kind !== 'RoleBinding' && kind !== 'ClusterRoleBinding') return undefined;
  return {
    kind,
    ...(object.namespace !== undefined && { namespace: object.namespace }),
    name: object.name,
    role: { kind: textAt(node, 'roleRef', 'kind') ?? '', name: textAt(node, 'roleRef', 'name') ?? '' },
    subjects: itemsAt(node, 'subjects').flatMap((subject) => {
      const name = textAt(subject, 'name');
      if (textAt(subject, 'kind') !== 'ServiceAccount' || name === undefined) return [];
      const namespace = textAt(subject, 'namespace') ?? object.namespace ?? 'default';
      const place = entry(subject, 'namespace')?.value.at ?? entry(subject, 'name')?.value.at;
      return [{ namespace, name, at: place ?? subject.at }];
    }),
    at: object.at,
  };
}

/** The ServiceAccount an object is, or undefined for other kinds. */
export function accountOf({ object, node }: ReadObject): Account | undefined {
  if (object.kind !== 'ServiceAccount') return undefined;
  return {
    namespace: object.namespace ?? 'default',
    name: object.name,
    unplaced: textAt(node, 'metadata', 'namespace') === undefined,
    at: object.at,
  };
}
