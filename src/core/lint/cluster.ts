import { belongingTo, nearest, nearestOf } from '../kubernetes/nearest.ts';
import { serviceAt } from '../kubernetes/services.ts';
import type { ServiceObject } from '../kubernetes/services.ts';
import type { Workload } from '../kubernetes/workload.ts';
import type { RenderedCollector } from '../kubernetes/rendered-collector.ts';
import { renderedCollector } from '../resources/collectors.ts';
import { collectorWorkloads, madeWorkloads, workloadId } from './collector-workloads.ts';
import { rendersOf } from './rule.ts';
import type { LintInput } from './rule.ts';
import { runningConfig } from './running-config.ts';
import type { Cluster, RunningConfig, Sender } from './running.ts';
import { selectedBy } from './selected.ts';

/** The cluster that the files of a revision make. */
export function clusterOf(input: LintInput): Cluster {
  const { manifests } = input.head.repository;
  const asked = askedConfigs(input);
  const deployed = deployedConfigs(input, asked);
  const byWorkload = Map.groupBy(deployed, ({ workload }) => workload && workloadId(workload));
  const owners = ownersOfServices(input);
  const services = [...manifests.services, ...owners.keys()];
  const byNamespace = Map.groupBy(services, ({ namespace }) => namespace);
  const autoscalers = Map.groupBy(
    manifests.autoscalers,
    ({ namespace, target }) => `${target.kind}/${namespace}/${target.name}`,
  );
  const declared = Map.groupBy(manifests.workloads, ({ key }) => key);
  const filesOf = remembered(
    (key: string) => declared.get(key)?.map(({ at }) => at.file) ?? [],
    (key) => key,
  );
  const servicesOf = remembered(selectedServices(manifests.services, owners, filesOf), workloadId);
  const budgetsOf = remembered(
    selectedBy(
      manifests.budgets.filter(({ plainSelector }) => plainSelector),
      ({ matchLabels }) => matchLabels,
      filesOf,
    ),
    workloadId,
  );
  const scalersOf = remembered(
    (workload: Workload) => {
      const all = scaledKeys(workload).flatMap((target) => autoscalers.get(target) ?? []);
      const files = filesOf(workload.key);
      return files.length < 2 ? () => all : belongingTo(all, files);
    },
    (workload) => [workload.key, ...scaledKeys(workload)].join(' '),
  );
  const serviceFor = servicesByHost(services);
  let senders: ReadonlyMap<string, readonly Sender[]> | undefined;
  return {
    running: input.among === undefined ? distinct([...asked, ...deployed]) : asked,
    workloads: collectorWorkloads(input),
    made: madeWorkloads(input),
    runningIn: (workload) => byWorkload.get(workloadId(workload)) ?? [],
    servicesOf,
    serviceFor,
    servicesIn: (namespace) => byNamespace.get(namespace) ?? [],
    budgetsOf,
    autoscalersOf: (workload) => {
      const { file } = workload.at;
      const found = nearest(scalersOf(workload)(file), file);
      return found === undefined ? [] : [found];
    },
    sendersTo: remembered((workload) => {
      senders ??= sendersByService(deployed, serviceFor);
      return servicesOf(workload).flatMap((service) =>
        (senders?.get(serviceId(service)) ?? []).filter(
          (sender) =>
            sender.running.workload === undefined ||
            workloadId(sender.running.workload) !== workloadId(workload),
        ),
      );
    }, workloadId),
  };
}

function scaledKeys({ key, made }: Workload): readonly string[] {
  return made?.scaledAs === undefined ? [key] : [key, made.scaledAs];
}

/**
 * Services that an operator or a chart makes, with the id of the workload that they are made with: only that one is behind them, as the
 * labels of releases whose name nobody knows are alike.
 */
function ownersOfServices({ head }: LintInput): ReadonlyMap<ServiceObject, string> {
  return new Map(
    [...head.repository.collectors.values()].flatMap(({ collector: { services, workload } }) =>
      services.map((service) => [service, workload === undefined ? '' : workloadId(workload)] as const),
    ),
  );
}

/** The configs that rules look into, each with its workloads. */
function askedConfigs(input: LintInput): readonly RunningConfig[] {
  const { targets } = input.head;
  return rendersOf(input).flatMap((rendered) => {
    const workloads = targets.get(rendered.key)?.workloads ?? [];
    return workloads.length === 0
      ? [runningConfig(rendered, undefined, input)]
      : workloads.map((runner) => runningConfig(rendered, runner, input));
  });
}

