import { isAtLeast } from '../../collector/version.ts';
import { fill } from '../merge.ts';
import { isEmpty, itemsOf, pick, plainOf, textOf, tracedMap, withEntry } from '../traced.ts';
import type { Origin, TracedMap } from '../traced.ts';
import { ANY_ADDRESS } from './known-ports.ts';

const PORT = 8888;
const ADDED: Origin = { why: 'added by the operator' };

/** Where the collector's own metrics are asked for. */
export interface MetricsEndpoint {
  readonly host: string;
  readonly port: number;
}

/**
 * The address of the collector's own metrics: that of the first Prometheus reader, else of `metrics.address`, else 0.0.0.0:8888.
 * Undefined where the port is a variable: the operator cannot make a Service of it (`internal/otelconfig`, MetricsEndpoint).
 */
export function metricsEndpoint(config: TracedMap): MetricsEndpoint | undefined {
  const metrics = pick(config, 'service', 'telemetry', 'metrics');
  const readers = itemsOf(metrics, 'readers');
  const address = textOf(metrics, 'address') ?? '';
  if (address !== '' && readers.length === 0) return addressEndpoint(address);
  for (const reader of readers) {
    const exporter = pick(reader, 'pull', 'exporter', 'prometheus');
    if (exporter?.kind !== 'map') continue;
    const port = pick(exporter, 'port');
    const number = port === undefined ? 0 : Number(plainOf(port));
    return {
      host: textOf(exporter, 'host') || ANY_ADDRESS,
      port: Number.isSafeInteger(number) && number > 0 ? number : PORT,
    };
  }
  return { host: ANY_ADDRESS, port: PORT };
}

function addressEndpoint(address: string): MetricsEndpoint | undefined {
  if (/:\$\{.*\}$/.test(address)) return undefined;
  const port = /:(\d+)$/.exec(address)?.[1];
  if (port === undefined) return { host: address, port: PORT };
  return { host: address.slice(0, -port.length - 1), port: Number(port) };
}

/**
 * The config with a reader for the collector's own metrics, unless it says itself where they go. Before operator 0.122.0 an address
 * instead of a reader; in 0.152 and 0.153 with the names of metrics as they had been.
 */
export function withMetricsReader(config: TracedMap, operator: string): TracedMap {
  const service = pick(config, 'service');
  if (service?.kind !== 'map') return config;
  const metrics = pick(service, 'telemetry', 'metrics');
  if (!isEmpty(pick(metrics, 'address')) || itemsOf(metrics, 'readers').length > 0) return config;
  const { host, port } = metricsEndpoint(config) ?? { host: ANY_ADDRESS, port: PORT };
  const keepsNames = isAtLeast(operator, '0.152.0') && !isAtLeast(operator, '0.154.0');
  const prometheus = {
    host,
    port,
    ...(keepsNames && { without_scope_info: false, without_type_suffix: false, without_units: false }),
  };
  const more = isAtLeast(operator, '0.122.0')
    ? { metrics: { readers: [{ pull: { exporter: { prometheus } } }] } }
    : { metrics: { address: `${host}:${port}` } };
  const telemetry = pick(service, 'telemetry');
  const base = telemetry?.kind === 'map' ? telemetry : tracedMap({}, ADDED);
  return withEntry(config, 'service', withEntry(service, 'telemetry', fill(base, tracedMap(more, ADDED))));
}
