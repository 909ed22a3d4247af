import type { Preset } from '../preset.ts';
import { annotationDiscovery } from './annotation-discovery.ts';
import { clusterMetrics } from './cluster-metrics.ts';
import { hostMetrics } from './host-metrics.ts';
import { kubeletMetrics } from './kubelet-metrics.ts';
import { kubernetesAttributes } from './kubernetes-attributes.ts';
import { kubernetesEvents } from './kubernetes-events.ts';
import { kubernetesObjects } from './kubernetes-objects.ts';
import { logsCollection } from './logs-collection.ts';
import { profiling } from './profiling.ts';
import { resourceDetection } from './resource-detection.ts';

/** Every preset of the collector chart, in the order in which the chart applies them. */
export const PRESETS: readonly Preset[] = [
  logsCollection,
  annotationDiscovery,
  hostMetrics,
  profiling,
  kubeletMetrics,
  kubernetesAttributes,
  kubernetesEvents,
  kubernetesObjects,
  clusterMetrics,
  resourceDetection,
];
