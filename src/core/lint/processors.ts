import { componentType } from '../collector/component-id.ts';
import type { EffectiveConfig } from '../collector/effective-config.ts';
import { pipelinesOf } from '../collector/pipelines.ts';
import type { Pipeline } from '../collector/pipelines.ts';
import { provenanceOf } from '../collector/provenance.ts';
import type { Finding } from '../document/finding.ts';
import type { LintInput } from './rule.ts';

/** Processors in the order in which data meets them, with canonical types, and the config they stand in. */
export interface ProcessorChain {
  readonly config: EffectiveConfig;
  readonly processors: readonly { readonly id: string; readonly type: string }[];
}

/**
 * The chains of every configuration: each pipeline alone, and behind each that sends to it through `forward` connectors, near or far (v2
 * configurations are wired that way). So any two processors that data meets one after the other stand in one chain, in that order.
 * Renamed processors have one type, whatever name the config uses.
 */
export function processorChains({ head, catalogue }: LintInput): readonly ProcessorChain[] {
  return [...head.effective.values()].flatMap(({ config }) => {
    const pipelines = pipelinesOf(config.tree);
    const chain = (ids: readonly string[]): ProcessorChain => ({
      config,
      processors: ids.map((id) => ({
        id,
        type: catalogue.canonicalType('processors', componentType(id)),
      })),
    });
    return pipelines.flatMap((pipeline) => [
      chain(pipeline.processors),
      ...fedBy(pipeline, pipelines).map((later) => chain([...pipeline.processors, ...later.processors])),
    ]);
  });
}

/** Pipelines that get all that leaves another one through `forward` connectors; a connector of any other type may change or choose. */
function fedBy(first: Pipeline, pipelines: readonly Pipeline[]): readonly Pipeline[] {
  const fed = new Set<Pipeline>();
  const follow = ({ exporters, signal }: Pipeline): void => {
    const forwards = exporters.filter((id) => componentType(id) === 'forward');
    for (const later of forwards.length === 0 ? [] : pipelines) {
      if (later.signal === signal && later.receivers.some((id) => forwards.includes(id))) fed.add(later);
    }
  };
  follow(first);
  // A set hands out what is added while it is walked.
  for (const pipeline of fed) follow(pipeline);
  fed.delete(first);
  return [...fed].filter(({ processors }) => processors.length > 0 && first.processors.length > 0);
}

/** A warning on the place that brought a processor into a config. */
export function processorFinding(
  rule: string,
  { config }: ProcessorChain,
  id: string,
  message: string,
): Finding {
  const entry = provenanceOf(config, ['processors', id]);
  return {
    rule,
    severity: 'warning',
    message,
    ...(entry && { at: entry.at }),
    ...(entry?.via && { related: [{ message: 'used here', at: entry.via }] }),
    configuration: config.configuration,
  };
}
