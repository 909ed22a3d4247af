import { currentName, withReceiver } from '../stack-preset.ts';
import type { StackPreset } from '../stack-preset.ts';

const METRICS = [
  'k8s.pod.cpu.usage',
  'container.cpu.usage',
  'k8s.node.cpu.usage',
  'k8s.node.uptime',
  'k8s.pod.uptime',
];

export const kubeletMetrics: StackPreset = {
  name: ['kubeletMetrics'],
  switches: [['enabled']],
  apply: (config, context, origin) => {
    const id = currentName('kubeletstats', context);
    const receiver = {
      collection_interval: '15s',
      auth_type: 'serviceAccount',
      insecure_skip_verify: true,
      endpoint: 'https://${env:OTEL_K8S_NODE_IP}:10250',
      extra_metadata_labels: ['container.id', 'k8s.volume.type'],
      metric_groups: ['node', 'pod', 'volume', 'container'],
      k8s_api_config: { auth_type: 'serviceAccount' },
      metrics: Object.fromEntries(METRICS.map((metric) => [metric, { enabled: true }])),
    };
    return withReceiver(config, { receivers: { [id]: receiver } }, { signal: 'metrics', id, origin });
  },
};
