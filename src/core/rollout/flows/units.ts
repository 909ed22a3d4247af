import { componentType } from '../../collector/component-id.ts';
import type { PipelineTopology } from '../gates/gate.ts';

/**
 * A part of a config through which data flow and which is judged by itself: a pipeline, or an exporter with all pipelines of
 * one signal that lead to it. Receivers and exporters carry no pipeline in their metrics, so that what arrives and what
 * leaves is joined by the config (reference/rollouts.md §4).
 */
export interface FlowUnit {
  /** `traces/out`; `exporter otlp/a (traces)`. */
  readonly key: string;
  readonly kind: 'pipeline' | 'exporter';
  readonly signal: string;
  /** Those that tell what arrives, once for each pipeline that they feed: what they take goes through each of them. */
  readonly receivers: readonly string[];
  readonly exporters: readonly string[];
  /** Processors on the way, sorted. */
  readonly processors: readonly string[];
  /** Whether all that arrives is told; not where a connector feeds it, which has no metrics of the helpers. */
  readonly tellsIn: boolean;
  /** Whether all that leaves is told; not where it leads to a connector, or to an exporter that counts under other names. */
  readonly tellsOut: boolean;
}

/** Exporters that count under the names of the exporters within them. */
const COUNTS_ELSEWHERE: ReadonlySet<string> = new Set(['load_balancing', 'loadbalancing']);
/** The connector that hands on everything as it came. */
const FORWARD = 'forward';

type Pipeline = PipelineTopology['pipelines'][number];

const units = new WeakMap<PipelineTopology, readonly FlowUnit[]>();

/** The parts of a config that are judged: its pipelines, then its exporters by signal, each in the order of the config. */
export function unitsOf(topology: PipelineTopology): readonly FlowUnit[] {
  const known = units.get(topology);
  if (known !== undefined) return known;
  const read = [
    ...topology.pipelines.map((pipeline) => pipelineUnit(topology, pipeline)),
    ...exporterUnits(topology),
  ];
  units.set(topology, read);
  return read;
}

function pipelineUnit(topology: PipelineTopology, pipeline: Pipeline): FlowUnit {
  const { id, signal, exporters, processors } = pipeline;
  const feeding = sourcesOf(topology, pipeline, new Set());
  return {
    key: id,
    kind: 'pipeline',
    signal,
    receivers: feeding.receivers,
    exporters,
    processors: [...new Set([...processors, ...feeding.processors])].toSorted(),
    tellsIn: feeding.isComplete,
    tellsOut: exporters.every((exporter) => tells(topology, exporter)),
  };
}

function exporterUnits(topology: PipelineTopology): readonly FlowUnit[] {
  const found = new Map<string, FlowUnit>();
  for (const pipeline of topology.pipelines) {
    const { signal } = pipeline;
    const feeding = pipelineUnit(topology, pipeline);
    for (const exporter of new Set(pipeline.exporters)) {
      if (topology.connectors.has(exporter)) continue;
      const key = `exporter ${exporter} (${signal})`;
      const before = found.get(key);
      found.set(key, {
        key,
        kind: 'exporter',
        signal,
        receivers: [...(before?.receivers ?? []), ...feeding.receivers],
        exporters: [exporter],
        processors: [...new Set([...(before?.processors ?? []), ...feeding.processors])].toSorted(),
        tellsIn: feeding.tellsIn && (before?.tellsIn ?? true),
        tellsOut: tells(topology, exporter),
      });
    }
  }
  return [...found.values()];
}

function tells(topology: PipelineTopology, exporter: string): boolean {
  return !topology.connectors.has(exporter) && !COUNTS_ELSEWHERE.has(componentType(exporter));
}

interface Sources {
  readonly receivers: readonly string[];
  readonly processors: readonly string[];
  readonly isComplete: boolean;
}

/** What feeds a pipeline, through `forward` connectors back to where it arrives; of other connectors nothing is known. */
function sourcesOf(topology: PipelineTopology, pipeline: Pipeline, seen: ReadonlySet<string>): Sources {
  const path = new Set([...seen, pipeline.id]);
  const receivers: string[] = [];
  const processors: string[] = [];
  let isComplete = true;
  for (const id of pipeline.receivers) {
    if (!topology.connectors.has(id)) {
      receivers.push(id);
      continue;
    }
    isComplete &&= componentType(id) === FORWARD;
    if (componentType(id) !== FORWARD) continue;
    for (const upstream of topology.pipelines) {
      if (!upstream.exporters.includes(id) || path.has(upstream.id)) continue;
      const further = sourcesOf(topology, upstream, path);
      receivers.push(...further.receivers);
      processors.push(...upstream.processors, ...further.processors);
      isComplete &&= further.isComplete;
    }
  }
  return { receivers, processors, isComplete };
}
