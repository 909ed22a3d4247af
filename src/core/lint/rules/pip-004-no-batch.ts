import type { Finding } from '../../document/finding.ts';
import { isMap } from '../../document/node.ts';
import { bodyOf, codes, typedPipelines } from '../pipeline-parts.ts';
import type { TypedPipeline } from '../pipeline-parts.ts';
import type { Rule } from '../rule.ts';
import type { RunningConfig } from '../running.ts';
import { runningFinding } from '../running-finding.ts';

export const noBatchRule: Rule = {
  id: 'PIP-004',
  severity: 'notice',
  summary: 'Neither `batch` nor `sending_queue.batch` before a backend',
  docs: 'Data leaves in the pieces in which it came, a request for each: more connections, worse compression, and backends that limit requests refuse some. Batch in the exporter (`sending_queue.batch`) or with `batch` as the last processor. Exporters that batch by themselves are not told, nor what a control plane renders.',
  check: (_input, { running }) => running.flatMap((one) => unbatched(one)),
};

/** Exporters that make a request of what one push brings. */
const REQUEST_EACH: ReadonlySet<string> = new Set([
  'otlp_grpc',
  'otlp_http',
  'zipkin',
  'datadog',
  'splunk_hec',
  'sapm',
  'signalfx',
  'newrelic',
  'honeycomb',
  'logzio',
  'coralogix',
  'googlecloud',
  'azuremonitor',
]);

function unbatched(running: RunningConfig): readonly Finding[] {
  const { rendered, whole } = running;
  if (!whole || rendered.resource !== undefined) return [];
  const found = typedPipelines(running).filter((one) => isUnbatched(one, running));
  const [first] = found;
  if (first === undefined) return [];
  const ids = found.map(({ pipeline }) => pipeline.id);
  return [
    runningFinding(running, {
      rule: noBatchRule.id,
      severity: 'notice',
      path: ['service', 'pipelines', first.pipeline.id],
      message: `${ids.length === 1 ? 'pipeline' : 'pipelines'} ${codes(ids)} ${ids.length === 1 ? 'sends' : 'send'} without batching`,
    }),
  ];
}

const PUSHED: readonly string[] = ['otlp', 'zipkin', 'jaeger'];

function isUnbatched(one: TypedPipeline, running: RunningConfig): boolean {
  // There is no batch processor for profiles.
  if (one.pipeline.signal === 'profiles') return false;
  // What comes from a connector may have been batched before it; scraped data comes in batches.
  if (one.processors.some(({ type }) => type === 'batch')) return false;
  if (one.receivers.some(({ type }) => !PUSHED.includes(type))) return false;
  return one.exporters.some(({ id, type }) => {
    if (!REQUEST_EACH.has(type)) return false;
    const queue = bodyOf(running, 'exporters', id)['sending_queue'];
    return !(isMap(queue) && queue['batch'] !== undefined);
  });
}
