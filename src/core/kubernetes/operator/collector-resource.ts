import { yamlInScalar } from '../../document/embedded-yaml.ts';
import type { Finding, SourceRange } from '../../document/finding.ts';
import { at, entry, textAt } from '../../document/node.ts';
import type { Node } from '../../document/node.ts';
import type { CollectorMode } from '../rendered-collector.ts';
import {
  entriesOf,
  isNull,
  pick,
  textOf,
  tracedMap,
  tracedNode,
  withEntry,
  withoutEntry,
} from '../traced.ts';
import type { Traced, TracedMap } from '../traced.ts';

/** A custom resource `OpenTelemetryCollector` of either version, in the terms of v1beta1. */
export interface CollectorResource {
  readonly version: 'v1alpha1' | 'v1beta1';
  readonly name: string;
  readonly namespace: string;
  readonly mode: CollectorMode;
  /** The label `opentelemetry.io/target-allocator`: a TargetAllocator of its own that serves this collector. */
  readonly allocatorLabel?: string;
  readonly spec: TracedMap;
  /** The config as the operator decodes it: known sections and keys of `service` only; empty where it cannot be read. */
  readonly config: TracedMap;
  readonly findings: readonly Finding[];
  readonly at: SourceRange;
}

/** The modes of a collector resource; the first is the default. */
export const RESOURCE_MODES: readonly CollectorMode[] = ['deployment', 'daemonset', 'statefulset', 'sidecar'];

/**
 * Reads a collector resource. In v1alpha1 the config is text, in v1beta1 an object; the wrong one is a finding `OPR-002`, text that is no config
 * `OPR-003` (the operator would run an empty config), keys that the operator drops are `OPR-004`.
 */
export function readCollectorResource(root: Node): CollectorResource {
  const version = textAt(root, 'apiVersion')?.endsWith('/v1alpha1') === true ? 'v1alpha1' : 'v1beta1';
  const specNode = at(root, 'spec');
  const read = specNode === undefined ? undefined : tracedNode(specNode);
  const spec = read?.kind === 'map' ? read : tracedMap({}, { at: root.at });
  const findings: Finding[] = [];
  const written = version === 'v1alpha1' ? configText(root, findings) : configObject(spec, findings);
  const mode = RESOURCE_MODES.find((known) => known === textOf(spec, 'mode')) ?? 'deployment';
  const allocatorLabel = textAt(root, 'metadata', 'labels', 'opentelemetry.io/target-allocator');
  return {
    version,
    name: textAt(root, 'metadata', 'name') ?? '',
    namespace: textAt(root, 'metadata', 'namespace') ?? 'default',
    mode,
    ...(allocatorLabel === undefined ? {} : { allocatorLabel }),
    spec: version === 'v1alpha1' ? withAutoscaler(spec) : spec,
    config: decodedConfig(written ?? tracedMap({}, { at: spec.origin.at ?? root.at }), findings),
    findings,
    at: at(root, 'metadata', 'name')?.at ?? root.at,
  };
}

function configObject(spec: TracedMap, findings: Finding[]): TracedMap | undefined {
  const config = pick(spec, 'config');
  if (config === undefined || isNull(config)) return undefined;
  if (config.kind === 'map') return config;
  const [what, word] = config.kind === 'list' ? ['a list', 'array'] : ['text', 'string'];
  findings.push({
    rule: 'OPR-002',
    severity: 'error',
    message: `spec.config is ${what}, and in opentelemetry.io/v1beta1 it is an object: write the config below config: ${what === 'text' ? 'without "|", or use apiVersion opentelemetry.io/v1alpha1' : 'with receivers, exporters and service as its keys'}.`,
    ...placed(config.origin.at),
    otelcolMessage: `json: cannot unmarshal ${word} into Go struct field OpenTelemetryCollectorSpec.spec.config of type v1beta1.Config`,
  });
  return undefined;
}

function configText(root: Node, findings: Finding[]): TracedMap | undefined {
  const scalar = entry(at(root, 'spec'), 'config');
  if (scalar === undefined) return undefined;
  if (scalar.value.kind !== 'scalar') {
    findings.push({
      rule: 'OPR-002',
      severity: 'error',
      message:
        'spec.config is an object, and in opentelemetry.io/v1alpha1 it is text: put "|" behind config:, or use apiVersion opentelemetry.io/v1beta1.',
      at: scalar.keyAt,
    });
    return undefined;
  }
  const { documents, findings: broken } = yamlInScalar(scalar);
  const config = documents[0] === undefined ? undefined : tracedNode(documents[0].root);
  if (config?.kind === 'map' && broken.length === 0) return config;
  const why = broken[0];
  findings.push({
    rule: 'OPR-003',
    severity: 'error',
    message: `spec.config is no collector config${why === undefined ? '' : ` (${why.message})`}. The operator does not refuse it: it runs a collector with an empty config.`,
    at: why?.at ?? scalar.value.at,
  });
  return undefined;
}

