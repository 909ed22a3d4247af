import { isAtLeast } from '../../collector/version.ts';
import { compareText } from '../../document/finding.ts';
import type {
  ContainerPort,
  PolicyRule,
  RenderedAutoscaler,
  RenderedRole,
  RenderedService,
  RenderedServicePort,
} from '../rendered-collector.ts';
import { boundAt, fieldsOf, madeContainer, madePod } from '../made-pod.ts';
import type { CommandWord } from '../made-pod.ts';
import { isEmpty, itemsOf, pick, plainOf, textOf } from '../traced.ts';
import type { Traced, TracedMap } from '../traced.ts';
import type { EnvironmentVariable, Pod, Workload } from '../workload.ts';
import { variableOf } from '../rendered-parts.ts';
import type { CollectorResource } from './collector-resource.ts';
import { derivedPorts, joinedPorts, ownPorts } from './derived-ports.ts';
import { enabledComponents } from './enabled-components.ts';
import { namesOf } from './names.ts';
import { PERMISSIONS } from './permissions/index.ts';
import { hasTargetAllocator } from './target-allocator.ts';
import { metricsEndpoint } from './telemetry-defaults.ts';

/** The container of every collector that the operator runs. */
const COLLECTOR_CONTAINER = 'otc-container';

/** A resource with the config that its collectors get, and the operator that makes its objects. */
export interface AdmittedResource {
  readonly resource: CollectorResource;
  readonly config: TracedMap;
  readonly operator: string;
}

/** The Services of a collector: base and headless where ports are known, monitoring always, extension, target allocator. Sidecars have none. */
export function servicesOf({ resource, config, operator }: AdmittedResource): readonly RenderedService[] {
  if (resource.mode === 'sidecar') return [];
  const names = namesOf(resource.name, resource.namespace);
  const { receivers, exporters, extensions } = derivedPorts(config, resource.at);
  const derived = [...receivers, ...exporters].sort((a, b) =>
    a.name < b.name ? -1 : a.name > b.name ? 1 : 0,
  );
  const ports = joinedPorts<RenderedServicePort>(ownPorts(resource.spec, resource.at), derived);
  const policy = resource.mode === 'daemonset' ? 'Local' : 'Cluster';
  const metrics = metricsEndpoint(config);
  return [
    ...(ports.length === 0
      ? []
      : [
          service(resource, names.service, ports, { internalTrafficPolicy: policy }),
          service(resource, names.headless, ports, { internalTrafficPolicy: policy, headless: true }),
        ]),
    ...(metrics === undefined
      ? []
      : [service(resource, names.monitoring, [plainPort('monitoring', metrics.port, resource)], {})]),
    ...(extensions.length === 0 || !isAtLeast(operator, '0.113.1')
      ? []
      : [service(resource, names.extension, extensions, {})]),
    ...(hasTargetAllocator(resource.spec) ? [allocatorService(resource, names.targetAllocator)] : []),
  ];
}

function plainPort(name: string, port: number, { at }: CollectorResource): RenderedServicePort {
  return { name, port, targetPort: port, protocol: 'TCP', at };
}

function service(
  resource: CollectorResource,
  name: string,
  ports: readonly RenderedServicePort[],
  more: { readonly internalTrafficPolicy?: string; readonly headless?: boolean },
): RenderedService {
  return {
    key: `Service/${resource.namespace}/${name}`,
    namespace: resource.namespace,
    name,
    headless: more.headless === true,
    ports,
    selector: selectorOf(resource, 'opentelemetry-collector'),
    ...(more.internalTrafficPolicy !== undefined && { internalTrafficPolicy: more.internalTrafficPolicy }),
    at: resource.at,
  };
}

function selectorOf(
  { name, namespace }: CollectorResource,
  component: string,
): Readonly<Record<string, string>> {
  return {
    'app.kubernetes.io/component': component,
    'app.kubernetes.io/instance': `${namespace}.${name}`.slice(0, 63),
    'app.kubernetes.io/managed-by': 'opentelemetry-operator',
    'app.kubernetes.io/part-of': 'opentelemetry',
  };
}

