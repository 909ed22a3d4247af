import stack from '../../../../../schemas/helm/kube-stack-chart.json' with { type: 'json' };
import type { Finding, SourceRange } from '../../../document/finding.ts';
import type { JsonMap, Node } from '../../../document/node.ts';
import { coalesce, overlay } from '../../merge.ts';
import { decodedConfig, RESOURCE_MODES } from '../../operator/collector-resource.ts';
import { renderResource } from '../../operator/render-resource.ts';
import type { RenderedCollector } from '../../rendered-collector.ts';
import {
  entriesOf,
  isEmpty,
  itemsOf,
  pick,
  textOf,
  traced,
  tracedMap,
  withEntry,
  withoutEntry,
} from '../../traced.ts';
import type { Traced, TracedMap } from '../../traced.ts';
import type { HelmRelease } from '../chart-context.ts';
import { mergedFiles } from '../collector-chart.ts';
import type { RenderedChart } from '../parent-chart.ts';
import { evaluateTemplates } from '../template-text.ts';
import { TemplateStop } from '../template-stop.ts';
import { stackConfig, stackFolders } from './stack-config.ts';
import type { StackContext } from './stack-preset.ts';

export const KUBE_STACK_CHART = 'opentelemetry-kube-stack';

/** The charts whose rules are known, with the operator that they install. */
const KNOWN = /^v?0\.20\.[0-3]$/;
const OPERATOR = '0.154.0';

/** An installation of the kube-stack chart. */
export interface StackRelease {
  readonly files: readonly Node[];
  readonly release: HelmRelease;
  readonly chartVersion?: string;
}

/**
 * The collectors of the kube-stack chart (0.20.0 to 0.20.3): one resource for each entry of `collectors` that is enabled, over `defaultCRConfig`, and
 * what the operator makes of it. Other versions are not rendered, and it is said. Never throws.
 */
export function renderKubeStack({ files, release, chartVersion }: StackRelease): RenderedChart {
  if (chartVersion === undefined || !KNOWN.test(chartVersion)) {
    const what = chartVersion === undefined ? 'of unknown version' : chartVersion;
    return {
      collectors: [],
      unrendered: [
        `Chart ${KUBE_STACK_CHART} ${what}: only 0.20.0 to 0.20.3 are known here; its collectors are not rendered.`,
      ],
    };
  }
  const defaults: unknown = stack.values;
  const why = `default of chart ${KUBE_STACK_CHART} ${chartVersion}`;
  const values = coalesce(mergedFiles(files), tracedMap(asMap(defaults), { why }));
  const at = files.at(-1)?.at ?? NOWHERE;
  const collectors = entriesOf(values, 'collectors')
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, own]) => {
      if (own.kind !== 'map' || isEmpty(pick(own, 'enabled'))) return [];
      return [collectorOf({ name, own, values, release, chartVersion, at })];
    });
  return { collectors, unrendered: [] };
}

const NOWHERE: SourceRange = { file: '', line: 1, column: 1, endLine: 1, endColumn: 1 };

function asMap(value: unknown): JsonMap {
  const plain: unknown = JSON.parse(JSON.stringify(value));
  return isJsonMap(plain) ? plain : {};
}

function isJsonMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

interface StackEntry {
  readonly name: string;
  readonly own: TracedMap;
  readonly values: TracedMap;
  readonly release: HelmRelease;
  readonly chartVersion: string;
  readonly at: SourceRange;
}

function collectorOf(entry: StackEntry): RenderedCollector {
  const { name, values, release, own } = entry;
  const base = pick(values, 'defaultCRConfig');
  const usesBase = base?.kind === 'map' && !isEmpty(pick(base, 'enabled'));
  const collector = usesBase ? overlay(base, own) : own;
  const namespace = textOf(values, 'namespaceOverride') || release.namespace;
  const mode = textOf(collector, 'mode') ?? 'deployment';
  const context: StackContext = {
    collector,
    mode,
    fullName: fullNameOf(entry, collector),
    namespace,
    rewrites: !isEmpty(pick(values, 'rewriteDeprecatedComponentNames')),
  };
  const at = own.origin.at ?? entry.at;
  const findings: Finding[] = [];
  const made = configOf(entry, context, findings, at);
  const config = decodedConfig(made.config, findings);
  const rendered = renderResource(
    {
      version: 'v1beta1',
      name: context.fullName,
      namespace,
      mode: RESOURCE_MODES.find((known) => known === mode) ?? 'deployment',
      spec: withEntry(withFolders(specOf(collector, values), context), 'config', config),
      config,
      findings,
      at,
    },
    { operatorVersion: OPERATOR, defaultImage: defaultImage(values) },
  );
  const { config: shown, workload, ...rest } = rendered;
  const stopped = findings.some(({ rule }) => rule === 'HLM-002');
  return {
    ...rest,
    ...(stopped || shown === undefined ? {} : { config: shown }),
    ...(workload && {
      workload: { ...workload, made: { makesAccount: true, ...workload.made, by: 'chart' as const } },
    }),
    title: `Helm release ${release.name}, chart ${KUBE_STACK_CHART} ${entry.chartVersion}, collector ${name}`,
    unrendered: [...rendered.unrendered, ...made.unrendered],
  };
}

/** `<release>-<suffix>`, or the release alone where it has the suffix in it (`_helpers.tpl`, collectorFullname). */
function fullNameOf({ values, release }: StackEntry, collector: TracedMap): string {
  const override = textOf(values, 'fullnameOverride') || textOf(collector, 'fullnameOverride');
  const suffix = textOf(collector, 'suffix') || KUBE_STACK_CHART;
  const full = override || (release.name.includes(suffix) ? release.name : `${release.name}-${suffix}`);
  return full.slice(0, 63).replace(/-$/, '');
}

