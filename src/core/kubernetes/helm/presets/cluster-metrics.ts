import type { JsonMap } from '../../../document/node.ts';
import { isOn, namespaceOf, since } from '../chart-context.ts';
import type { ChartContext } from '../chart-context.ts';
import { appendTo, underlay } from '../config-edits.ts';
import { emptyPipeline, leaderElector, LEASES, read } from '../preset.ts';
import type { Preset } from '../preset.ts';
import { replicaCount } from '../replicas.ts';

/** Metrics of the cluster's objects. */
export const clusterMetrics: Preset = {
  name: 'clusterMetrics',
  since: '0.98.0',
  switches: [['enabled']],
  apply: (config, context, origin) => {
    const elector = leaderElector(
      'k8s_cluster',
      'k8s.cluster.receiver.opentelemetry.io',
      namespaceOf(context),
    );
    const elects = usesLeaderElection(context);
    const fragment: JsonMap = {
      ...(elects && { extensions: elector.fragment }),
      receivers: {
        k8s_cluster: { ...(elects && { k8s_leader_elector: elector.id }), collection_interval: '10s' },
      },
    };
    const base = since(context, '0.104.0') ? emptyPipeline('metrics', 'receivers') : {};
    let made = underlay(underlay(config, fragment, origin), base, origin);
    if (elects) {
      made = underlay(made, { service: { extensions: [] } }, origin);
      made = appendTo(made, ['service', 'extensions'], elector.id, origin);
    }
    return appendTo(made, ['service', 'pipelines', 'metrics', 'receivers'], 'k8s_cluster', origin);
  },
  rules: (context) => [...(usesLeaderElection(context) ? [LEASES] : []), ...RULES],
};

const CORE = [
  'events namespaces namespaces/status nodes nodes/spec pods pods/status',
  'replicationcontrollers replicationcontrollers/status resourcequotas services',
].flatMap((line) => line.split(' '));

const RULES = [
  read('', ...CORE),
  read('apps', 'daemonsets', 'deployments', 'replicasets', 'statefulsets'),
  read('extensions', 'daemonsets', 'deployments', 'replicasets'),
  read('batch', 'jobs', 'cronjobs'),
  read('autoscaling', 'horizontalpodautoscalers'),
];

/** Several collectors would all report the same: one is elected, unless the values forbid it. */
function usesLeaderElection(context: ChartContext): boolean {
  if (!since(context, '0.141.1') || isOn(context, 'presets', 'clusterMetrics', 'disableLeaderElection')) {
    return false;
  }
  return context.mode === 'daemonset' || (since(context, '0.164.1') && replicaCount(context) > 1);
}
