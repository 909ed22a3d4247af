import { textOf } from '../../traced.ts';
import { allow, READ } from '../permission.ts';
import type { Permission } from '../permission.ts';

const CORE = [
  'events namespaces namespaces/status nodes nodes/spec persistentvolumeclaims persistentvolumes',
  'pods pods/status replicationcontrollers replicationcontrollers/status resourcequotas services',
].join(' ');

export const k8sCluster: Permission = {
  section: 'receivers',
  types: { k8s_cluster: '0.110.0' },
  rules: (body) => [
    allow('', CORE, READ),
    allow('apps', 'daemonsets deployments replicasets statefulsets', READ),
    allow('extensions', 'daemonsets deployments replicasets', READ),
    allow('batch', 'jobs cronjobs', READ),
    allow('autoscaling', 'horizontalpodautoscalers', READ),
    ...(textOf(body, 'distribution') === 'openshift'
      ? [allow('quota.openshift.io', 'clusterresourcequotas', READ)]
      : []),
  ],
};
