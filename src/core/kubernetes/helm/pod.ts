import type { SourceRange } from '../../document/finding.ts';
import type { ContainerPort } from '../rendered-collector.ts';
import { boundAt, fieldsOf, madeContainer, madePod } from '../made-pod.ts';
import type { CommandWord } from '../made-pod.ts';
import { variableOf } from '../rendered-parts.ts';
import { entriesOf, isEmpty, isNull, itemsOf, pick, textOf } from '../traced.ts';
import type { Traced } from '../traced.ts';
import type { Container, EnvironmentVariable, Placed, Pod, Workload } from '../workload.ts';
import { fullName, isOn, labelName, namespaceOf, since } from './chart-context.ts';
import type { ChartContext } from './chart-context.ts';
import { goMemoryLimit } from './memory.ts';
import { PRESETS } from './presets/index.ts';
import { configSource, containerSecurity, mountsOf } from './mounts.ts';
import { isPresetOn } from './preset-config.ts';

const KINDS = { deployment: 'Deployment', daemonset: 'DaemonSet', statefulset: 'StatefulSet' } as const;

/** The workload of a release (`deployment.yaml`, `daemonset.yaml`, `statefulset.yaml`, `_pod.tpl`). `at` stands for what nobody wrote. */
export function workloadOfRelease(context: ChartContext, at: SourceRange): Workload {
  const kind = KINDS[context.mode];
  const name = `${fullName(context)}${context.mode === 'daemonset' ? '-agent' : ''}`;
  const namespace = namespaceOf(context);
  const replicas = replicasOf(context);
  const written = pick(context.values, 'replicaCount')?.origin.at;
  return {
    key: `${kind}/${namespace}/${name}`,
    kind,
    namespace,
    name,
    ...(replicas === undefined ? {} : { replicas }),
    containers: [collectorContainer(context, at)],
    pod: podOfRelease(context, at),
    made: madeBy(context),
    ...(replicas !== undefined && written && { replicasAt: written }),
    at: pick(context.values, 'mode')?.origin.at ?? at,
  };
}

const COMPONENTS = {
  deployment: 'standalone-collector',
  daemonset: 'agent-collector',
  statefulset: 'statefulset-collector',
} as const;

/** The labels by which the Service of a release finds its pods (`_helpers.tpl`, selectorLabels and component). */
export function selectorLabels(context: ChartContext): Readonly<Record<string, string>> {
  return {
    'app.kubernetes.io/name': labelName(context),
    'app.kubernetes.io/instance': context.release.name,
    component: COMPONENTS[context.mode],
  };
}

/** Values that the pods get as they are. */
const POD_FIELDS = [
  'affinity',
  'hostNetwork',
  'hostPID',
  'nodeSelector',
  'terminationGracePeriodSeconds',
  'tolerations',
  'topologySpreadConstraints',
];

function podOfRelease(context: ChartContext, at: SourceRange): Pod {
  const { values } = context;
  const own = entriesOf(values, 'podLabels').flatMap(([key, value]) =>
    value.kind === 'scalar' ? [[key, String(value.value)] as const] : [],
  );
  return madePod({
    labels: { ...selectorLabels(context), ...Object.fromEntries(own) },
    serviceAccount: {
      value: serviceAccountOf(context),
      at: pick(values, 'serviceAccount', 'name')?.origin.at ?? at,
    },
    fields: {
      ...fieldsOf(values, POD_FIELDS),
      securityContext: pick(values, 'podSecurityContext'),
      volumes: mountsOf(context).volumes,
    },
    volumeClaimTemplates: pick(values, 'statefulset', 'volumeClaimTemplates'),
    at,
  });
}

/** The ServiceAccount of the pods. */
export function serviceAccountOf(context: ChartContext): string {
  const named = textOf(context.values, 'serviceAccount', 'name') ?? '';
  if (named !== '') return named;
  return isOn(context, 'serviceAccount', 'create') ? fullName(context) : 'default';
}

/** The budget comes on request, for what has a number of replicas (`pdb.yaml`). */
function madeBy(context: ChartContext): NonNullable<Workload['made']> {
  const makesAccount = isOn(context, 'serviceAccount', 'create');
  if (context.mode === 'daemonset' || !isOn(context, 'podDisruptionBudget', 'enabled')) {
    return { by: 'chart', makesAccount };
  }
  const budget = pick(context.values, 'podDisruptionBudget');
  const minAvailable = boundAt(budget, 'minAvailable');
  const maxUnavailable = boundAt(budget, 'maxUnavailable');
  return {
    by: 'chart',
    makesAccount,
    budget: { ...(minAvailable && { minAvailable }), ...(maxUnavailable && { maxUnavailable }) },
  };
}

/** Absent for DaemonSets and where an autoscaler counts. A Deployment without a number has one. */
function replicasOf(context: ChartContext): number | undefined {
  if (context.mode === 'daemonset' || isOn(context, 'autoscaling', 'enabled')) return undefined;
  const count = pick(context.values, 'replicaCount');
  if (count?.kind !== 'scalar' || isNull(count)) return 1;
  if (context.mode === 'deployment' && isEmpty(count) && startsOne(context)) return 1;
  const number = Number(count.value);
  return Number.isSafeInteger(number) ? number : 1;
}

