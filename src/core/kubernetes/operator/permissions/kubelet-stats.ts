import { isEmpty, itemsOf, pick } from '../../traced.ts';
import { allow } from '../permission.ts';
import type { Permission } from '../permission.ts';

const UTILIZATION = ['container', 'pod'].flatMap((what) =>
  ['cpu', 'memory'].flatMap((resource) =>
    ['limit', 'request'].map((bound) => `k8s.${what}.${resource}_${bound}_utilization`),
  ),
);

export const kubeletStats: Permission = {
  section: 'receivers',
  types: { kubeletstats: '0.110.0', kubelet_stats: '0.157.0' },
  rules: (body) => {
    const asksPods =
      itemsOf(body, 'extra_metadata_labels').length > 0 ||
      UTILIZATION.some((metric) => !isEmpty(pick(body, 'metrics', metric, 'enabled')));
    return [allow('', 'nodes/stats', 'get'), ...(asksPods ? [allow('', 'nodes/proxy', 'get')] : [])];
  },
};
