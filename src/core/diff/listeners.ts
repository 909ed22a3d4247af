import { componentType } from '../collector/component-id.ts';
import type { ComponentClass } from '../collector/component-id.ts';
import { pipelinesOf, serviceExtensions } from '../collector/pipelines.ts';
import { isMap } from '../document/node.ts';
import type { Json, JsonMap } from '../document/node.ts';
import { bodiesOf } from './config-model.ts';
import type { ConfigModel } from './config-model.ts';

/** An address at which a component takes connections. */
export interface Listener {
  readonly class: ComponentClass;
  readonly id: string;
  /** Where in the body it stands: `protocols.grpc`, empty for the body itself. */
  readonly slot: string;
  /** The key of the address in its block; absent where the default holds. */
  readonly key?: string;
  /** As written, or the default of the type with ` (default)`. */
  readonly address: string;
  /** Absent where the address is nothing but a reference. */
  readonly port?: string;
  /** `local`: only this host reaches it. Unknown where the config leaves it to the version's default or to a variable. */
  readonly scope: 'local' | 'network' | 'unknown';
}

/**
 * Components that listen, by class and current type: slot → default port (empty where an address must be given). Any other `endpoint` is
 * one to fetch from or send to. From the components' READMEs and reference/collector.md §1.4.
 */
const LISTENING: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'receivers/otlp': { 'protocols.grpc': '4317', 'protocols.http': '4318' },
  'receivers/otelarrow': { 'protocols.grpc': '4317' },
  'receivers/jaeger': {
    'protocols.grpc': '14250',
    'protocols.thrift_http': '14268',
    'protocols.thrift_compact': '6831',
    'protocols.thrift_binary': '6832',
  },
  'receivers/skywalking': { 'protocols.grpc': '11800', 'protocols.http': '12800' },
  'receivers/loki': { 'protocols.grpc': '3600', 'protocols.http': '3500' },
  'receivers/zipkin': { '': '9411' },
  'receivers/opencensus': { '': '55678' },
  'receivers/statsd': { '': '8125' },
  'receivers/splunk_hec': { '': '8088' },
  'receivers/signalfx': { '': '9943' },
  'receivers/sapm': { '': '7276' },
  'receivers/influxdb': { '': '8086' },
  'receivers/collectd': { '': '8081' },
  'receivers/carbon': { '': '2003' },
  'receivers/wavefront': { '': '2003' },
  'receivers/datadog': { '': '8126' },
  'receivers/awsxray': { '': '2000', proxy_server: '2000' },
  'receivers/awsfirehose': { '': '4433' },
  'receivers/faro': { '': '8080' },
  'receivers/fluent_forward': { '': '' },
  'receivers/webhook_event': { '': '' },
  'receivers/prometheus_remote_write': { '': '9090' },
  'receivers/libhoney': { http: '8080', grpc: '4317' },
  'receivers/tcp_log': { '': '' },
  'receivers/udp_log': { '': '' },
  'receivers/syslog': { tcp: '', udp: '' },
  'receivers/http': { '': '' },
  'receivers/netflow': { '': '2055' },
  'exporters/prometheus': { '': '' },
  'extensions/health_check': { '': '13133' },
  'extensions/healthcheckv2': { '': '13133', http: '13133', grpc: '13132' },
  'extensions/zpages': { '': '55679' },
  'extensions/pprof': { '': '1777' },
  'extensions/jaegerremotesampling': { http: '5778', grpc: '14250' },
  'extensions/http_forwarder': { ingress: '6060' },
};

/** Slots that are there without being written. */
const IMPLIED: ReadonlySet<string> = new Set(['']);

/** Where the components that run listen, as far as their types are known, whatever key the address stands at. */
export function listenersOf(model: ConfigModel): readonly Listener[] {
  const pipelines = pipelinesOf(model.tree);
  const running: Readonly<Record<string, ReadonlySet<string>>> = {
    receivers: new Set(pipelines.flatMap(({ receivers }) => receivers)),
    exporters: new Set(pipelines.flatMap(({ exporters }) => exporters)),
    extensions: new Set(serviceExtensions(model.tree)),
  };
  const classes: readonly ComponentClass[] = ['receivers', 'exporters', 'extensions'];
  return classes.flatMap((cls) =>
    [...bodiesOf(model, cls)].flatMap(([id, body]) =>
      running[cls]?.has(id) === true ? ofComponent(cls, id, body) : [],
    ),
  );
}

function ofComponent(cls: ComponentClass, id: string, body: Json): readonly Listener[] {
  const key = `${cls}/${componentType(id)}`;
  const slots = Object.hasOwn(LISTENING, key) ? LISTENING[key] : undefined;
  if (slots === undefined || !isMap(body)) return [];
  return Object.entries(slots).flatMap(([slot, port]) => {
    const block = slot === '' ? body : blockAt(body, slot.split('.'));
    if (block === undefined && !IMPLIED.has(slot)) return [];
    const found = addressIn(block ?? {});
    if (found === undefined && (port === '' || hasOtherSlot(body, slots, slot))) return [];
    const address = readAddress(found?.text ?? `localhost:${port} (default)`, port);
    return [{ class: cls, id, slot, ...(found && { key: found.key }), ...address }];
  });
}

/** The body's own default does not count where it says its addresses in parts. */
function hasOtherSlot(body: JsonMap, slots: Readonly<Record<string, string>>, slot: string): boolean {
  return (
    slot === '' &&
    Object.keys(slots).some((other) => other !== '' && blockAt(body, other.split('.')) !== undefined)
  );
}

function blockAt(body: JsonMap, path: readonly string[]): JsonMap | undefined {
  let value: Json | undefined = body;
  for (const step of path) {
    if (!isMap(value) || !Object.hasOwn(value, step)) return undefined;
    value = value[step];
  }
  return value === null ? {} : isMap(value) && value['enabled'] !== false ? value : undefined;
}

/** The address in a block: one text (`endpoint`, `listen_address`), or a host and a port (older forms). */
function addressIn(block: JsonMap): { readonly key: string; readonly text: string } | undefined {
  for (const key of ['endpoint', 'listen_address', 'address']) {
    const value = block[key];
    if (typeof value === 'string' && value !== '') return { key, text: value };
  }
  const { port } = block;
  const host = block['hostname'] ?? block['host'] ?? block['listen_ip'];
  if (typeof port !== 'number' && typeof port !== 'string') return undefined;
  return { key: 'port', text: `${typeof host === 'string' ? host : ''}:${port}` };
}

function readAddress(text: string, port: string): Pick<Listener, 'address' | 'port' | 'scope'> {
  if (text.endsWith(' (default)')) return { address: text, port, scope: 'unknown' };
  const [, host, given] = /^(?:[a-z]+:\/\/)?(.*?)(?::(\d+))?\/?$/s.exec(text) ?? [];
  const known = given === undefined ? {} : { port: given };
  return { address: text, ...known, scope: scopeOf(host ?? '') };
}

function scopeOf(host: string): Listener['scope'] {
  if (/^(?:localhost|127(?:\.\d+){3}|\[?::1\]?)$/i.test(host)) return 'local';
  return host.includes('$') ? 'unknown' : 'network';
}
