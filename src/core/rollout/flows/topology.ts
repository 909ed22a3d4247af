import { componentType } from '../../collector/component-id.ts';
import { durationMs } from '../../collector/duration.ts';
import { componentsOf, pipelinesOf } from '../../collector/pipelines.ts';
import type { Component } from '../../collector/pipelines.ts';
import { isMap } from '../../document/node.ts';
import type { Json, JsonMap } from '../../document/node.ts';
import type { PipelineTopology } from '../gates/gate.ts';

/** Default of `retry_on_failure::max_elapsed_time` (core configretry). */
const RETRY_MS = 300_000;

/** Exporters without `retry_on_failure`: what they cannot write is lost at once, or they only wait to be asked. */
const WITHOUT_RETRY: ReadonlySet<string> = new Set([
  'debug',
  'logging',
  'nop',
  'file',
  'prometheus',
  'load_balancing',
  'loadbalancing',
]);

/** Processors that are there to let less (or more) out than came in. */
const CHANGING_AMOUNTS: ReadonlySet<string> = new Set([
  'filter',
  'interval',
  'log_dedup',
  'logdedup',
  'metrics_generation',
  'metrics_transform',
  'metricsgeneration',
  'metricstransform',
  'probabilistic_sampler',
  'routing',
  'sampling',
  'tail_sampling',
  'transform',
  'unroll',
]);

const topologies = new WeakMap<JsonMap, PipelineTopology>();

/**
 * How a config connects its components, with what the gates need of their settings. A tree that is no sound config gives
 * what can be read of it; never throws. The same tree gives the same object.
 */
export function topologyOf(tree: JsonMap): PipelineTopology {
  const known = topologies.get(tree);
  if (known !== undefined) return known;
  const read = readTopology(tree);
  topologies.set(tree, read);
  return read;
}

function readTopology(tree: JsonMap): PipelineTopology {
  const components = componentsOf(tree);
  const exporters = components.filter((component) => component.class === 'exporters');
  const connectors = components.filter((component) => component.class === 'connectors');
  const changing = components.filter(
    ({ class: section, type }) => section === 'processors' && CHANGING_AMOUNTS.has(type),
  );
  return {
    pipelines: pipelinesOf(tree).map(({ id, receivers, processors, exporters: sinks }) => ({
      id,
      signal: componentType(id),
      receivers,
      processors,
      exporters: sinks,
    })),
    connectors: new Set(connectors.map(({ id }) => id)),
    retryMs: new Map(
      exporters.flatMap((exporter) => {
        const retry = retryOf(exporter);
        return retry === undefined ? [] : [[exporter.id, retry]];
      }),
    ),
    consumers: new Map(
      exporters.flatMap(({ id, body }) => {
        const consumers = valueAt(body, 'sending_queue', 'num_consumers');
        return typeof consumers === 'number' && consumers > 0 ? [[id, consumers]] : [];
      }),
    ),
    reducers: new Map(changing.map(({ id, body }) => [id, JSON.stringify(body)])),
  };
}

/**
 * The longest that any exporter of a config tries again before it gives data up, milliseconds: how long a soak has to be
 * for `send_failed` to be seen (reference/rollouts.md §0 finding 2). Infinity where one never gives up, 0 without retries.
 */
export function retryHorizonMs({ pipelines, retryMs }: PipelineTopology): number {
  const used = new Set(pipelines.flatMap(({ exporters }) => exporters));
  return Math.max(0, ...[...retryMs].flatMap(([id, time]) => (used.has(id) ? [time] : [])));
}

/** `max_elapsed_time: 0` never stops (core configretry); a bare number is nanoseconds, as Go reads it. */
function retryOf({ type, body }: Component): number | undefined {
  const retry = isMap(body) ? body['retry_on_failure'] : undefined;
  if (WITHOUT_RETRY.has(type) && !isMap(retry)) return undefined;
  if (valueAt(retry ?? null, 'enabled') === false) return 0;
  const given = valueAt(retry ?? null, 'max_elapsed_time');
  const time =
    typeof given === 'number' ? given / 1e6 : typeof given === 'string' ? durationMs(given) : undefined;
  if (time === undefined || time < 0) return RETRY_MS;
  return time === 0 ? Infinity : time;
}

function valueAt(value: Json, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((at, key) => (isMap(at) ? at[key] : undefined), value);
}
