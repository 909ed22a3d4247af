import { isList, isMap } from '../document/node.ts';
import type { Json, JsonMap } from '../document/node.ts';
import { componentType } from './component-id.ts';
import type { ComponentClass } from './component-id.ts';
import { parseEndpoint } from './endpoint.ts';
import type { Variables } from './endpoint.ts';
import { componentsOf, isUsed } from './pipelines.ts';
import { compareVersions, parseVersion } from './version.ts';

/** A socket that a collector opens. `host` and `port` are undefined where only its environment knows them. */
export interface Listener {
  /** Where its address stands in the config, or would stand. */
  readonly path: readonly string[];
  readonly component: {
    readonly class: ComponentClass | 'service';
    readonly id: string;
    readonly type: string;
  };
  /** `grpc`, `http` …: which of the component's sockets, where it has several. */
  readonly part: string;
  readonly host?: string;
  readonly port?: number;
  /** The address as the config writes it. */
  readonly text?: string;
  readonly protocol: 'TCP' | 'UDP';
  /** Whether the config writes the address; without it the default counts. */
  readonly written: boolean;
}

/** Where a component listens: the key path above the address, and what counts when nothing is written. */
interface Socket {
  readonly below: readonly string[];
  readonly key?: string;
  readonly port?: number;
  readonly protocol?: 'TCP' | 'UDP';
}

const one = (port?: number, key?: string): readonly Socket[] => [
  { below: [], ...(port !== undefined && { port }), ...(key !== undefined && { key }) },
];

/** By current type name. Ports: operator `internal/components/receivers`, component READMEs (reference/collector.md §3.3). */
const SOCKETS: Readonly<Partial<Record<ComponentClass, Readonly<Record<string, readonly Socket[]>>>>> = {
  receivers: {
    otlp: [
      { below: ['protocols', 'grpc'], port: 4317 },
      { below: ['protocols', 'http'], port: 4318 },
    ],
    otelarrow: [{ below: ['protocols', 'grpc'], port: 4317 }],
    jaeger: [
      { below: ['protocols', 'grpc'], port: 14250 },
      { below: ['protocols', 'thrift_http'], port: 14268 },
      { below: ['protocols', 'thrift_compact'], port: 6831, protocol: 'UDP' },
      { below: ['protocols', 'thrift_binary'], port: 6832, protocol: 'UDP' },
    ],
    loki: [
      { below: ['protocols', 'http'], port: 3500 },
      { below: ['protocols', 'grpc'], port: 3600 },
    ],
    skywalking: [
      { below: ['protocols', 'grpc'], port: 11800 },
      { below: ['protocols', 'http'], port: 12800 },
    ],
    syslog: [
      { below: ['tcp'], key: 'listen_address' },
      { below: ['udp'], key: 'listen_address', protocol: 'UDP' },
    ],
    zipkin: one(9411),
    opencensus: one(55_678),
    splunk_hec: one(8088),
    signalfx: one(9943),
    sapm: one(7276),
    influxdb: one(8086),
    fluent_forward: one(),
    datadog: one(8126),
    collectd: one(8081),
    carbon: one(2003),
    wavefront: one(2003),
    webhook_event: one(),
    prometheus_remote_write: one(9090),
    tcp_log: one(undefined, 'listen_address'),
    udp_log: [{ below: [], key: 'listen_address', protocol: 'UDP' }],
    statsd: [{ below: [], port: 8125, protocol: 'UDP' }],
    awsxray: [{ below: [], port: 2000, protocol: 'UDP' }],
  },
  exporters: { prometheus: one() },
  extensions: {
    health_check: one(13_133),
    pprof: one(1777),
    zpages: one(55_679),
    http_forwarder: [{ below: ['ingress'], port: 6060 }],
  },
};

/** Everything that a listener list is made with. */
export interface ListenerContext {
  /** The collector's version; the newest counts where it is not known. */
  readonly version?: string;
  readonly variables: Variables;
  readonly canonicalType: (componentClass: ComponentClass, type: string) => string;
}

/** The sockets of the components that a config starts, and of the collector's own metrics. What nobody uses is not started. */
export function listenersOf(tree: JsonMap, context: ListenerContext): readonly Listener[] {
  const ofComponents = componentsOf(tree).flatMap(({ class: section, id, type, body }) => {
    const canonical = context.canonicalType(section, type);
    const sockets = SOCKETS[section]?.[canonical] ?? [];
    if (sockets.length === 0 || !isUsed(tree, section, id)) return [];
    const component = { class: section, id, type: canonical };
    return sockets.flatMap((socket) => listenerOf(component, socket, body, context));
  });
  return [...ofComponents, ...ownMetrics(tree, context)];
}

