import type { Finding } from '../../document/finding.ts';
import { entriesOf, isEmpty, isNull, itemsOf, pick, plainOf, textOf } from '../traced.ts';
import type { Traced } from '../traced.ts';
import { RESOURCE_MODES } from './collector-resource.ts';
import type { CollectorResource } from './collector-resource.ts';
import { enabledComponents } from './enabled-components.ts';
import { PROTOCOL_ENDPOINTS } from './known-ports.ts';
import { hasTargetAllocator } from './target-allocator.ts';

/** A rule of the admission webhook. `at` is a path below `spec`; `says` are the words that the API server passes on. */
interface Refusal {
  readonly applies: (resource: CollectorResource) => boolean;
  readonly says: (resource: CollectorResource) => string;
  readonly at: readonly string[];
}

const FIELD_MODES: readonly (readonly [field: string, modes: readonly string[], word?: string])[] = [
  ['volumeClaimTemplates', ['statefulset']],
  ['persistentVolumeClaimRetentionPolicy', ['statefulset']],
  ['tolerations', ['deployment', 'daemonset', 'statefulset']],
  ['priorityClassName', ['deployment', 'daemonset', 'statefulset']],
  ['affinity', ['deployment', 'daemonset', 'statefulset']],
  ['additionalContainers', ['deployment', 'daemonset', 'statefulset'], 'AdditionalContainers'],
  ['daemonSetUpdateStrategy', ['daemonset'], 'updateStrategy'],
  ['updateStrategy', ['daemonset']],
  ['deploymentUpdateStrategy', ['deployment']],
];

const REFUSALS: readonly Refusal[] = [
  ...FIELD_MODES.map(([field, modes, word = field]): Refusal => ({
    applies: ({ spec, mode }) => !modes.includes(mode) && !isEmpty(pick(spec, field)),
    says: ({ mode }) =>
      `the OpenTelemetry Collector mode is set to ${mode}, which does not support the attribute '${word}'`,
    at: [field],
  })),
  {
    applies: ({ spec, mode }) => hasTargetAllocator(spec) && mode !== 'statefulset' && mode !== 'daemonset',
    says: ({ mode }) =>
      `the OpenTelemetry Collector mode is set to ${mode}, which does not support the target allocation deployment`,
    at: ['targetAllocator', 'enabled'],
  },
  {
    applies: ({ spec, mode }) =>
      hasTargetAllocator(spec) && mode === 'daemonset' && strategy(spec) !== 'per-node',
    says: ({ mode }) =>
      `the OpenTelemetry Collector mode is set to ${mode}, which must be used with target allocation strategy per-node `,
    at: ['targetAllocator', 'allocationStrategy'],
  },
  {
    applies: ({ spec, mode }) =>
      hasTargetAllocator(spec) && mode !== 'daemonset' && strategy(spec) === 'per-node',
    says: () =>
      'target allocation strategy per-node is only supported in OpenTelemetry Collector mode daemonset',
    at: ['targetAllocator', 'allocationStrategy'],
  },
  {
    applies: ({ spec, config }) => hasTargetAllocator(spec) && prometheusMistake(spec, config) !== undefined,
    says: ({ spec, config }) =>
      `the OpenTelemetry Spec Prometheus configuration is incorrect, ${prometheusMistake(spec, config) ?? ''}`,
    at: ['config', 'receivers'],
  },
  {
    applies: ({ config }) => unknownProtocol(config) !== undefined,
    says: ({ config }) =>
      `the OpenTelemetry config is incorrect. The port numbers are invalid: unknown protocol set: ${unknownProtocol(config) ?? ''}`,
    at: ['config', 'receivers'],
  },
  {
    applies: ({ spec }) =>
      number(spec, 'autoscaler', 'minReplicas') !== undefined &&
      number(spec, 'autoscaler', 'maxReplicas') === undefined,
    says: () => 'spec.maxReplica must be set when spec.minReplica is set',
    at: ['autoscaler', 'minReplicas'],
  },
  {
    applies: ({ spec }) => above(number(spec, 'replicas') ?? 1, number(spec, 'autoscaler', 'maxReplicas')),
    says: () =>
      'the OpenTelemetry Spec autoscale configuration is incorrect, replicas must not be greater than maxReplicas',
    at: ['replicas'],
  },
  {
    applies: ({ spec }) =>
      above(number(spec, 'autoscaler', 'minReplicas'), number(spec, 'autoscaler', 'maxReplicas')),
    says: () =>
      'the OpenTelemetry Spec autoscale configuration is incorrect, minReplicas must not be greater than maxReplicas',
    at: ['autoscaler', 'minReplicas'],
  },
  ...(['scaleDown', 'scaleUp'] as const).map((direction): Refusal => ({
    applies: ({ spec }) => {
      const seconds = number(spec, 'autoscaler', 'behavior', direction, 'stabilizationWindowSeconds');
      return seconds !== undefined && (seconds < 0 || seconds > 3600);
    },
    says: () =>
      `the OpenTelemetry Spec autoscale configuration is incorrect, ${direction}.stabilizationWindowSeconds should be >=0 and <=3600`,
    at: ['autoscaler', 'behavior', direction, 'stabilizationWindowSeconds'],
  })),
  {
    applies: ({ spec }) =>
      itemsOf(spec, 'autoscaler', 'metrics').some((metric) => textOf(metric, 'type') !== 'Pods'),
    says: () =>
      'the OpenTelemetry Spec autoscale configuration is incorrect, metric type unsupported. Expected metric of source type Pod',
    at: ['autoscaler', 'metrics'],
  },
  {
    applies: ({ spec, mode }) => textOf(spec, 'ingress', 'type') === 'ingress' && mode === 'sidecar',
    says: () =>
      'the OpenTelemetry Spec Ingress configuration is incorrect. Ingress can only be used in combination with the modes: deployment, daemonset, statefulset',
    at: ['ingress', 'type'],
  },
  {
    applies: ({ spec }) =>
      textOf(spec, 'ingress', 'ruleType') === 'subdomain' &&
      ['', '*'].includes(textOf(spec, 'ingress', 'hostname') ?? ''),
    says: () => 'a valid Ingress hostname has to be defined for subdomain ruleType',
    at: ['ingress', 'ruleType'],
  },
];