function allocatorService(resource: CollectorResource, name: string): RenderedService {
  const isMutual = !isEmpty(pick(resource.spec, 'targetAllocator', 'mtls', 'enabled'));
  const ports = [
    { ...plainPort('targetallocation', 80, resource), targetPort: 'http' },
    ...(isMutual ? [{ ...plainPort('targetallocation-https', 443, resource), targetPort: 'https' }] : []),
  ];
  return {
    ...service(resource, name, ports, {}),
    selector: {
      ...selectorOf(resource, 'opentelemetry-targetallocator'),
      'app.kubernetes.io/name': name,
    },
  };
}

/** Ports of the container: derived ones and the collector's own metrics, with those that the resource lists; by name. */
export function containerPorts({ resource, config }: AdmittedResource): readonly ContainerPort[] {
  const { receivers, exporters, extensions } = derivedPorts(config, resource.at);
  const metrics = metricsEndpoint(config)?.port ?? 8888;
  const derived = [...receivers, ...exporters, ...extensions, plainPort('metrics', metrics, resource)];
  const listed = ownPorts(resource.spec, resource.at);
  return joinedPorts<ContainerPort>(
    listed.map(({ name, port, protocol, hostPort, at }) => ({
      name,
      port,
      protocol,
      ...(hostPort === undefined ? {} : { hostPort }),
      at,
    })),
    derived.map(({ name, port, protocol, at }) => ({ name: name.slice(0, 15), port, protocol, at })),
  ).toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

const KINDS = { deployment: 'Deployment', daemonset: 'DaemonSet', statefulset: 'StatefulSet' } as const;

/** Fields of the resource that its pods get as they are. */
const POD_FIELDS = [
  'affinity',
  'hostNetwork',
  'hostPID',
  'nodeSelector',
  'terminationGracePeriodSeconds',
  'tolerations',
  'topologySpreadConstraints',
  'volumes',
];

function podOfResource(resource: CollectorResource): Pod {
  const { spec, at } = resource;
  const account = pick(spec, 'serviceAccount');
  return madePod({
    labels: {
      ...selectorOf(resource, 'opentelemetry-collector'),
      'app.kubernetes.io/name': namesOf(resource.name, resource.namespace).workload,
    },
    serviceAccount: { value: serviceAccountOf(resource) ?? '', at: account?.origin.at ?? at },
    fields: { ...fieldsOf(spec, POD_FIELDS), securityContext: pick(spec, 'podSecurityContext') },
    volumeClaimTemplates: pick(spec, 'volumeClaimTemplates'),
    at,
  });
}

/** The operator makes a budget for every collector, with `maxUnavailable: 1` where the resource says nothing. */
function madeBy({ spec, name, namespace }: CollectorResource): NonNullable<Workload['made']> {
  const budget = pick(spec, 'podDisruptionBudget');
  const minAvailable = boundAt(budget, 'minAvailable');
  const maxUnavailable = boundAt(budget, 'maxUnavailable');
  return {
    by: 'operator',
    makesAccount: (textOf(spec, 'serviceAccount') ?? '') === '',
    budget: { ...(minAvailable && { minAvailable }), ...(maxUnavailable && { maxUnavailable }) },
    scaledAs: `OpenTelemetryCollector/${namespace}/${name}`,
  };
}

/** The workload of a resource; undefined for sidecars. */
export function workloadOfResource(
  admitted: AdmittedResource,
  image: NonNullable<Workload['containers'][number]['image']>,
): Workload | undefined {
  const { resource } = admitted;
  if (resource.mode === 'sidecar') return undefined;
  const kind = KINDS[resource.mode];
  const { workload } = namesOf(resource.name, resource.namespace);
  const replicas = pick(resource.spec, 'replicas');
  const count = replicas === undefined ? 1 : plainOf(replicas);
  return {
    key: `${kind}/${resource.namespace}/${workload}`,
    kind,
    namespace: resource.namespace,
    name: workload,
    ...(resource.mode === 'daemonset' ? {} : { replicas: typeof count === 'number' ? count : 1 }),
    containers: [
      {
        name: COLLECTOR_CONTAINER,
        init: false,
        image,
        env: environment(admitted),
        envFromUnknown: !isEmpty(pick(resource.spec, 'envFrom')),
        spec: madeContainer(
          fieldsOf(resource.spec, ['resources', 'volumeMounts', 'securityContext']),
          containerPorts(admitted),
          argumentWords(resource),
          resource.at,
        ),
      },
    ],
    pod: podOfResource(resource),
    made: madeBy(resource),
    ...(typeof count === 'number' && replicas?.origin.at && { replicasAt: replicas.origin.at }),
    at: resource.at,
  };
}

/** Variables of the resource, then those of the operator that it does not set (before operator 0.125.0 both stood there). */
function environment({ resource, config, operator }: AdmittedResource): readonly EnvironmentVariable[] {
  const own = itemsOf(resource.spec, 'env').flatMap((item) => variableOf(item, resource.at));
  const inferred = (name: string, from: string): EnvironmentVariable => ({ name, from, at: resource.at });
  const kubelet = enabledComponents(config, 'receivers').some(({ type }) =>
    ['kubeletstats', 'kubelet_stats'].includes(type),
  );
  const added = [
    inferred('POD_NAME', 'fieldRef'),
    ...(isAtLeast(operator, '0.140.0')
      ? [inferred('GOMEMLIMIT', 'resourceFieldRef'), inferred('GOMAXPROCS', 'resourceFieldRef')]
      : []),
    ...(kubelet ? [inferred('K8S_NODE_NAME', 'fieldRef')] : []),
  ];
  return [...own, ...added.filter(({ name }) => own.every((variable) => variable.name !== name))];
}

/** `--config` first, then `spec.args` by text; a `config` among them does not count. A sidecar reads its config from a variable. */
export function argumentsOf(resource: CollectorResource): readonly string[] {
  return argumentWords(resource).map(({ value }) => value);
}

/** The same, each where the resource says it. */
function argumentWords({ spec, mode }: CollectorResource): readonly CommandWord[] {
  const args = pick(spec, 'args');
  const more = (args?.kind === 'map' ? [...args.entries] : [])
    .filter(([key]) => key !== 'config' || mode === 'sidecar')
    .map(([key, value]) => ({
      value: `--${key}=${scalarText(value)}`,
      ...(value.origin.at && { at: value.origin.at }),
    }))
    .toSorted((a, b) => compareText(a.value, b.value));
  return mode === 'sidecar'
    ? [...more, { value: '--config=env:OTEL_CONFIG' }]
    : [{ value: '--config=/conf/collector.yaml' }, ...more];
}

function scalarText(value: Traced): string {
  return value.kind === 'scalar' ? String(value.value) : '';
}

/** The HorizontalPodAutoscaler; at least as many replicas as the resource asks for. */
export function autoscalerOf({ spec, mode }: CollectorResource): RenderedAutoscaler | undefined {
  const bound = (key: string): number | undefined => {
    const found = pick(spec, 'autoscaler', key);
    const value = found === undefined ? undefined : plainOf(found);
    return typeof value === 'number' ? value : undefined;
  };
  const max = bound('maxReplicas');
  if (max === undefined || mode === 'sidecar') return undefined;
  const replicas = pick(spec, 'replicas');
  const count = replicas === undefined ? 1 : plainOf(replicas);
  return { min: bound('minReplicas') ?? (typeof count === 'number' ? count : 1), max };
}

/** The ServiceAccount of the pods; a sidecar runs as the pod it is put into. */
export function serviceAccountOf({ spec, name, namespace, mode }: CollectorResource): string | undefined {
  if (mode === 'sidecar') return undefined;
  return textOf(spec, 'serviceAccount') || namesOf(name, namespace).serviceAccount;
}

/** The rules that the operator makes for the components that run, if it may make ClusterRoles at all. */
export function roleOf({ resource, config, operator }: AdmittedResource): RenderedRole | undefined {
  const rules = neededRules(config, operator);
  return rules.length === 0
    ? undefined
    : { name: namesOf(resource.name, resource.namespace).clusterRole, rules };
}

/** What a config needs of the cluster, as far as the operator knows it. */
function neededRules(config: TracedMap, operator: string): readonly PolicyRule[] {
  return PERMISSIONS.flatMap(({ section, types, rules }) =>
    enabledComponents(config, section).flatMap(({ type, body }) => {
      const first = Object.hasOwn(types, type) ? types[type] : undefined;
      return first === undefined || !isAtLeast(operator, first) ? [] : rules(body);
    }),
  );
}
