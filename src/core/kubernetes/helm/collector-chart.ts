import type { Finding, SourceRange } from '../../document/finding.ts';
import type { Node } from '../../document/node.ts';
import { imageContent } from '../image.ts';
import { coalesce, mergeFiles } from '../merge.ts';
import { renderedConfig } from '../rendered-parts.ts';
import type { RenderedCollector, RenderedConfig } from '../rendered-collector.ts';
import { textOf, tracedMap, tracedNode } from '../traced.ts';
import type { TracedMap } from '../traced.ts';
import { baseConfig } from './base-config.ts';
import { CHART_MODES, isOn, namespaceOf } from './chart-context.ts';
import type { ChartContext, HelmRelease } from './chart-context.ts';
import { chartVersionOf, OLDEST_CHART } from './chart-versions.ts';
import { defaultValues } from './default-values.ts';
import { argumentsOf, imageOf, podPorts, serviceAccountOf, workloadOfRelease } from './pod.ts';
import { withPresets } from './preset-config.ts';
import { modeRefusal, refused, refusalsOf } from './refusals.ts';
import { configSource } from './mounts.ts';
import { autoscalerOf, roleOf, servicesOf } from './release-objects.ts';
import { withNewNames } from './renames.ts';
import { evaluateTemplates } from './template-text.ts';
import { TemplateStop } from './template-stop.ts';

export const COLLECTOR_CHART = 'opentelemetry-collector';

/** An installation of the collector chart by itself. */
export interface ChartRelease {
  /** The documents of the values files in the order of `-f`; a later one wins. */
  readonly files: readonly Node[];
  readonly release: HelmRelease;
  /** `0.158.2`; without it the newest known rules apply and the result says so. */
  readonly chartVersion?: string;
}

/**
 * The collector that values of the chart `opentelemetry-collector` install (reference/collector.md §3.5; chart tags 0.98.0 to 0.170.0).
 * What Helm would refuse is a finding `HLM-002`, and then there is no config. Never throws.
 */
export function renderCollectorChart({ files, release, chartVersion }: ChartRelease): RenderedCollector {
  return renderChartValues({
    values: mergedFiles(files),
    release,
    chartName: COLLECTOR_CHART,
    ...(chartVersion === undefined ? {} : { chartVersion }),
    at: files.at(-1)?.at ?? NOWHERE,
  });
}

/** The values of several files as Helm merges them; a file that is no map brings nothing. */
export function mergedFiles(files: readonly Node[]): TracedMap {
  return files
    .map((file) => tracedNode(file))
    .filter((file) => file.kind === 'map')
    .reduce(mergeFiles, tracedMap({}, {}));
}

const NOWHERE: SourceRange = { file: '', line: 1, column: 1, endLine: 1, endColumn: 1 };

/** Values of one collector chart, alone or below another chart. */
export interface ChartValues {
  readonly values: TracedMap;
  readonly release: HelmRelease;
  /** The chart's name, or the alias that a chart above gives it. */
  readonly chartName: string;
  readonly chartVersion?: string;
  readonly at: SourceRange;
}

/** The collector of {@link ChartValues}. */
export function renderChartValues(input: ChartValues): RenderedCollector {
  const version = chartVersionOf(input.chartVersion);
  const title = `Helm release ${input.release.name}, chart ${input.chartName}${input.chartVersion === undefined ? '' : ` ${input.chartVersion}`}`;
  const frame = { ...EMPTY, title, namespace: namespaceOf(input), at: input.at };
  if (version === undefined) {
    return {
      ...frame,
      unrendered: [
        `Collector chart ${input.chartVersion ?? ''} is older than ${OLDEST_CHART}, the oldest one whose rules are known here; nothing of it is rendered.`,
      ],
    };
  }
  const why = `default of chart ${COLLECTOR_CHART} ${version.rules}`;
  const values = coalesce(input.values, tracedMap(defaultValues(version.rules), { why }));
  const unchosen = {
    release: input.release,
    chartName: input.chartName,
    chartVersion: version.rules,
    appVersion: version.appVersion ?? '',
    values,
  };
  const doubts = version.doubt === undefined ? [] : [version.doubt];
  const mode = CHART_MODES.find((known) => known === textOf(values, 'mode'));
  if (mode === undefined) {
    const refusal = modeRefusal(unchosen);
    return { ...frame, assumed: doubts, findings: refusal === undefined ? [] : [refusal] };
  }
  return renderMode({ ...unchosen, mode }, frame, doubts);
}

const EMPTY = {
  args: [],
  distribution: 'unknown',
  ports: [],
  services: [],
  findings: [],
  unrendered: [],
} as const;

function renderMode(
  context: ChartContext,
  frame: RenderedCollector,
  doubts: readonly string[],
): RenderedCollector {
  const refusals = refusalsOf(context);
  const stops: Finding[] = [];
  const config = isOwnConfig(context)
    ? attempt(() => configOf(context, frame.at), context, stops)
    : undefined;
  const workload = attempt(() => workloadOfRelease(context, frame.at), context, stops);
  const image = imageOf(context, frame.at);
  const source = configSource(context);
  const autoscaler = autoscalerOf(context);
  const role = roleOf(context);
  const findings = [...refusals, ...stops];
  return {
    ...frame,
    mode: context.mode,
    ...(findings.length === 0 && config !== undefined && { config: config.rendered }),
    ...(source === undefined ? {} : { source }),
    ...(workload === undefined ? {} : { workload }),
    args: argumentsOf(context),
    ...(image === undefined ? {} : { image }),
    ...imageContent(image?.value ?? ''),
    ...(autoscaler === undefined ? {} : { autoscaler }),
    ports: podPorts(context, frame.at),
    services: servicesOf(context, frame.at),
    serviceAccount: serviceAccountOf(context),
    ...(role === undefined ? {} : { role }),
    findings,
    unrendered: isOwnConfig(context) ? (config?.unrendered ?? []) : [elsewhere(context)],
    ...(doubts.length > 0 && { assumed: doubts }),
  };
}

/** Whether the chart makes the ConfigMap (else `config` and presets have no effect on what the collector reads). */
function isOwnConfig(context: ChartContext): boolean {
  return isOn(context, 'configMap', 'create') && !isOn(context, 'configMap', 'existingName');
}

function elsewhere(context: ChartContext): string {
  const source = configSource(context);
  return source === undefined
    ? `The chart makes no ConfigMap (configMap.create is false): the config is what the arguments name (${argumentsOf(context).join(' ') || 'none'}).`
    : `The config is in the ConfigMap ${source.configMap}, key ${source.key}, which this chart does not make.`;
}

interface MadeConfig {
  readonly rendered: RenderedConfig;
  readonly unrendered: readonly string[];
}

function configOf(context: ChartContext, at: SourceRange): MadeConfig {
  const renamed = withNewNames(withPresets(baseConfig(context), context), context);
  const { config, unrendered } = evaluateTemplates(renamed, context);
  return { rendered: renderedConfig(config, at), unrendered };
}

function attempt<T>(make: () => T, context: ChartContext, stops: Finding[]): T | undefined {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof TemplateStop)) throw error;
    const { rule, severity, message, at } = { ...refused(context, error.message, ['config']) };
    const place = error.at ?? at;
    stops.push({ rule, severity, message, ...(place === undefined ? {} : { at: place }) });
    return undefined;
  }
}
