const MAX = 63;

/** `<name><suffix>`, at most 63 characters: the name is cut, never the suffix (operator `internal/naming`). */
function named(name: string, suffix: string): string {
  const cut = name.slice(0, Math.max(0, MAX - suffix.length));
  return `${cut}${suffix}`.toLowerCase().replaceAll(/[^a-z0-9.-]/g, 'x');
}

/** Names of what the operator makes for a collector resource. */
export interface CollectorNames {
  readonly workload: string;
  readonly service: string;
  readonly headless: string;
  readonly monitoring: string;
  readonly extension: string;
  readonly serviceAccount: string;
  readonly clusterRole: string;
  readonly targetAllocator: string;
}

/** Every name that the operator derives from the name and namespace of a collector resource. */
export function namesOf(name: string, namespace: string): CollectorNames {
  const service = named(name, '-collector');
  return {
    workload: service,
    service,
    headless: named(service, '-headless'),
    monitoring: named(service, '-monitoring'),
    extension: named(service, '-extension'),
    serviceAccount: service,
    clusterRole: named(`${name}-${namespace}`, '-cluster-role'),
    targetAllocator: named(name, '-targetallocator'),
  };
}

const LABEL = /^(?:(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

/** The name of a port that is derived from a component: its id, or `port-<number>` where that is too long or no label. */
export function portName(component: string, port: number): string {
  const candidate = component.replaceAll('/', '-').replaceAll('_', '-');
  return component.length <= 15 && LABEL.test(candidate) ? candidate : `port-${port}`;
}
