import type { ProvenanceEntry } from '../collector/effective-config.ts';
import type { JsonMap } from '../document/node.ts';
import { givenParameters } from './parameters.ts';
import type { Resource } from './resource.ts';

/** Where a collector shows its own metrics, and how many, when the Configuration does not say (reference/bindplane.md §2.2). */
const DEFAULTS = { host: 'localhost', port: 8888, level: 'detailed' } as const;

/** `service.telemetry` of a v2 config and the places of its values. */
export interface RoutedTelemetry {
  readonly telemetry: JsonMap;
  readonly provenance: readonly ProvenanceEntry[];
}

/**
 * The collector's own telemetry as the advanced parameters `telemetryPort` and `telemetryLevel` ask for it. The defaults were read off
 * two servers' outputs; what the parameters change was not.
 */
export function telemetryOf(configuration: Resource): RoutedTelemetry {
  const given = givenParameters(configuration.spec, configuration.document, ['spec']);
  const parameter = (name: string): (typeof given)[number] | undefined =>
    given.find((candidate) => candidate.name === name);
  const port = parameter('telemetryPort');
  const level = parameter('telemetryLevel');
  const path = ['service', 'telemetry', 'metrics'];
  const toPort = ['readers', '0', 'pull', 'exporter', 'prometheus', 'port'];
  const reader = {
    pull: { exporter: { prometheus: { host: DEFAULTS.host, port: port?.value ?? DEFAULTS.port } } },
  };
  return {
    telemetry: { metrics: { readers: [reader], level: level?.value ?? DEFAULTS.level } },
    provenance: [
      ...(configuration.at ? [{ path: path.slice(0, 2), at: configuration.at }] : []),
      ...(port?.node ? [{ path: [...path, ...toPort], at: port.node.at }] : []),
      ...(level?.node ? [{ path: [...path, 'level'], at: level.node.at }] : []),
    ],
  };
}