function listenerOf(
  component: Listener['component'],
  { below, key = 'endpoint', port: fallback, protocol = 'TCP' }: Socket,
  body: Json,
  { version, variables }: ListenerContext,
): readonly Listener[] {
  let current: Json | undefined = body;
  for (const step of below) current = isMap(current) ? current[step] : undefined;
  if (below.length > 0 && current === undefined) return [];
  const map: JsonMap = isMap(current) ? current : {};
  if (map['enabled'] === false || map['transport'] === 'unix') return [];
  const path = [component.class, component.id, ...below, key];
  const about = { path, component, part: below.at(-1) ?? '', protocol };
  const address = map[key];
  if (typeof address === 'string') {
    const { host, port, scheme, portWritten } = parseEndpoint(address, variables);
    if (scheme === 'unix') return [];
    const known = port ?? (portWritten ? undefined : fallback);
    return [
      {
        ...about,
        text: address,
        ...(host !== undefined && { host }),
        ...(known !== undefined && { port: known }),
        written: true,
      },
    ];
  }
  if (address !== undefined && address !== null) return [];
  if (fallback === undefined) return [];
  return [{ ...about, host: defaultHost(component, version), port: fallback, written: false }];
}

/** Servers listen on localhost only since 0.104 (gate `component.UseLocalHostAsDefaultHost`); pprof and zpages always did. */
function defaultHost({ type }: Listener['component'], version: string | undefined): string {
  const before = isBefore(version, '0.104.0') && type !== 'pprof' && type !== 'zpages';
  return before ? '0.0.0.0' : 'localhost';
}

function isBefore(version: string | undefined, limit: string): boolean {
  const [own, other] = [parseVersion(version ?? ''), parseVersion(limit)];
  return own !== undefined && other !== undefined && compareVersions(own, other) < 0;
}

/** `service.telemetry.metrics`: pull readers, or `localhost:8888` when nothing is said (core `service/telemetry`). */
function ownMetrics(tree: JsonMap, { version, variables }: ListenerContext): readonly Listener[] {
  const service = isMap(tree['service']) ? tree['service'] : {};
  const telemetry = isMap(service['telemetry']) ? service['telemetry'] : {};
  const metrics = isMap(telemetry['metrics']) ? telemetry['metrics'] : {};
  if (metrics['level'] === 'none' || Object.keys(service).length === 0) return [];
  const base = ['service', 'telemetry', 'metrics'];
  const component = { class: 'service' as const, id: 'telemetry', type: 'telemetry' };
  const about = { component, part: 'metrics', protocol: 'TCP' as const };
  const { readers, address } = metrics;
  if (isList(readers)) {
    return readers.flatMap((reader: Json, index): readonly Listener[] => {
      const pull = isMap(reader) && isMap(reader['pull']) ? reader['pull'] : {};
      const exporter = isMap(pull['exporter']) ? pull['exporter'] : {};
      const prometheus = exporter['prometheus'];
      if (!isMap(prometheus)) return [];
      const { host, port } = parseEndpoint(
        `${wordOf(prometheus['host'], 'localhost')}:${wordOf(prometheus['port'], '')}`,
        variables,
      );
      const path = [...base, 'readers', String(index), 'pull', 'exporter', 'prometheus', 'host'];
      const known = { ...(host !== undefined && { host }), ...(port !== undefined && { port }) };
      return [{ ...about, path, ...known, written: true }];
    });
  }
  if (typeof address === 'string') {
    const { host, port } = parseEndpoint(address, variables);
    const known = { ...(host !== undefined && { host }), ...(port !== undefined && { port }) };
    return [{ ...about, path: [...base, 'address'], ...known, written: true }];
  }
  const host = isBefore(version, '0.111.0') ? '0.0.0.0' : 'localhost';
  return [{ ...about, path: base, host, port: 8888, written: false }];
}

function wordOf(value: Json | undefined, fallback: string): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : fallback;
}

/** A listener for people: `otlp (grpc)`, the collector's own metrics. */
export function listenerWords({ component, part }: Listener): string {
  if (component.class === 'service') return 'the collector’s own metrics';
  const word = component.class.slice(0, -1);
  return `${word} \`${component.id}\`${part === '' ? '' : ` (${part})`}`;
}

/** Whether data comes in there from other programs. */
export function takesData({ component }: Listener): boolean {
  return component.class === 'receivers';
}

/** The class and type of whatever waits for others to send. */
export function isPushReceiver(id: string, canonicalType: ListenerContext['canonicalType']): boolean {
  return SOCKETS.receivers?.[canonicalType('receivers', componentType(id))] !== undefined;
}