function placed(range: SourceRange | undefined): { readonly at?: SourceRange } {
  return range === undefined ? {} : { at: range };
}

/** `minReplicas` and `maxReplicas` stood beside the autoscaler in v1alpha1. */
function withAutoscaler(spec: TracedMap): TracedMap {
  const known = pick(spec, 'autoscaler');
  let autoscaler = known?.kind === 'map' ? known : undefined;
  for (const key of ['minReplicas', 'maxReplicas']) {
    const value = pick(spec, key);
    if (value === undefined || pick(autoscaler, key) !== undefined) continue;
    autoscaler = withEntry(autoscaler ?? tracedMap({}, value.origin), key, value);
  }
  return autoscaler === undefined ? spec : withEntry(spec, 'autoscaler', autoscaler);
}

const SECTIONS = ['receivers', 'exporters', 'processors', 'connectors', 'extensions', 'service'];
const SERVICE_KEYS = ['extensions', 'telemetry', 'pipelines'];
const PIPELINE_KEYS = ['receivers', 'processors', 'exporters'];

/** The config in the operator's own shape (operator `apis/v1beta1/config.go`): other keys go, required sections are there. */
export function decodedConfig(config: TracedMap, findings: Finding[]): TracedMap {
  const sections = only(config, SECTIONS, 'config', findings);
  const service = asMap(pick(sections, 'service'), sections);
  const kept = only(service, SERVICE_KEYS, 'config.service', findings);
  const pipelines = entriesOf(kept, 'pipelines').map(([id, pipeline]): [string, Traced] => [
    id,
    pipeline.kind === 'map' ? decodedPipeline(pipeline, id, findings) : pipeline,
  ]);
  const made = new Map<string, Traced>();
  for (const key of ['receivers', 'exporters']) made.set(key, asMap(pick(sections, key), sections));
  for (const key of ['processors', 'connectors', 'extensions']) {
    const section = pick(sections, key);
    if (section?.kind === 'map') made.set(key, section);
  }
  const extensions = pick(kept, 'extensions');
  const telemetry = pick(kept, 'telemetry');
  const entries: [string, Traced][] = [
    ...(extensions?.kind === 'list' && extensions.items.length > 0
      ? [['extensions', extensions] satisfies [string, Traced]]
      : []),
    ...(telemetry?.kind === 'map' ? [['telemetry', telemetry] satisfies [string, Traced]] : []),
    [
      'pipelines',
      {
        kind: 'map',
        entries: new Map(pipelines),
        origin: pick(kept, 'pipelines')?.origin ?? service.origin,
      },
    ],
  ];
  made.set('service', { kind: 'map', entries: new Map(entries), origin: service.origin });
  return { kind: 'map', entries: made, origin: config.origin };
}

function decodedPipeline(pipeline: TracedMap, id: string, findings: Finding[]): TracedMap {
  const kept = only(pipeline, PIPELINE_KEYS, `config.service.pipelines.${id}`, findings);
  const processors = pick(kept, 'processors');
  const listed = processors?.kind === 'list' && processors.items.length > 0;
  let made = listed ? kept : withoutEntry(kept, 'processors');
  for (const key of ['receivers', 'exporters']) {
    if (pick(made, key)?.kind !== 'list') {
      made = withEntry(made, key, { kind: 'list', items: [], origin: pipeline.origin });
    }
  }
  return made;
}

function asMap(value: Traced | undefined, above: TracedMap): TracedMap {
  return value?.kind === 'map'
    ? value
    : { kind: 'map', entries: new Map(), origin: value?.origin ?? above.origin };
}

function only(map: TracedMap, keys: readonly string[], path: string, findings: Finding[]): TracedMap {
  const dropped = [...map.entries].filter(([key]) => !keys.includes(key));
  for (const [key, value] of dropped) {
    findings.push({
      rule: 'OPR-004',
      severity: 'warning',
      message: `The operator drops spec.${path}.${key}: it knows only ${keys.join(', ')} there.`,
      ...placed(value.origin.at),
    });
  }
  return dropped.reduce((made, [key]) => withoutEntry(made, key), map);
}
