import { textsOf } from '../../traced.ts';
import { allow, READ } from '../permission.ts';
import type { Permission } from '../permission.ts';

const NEEDS_REPLICA_SETS = ['k8s.deployment.uid', 'k8s.deployment.name', 'service.name'];

export const k8sAttributes: Permission = {
  section: 'processors',
  types: { k8sattributes: '0.110.0', k8s_attributes: '0.149.0' },
  rules: (body) => {
    const metadata = textsOf(body, 'extract', 'metadata');
    const replicaSets = metadata.length === 0 || metadata.some((field) => NEEDS_REPLICA_SETS.includes(field));
    return [
      allow('', 'pods namespaces', READ),
      ...(replicaSets ? [allow('apps', 'replicasets', READ)] : []),
      // One for each such field, as the operator writes it.
      ...metadata.filter((field) => field.includes('k8s.node')).map(() => allow('', 'nodes', READ)),
    ];
  },
};
