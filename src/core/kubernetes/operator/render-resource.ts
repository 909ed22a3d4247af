import type { Node } from '../../document/node.ts';
import { renderedConfig } from '../rendered-parts.ts';
import { imageContent } from '../image.ts';
import type { RenderedCollector } from '../rendered-collector.ts';
import { pick, textOf } from '../traced.ts';
import type { TracedMap } from '../traced.ts';
import type { Placed } from '../workload.ts';
import { readCollectorResource } from './collector-resource.ts';
import type { CollectorResource } from './collector-resource.ts';
import { withEndpoints } from './endpoint-defaults.ts';
import {
  argumentsOf,
  autoscalerOf,
  containerPorts,
  roleOf,
  serviceAccountOf,
  servicesOf,
  workloadOfResource,
} from './operator-objects.ts';
import { namesOf } from './names.ts';
import { defaultCollectorImage, OLDEST_OPERATOR, operatorVersionOf } from './operator-version.ts';
import { refusalsOf } from './refusals.ts';
import { allocatorService, withTargetAllocator } from './target-allocator.ts';
import { withMetricsReader } from './telemetry-defaults.ts';

export interface OperatorOptions {
  /** Release of the operator; without it the newest known rules apply, and the default image's version is not known. */
  readonly operatorVersion?: string;
  /** False: the resource as it would run without the admission webhook. Endpoints, health check and metrics reader are then not filled in. */
  readonly admission?: boolean;
  /** The image that the operator was told to use where a resource names none. */
  readonly defaultImage?: string;
}

/**
 * The collector that the operator makes of a resource `OpenTelemetryCollector` (v1alpha1 or v1beta1; reference/collector.md §3.3). What its webhook
 * refuses is a finding `OPR-006`; the config is shown all the same, as it would be. Never throws.
 */
export function renderCollectorResource(root: Node, options: OperatorOptions = {}): RenderedCollector {
  return renderResource(readCollectorResource(root), options);
}

/** Like {@link renderCollectorResource}, of a resource that was read or made already. */
export function renderResource(resource: CollectorResource, options: OperatorOptions): RenderedCollector {
  const version = operatorVersionOf(options.operatorVersion);
  const title = `OpenTelemetryCollector ${resource.namespace}/${resource.name}`;
  if (version === undefined) {
    const sentence = `Operator ${options.operatorVersion ?? ''} is older than ${OLDEST_OPERATOR}, the oldest one whose rules are known here; nothing of it is rendered.`;
    return {
      ...EMPTY,
      title,
      namespace: resource.namespace,
      findings: resource.findings,
      unrendered: [sentence],
      at: resource.at,
    };
  }
  const config = admitted(resource, version.rules, options.admission !== false);
  const image = imageOf(resource, options.defaultImage ?? defaultCollectorImage(version.collector));
  const context = { resource, config, operator: version.rules };
  const workload = workloadOfResource(context, image);
  const account = serviceAccountOf(resource);
  const autoscaler = autoscalerOf(resource);
  const role = roleOf(context);
  const { service } = namesOf(resource.name, resource.namespace);
  const allocator = allocatorService(resource);
  return {
    title,
    namespace: resource.namespace,
    mode: resource.mode,
    config: renderedConfig(
      allocator === undefined ? config : withTargetAllocator(config, resource.spec, allocator),
      resource.at,
    ),
    // The ConfigMap's full name ends in a digest of the config that only the operator can make.
    source: { configMap: service, key: 'collector.yaml', file: '/conf/collector.yaml' },
    ...(workload === undefined ? {} : { workload }),
    args: argumentsOf(resource),
    image,
    ...imageContent(image.value),
    ...(autoscaler === undefined ? {} : { autoscaler }),
    ports: containerPorts(context),
    services: servicesOf(context),
    ...(account === undefined ? {} : { serviceAccount: account }),
    ...(role === undefined ? {} : { role }),
    findings: [...resource.findings, ...refusalsOf(resource)],
    unrendered: unrendered(resource),
    ...(version.doubt !== undefined && { assumed: [version.doubt] }),
    at: resource.at,
  };
}

const EMPTY = { args: [], distribution: 'unknown', ports: [], services: [] } as const;

function admitted(resource: CollectorResource, operator: string, admission: boolean): TracedMap {
  if (!admission) return resource.config;
  return withEndpoints(withMetricsReader(resource.config, operator), operator);
}

function imageOf({ spec, at }: CollectorResource, fallback: string): Placed<string> {
  const image = textOf(spec, 'image') ?? '';
  return image === '' ? { value: fallback, at } : { value: image, at: pick(spec, 'image')?.origin.at ?? at };
}

function unrendered({ spec, mode }: CollectorResource): readonly string[] {
  const unmanaged = textOf(spec, 'managementState') === 'unmanaged';
  return [
    ...(unmanaged ? ['spec.managementState is unmanaged: the operator does not apply this resource.'] : []),
    ...(mode === 'sidecar'
      ? [
          'A sidecar runs in the pods that carry the annotation sidecar.opentelemetry.io/inject; they are not listed here.',
        ]
      : []),
  ];
}