/**
 * What the workloads run, whichever configs rules look into: whether something is a gateway does not depend on what somebody changes.
 * Of several manifests with one key only one is told as a config of its own; their pods are looked at all the same.
 */
function deployedConfigs(input: LintInput, asked: readonly RunningConfig[]): readonly RunningConfig[] {
  const { targets, repository, effective } = input.head;
  const known = Map.groupBy(asked, ({ rendered }) => rendered.key);
  const all = [...targets].flatMap(([key, { workloads }]) => {
    if (workloads.length === 0) return [];
    const found = known.get(key);
    const rendered = found === undefined ? effective.get(key) : undefined;
    return rendered === undefined
      ? (found ?? [])
      : workloads.map((runner) => runningConfig(rendered, runner, input));
  });
  const told = new Set(all.flatMap(({ rendered }) => rendered.collector ?? []));
  return [
    ...all,
    ...repository.manifests.collectors.flatMap((collector) =>
      told.has(collector) ? [] : again(collector, input),
    ),
  ];
}

function again(collector: RenderedCollector, input: LintInput): readonly RunningConfig[] {
  const { workload, distribution, version } = collector;
  const [container] = workload?.containers.filter(({ init }) => !init) ?? [];
  if (workload === undefined || container === undefined) return [];
  const key = `${workload.kind}/${workload.namespace}/${workload.name}` as const;
  const runner = { workload, container, distribution, ...(version !== undefined && { version }), labels: {} };
  return [runningConfig(renderedCollector({ key, by: 'kubectl', collector }), runner, input)];
}

/** The Services behind which a workload's pods are; of those that come with a workload, its own. */
function selectedServices(
  written: readonly ServiceObject[],
  owners: ReadonlyMap<ServiceObject, string>,
  filesOf: (key: string) => readonly string[],
): (workload: Workload) => readonly ServiceObject[] {
  const labelsOf = ({ selector }: ServiceObject): ServiceObject['selector'] => selector;
  const free = selectedBy(written, labelsOf, filesOf);
  const made = Map.groupBy(owners.keys(), (service) => owners.get(service));
  return (workload) => {
    const own = made.get(workloadId(workload)) ?? [];
    if (own.length === 0) return free(workload);
    const all = [...free(workload), ...selectedBy(own, labelsOf, filesOf)(workload)];
    return [...Map.groupBy(all, ({ key }) => key).values()].flatMap(
      (same) => nearest(same, workload.at.file) ?? [],
    );
  };
}

function servicesByHost(services: readonly ServiceObject[]): Cluster['serviceFor'] {
  const byName = Map.groupBy(services, ({ name }) => name);
  const known = new Map<string, (file: string) => ServiceObject | undefined>();
  return (host, { namespace, file }) => {
    const asked = `${host} ${namespace ?? ''}`;
    const find = known.get(asked);
    if (find !== undefined) return find(file);
    const named = byName.get(host.toLowerCase().split('.', 1)[0] ?? '') ?? [];
    const found = serviceAt(host, named, namespace);
    const same = named.filter((service) => service.namespace === found?.namespace);
    const make = nearestOf(found === undefined ? [] : same);
    known.set(asked, make);
    return make(file);
  };
}

function sendersByService(
  running: readonly RunningConfig[],
  serviceFor: Cluster['serviceFor'],
): ReadonlyMap<string, readonly Sender[]> {
  const found = running.flatMap((one) =>
    one.destinations().flatMap((destination): readonly Sender[] => {
      const { host } = destination.endpoint;
      const namespace = one.workload?.namespace ?? one.rendered.collector?.namespace;
      const file = (one.workload ?? one.rendered).at?.file ?? '';
      const from = { file, ...(namespace !== undefined && namespace !== '' && { namespace }) };
      const service = host === undefined ? undefined : serviceFor(host, from);
      return service === undefined ? [] : [{ running: one, destination, service }];
    }),
  );
  return Map.groupBy(found, ({ service }) => serviceId(service));
}

function serviceId({ key, at: place }: ServiceObject): string {
  return `${key} ${place.file} ${place.line}`;
}

function distinct<T>(items: readonly T[]): readonly T[] {
  return [...new Set(items)];
}

/** Asked for the same again, by the id of what is asked for, it answers as before. */
function remembered<Q, T>(make: (asked: Q) => T, idOf: (asked: Q) => string): (asked: Q) => T {
  const known = new Map<string, { readonly value: T }>();
  return (asked) => {
    const id = idOf(asked);
    const found = known.get(id) ?? { value: make(asked) };
    known.set(id, found);
    return found.value;
  };
}
