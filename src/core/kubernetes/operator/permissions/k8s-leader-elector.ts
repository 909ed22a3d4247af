import { allow } from '../permission.ts';
import type { Permission } from '../permission.ts';

export const k8sLeaderElector: Permission = {
  section: 'extensions',
  types: { k8s_leader_elector: '0.149.0' },
  rules: () => [allow('coordination.k8s.io', 'leases', 'get list watch create update patch delete')],
};
