import { componentType } from '../../collector/component-id.ts';
import { pipelinesOf } from '../../collector/pipelines.ts';
import type { Pipeline } from '../../collector/pipelines.ts';
import { bodiesOf } from '../../diff/config-model.ts';
import type { ConfigModel } from '../../diff/config-model.ts';
import { isDestination } from '../../diff/destinations.ts';
import { LIMITS } from '../../document/limits.ts';

/** Data of one signal that comes in at a receiver and leaves at an exporter, on one way or several, through connectors too. */
export interface Flow {
  readonly signal: string;
  readonly receiver: string;
  readonly exporter: string;
  /** On how many ways all of it gets there: no processor and no connector on them chooses. */
  readonly whole: number;
}

/** Flows by signal, receiver and exporter. */
export type Flows = ReadonlyMap<string, Flow>;

/** Processors that let everything pass, whatever they do to it. Of any other it is not sure. */
const PASSING: ReadonlySet<string> = new Set([
  'attributes',
  'batch',
  'cumulative_to_delta',
  'group_by_attrs',
  'groupbyattrs',
  'k8s_attributes',
  'mask',
  'memory_limiter',
  'metrics_transform',
  'redaction',
  'remove_empty_values',
  'removeemptyvalues',
  'resource',
  'resource_detection',
  'resourceattributetransposer',
  'snapshot',
  'span',
  'throughputmeasurement',
  'topology',
  'transform',
]);

/** Exporters that a pipeline's data gets to, with the number of ways on which all of it does. */
type Reach = ReadonlyMap<string, number>;

/** The ways of data through a config, exporters that give it to nobody left out; undefined where there are more than the limit. */
export function flowsOf(model: ConfigModel): Flows | undefined {
  const pipelines = pipelinesOf(model.tree);
  const walk = reaches(pipelines, new Set(bodiesOf(model, 'connectors').keys()));
  const connectors = bodiesOf(model, 'connectors');
  const flows = new Map<string, Flow>();
  let count = 0;
  for (const pipeline of pipelines) {
    const { signal } = pipeline;
    if (signal === undefined) continue;
    const reach = walk(pipeline);
    count += pipeline.receivers.length * reach.size;
    if (count > LIMITS.risk.flows) return undefined;
    for (const receiver of pipeline.receivers) {
      if (connectors.has(receiver)) continue;
      for (const [exporter, whole] of reach) {
        const key = [signal, receiver, exporter].join('\n');
        flows.set(key, { signal, receiver, exporter, whole: whole + (flows.get(key)?.whole ?? 0) });
      }
    }
  }
  return flows;
}

function reaches(
  pipelines: readonly Pipeline[],
  connectors: ReadonlySet<string>,
): (pipeline: Pipeline) => Reach {
  const readers = new Map<string, Pipeline[]>();
  for (const pipeline of pipelines) {
    for (const id of pipeline.receivers) {
      if (connectors.has(id)) readers.set(id, [...(readers.get(id) ?? []), pipeline]);
    }
  }
  const known = new Map<Pipeline, Reach>();
  const open = new Set<Pipeline>();
  const walk = (pipeline: Pipeline): Reach => {
    const done = known.get(pipeline);
    if (done !== undefined || open.has(pipeline)) return done ?? new Map();
    open.add(pipeline);
    const passes = pipeline.processors.every((id) => PASSING.has(componentType(id)));
    const reach = new Map<string, number>();
    const add = (exporter: string, whole: number): void =>
      void reach.set(exporter, (reach.get(exporter) ?? 0) + (passes ? whole : 0));
    for (const id of pipeline.exporters) {
      if (!connectors.has(id)) {
        if (isDestination(id)) add(id, 1);
        continue;
      }
      const forwards = componentType(id) === 'forward';
      for (const reader of readers.get(id) ?? []) {
        if (forwards && reader.signal !== pipeline.signal) continue;
        for (const [exporter, whole] of walk(reader)) add(exporter, forwards ? whole : 0);
      }
    }
    open.delete(pipeline);
    known.set(pipeline, reach);
    return reach;
  };
  return walk;
}
