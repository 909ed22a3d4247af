import type { StackPreset } from '../stack-preset.ts';
import { annotationDiscovery } from './annotation-discovery.ts';
import { clusterMetrics } from './cluster-metrics.ts';
import { hostMetrics } from './host-metrics.ts';
import { kubeletMetrics } from './kubelet-metrics.ts';
import { kubernetesAttributes } from './kubernetes-attributes.ts';
import { kubernetesEvents } from './kubernetes-events.ts';
import { kubernetesObjects } from './kubernetes-objects.ts';
import { logsCollection } from './logs-collection.ts';
import { prometheusCadvisor } from './prometheus-cadvisor.ts';
import { prometheusNodeExporter } from './prometheus-node-exporter.ts';
import { prometheusPodAnnotations } from './prometheus-pod-annotations.ts';
import { resourceDetection } from './resource-detection.ts';

/** Every preset of the kube-stack chart, in the order in which the chart applies them. */
export const STACK_PRESETS: readonly StackPreset[] = [
  logsCollection,
  annotationDiscovery,
  hostMetrics,
  kubernetesAttributes,
  kubeletMetrics,
  prometheusNodeExporter,
  prometheusCadvisor,
  prometheusPodAnnotations,
  kubernetesEvents,
  kubernetesObjects,
  clusterMetrics,
  resourceDetection,
];