function strategy(spec: Traced): string {
  return textOf(spec, 'targetAllocator', 'allocationStrategy') ?? 'consistent-hashing';
}

function number(spec: Traced, ...path: readonly string[]): number | undefined {
  const found = pick(spec, ...path);
  const value = found === undefined ? undefined : plainOf(found);
  return typeof value === 'number' ? value : undefined;
}

function above(value: number | undefined, most: number | undefined): boolean {
  return value !== undefined && most !== undefined && value > most;
}

/** Why a target allocator cannot work with the config, in the operator's words. */
function prometheusMistake(spec: Traced, config: Traced): string | undefined {
  const receiver = pick(config, 'receivers', 'prometheus');
  if (receiver === undefined) {
    const named = entriesOf(config, 'receivers').flatMap(([id]) =>
      id.startsWith('prometheus/') ? [id] : [],
    );
    return named.length === 0
      ? 'no prometheus available as part of the configuration'
      : `the target allocator requires a receiver named exactly "prometheus", but only named instances were found: ${named.sort().join(', ')}; rename one of them to "prometheus"`;
  }
  if (receiver.kind !== 'map') {
    return `prometheus property in the configuration doesn't contain valid prometheus`;
  }
  const scrape = pick(receiver, 'config');
  const hasResources = !isEmpty(pick(spec, 'targetAllocator', 'prometheusCR', 'enabled'));
  if (scrape === undefined || hasResources) return undefined;
  if (pick(scrape, 'scrape_configs') === undefined) {
    return 'no scrape_configs available as part of the configuration';
  }
  return itemsOf(scrape, 'scrape_configs').length === 0
    ? 'either at least one scrape config needs to be defined or PrometheusCR needs to be enabled'
    : undefined;
}

function unknownProtocol(config: Traced): string | undefined {
  return enabledComponents(config, 'receivers')
    .flatMap(({ type, body }) => {
      const known = PROTOCOL_ENDPOINTS.get(type);
      return known === undefined
        ? []
        : entriesOf(body, 'protocols').flatMap(([protocol]) => (known.has(protocol) ? [] : [protocol]));
    })
    .at(0);
}

/** What the admission webhook refuses, as errors `OPR-006`, and what it warns of, at the field that decides (operator `internal/webhook`). */
export function refusalsOf(resource: CollectorResource): readonly Finding[] {
  const refused = REFUSALS.filter(({ applies }) => applies(resource)).map(({ says, at }): Finding => {
    const words = says(resource);
    const place = nearestPlace(resource, at);
    return {
      rule: 'OPR-006',
      severity: 'error',
      message: `The operator will refuse this resource: ${words.trim()}.`,
      at: place,
      otelcolMessage: words,
    };
  });
  return [...unknownMode(resource), ...refused, ...nullWarnings(resource)];
}

/** The CRD lists the modes, so the API server refuses others before any webhook. */
function unknownMode(resource: CollectorResource): readonly Finding[] {
  const mode = textOf(resource.spec, 'mode');
  if (mode === undefined || mode === '' || RESOURCE_MODES.some((known) => known === mode)) return [];
  const known = RESOURCE_MODES.map((one) => `"${one}"`).join(', ');
  return [
    {
      rule: 'OPR-006',
      severity: 'error',
      message: `The API server will refuse this resource: \`mode: ${mode}\` is none of ${RESOURCE_MODES.join(', ')}.`,
      at: nearestPlace(resource, ['mode']),
      otelcolMessage: `spec.mode: Unsupported value: "${mode}": supported values: ${known}`,
    },
  ];
}

const SECTIONS = ['receivers', 'exporters', 'processors', 'extensions', 'connectors'];

function nullWarnings({ version, config }: CollectorResource): readonly Finding[] {
  if (version !== 'v1beta1') return [];
  return SECTIONS.flatMap((section) =>
    entriesOf(config, section).flatMap(([id, body]): readonly Finding[] =>
      isNull(body)
        ? [
            {
              rule: 'OPR-006',
              severity: 'warning',
              message: `${section}.${id} is null: tools that write resources (kubectl edit, kustomize) drop it, and then the collector does not know ${id}. Write ${id}: {}.`,
              ...(body.origin.at === undefined ? {} : { at: body.origin.at }),
            },
          ]
        : [],
    ),
  );
}

function nearestPlace({ spec, at }: CollectorResource, path: readonly string[]): Finding['at'] & object {
  for (let length = path.length; length > 0; length--) {
    const found = pick(spec, ...path.slice(0, length))?.origin.at;
    if (found !== undefined) return found;
  }
  return at;
}
