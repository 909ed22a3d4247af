import type { Permission } from '../permission.ts';
import { k8sAttributes } from './k8s-attributes.ts';
import { k8sCluster } from './k8s-cluster.ts';
import { k8sEvents } from './k8s-events.ts';
import { k8sLeaderElector } from './k8s-leader-elector.ts';
import { k8sObjects } from './k8s-objects.ts';
import { k8sObserver } from './k8s-observer.ts';
import { kubeletStats } from './kubelet-stats.ts';
import { resourceDetection } from './resource-detection.ts';

/** Every component for which the operator makes rules. */
export const PERMISSIONS: readonly Permission[] = [
  kubeletStats,
  k8sEvents,
  k8sCluster,
  k8sObjects,
  k8sAttributes,
  resourceDetection,
  k8sLeaderElector,
  k8sObserver,
];
