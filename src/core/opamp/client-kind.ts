import { acceptsConfig, reportsHealth } from './capabilities.ts';
import type { AgentRecord, ClientKind } from './record.ts';

/** What an agent has shown of itself. */
type Shown = Pick<AgentRecord, 'type' | 'capabilities' | 'sdk' | 'components'> & {
  /** Its effective config, where it just reported one. */
  readonly effective?: string;
};

const COLLECTOR_NAME = /otelcol|collector/i;
const COLLECTOR_CONFIG = /^(?:receivers|exporters|service|extensions):/m;

/**
 * What kind of client this is. Builds of the collector have names of their own, so one that takes configs counts as a supervisor when it is
 * called a collector, or has receivers, or runs a collector config. What shows none of it stays `other`: nothing is pushed to what may be no
 * collector.
 */
export function clientKind(shown: Shown): ClientKind {
  const { type, capabilities, sdk } = shown;
  if (type === 'com.observiq.collector') return 'bindplane-agent';
  if (type === 'io.opentelemetry.operator-opamp-bridge') return 'bridge';
  if (!isCollector(shown)) return 'other';
  if (acceptsConfig(capabilities)) return 'supervisor';
  return sdk === true && !reportsHealth(capabilities) ? 'other' : 'extension';
}

function isCollector({ type, sdk, components, effective }: Shown): boolean {
  if (COLLECTOR_NAME.test(type)) return true;
  if (sdk === true) return false;
  return components?.['receivers'] !== undefined || COLLECTOR_CONFIG.test(effective ?? '');
}
