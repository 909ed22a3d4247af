import { componentType } from '../collector/component-id.ts';
import type { EffectiveConfig } from '../collector/effective-config.ts';
import { pipelinesOf } from '../collector/pipelines.ts';
import { provenanceOf } from '../collector/provenance.ts';
import type { Finding } from '../document/finding.ts';
import type { LintInput } from './rule.ts';

/** The processors of one pipeline in order, with canonical types, and the config they stand in. */
export interface ProcessorChain {
  readonly config: EffectiveConfig;
  readonly pipeline: string;
  readonly processors: readonly { readonly id: string; readonly type: string }[];
}

/** The chains of every configuration. Renamed processors have one type, whatever name the config uses. */
export function processorChains({ head, catalogue }: LintInput): readonly ProcessorChain[] {
  return [...head.effective.values()].flatMap(({ config }) =>
    pipelinesOf(config.tree).map((pipeline) => ({
      config,
      pipeline: pipeline.id,
      processors: pipeline.processors.map((id) => ({
        id,
        type: catalogue.canonicalType('processors', componentType(id)),
      })),
    })),
  );
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
