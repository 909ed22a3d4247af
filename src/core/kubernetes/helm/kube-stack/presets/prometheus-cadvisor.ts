import type { JsonMap } from '../../../../document/node.ts';
import { withReceiver } from '../stack-preset.ts';
import type { StackPreset } from '../stack-preset.ts';
import { NODE_LABEL, nodeTarget, scrapeTimes } from './prometheus-node-exporter.ts';

const SECRETS = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Series of many values and little use. */
const DROPPED = [
  'container_cpu_(load_average_10s|system_seconds_total|user_seconds_total)',
  'container_fs_(io_current|reads_merged_total|sector_reads_total|sector_writes_total|writes_merged_total)',
  'container_memory_(mapped_file|swap)',
  'container_(file_descriptors|tasks_state|threads_max)',
  'container_spec.*',
];

export const prometheusCadvisor: StackPreset = {
  name: ['prometheus', 'cadvisor'],
  switches: [['enabled']],
  apply: (config, context, origin) => {
    const id = 'prometheus/cadvisor';
    const drop = (regex: string, ...labels: readonly string[]): JsonMap => ({
      source_labels: labels,
      regex,
      action: 'drop',
    });
    const job = {
      job_name: 'kubelet',
      scheme: 'https',
      metrics_path: '/metrics/cadvisor',
      ...scrapeTimes(context, 'cadvisor'),
      authorization: { type: 'Bearer', credentials_file: `${SECRETS}/token` },
      tls_config: { ca_file: `${SECRETS}/ca.crt`, insecure_skip_verify: true },
      static_configs: [{ targets: [nodeTarget(context, 'cadvisor')] }],
      relabel_configs: [NODE_LABEL],
      metric_relabel_configs: [...DROPPED.map((regex) => drop(regex, '__name__')), drop('.+;', 'id', 'pod')],
    };
    const fragment = { receivers: { [id]: { config: { scrape_configs: [job] } } } };
    return withReceiver(config, fragment, { signal: 'metrics', id, origin });
  },
};