function configOf(
  { release, chartVersion }: StackEntry,
  context: StackContext,
  findings: Finding[],
  at: SourceRange,
): { readonly config: TracedMap; readonly unrendered: readonly string[] } {
  try {
    const { config, unrendered } = stackConfig(context);
    const evaluated = evaluateTemplates(config, {
      release,
      chartName: KUBE_STACK_CHART,
      chartVersion,
      appVersion: OPERATOR,
    });
    const whole = evaluated.config.kind === 'map' ? evaluated.config : config;
    return { config: whole, unrendered: [...unrendered, ...evaluated.unrendered] };
  } catch (error) {
    if (!(error instanceof TemplateStop)) throw error;
    findings.push({
      rule: 'HLM-002',
      severity: 'error',
      message: `Helm will not install this: ${error.message}.`,
      at: error.at ?? at,
    });
    return { config: tracedMap({}, { at }), unrendered: [] };
  }
}

/** The resource's spec beside the config: the entry's own fields, the image as one text, and the variables in the chart's order. */
function specOf(collector: TracedMap, values: TracedMap): TracedMap {
  const image = imageOf(collector);
  const scaled = textOf(collector, 'mode') === 'daemonset' || !isEmpty(pick(collector, 'autoscaler'));
  let spec = withoutEntry(collector, 'image');
  if (image !== undefined) spec = withEntry(spec, 'image', image);
  if (scaled) spec = withoutEntry(spec, 'replicas');
  const field: Readonly<Record<string, string>> = {
    daemonSetUpdateStrategy: 'daemonset',
    deploymentUpdateStrategy: 'deployment',
    persistentVolumeClaimRetentionPolicy: 'statefulset',
  };
  for (const [key, mode] of Object.entries(field)) {
    if (textOf(collector, 'mode') !== mode) spec = withoutEntry(spec, key);
  }
  return withEntry(spec, 'env', variables(collector, values));
}

/** The volumes of the collector's own and those of its presets (`templates/collector.yaml`). */
function withFolders(spec: TracedMap, context: StackContext): TracedMap {
  const folders = stackFolders(context);
  if (folders.length === 0) return spec;
  const listOf = (key: string, more: readonly Traced[]): Traced => ({
    kind: 'list',
    items: [...itemsOf(spec, key), ...more],
    origin: pick(spec, key)?.origin ?? {},
  });
  const volumes = listOf(
    'volumes',
    folders.map(({ volume }) => volume),
  );
  const mounts = listOf(
    'volumeMounts',
    folders.map(({ mount }) => mount),
  );
  return withEntry(withEntry(spec, 'volumes', volumes), 'volumeMounts', mounts);
}

function imageOf(collector: TracedMap): Traced | undefined {
  const part = (key: string): string => {
    const found = pick(collector, 'image', key);
    return found?.kind === 'scalar' && !isEmpty(found) ? String(found.value) : '';
  };
  const version =
    part('digest') === '' ? (part('tag') === '' ? '' : `:${part('tag')}`) : `@${part('digest')}`;
  if (version === '') return undefined;
  const origin = (pick(collector, 'image', part('digest') === '' ? 'tag' : 'digest') ?? collector).origin;
  return { kind: 'scalar', value: `${part('repository')}${version}`, origin };
}

/** Where a resource names no image, the operator takes what the chart tells it. */
function defaultImage(values: TracedMap): string {
  const image = pick(values, 'opentelemetry-operator', 'manager', 'collectorImage');
  const repository = textOf(image, 'repository') ?? '';
  const tag = pick(image, 'tag');
  return `${repository}:${tag?.kind === 'scalar' && !isEmpty(tag) ? String(tag.value) : OPERATOR}`;
}

const FIELDS = [
  'K8S_NODE_NAME',
  'OTEL_K8S_NODE_NAME',
  'OTEL_K8S_NODE_IP',
  'OTEL_K8S_NAMESPACE',
  'OTEL_K8S_POD_NAME',
  'OTEL_K8S_POD_IP',
];

function variables(collector: TracedMap, values: TracedMap): Traced {
  const origin = { why: `variable of chart ${KUBE_STACK_CHART}` };
  const cluster = textOf(values, 'clusterName') ?? '';
  const attributes = [
    'k8s.pod.name=$(OTEL_K8S_POD_NAME)',
    'k8s.namespace.name=$(OTEL_K8S_NAMESPACE)',
    'k8s.node.name=$(OTEL_K8S_NODE_NAME)',
    'host.name=$(OTEL_K8S_NODE_NAME)',
    'k8s.node.ip=$(OTEL_K8S_NODE_IP)',
    'k8s.pod.ip=$(OTEL_K8S_POD_IP)',
    ...(cluster === '' ? [] : [`k8s.cluster.name=${cluster}`]),
  ].join(',');
  const given = new Map<string, Traced>();
  for (const item of [...itemsOf(values, 'extraEnvs'), ...itemsOf(collector, 'env')]) {
    const kind = pick(item, 'value') === undefined ? 'from' : 'value';
    given.set(`${kind === 'value' ? 0 : 1} ${textOf(item, 'name') ?? ''}`, item);
  }
  const own = [...given].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
  return {
    kind: 'list',
    origin,
    items: [
      ...FIELDS.map((name) => traced({ name, valueFrom: { fieldRef: {} } }, origin)),
      traced({ name: 'OTEL_RESOURCE_ATTRIBUTES', value: attributes }, origin),
      ...own,
    ],
  };
}
