import type { SourceRange } from '../document/finding.ts';
import { at, entry, itemsAt, textAt } from '../document/node.ts';
import type { Node } from '../document/node.ts';
import type { ReadObject } from './objects.ts';
import { stringsAt } from './references.ts';
import { placedNumber } from './scalars.ts';
import type { Placed } from './workload.ts';

/** What every object around a workload has. */
interface Around {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly at: SourceRange;
}

/** A PodDisruptionBudget. Its bounds are numbers or percentages as they are written. */
export interface DisruptionBudget extends Around {
  readonly matchLabels: Readonly<Record<string, string>>;
  /** False where it selects by expressions too, which are not read. */
  readonly plainSelector: boolean;
  readonly selectorAt: SourceRange;
  readonly minAvailable?: Placed<number | string>;
  readonly maxUnavailable?: Placed<number | string>;
}

/** A HorizontalPodAutoscaler; without `min` it is 1. */
export interface Autoscaler extends Around {
  readonly target: { readonly apiVersion: string; readonly kind: string; readonly name: string };
  readonly targetAt: SourceRange;
  readonly min?: Placed<number>;
  readonly max?: Placed<number>;
}

/** A NetworkPolicy for incoming traffic. */
export interface IngressPolicy extends Around {
  readonly matchLabels: Readonly<Record<string, string>>;
  /** The ports it lets in, numbers or names; undefined where a rule lets in all. */
  readonly ports?: readonly (number | string)[];
}

/** The Services that an Ingress leads to, by name. */
export interface IngressRoutes extends Around {
  readonly services: readonly string[];
}

/** A PersistentVolumeClaim. */
export interface VolumeClaim extends Around {
  readonly accessModes: readonly string[];
}

/** The PodDisruptionBudget an object is, or undefined for other kinds. */
export function budgetOf({ object, node }: ReadObject): DisruptionBudget | undefined {
  if (object.kind !== 'PodDisruptionBudget') return undefined;
  const spec = at(node, 'spec');
  return {
    ...around(object),
    ...selectorAt(spec),
    selectorAt: entry(spec, 'selector')?.keyAt ?? object.at,
    ...bound(spec, 'minAvailable'),
    ...bound(spec, 'maxUnavailable'),
  };
}

/** The HorizontalPodAutoscaler an object is, or undefined for other kinds. */
export function autoscalerOf({ object, node }: ReadObject): Autoscaler | undefined {
  if (object.kind !== 'HorizontalPodAutoscaler') return undefined;
  const spec = at(node, 'spec');
  const target = at(spec, 'scaleTargetRef');
  const min = placedNumber(spec, 'minReplicas');
  const max = placedNumber(spec, 'maxReplicas');
  return {
    ...around(object),
    target: {
      apiVersion: textAt(target, 'apiVersion') ?? '',
      kind: textAt(target, 'kind') ?? '',
      name: textAt(target, 'name') ?? '',
    },
    targetAt: entry(target, 'name')?.value.at ?? object.at,
    ...(min && { min }),
    ...(max && { max }),
  };
}

/** The NetworkPolicy an object is; undefined for other kinds and for policies that only speak of outgoing traffic. */
export function ingressPolicyOf({ object, node }: ReadObject): IngressPolicy | undefined {
  if (object.kind !== 'NetworkPolicy') return undefined;
  const spec = at(node, 'spec');
  const types = itemsAt(spec, 'policyTypes').flatMap((type) => (type.kind === 'scalar' ? [type.value] : []));
  if (types.length > 0 && !types.includes('Ingress')) return undefined;
  const rules = itemsAt(spec, 'ingress');
  const open = rules.some((rule) => itemsAt(rule, 'ports').length === 0);
  const ports = rules.flatMap((rule) =>
    itemsAt(rule, 'ports').flatMap((port) => {
      const value = at(port, 'port');
      return value?.kind === 'scalar' && (typeof value.value === 'number' || typeof value.value === 'string')
        ? [value.value]
        : [];
    }),
  );
  return {
    ...around(object),
    matchLabels: stringsAt(node, 'spec', 'podSelector', 'matchLabels'),
    ...(!open && { ports }),
  };
}

/** The Services behind an Ingress, or undefined for other kinds. */
export function ingressOf({ object, node }: ReadObject): IngressRoutes | undefined {
  if (object.kind !== 'Ingress') return undefined;
  const backends = [
    at(node, 'spec', 'defaultBackend'),
    ...itemsAt(node, 'spec', 'rules').flatMap((rule) =>
      itemsAt(rule, 'http', 'paths').map((path) => at(path, 'backend')),
    ),
  ];
  return {
    ...around(object),
    services: backends.flatMap((backend) => textAt(backend, 'service', 'name') ?? []),
  };
}

/** The PersistentVolumeClaim an object is, or undefined for other kinds. */
export function claimOf({ object, node }: ReadObject): VolumeClaim | undefined {
  if (object.kind !== 'PersistentVolumeClaim') return undefined;
  const modes = itemsAt(node, 'spec', 'accessModes');
  return {
    ...around(object),
    accessModes: modes.flatMap((mode) => (mode.kind === 'scalar' ? [String(mode.value)] : [])),
  };
}

function around({ key, namespace, name, at: place }: ReadObject['object']): Around {
  return { key, namespace: namespace ?? 'default', name, at: place };
}

function selectorAt(spec: Node | undefined): Pick<DisruptionBudget, 'matchLabels' | 'plainSelector'> {
  return {
    matchLabels: spec === undefined ? {} : stringsAt(spec, 'selector', 'matchLabels'),
    plainSelector: at(spec, 'selector', 'matchExpressions') === undefined,
  };
}

function bound(spec: Node | undefined, name: 'minAvailable' | 'maxUnavailable'): object {
  const found = at(spec, name);
  if (found?.kind !== 'scalar') return {};
  const { value } = found;
  return typeof value === 'number' || typeof value === 'string' ? { [name]: { value, at: found.at } } : {};
}
