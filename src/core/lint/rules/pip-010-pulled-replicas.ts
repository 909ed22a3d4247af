import type { Finding } from '../../document/finding.ts';
import { severalPods } from '../replicas.ts';
import type { Rule } from '../rule.ts';
import { startedComponents } from '../running.ts';
import type { Cluster, RunningConfig } from '../running.ts';
import { runningFinding } from '../running-finding.ts';

export const pulledReplicasRule: Rule = {
  id: 'PIP-010',
  severity: 'warning',
  summary: 'A `prometheus` exporter in several pods behind one address',
  docs: 'Each pod shows the series of what it happened to receive. A scrape through a Service meets another pod every time, so counters jump back and forth; a scrape of each pod gives the same series several times. Push instead (`prometheus_remote_write`, `otlp_http`), or send each series to one pod.',
  check: (_input, cluster) => cluster.running.flatMap((one) => pulled(one, cluster)),
};

function pulled(running: RunningConfig, cluster: Cluster): readonly Finding[] {
  const { workload } = running;
  if (workload === undefined || workload.kind === 'DaemonSet') return [];
  const pods = severalPods(workload, cluster, running);
  if (pods === undefined) return [];
  return startedComponents(running, 'exporters', ['prometheus']).map(({ id }) =>
    runningFinding(running, {
      rule: pulledReplicasRule.id,
      severity: 'warning',
      path: ['exporters', id],
      message: `\`${id}\` shows each scrape the series of one pod: ${pods}`,
    }),
  );
}
