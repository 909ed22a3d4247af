import type { JsonMap } from '../../../../document/node.ts';
import { withReceiver } from '../stack-preset.ts';
import type { StackPreset } from '../stack-preset.ts';
import { scrapeTimes } from './prometheus-node-exporter.ts';

const META = '__meta_kubernetes_pod';
const ANNOTATION = `${META}_annotation_prometheus_io`;

/** What the annotations of a pod say becomes its target, and what the pod is its labels. `$$` is a dollar to Prometheus. */
const RELABEL: readonly JsonMap[] = [
  { source_labels: [`${ANNOTATION}_scrape`], action: 'keep', regex: true },
  { source_labels: [`${ANNOTATION}_scrape_slow`], action: 'drop', regex: true },
  {
    source_labels: [`${ANNOTATION}_scheme`],
    action: 'replace',
    regex: '(https?)',
    target_label: '__scheme__',
  },
  {
    source_labels: [`${ANNOTATION}_path`],
    action: 'replace',
    target_label: '__metrics_path__',
    regex: '(.+)',
  },
  {
    source_labels: ['__address__', `${ANNOTATION}_port`],
    action: 'replace',
    regex: String.raw`([^:]+)(?::\d+)?;(\d+)`,
    replacement: '$$1:$$2',
    target_label: '__address__',
  },
  { action: 'labelmap', regex: `${ANNOTATION}_param_(.+)`, replacement: '__param_$$1' },
  { action: 'labelmap', regex: `${META}_label_(.+)` },
  { source_labels: ['__meta_kubernetes_namespace'], action: 'replace', target_label: 'namespace' },
  { source_labels: [`${META}_name`], action: 'replace', target_label: 'pod' },
  { source_labels: [`${META}_node_name`], action: 'replace', target_label: 'node' },
  { source_labels: [`${META}_phase`], regex: 'Pending|Succeeded|Failed|Completed', action: 'drop' },
  { action: 'replace', source_labels: [`${META}_label_app_kubernetes_io_name`], target_label: 'job' },
];

export const prometheusPodAnnotations: StackPreset = {
  name: ['prometheus', 'podAnnotations'],
  switches: [['enabled']],
  apply: (config, context, origin) => {
    const id = 'prometheus/pod_annotations';
    const job = {
      job_name: 'kubernetes-pods',
      ...scrapeTimes(context, 'podAnnotations'),
      kubernetes_sd_configs: [
        {
          role: 'pod',
          selectors: [
            {
              role: 'pod',
              field: 'spec.nodeName=${env:OTEL_K8S_NODE_NAME}',
              label: 'app.kubernetes.io/component!=opentelemetry-collector',
            },
          ],
        },
      ],
      relabel_configs: RELABEL,
    };
    const fragment = { receivers: { [id]: { config: { scrape_configs: [job] } } } };
    return withReceiver(config, fragment, { signal: 'metrics', id, origin });
  },
};
