import { sha256 } from '../document/digest.ts';
import { emitYaml } from '../document/emit.ts';
import { entry, isList, isMap, plain } from '../document/node.ts';
import type { Json, JsonMap, Node } from '../document/node.ts';
import { withTextEdits } from '../document/text-edits.ts';
import type { TextEdit } from '../document/finding.ts';
import { parseYaml } from '../document/yaml.ts';

/** Resource attributes by which a collector's own telemetry says which config it runs. */
export const STAMP = {
  configuration: 'collie.configuration',
  version: 'collie.configuration.version',
  hash: 'collie.config.hash',
} as const;

/**
 * The oldest collector whose own telemetry has readers, and the local Prometheus reader as one of them that a config replaces by
 * listing any (service/telemetry `createDefaultConfig`, 0.111 to 0.158). Older ones refuse the key, or would listen twice.
 */
export const READERS_SINCE = '0.111.0';

/** Where collectors are to send their own metrics, by OTLP over HTTP. */
export interface MetricsReader {
  /** The whole URL, with its path. */
  readonly endpoint: string;
  readonly intervalMs: number;
  /** Values are references that the collector resolves (`${env:NAME}`): the config is the same for everybody, and is shown. */
  readonly headers: Readonly<Record<string, string>>;
  /** Files on the collectors' machines, where the endpoint has a private authority, or asks for client certificates. */
  readonly tls?: {
    readonly certificateAuthority?: string;
    readonly certificate?: string;
    readonly key?: string;
  };
  /** Whether the reader on localhost:8888 that every collector has by default is kept. */
  readonly prometheus: boolean;
}

/** The config and its version, as its stamp names them. */
export interface Stamped {
  readonly configuration: string;
  readonly version: number;
}

/**
 * The config with a reader that sends the collector's own metrics, apart from all pipelines, and a stamp that names the config:
 * `service::telemetry::metrics::readers` and `::resource`. What it says there itself stays: its readers, its level, its
 * attributes. Every line outside of `service` keeps its text. `withheld` says why a config stays as it is.
 *
 * The default reader on localhost:8888 is listed again, with what Prometheus is told by default, since listing readers replaces
 * it. Headers are written as a map, which every version reads, unless the config writes those of its own readers as a list:
 * one that mixes both is read by none.
 */
export function withMetricsReader(
  text: string,
  reader: MetricsReader,
  stamped: Stamped,
): { readonly text: string } | { readonly withheld: string } {
  const { documents, findings } = parseYaml('config.yaml', text);
  const [document] = documents;
  const broken = findings.some(({ severity }) => severity === 'error') || documents.length !== 1;
  const service = broken ? undefined : entry(document?.root, 'service')?.value;
  const config = plain(document?.root);
  const own = isMap(config) ? config['service'] : undefined;
  if (service?.kind !== 'map' || !isMap(config) || !isMap(own)) {
    return { withheld: 'it has no service section to put a reader into' };
  }
  const telemetry = withReader(own['telemetry'] ?? {}, reader, { ...stamped, hash: sha256(text) });
  if ('withheld' in telemetry) return telemetry;
  const edited = withTelemetry(text, service, telemetry.value);
  const wanted = { ...config, service: { ...own, telemetry: telemetry.value } };
  if (edited === undefined || !isSame(plain(parseYaml('config.yaml', edited).documents[0]?.root), wanted)) {
    return { withheld: 'a reader cannot be put into the way its service section is written' };
  }
  return { text: edited };
}

/** Whether a config was made of another by giving it a reader and a stamp, or is that other one. */
export function isStampedFrom(text: string, originalHash: string): boolean {
  return stampsIn(text).includes(originalHash) || sha256(text) === originalHash;
}

/** Hashes that stand as stamps in a config: of the text before the stamp was put into it. Empty where it has none. */
export function stampsIn(text: string): readonly string[] {
  if (!text.includes(STAMP.hash)) return [];
  return [...text.matchAll(HASH)].flatMap(([, hash]) => hash ?? []);
}

const HASH = /collie\.config\.hash"?(?:,"value"|)\s*:\s*['"]?([0-9a-f]{64})\b/g;

type Changed = { readonly value: JsonMap } | { readonly withheld: string };

