import type { ResourceKey } from '../bindplane/resource.ts';

/** What a collector config that no control plane delivers is known by: the object that carries it, or the file. */
export const COLLECTOR_KINDS = [
  'Deployment',
  'DaemonSet',
  'StatefulSet',
  'ConfigMap',
  'OpenTelemetryCollector',
  'HelmValues',
  'CollectorConfig',
] as const;

/** `DaemonSet/observability/otel-agent`, `HelmValues/values/gateway.yaml`, `CollectorConfig/collector.yaml`. */
export type CollectorKey = `${(typeof COLLECTOR_KINDS)[number]}/${string}`;

/** Whatever has an effective config: a Configuration of a control plane, or a collector that Kubernetes or a file configures. */
export type ConfigKey = ResourceKey | CollectorKey;

const KINDS: ReadonlySet<string> = new Set(COLLECTOR_KINDS);

/** Whether a control plane delivers the config to agents. */
export function isConfiguration(key: ConfigKey): key is ResourceKey {
  return !KINDS.has(key.slice(0, key.indexOf('/')));
}
