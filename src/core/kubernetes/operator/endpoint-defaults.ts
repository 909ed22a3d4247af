import { isAtLeast } from '../../collector/version.ts';
import { fill } from '../merge.ts';
import { entriesOf, pick, textOf, tracedMap, withEntry } from '../traced.ts';
import type { Origin, Traced, TracedMap } from '../traced.ts';
import { enabledComponents } from './enabled-components.ts';
import type { EnabledComponent } from './enabled-components.ts';
import {
  ANY_ADDRESS,
  HEALTH_CHECK,
  JAEGER_QUERY,
  portOfEndpoint,
  PROMETHEUS_EXPORTER,
  PROTOCOL_ENDPOINTS,
  SINGLE_ENDPOINTS,
} from './known-ports.ts';

const ADDED: Origin = { why: 'added by the operator' };

/**
 * The config with the endpoints that the operator fills in when a resource is admitted: of enabled receivers that it knows, of the
 * Prometheus exporter and of the extensions health_check and jaeger_query (operator `internal/components`).
 */
export function withEndpoints(config: TracedMap, operator: string): TracedMap {
  let made = config;
  const put = (section: string, id: string, body: TracedMap): void => {
    const known = pick(made, section);
    const map = known?.kind === 'map' ? known : tracedMap({}, ADDED);
    made = withEntry(made, section, withEntry(map, id, body));
  };
  for (const receiver of enabledComponents(config, 'receivers')) {
    const body = receiverDefaults(receiver);
    if (body !== undefined) put('receivers', receiver.id, body);
  }
  for (const exporter of enabledComponents(config, 'exporters')) {
    if (exporter.type === 'prometheus') {
      put('exporters', exporter.id, withEndpoint(exporter.body, PROMETHEUS_EXPORTER.port));
    }
  }
  if (pick(config, 'extensions')?.kind !== 'map') return made;
  for (const extension of enabledComponents(config, 'extensions')) {
    if (extension.type === 'health_check' && isAtLeast(operator, '0.122.0')) {
      put('extensions', extension.id, healthCheck(extension.body));
    }
    if (extension.type === 'jaeger_query' && isAtLeast(operator, '0.123.0')) {
      put('extensions', extension.id, jaegerQuery(extension.body));
    }
  }
  return made;
}

function receiverDefaults({ type, body }: EnabledComponent): TracedMap | undefined {
  const known = PROTOCOL_ENDPOINTS.get(type);
  if (known !== undefined) {
    const map = mapOf(body);
    const protocols = entriesOf(map, 'protocols').map(([protocol, settings]): [string, Traced] => {
      const fallback = known.get(protocol)?.port;
      return [
        protocol,
        fallback === undefined ? settings : withEndpoint(settings, portIn(settings) ?? fallback),
      ];
    });
    const origin = pick(map, 'protocols')?.origin ?? ADDED;
    return withEntry(map, 'protocols', { kind: 'map', entries: new Map(protocols), origin });
  }
  const single = SINGLE_ENDPOINTS.get(type);
  return single === undefined || single.port === 0 ? undefined : withEndpoint(body, single.port);
}

/** The number in `endpoint`, else in `listen_address`. */
function portIn(settings: Traced | undefined): number | undefined {
  const endpoint = textOf(settings, 'endpoint') || textOf(settings, 'listen_address');
  return endpoint === undefined ? undefined : portOfEndpoint(endpoint);
}

/** Settings with an endpoint: all addresses where there is none, and in front of a bare port. */
function withEndpoint(settings: Traced | undefined, port: number): TracedMap {
  const map = mapOf(settings);
  const endpoint = textOf(map, 'endpoint') ?? '';
  const parts = endpoint.split(':');
  if (endpoint !== '' && parts.length > 1 && parts[0] !== '') return map;
  const value = `${ANY_ADDRESS}:${endpoint === '' ? port : (parts.at(-1) ?? '')}`;
  return withEntry(map, 'endpoint', { kind: 'scalar', value, origin: ADDED });
}

function healthCheck(settings: Traced | undefined): TracedMap {
  const map = mapOf(settings);
  const endpoint = textOf(map, 'endpoint') ?? '';
  const port = /^:(\d+)$/.exec(endpoint)?.[1];
  const made =
    endpoint === '' || port !== undefined
      ? withEntry(map, 'endpoint', {
          kind: 'scalar',
          value: `${ANY_ADDRESS}:${port ?? HEALTH_CHECK.port}`,
          origin: ADDED,
        })
      : map;
  return fill(made, tracedMap({ path: '/' }, ADDED));
}

function jaegerQuery(settings: Traced | undefined): TracedMap {
  const map = mapOf(settings);
  return withEntry(map, 'http', withEndpoint(pick(map, 'http'), JAEGER_QUERY.port));
}

function mapOf(value: Traced | undefined): TracedMap {
  return value?.kind === 'map' ? value : { kind: 'map', entries: new Map(), origin: value?.origin ?? ADDED };
}