function withReader(telemetry: Json, reader: MetricsReader, stamp: Stamped & { hash: string }): Changed {
  const { metrics = {}, resource = {} }: { metrics?: Json; resource?: Json } = isMap(telemetry)
    ? telemetry
    : {};
  if (!isMap(telemetry)) return { withheld: 'its service::telemetry is no map' };
  const [ownMetrics, ownResource] = [metrics ?? {}, resource ?? {}];
  if (!isMap(ownMetrics) || !isMap(ownResource)) {
    return { withheld: 'its service::telemetry::metrics or ::resource is no map' };
  }
  const { level = 'normal', readers } = ownMetrics as { level?: Json; readers?: Json };
  if (typeof level === 'string' && level.toLowerCase() === 'none') {
    return { withheld: 'its service::telemetry::metrics::level is none' };
  }
  if (Object.hasOwn(ownMetrics, 'address')) {
    return { withheld: 'it sets service::telemetry::metrics::address, which goes with no reader' };
  }
  if (readers !== undefined && readers !== null && !isList(readers)) {
    return { withheld: 'its service::telemetry::metrics::readers is no list' };
  }
  const listed = readers ?? (reader.prometheus ? [PROMETHEUS] : []);
  const hasOne = listed.some((one) => endpointOf(one) === reader.endpoint);
  const all = hasOne ? listed : [...listed, periodic(reader, listed.some(hasHeaderList))];
  return {
    value: {
      ...telemetry,
      metrics: { ...ownMetrics, level, readers: all },
      resource: withStamp(ownResource, stamp),
    },
  };
}

/** What the collector itself has where no reader is listed (service/telemetry `createDefaultConfig`, 0.119 and later). */
const PROMETHEUS: Json = {
  pull: {
    exporter: {
      prometheus: {
        host: 'localhost',
        port: 8888,
        without_scope_info: true,
        without_type_suffix: true,
        without_units: true,
      },
    },
  },
};

function periodic({ endpoint, intervalMs, headers, tls = {} }: MetricsReader, asList: boolean): Json {
  const { certificateAuthority, certificate, key } = tls;
  const list = Object.entries(headers).map(([name, value]) => ({ name, value }));
  const otlp = {
    protocol: 'http/protobuf',
    endpoint,
    ...(list.length === 0 ? {} : { headers: asList ? list : { ...headers } }),
    ...(certificateAuthority === undefined ? {} : { certificate: certificateAuthority }),
    ...(certificate === undefined ? {} : { client_certificate: certificate }),
    ...(key === undefined ? {} : { client_key: key }),
  };
  return { periodic: { interval: intervalMs, exporter: { otlp } } };
}

function otlpOf(reader: Json): JsonMap {
  const step = (value: Json | undefined, key: string): Json | undefined =>
    isMap(value) ? value[key] : undefined;
  const otlp = step(step(step(reader, 'periodic'), 'exporter'), 'otlp');
  return isMap(otlp) ? otlp : {};
}

function endpointOf(reader: Json): Json | undefined {
  return otlpOf(reader)['endpoint'];
}

function hasHeaderList(reader: Json): boolean {
  return isList(otlpOf(reader)['headers']);
}

/** Attributes are a map; since 0.151 they may also be a list below `attributes`. */
function withStamp(resource: JsonMap, stamp: Stamped & { hash: string }): JsonMap {
  const added = {
    [STAMP.configuration]: stamp.configuration,
    [STAMP.version]: String(stamp.version),
    [STAMP.hash]: stamp.hash,
  };
  const { attributes } = resource as { attributes?: Json };
  if (!isList(attributes)) return { ...resource, ...added };
  const isOurs = (name: Json | undefined): boolean => typeof name === 'string' && Object.hasOwn(added, name);
  const others = attributes.filter((one) => !isMap(one) || !isOurs(one['name']));
  const ours = Object.entries(added).map(([name, value]) => ({ name, value }));
  return { ...resource, attributes: [...others, ...ours] };
}

/** The text with this telemetry in its service section: before its first key, or in the place of the one that is there. */
function withTelemetry(text: string, service: Node, telemetry: JsonMap): string | undefined {
  if (service.kind !== 'map') return undefined;
  const present = entry(service, 'telemetry');
  if (present !== undefined) {
    const { at } = present.value;
    const end = at.endLine > at.line && at.endColumn === 1 ? '\n' : '';
    return withTextEdits(text, [{ at, text: ` ${flow(telemetry)}${end}` }]);
  }
  const [first] = service.entries;
  if (first === undefined) return undefined;
  const { line, column } = first.keyAt;
  const isFlow = service.at.line !== line || service.at.column !== column;
  const margin = `\n${' '.repeat(column - 1)}`;
  const added = isFlow
    ? `"telemetry": ${flow(telemetry)}, `
    : `${emitYaml({ telemetry }).trimEnd().replaceAll('\n', margin)}${margin}`;
  const edit: TextEdit = { at: { ...first.keyAt, endLine: line, endColumn: column }, text: added };
  return withTextEdits(text, [edit]);
}

/** JSON is YAML in flow style. An integer beyond 2^53 becomes text, which the comparison afterwards notices. */
function flow(value: Json): string {
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? String(item) : item));
}

function isSame(a: Json | undefined, b: Json | undefined): boolean {
  if (isList(a) && isList(b)) {
    return a.length === b.length && a.every((item, index) => isSame(item, b[index]));
  }
  if (isMap(a) && isMap(b)) {
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => isSame(a[key], b[key]));
  }
  return a === b;
}
