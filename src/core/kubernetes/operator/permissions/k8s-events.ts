import { allow, READ } from '../permission.ts';
import type { Permission } from '../permission.ts';

export const k8sEvents: Permission = {
  section: 'receivers',
  types: { k8s_events: '0.113.0' },
  rules: () => [allow('', 'events', READ)],
};
