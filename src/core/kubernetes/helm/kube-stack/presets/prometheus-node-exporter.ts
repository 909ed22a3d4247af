import type { JsonMap } from '../../../../document/node.ts';
import { pick, plainOf } from '../../../traced.ts';
import { withReceiver } from '../stack-preset.ts';
import type { StackContext, StackPreset } from '../stack-preset.ts';

/** Settings of a scrape job that all Prometheus presets have. */
export function scrapeTimes(context: StackContext, preset: string): JsonMap {
  return {
    scrape_interval: setting(context, preset, 'scrapeInterval'),
    scrape_timeout: setting(context, preset, 'scrapeTimeout'),
  };
}

/** The address of a port of the collector's own node. */
export function nodeTarget(context: StackContext, preset: string): string {
  return `\${env:OTEL_K8S_NODE_IP}:${String(setting(context, preset, 'port'))}`;
}

/** Names the node on every series. */
export const NODE_LABEL: JsonMap = { target_label: 'node', replacement: '${env:OTEL_K8S_NODE_NAME}' };

function setting({ collector }: StackContext, preset: string, key: string): string | number | null {
  const found = pick(collector, 'presets', 'prometheus', preset, key);
  const value = found === undefined ? null : plainOf(found);
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}

export const prometheusNodeExporter: StackPreset = {
  name: ['prometheus', 'nodeExporter'],
  switches: [['enabled']],
  apply: (config, context, origin) => {
    const id = 'prometheus/node_exporter';
    const job = {
      job_name: 'node-exporter',
      ...scrapeTimes(context, 'nodeExporter'),
      static_configs: [{ targets: [nodeTarget(context, 'nodeExporter')] }],
      relabel_configs: [NODE_LABEL],
    };
    const fragment = { receivers: { [id]: { config: { scrape_configs: [job] } } } };
    return withReceiver(config, fragment, { signal: 'metrics', id, origin });
  },
};
