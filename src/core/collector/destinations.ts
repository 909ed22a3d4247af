import { isList, isMap } from '../document/node.ts';
import type { Json, JsonMap } from '../document/node.ts';
import type { ComponentClass } from './component-id.ts';
import { isLoopback, parseEndpoint } from './endpoint.ts';
import type { Endpoint, Variables } from './endpoint.ts';
import { componentsOf, isUsed } from './pipelines.ts';

/** An address that an exporter of a config sends to. */
export interface Destination {
  /** Where the address stands in the config. */
  readonly path: readonly string[];
  readonly exporter: { readonly id: string; readonly type: string; readonly body: JsonMap };
  /** As it is written. */
  readonly text: string;
  readonly endpoint: Endpoint;
  /** The port that counts when none is written. */
  readonly port?: number;
  readonly protocol: 'grpc' | 'http';
  /** Whether an exporter spreads what it sends over all that the name stands for. */
  readonly balanced: boolean;
  /** `tls.insecure` and `tls.insecure_skip_verify`, where they are true. */
  readonly insecure: boolean;
  readonly unverified: boolean;
  readonly tlsPath: readonly string[];
}

interface Context {
  readonly variables: Variables;
  readonly canonicalType: (componentClass: ComponentClass, type: string) => string;
}

const GRPC: ReadonlySet<string> = new Set(['otlp_grpc', 'otelarrow', 'opencensus', 'jaeger']);
const URL_KEYS = ['endpoint', 'traces_endpoint', 'metrics_endpoint', 'logs_endpoint', 'profiles_endpoint'];
/** They take data at their `endpoint`, or write to the machine. */
const NO_SENDERS: ReadonlySet<string> = new Set(['prometheus', 'file', 'debug', 'nop', 'logging']);

/** The addresses of the exporters that pipelines use, in the order of the file. */
export function destinationsOf(tree: JsonMap, context: Context): readonly Destination[] {
  return componentsOf(tree).flatMap(({ class: section, id, type, body }) => {
    const canonical = context.canonicalType('exporters', type);
    if (section !== 'exporters' || NO_SENDERS.has(canonical) || !isUsed(tree, section, id)) return [];
    const exporter = { id, type: canonical, body: isMap(body) ? body : {} };
    return canonical === 'load_balancing'
      ? balancedDestinations(exporter, context)
      : plainDestinations(exporter, context);
  });
}

function plainDestinations(
  exporter: Destination['exporter'],
  { variables }: Context,
): readonly Destination[] {
  const { id, type, body } = exporter;
  const base = ['exporters', id];
  const grpc = GRPC.has(type);
  return URL_KEYS.flatMap((key) => {
    const text = body[key];
    if (typeof text !== 'string' || text === '') return [];
    const endpoint = parseEndpoint(text, variables);
    const port = endpoint.port ?? (endpoint.portWritten ? undefined : defaultPort(endpoint, grpc));
    return [
      {
        path: [...base, key],
        exporter,
        text,
        endpoint,
        ...(port !== undefined && { port }),
        protocol: grpc ? ('grpc' as const) : ('http' as const),
        balanced: endpoint.scheme === 'dns' && body['balancer_name'] === 'round_robin',
        ...tlsOf(body, base),
      },
    ];
  });
}

function defaultPort({ scheme }: Endpoint, grpc: boolean): number | undefined {
  if (scheme === 'http') return 80;
  if (scheme === 'https') return 443;
  return grpc ? 443 : undefined;
}

/** `resolver.static.hostnames`, `resolver.dns` and `resolver.k8s.service` of the load balancing exporter; 4317 without a port. */
function balancedDestinations(
  exporter: Destination['exporter'],
  { variables }: Context,
): readonly Destination[] {
  const { id, body } = exporter;
  const resolver = mapIn(body, 'resolver');
  const base = ['exporters', id, 'resolver'];
  const dns = mapIn(resolver, 'dns');
  const hosts = mapIn(resolver, 'static')['hostnames'];
  const found: (readonly [path: readonly string[], text: Json | undefined, port?: Json | undefined])[] = [
    [[...base, 'dns', 'hostname'], dns['hostname'], dns['port']],
    [[...base, 'k8s', 'service'], mapIn(resolver, 'k8s')['service']],
    ...(isList(hosts) ? hosts : []).map(
      (host, index) => [[...base, 'static', 'hostnames', String(index)], host] as const,
    ),
  ];
  const otlp = mapIn(mapIn(body, 'protocol'), 'otlp');
  return found.flatMap(([path, text, port]) => {
    if (typeof text !== 'string') return [];
    const endpoint = parseEndpoint(text, variables);
    const known = typeof port === 'number' || typeof port === 'string' ? Number(port) : endpoint.port;
    return [
      {
        path,
        exporter,
        text,
        endpoint,
        port: known !== undefined && Number.isInteger(known) ? known : 4317,
        protocol: 'grpc' as const,
        balanced: true,
        ...tlsOf(otlp, ['exporters', id, 'protocol', 'otlp']),
      },
    ];
  });
}

function tlsOf(
  body: JsonMap,
  base: readonly string[],
): Pick<Destination, 'insecure' | 'unverified' | 'tlsPath'> {
  const tls = mapIn(body, 'tls');
  return {
    insecure: tls['insecure'] === true,
    unverified: tls['insecure_skip_verify'] === true,
    tlsPath: [...base, 'tls', tls['insecure'] === true ? 'insecure' : 'insecure_skip_verify'],
  };
}

/** The storage extension of an exporter's queue; undefined where it keeps the queue in memory or has none. */
export function queueStorage(body: JsonMap): string | undefined {
  const queue = mapIn(body, 'sending_queue');
  const { storage } = queue;
  return queue['enabled'] !== false && typeof storage === 'string' && storage !== '' ? storage : undefined;
}

/** Whether an address stays within the machine. */
export function staysHere({ endpoint }: Destination): boolean {
  return isLoopback(endpoint.host) || endpoint.scheme === 'unix';
}

function mapIn(map: JsonMap, key: string): JsonMap {
  const value = map[key];
  return isMap(value) ? value : {};
}
