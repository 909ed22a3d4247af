import type { ConfigKey } from '../fleet/config-key.ts';
import type { EffectiveConfig } from '../collector/effective-config.ts';
import { at, isMap, textAt } from '../document/node.ts';
import type { Json } from '../document/node.ts';
import { stringsAt } from '../kubernetes/references.ts';
import { serviceAt } from '../kubernetes/services.ts';
import type { ServiceObject } from '../kubernetes/services.ts';
import type { Workload } from '../kubernetes/workload.ts';
import { LazyMap } from '../resources/lazy-map.ts';
import type { LoadedRepository } from '../resources/load.ts';
import type { LoadedView } from '../resources/view.ts';

/** Keys of exporters whose text names a host to send to. */
const HOST_KEYS: readonly string[] = ['endpoint', 'endpoints', 'hostname', 'hostnames', 'service', 'url'];

/** The Services of the repository that a config's exporters send to. */
function servicesSentTo(
  config: EffectiveConfig,
  services: readonly ServiceObject[],
): readonly ServiceObject[] {
  const hosts = new Set(hostsIn(config.tree['exporters'] ?? null, false));
  return [...hosts].flatMap((host) => serviceAt(host, services) ?? []);
}

function hostsIn(value: Json, named: boolean): readonly string[] {
  if (typeof value === 'string') {
    const host = /^(?:[a-z][a-z0-9+.-]*:\/\/\/?)?([A-Za-z0-9][A-Za-z0-9.-]*)(?::\d+)?(?:\/|$)/.exec(
      value,
    )?.[1];
    return named && host !== undefined ? [host] : [];
  }
  if (Array.isArray(value)) return value.flatMap((item: Json) => hostsIn(item, named));
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => hostsIn(child, HOST_KEYS.includes(key)));
}

/** Whether a Service stands in front of a workload: its selector holds on the labels of the workload's pods. */
export function isInFrontOf(
  service: ServiceObject,
  workload: Workload,
  repository: LoadedRepository,
): boolean {
  const wanted = Object.entries(service.selector);
  if (wanted.length === 0 || service.namespace !== workload.namespace) return false;
  const labels = podLabels(workload, repository);
  return wanted.every(([name, value]) => labels[name] === value);
}

function podLabels(
  workload: Workload,
  { manifestDocuments }: LoadedRepository,
): Readonly<Record<string, string>> {
  const document = manifestDocuments.find(
    ({ root, at: place }) =>
      place.file === workload.at.file &&
      textAt(root, 'kind') === workload.kind &&
      textAt(root, 'metadata', 'name') === workload.name &&
      (textAt(root, 'metadata', 'namespace') ?? 'default') === workload.namespace,
  );
  const template = at(document?.root, 'spec', 'template', 'metadata');
  return template === undefined ? {} : stringsAt(template, 'labels');
}

/** What an operator or a chart makes in front of a collector is known to be that collector's. */
export function ownersOfServices({ repository }: LoadedView): ReadonlyMap<ServiceObject, ConfigKey> {
  return new Map(
    [...repository.collectors.values()].flatMap(({ key, collector }) =>
      collector.services.map((service) => [service, key] as const),
    ),
  );
}

/** For each Configuration, those whose agents it sends to: they must work before it does. Found when first asked for. */
export function gatewaysOf(view: LoadedView): ReadonlyMap<ConfigKey, ReadonlySet<ConfigKey>> {
  const { manifests } = view.repository;
  const owners = ownersOfServices(view);
  const services = [...manifests.services, ...owners.keys()];
  return new LazyMap(view.effective.keys(), (key) => {
    const config = services.length === 0 ? undefined : view.effective.get(key)?.config;
    const sentTo = config === undefined ? [] : servicesSentTo(config, services);
    const made = sentTo.flatMap((service) => owners.get(service) ?? []).filter((owner) => owner !== key);
    const receivers = [...view.targets.values()].filter(
      ({ configuration, workloads }) =>
        configuration !== key &&
        workloads.some(({ workload }) =>
          sentTo.some((service) => isInFrontOf(service, workload, view.repository)),
        ),
    );
    return new Set([...receivers.map(({ configuration }) => configuration), ...made]);
  });
}

/** Sorts so that each member comes after those it `needs`, as far as there is no circle; else keeps the order given. */
export function sortByNeeds<T>(items: readonly T[], needs: (item: T) => Iterable<T>): readonly T[] {
  const members = new Set(items);
  const sorted = new Set<T>();
  const open = new Set<T>();
  const visit = (item: T): void => {
    if (sorted.has(item) || open.has(item) || !members.has(item)) return;
    open.add(item);
    for (const need of needs(item)) visit(need);
    sorted.add(item);
  };
  for (const item of items) visit(item);
  return [...sorted];
}
