import { componentType } from '../collector/component-id.ts';
import type { EffectiveConfig } from '../collector/effective-config.ts';
import { pipelinesOf } from '../collector/pipelines.ts';
import type { Pipeline } from '../collector/pipelines.ts';
import { provenanceOf } from '../collector/provenance.ts';
import { placeText } from '../document/finding.ts';
import type { Finding, Severity } from '../document/finding.ts';
import { LIMITS } from '../document/limits.ts';
import { rendersOf } from './rule.ts';
import type { LintInput } from './rule.ts';

/** Processors in the order in which data meets them, with canonical types, and the config they stand in. */
export interface ProcessorChain {
  readonly config: EffectiveConfig;
  readonly processors: readonly { readonly id: string; readonly type: string }[];
  /** Whether a chart put `k8s_attributes` and `resource_detection` in front, as its presets do (reference/collector.md §1.8). */
  readonly presets: boolean;
  /** Whether all of them stand in one pipeline. */
  readonly single: boolean;
}

/**
 * The chains of every configuration: each pipeline alone, and behind each that sends to it through `forward` connectors, near or far (v2
 * configurations are wired that way). So any two processors that data meets one after the other stand in one chain, in that order.
 * Renamed processors have one type, whatever name the config uses.
 */
export function processorChains(input: LintInput): readonly ProcessorChain[] {
  const { catalogue } = input;
  return rendersOf(input).flatMap(({ config, collector }) => {
    const presets = collector?.source?.key === 'relay' || (collector?.config?.added.length ?? 0) > 0;
    const pipelines = pipelinesOf(config.tree);
    const readers = forwardReaders(pipelines);
    const chain = (ids: readonly string[], single: boolean): ProcessorChain => ({
      config,
      single,
      presets,
      processors: ids.map((id) => ({
        id,
        type: catalogue.canonicalType('processors', componentType(id)),
      })),
    });
    return pipelines.flatMap((pipeline) => [
      chain(pipeline.processors, true),
      ...fedBy(pipeline, readers).map((later) => chain([...pipeline.processors, ...later.processors], false)),
    ]);
  });
}

/** Who reads from a `forward` connector, by signal and id. */
type Readers = ReadonlyMap<string, readonly Pipeline[]>;

function forwardReaders(pipelines: readonly Pipeline[]): Readers {
  const reads = pipelines.flatMap((pipeline) =>
    forwardsOf(pipeline, 'receivers').map((key) => ({ key, pipeline })),
  );
  return new Map(
    [...Map.groupBy(reads, ({ key }) => key)].map(([key, all]) => [key, all.map(({ pipeline }) => pipeline)]),
  );
}

function forwardsOf(pipeline: Pipeline, side: 'receivers' | 'exporters'): readonly string[] {
  return pipeline[side]
    .filter((id) => componentType(id) === 'forward')
    .map((id) => `${pipeline.signal ?? ''} ${id}`);
}

/**
 * Pipelines with processors that get all that leaves another one through `forward` connectors, the nearest first, as many as the limit
 * allows; a connector of any other type may change or choose.
 */
function fedBy(first: Pipeline, readers: Readers): readonly Pipeline[] {
  if (first.processors.length === 0) return [];
  const fed = new Set([first]);
  // A set hands out what is added while it is walked.
  for (const pipeline of fed) {
    for (const key of forwardsOf(pipeline, 'exporters')) {
      for (const later of readers.get(key) ?? []) fed.add(later);
    }
    if (fed.size > LIMITS.lint.pipelinesBehind) break;
  }
  return [...fed].slice(1, LIMITS.lint.pipelinesBehind).filter(({ processors }) => processors.length > 0);
}

/** A finding on the place that brought a processor into a config. */
export function processorFinding(
  rule: string,
  { config }: ProcessorChain,
  id: string,
  message: string,
  severity: Severity = 'warning',
): Finding {
  const entry = provenanceOf(config, ['processors', id]);
  return {
    rule,
    severity,
    message,
    ...(entry && { at: entry.at }),
    ...(entry?.via && { related: [{ message: 'used here', at: entry.via }] }),
    configuration: config.configuration,
  };
}

/** Of the findings about one processor of one config the worst, the first among equals: one place is mended once. */
export function oncePerPlace(findings: readonly Finding[]): readonly Finding[] {
  const groups = Map.groupBy(findings, ({ at, configuration }) =>
    at === undefined ? (configuration ?? '') : `${placeText(at)} ${configuration ?? ''}`,
  );
  return [...groups.values()].flatMap(
    (all) => all.find(({ severity }) => severity !== 'notice') ?? all[0] ?? [],
  );
}
