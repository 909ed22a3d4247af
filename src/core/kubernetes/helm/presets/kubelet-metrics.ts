import { since } from '../chart-context.ts';
import { appendTo, underlay } from '../config-edits.ts';
import { emptyPipeline } from '../preset.ts';
import type { Preset } from '../preset.ts';

/** Metrics of nodes, pods and containers from the kubelet. */
export const kubeletMetrics: Preset = {
  name: 'kubeletMetrics',
  since: '0.98.0',
  switches: [['enabled']],
  apply: (config, context, origin) => {
    const node = since(context, '0.111.1') ? 'K8S_NODE_IP' : 'K8S_NODE_NAME';
    const fragment = {
      receivers: {
        kubeletstats: {
          collection_interval: '20s',
          auth_type: 'serviceAccount',
          endpoint: `\${env:${node}}:10250`,
        },
      },
    };
    const base = since(context, '0.104.0') ? emptyPipeline('metrics', 'receivers') : {};
    const made = underlay(underlay(config, fragment, origin), base, origin);
    return appendTo(made, ['service', 'pipelines', 'metrics', 'receivers'], 'kubeletstats', origin);
  },
  rules: () => [{ apiGroups: [''], resources: ['nodes/stats'], verbs: ['get', 'watch', 'list'] }],
  needsNode: () => true,
};