/** Whether 0 in a Deployment's replicaCount counts as not set. */
function startsOne(context: ChartContext): boolean {
  return since(context, '0.148.1') || (since(context, '0.113.1') && !since(context, '0.134.1'));
}

function collectorContainer(context: ChartContext, at: SourceRange): Container {
  const image = imageOf(context, at);
  return {
    name: context.chartName.toLowerCase(),
    init: false,
    ...(image === undefined ? {} : { image }),
    env: environment(context, at),
    envFromUnknown: isOn(context, 'extraEnvsFrom'),
    spec: madeContainer(
      {
        ...fieldsOf(context.values, ['resources']),
        securityContext: containerSecurity(context),
        volumeMounts: mountsOf(context).volumeMounts,
      },
      podPorts(context, at),
      argumentWords(context),
      pick(context.values, 'resources')?.origin.at ?? at,
    ),
  };
}

/** The image reference: registry for all charts, repository, and digest before tag before the chart's own collector version. */
export function imageOf(context: ChartContext, at: SourceRange): Placed<string> | undefined {
  const { values, appVersion } = context;
  const repository = textOf(values, 'image', 'repository') ?? '';
  if (repository === '') return undefined;
  const registry = textOf(values, 'global', 'imageRegistry') ?? '';
  const digest = printedAt(values, 'image', 'digest');
  const tag = printedAt(values, 'image', 'tag') || appVersion;
  const version = digest === '' ? (tag === '' ? '' : `:${tag}`) : `@${digest}`;
  const decides = [
    ['image', 'digest'],
    ['image', 'tag'],
    ['image', 'repository'],
  ].find((path) => isOn(context, ...path) && pick(values, ...path)?.origin.at !== undefined);
  return {
    value: `${registry === '' ? '' : `${registry}/`}${repository}${version}`,
    at: (decides === undefined ? undefined : pick(values, ...decides)?.origin.at) ?? at,
  };
}

function printedAt(values: Traced, ...path: readonly string[]): string {
  const found = pick(values, ...path);
  return found?.kind === 'scalar' && !isEmpty(found) ? String(found.value) : '';
}

/** Arguments of the container: the config that the chart brings, then what the values add. */
export function argumentsOf(context: ChartContext): readonly string[] {
  return argumentWords(context).map(({ value }) => value);
}

function argumentWords(context: ChartContext): readonly CommandWord[] {
  const extra = itemsOf(context.values, 'command', 'extraArgs').flatMap((item) =>
    item.kind === 'scalar'
      ? [{ value: String(item.value), ...(item.origin.at && { at: item.origin.at }) }]
      : [],
  );
  return [...(configSource(context) === undefined ? [] : [{ value: '--config=/conf/relay.yaml' }]), ...extra];
}

const NODE_FIELDS = ['OTEL_K8S_NODE_NAME', 'OTEL_K8S_NODE_IP', 'OTEL_K8S_NAMESPACE', 'OTEL_K8S_POD_NAME'];

function environment(context: ChartContext, at: SourceRange): readonly EnvironmentVariable[] {
  const field = (name: string): EnvironmentVariable => ({ name, from: 'fieldRef', at });
  const names = [
    'MY_POD_IP',
    ...(since(context, '0.147.1') ? [...NODE_FIELDS, 'OTEL_K8S_POD_IP'] : []),
    ...(PRESETS.some((preset) => isPresetOn(preset, context) && preset.needsNode?.(context) === true)
      ? ['K8S_NODE_NAME', ...(since(context, '0.111.1') ? ['K8S_NODE_IP'] : [])]
      : []),
  ];
  const limit = pick(context.values, 'resources', 'limits', 'memory');
  const memory =
    isOn(context, 'useGOMEMLIMIT') && limit !== undefined && !isEmpty(limit)
      ? [
          {
            name: 'GOMEMLIMIT',
            value: { value: goMemoryLimit(limit), at: limit.origin.at ?? at },
            at: limit.origin.at ?? at,
          },
        ]
      : [];
  const extra = itemsOf(context.values, 'extraEnvs').flatMap((item) => variableOf(item, at));
  return [...names.map(field), ...memory, ...extra];
}

/** Ports of the container, by name. Host ports only on DaemonSets. */
export function podPorts(context: ChartContext, at: SourceRange): readonly ContainerPort[] {
  return enabledPorts(context).map(([name, port]) => {
    const hostPort = numberAt(port, 'hostPort');
    return {
      name,
      port: numberAt(port, 'containerPort') ?? 0,
      protocol: textOf(port, 'protocol') ?? 'TCP',
      ...(context.mode === 'daemonset' && hostPort !== undefined && hostPort !== 0 && { hostPort }),
      at: port.origin.at ?? at,
    };
  });
}

/** The entries of `ports` that are enabled, by name. */
export function enabledPorts({ values }: ChartContext): readonly (readonly [string, Traced])[] {
  return entriesOf(values, 'ports')
    .filter(([, port]) => !isEmpty(pick(port, 'enabled')))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A whole number at a key; a text of digits counts, as the templates print both alike. */
export function numberAt(value: Traced, key: string): number | undefined {
  const found = pick(value, key);
  if (found?.kind !== 'scalar' || typeof found.value === 'boolean' || isNull(found)) return undefined;
  const number = Number(found.value);
  return found.value !== '' && Number.isSafeInteger(number) ? number : undefined;
}
