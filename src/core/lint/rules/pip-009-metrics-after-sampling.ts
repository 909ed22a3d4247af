import type { Finding } from '../../document/finding.ts';
import { componentType } from '../../collector/component-id.ts';
import { typedPipelines } from '../pipeline-parts.ts';
import { severalPods } from '../replicas.ts';
import type { Rule } from '../rule.ts';
import type { Cluster, RunningConfig } from '../running.ts';
import { runningFinding } from '../running-finding.ts';

export const metricsAfterSamplingRule: Rule = {
  id: 'PIP-009',
  severity: 'warning',
  summary: 'Metrics made from spans that sampling has thinned out, or that are spread over pods',
  docs: '`span_metrics` and `service_graph` count the spans that reach them: behind `tail_sampling` or `probabilistic_sampler` rates and latencies are those of the sample. Let the connector read before the sampling. `service_graph` pairs the two ends of a call, so several pods need `load_balancing` by trace id before them (a notice).',
  check: (_input, cluster) => cluster.running.flatMap((one) => found(one, cluster)),
};

const SAMPLERS: ReadonlySet<string> = new Set(['tail_sampling', 'probabilistic_sampler']);
const COUNTERS: ReadonlySet<string> = new Set(['span_metrics', 'service_graph']);

function found(running: RunningConfig, cluster: Cluster): readonly Finding[] {
  const { canonical, workload } = running;
  const pods = workload === undefined ? undefined : severalPods(workload, cluster, running);
  return typedPipelines(running).flatMap(({ pipeline, processors }) =>
    pipeline.exporters.flatMap((id, index): readonly Finding[] => {
      const type = canonical('connectors', componentType(id));
      if (!COUNTERS.has(type)) return [];
      const path = ['service', 'pipelines', pipeline.id, 'exporters', String(index)];
      const sampler = processors.find((one) => SAMPLERS.has(one.type));
      if (sampler !== undefined) {
        const message = `\`${id}\` counts what \`${sampler.id}\` has left of the spans; give it a pipeline before the sampling`;
        return [
          runningFinding(running, { rule: metricsAfterSamplingRule.id, severity: 'warning', path, message }),
        ];
      }
      if (type !== 'service_graph' || pods === undefined || workload === undefined) return [];
      const senders = cluster.sendersTo(workload);
      if (
        senders.length > 0 &&
        senders.every(({ destination }) => destination.exporter.type === 'load_balancing')
      ) {
        return [];
      }
      const message = `\`${id}\` needs both ends of a call in one pod: ${pods}, and nothing is seen to send by trace id`;
      return [
        runningFinding(running, { rule: metricsAfterSamplingRule.id, severity: 'notice', path, message }),
      ];
    }),
  );
}
