import type { SourceRange } from '../document/finding.ts';
import { belongsTo, nearest } from '../kubernetes/nearest.ts';
import type { DisruptionBudget } from '../kubernetes/policies.ts';
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

/** The cluster that the files of a revision make. */
export function clusterOf(input: LintInput): Cluster {
  const { manifests } = input.head.repository;
  const asked = askedConfigs(input);
  const deployed = deployedConfigs(input, asked);
  const byWorkload = Map.groupBy(deployed, ({ workload }) => workload && workloadId(workload));
  const owners = ownersOfServices(input);
  const services = [...manifests.services, ...owners.keys()];
  const byName = Map.groupBy(services, ({ name }) => name);
  const byNamespace = Map.groupBy(services, ({ namespace }) => namespace);
  const budgets = Map.groupBy(manifests.budgets, ({ namespace }) => namespace);
  const autoscalers = Map.groupBy(
    manifests.autoscalers,
    ({ namespace, target }) => `${target.kind}/${namespace}/${target.name}`,
  );
  const files = Map.groupBy(manifests.workloads, ({ key }) => key);
  const own = <T extends { readonly at: SourceRange }>(
    candidates: readonly T[],
    { key, at: { file } }: Workload,
  ): readonly T[] => {
    const others = (files.get(key) ?? []).map((workload) => workload.at.file);
    return others.length < 2 ? candidates : candidates.filter(({ at }) => belongsTo(at.file, file, others));
  };
  const servicesOf = remembered((workload: Workload) =>
    selecting(
      own(byNamespace.get(workload.namespace) ?? [], workload).filter((service) =>
        [undefined, workloadId(workload)].includes(owners.get(service)),
      ),
      workload,
      ({ selector }) => selector,
    ),
  );
  const budgetsOf = remembered((workload: Workload) =>
    selectingBudgets(own(budgets.get(workload.namespace) ?? [], workload), workload),
  );
  const serviceFor: Cluster['serviceFor'] = (host, { namespace, file }) => {
    const named = byName.get(host.toLowerCase().split('.', 1)[0] ?? '') ?? [];
    const found = serviceAt(host, named, namespace);
    const same = named.filter((service) => service.namespace === found?.namespace);
    return found === undefined ? undefined : nearest(same, file);
  };
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
      const scaling = scaledKeys(workload).flatMap((key) => autoscalers.get(key) ?? []);
      const found = nearest(own(scaling, workload), workload.at.file);
      return found === undefined ? [] : [found];
    },
    sendersTo: (workload) => {
      senders ??= sendersByService(deployed, serviceFor);
      return servicesOf(workload).flatMap((service) =>
        (senders?.get(serviceId(service)) ?? []).filter(
          (sender) =>
            sender.running.workload === undefined ||
            workloadId(sender.running.workload) !== workloadId(workload),
        ),
      );
    },
  };
}

function selectingBudgets(all: readonly DisruptionBudget[], workload: Workload): readonly DisruptionBudget[] {
  const plain = all.filter(({ plainSelector }) => plainSelector);
  return selecting(plain, workload, ({ matchLabels }) => matchLabels);
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

/** Of the objects that select a workload's pods, of each name the one that belongs to its file. An empty selector selects nothing here. */
function selecting<T extends { readonly key: string; readonly at: SourceRange }>(
  candidates: readonly T[],
  { pod, at: place }: Workload,
  selectorOf: (candidate: T) => Readonly<Record<string, string>>,
): readonly T[] {
  if (pod === undefined) return [];
  const found = candidates.filter((candidate) => {
    const wanted = Object.entries(selectorOf(candidate));
    return wanted.length > 0 && wanted.every(([name, value]) => pod.labels[name] === value);
  });
  return [...Map.groupBy(found, ({ key }) => key).values()].flatMap(
    (same) => nearest(same, place.file) ?? [],
  );
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

function remembered<T>(make: (workload: Workload) => T): (workload: Workload) => T {
  const known = new Map<string, T>();
  return (workload) => {
    const id = workloadId(workload);
    const found = known.get(id) ?? make(workload);
    known.set(id, found);
    return found;
  };
}
