import type { JsonMap } from '../../document/node.ts';
import { resolveGoScalar } from '../../document/go-scalar.ts';
import { fill } from '../merge.ts';
import {
  entriesOf,
  isEmpty,
  isNull,
  pick,
  plainOf,
  textOf,
  tracedMap,
  withEntry,
  withoutEntry,
} from '../traced.ts';
import type { Origin, Traced, TracedMap } from '../traced.ts';
import { isOn, since } from './chart-context.ts';
import type { ChartContext } from './chart-context.ts';
import { setAt } from './config-edits.ts';
import { MEMORY_LIMITER } from './default-values.ts';
import { hasPipeline } from './preset.ts';
import { TemplateStop } from './template-stop.ts';

/**
 * The config before presets: `alternateConfig` alone where it is not empty, else `config` with what `internalTelemetryViaOTLP` and
 * older charts put into it (chart `templates/_config.tpl`, baseConfig). Throws TemplateStop.
 */
export function baseConfig(context: ChartContext): TracedMap {
  const alternate = pick(context.values, 'alternateConfig');
  if (since(context, '0.104.0') && !isEmpty(alternate)) return asMap(alternate, 'alternateConfig');
  const config = asMap(pick(context.values, 'config'), 'config');
  const limited = since(context, '0.100.0') ? config : withMemoryLimiter(config, context);
  return since(context, '0.118.0') ? withInternalTelemetry(limited, context) : limited;
}

/** A map, or the end of rendering. */
function asMap(value: Traced | undefined, what: string): TracedMap {
  if (value?.kind === 'map') return value;
  throw new TemplateStop(
    `${what} is ${value === undefined || isNull(value) ? 'not there' : 'no map'}`,
    value?.origin.at,
  );
}

function withMemoryLimiter(config: TracedMap, { chartVersion }: ChartContext): TracedMap {
  const processors = asMap(pick(config, 'processors'), 'config.processors');
  if (!isEmpty(pick(processors, 'memory_limiter'))) return config;
  const why = `chart opentelemetry-collector ${chartVersion} puts it in`;
  return withEntry(
    config,
    'processors',
    withEntry(processors, 'memory_limiter', tracedMap(MEMORY_LIMITER, { why })),
  );
}

const TELEMETRY = ['service', 'telemetry'] as const;

function withInternalTelemetry(config: TracedMap, context: ChartContext): TracedMap {
  let made = config;
  if (isSignalOn(context, 'traces')) made = withExporter(made, context, 'traces', 'processors', 'batch');
  if (isSignalOn(context, 'metrics')) {
    const replaced = since(context, '0.121.0') ? 'readers' : 'address';
    made = withoutSelfScrape(made, context);
    const metrics = asMap(
      pick(made, ...TELEMETRY, 'metrics'),
      `config.${[...TELEMETRY, 'metrics'].join('.')}`,
    );
    made = setAt(made, [...TELEMETRY, 'metrics'], withoutEntry(metrics, replaced));
    made = withExporter(made, context, 'metrics', 'readers', 'periodic');
  } else if (since(context, '0.121.0') && !since(context, '0.161.0')) {
    made = withReaderForAddress(made, context);
  }
  if (isSignalOn(context, 'logs')) made = withExporter(made, context, 'logs', 'processors', 'batch');
  return made;
}

function isSignalOn(context: ChartContext, signal: string): boolean {
  return isOn(context, 'internalTelemetryViaOTLP', signal, 'enabled');
}

/** What the collector says of itself goes out by OTLP; what `service.telemetry` says already wins where it is not empty. */
function withExporter(
  config: TracedMap,
  { values }: ChartContext,
  signal: string,
  list: string,
  item: string,
): TracedMap {
  const origin: Origin = {
    ...place(pick(values, 'internalTelemetryViaOTLP', signal, 'enabled')),
    why: `internalTelemetryViaOTLP.${signal}`,
  };
  const chosen = (key: string): Traced | undefined => {
    const own = pick(values, 'internalTelemetryViaOTLP', signal, key);
    return isEmpty(own) ? pick(values, 'internalTelemetryViaOTLP', key) : own;
  };
  const endpoint = textOf(chosen('endpoint')) ?? '';
  const headers = chosen('headers');
  const otlp: JsonMap = {
    protocol: 'http/protobuf',
    endpoint: endpoint === '' ? null : endpoint,
    ...(headers !== undefined && !isEmpty(headers) && { headers: plainOf(headers) }),
  };
  const telemetry = asMap(pick(config, ...TELEMETRY), `config.${TELEMETRY.join('.')}`);
  const more = tracedMap({ [signal]: { [list]: [{ [item]: { exporter: { otlp } } }] } }, origin);
  return setAt(config, TELEMETRY, fill(telemetry, more));
}

function place(value: Traced | undefined): Origin {
  return value?.origin.at === undefined ? {} : { at: value.origin.at };
}

/** Metrics that are pushed need not be scraped: the default receiver goes, and its id from the metrics pipeline. */
function withoutSelfScrape(config: TracedMap, context: ChartContext): TracedMap {
  const receivers = asMap(pick(config, 'receivers'), 'config.receivers');
  const made = withEntry(config, 'receivers', withoutEntry(receivers, 'prometheus'));
  const path = ['service', 'pipelines', 'metrics'];
  if (since(context, '0.122.4') && !hasPipeline(made, 'metrics')) return made;
  const list = pick(made, ...path, 'receivers');
  if (list?.kind !== 'list') {
    throw new TemplateStop(`config.${path.join('.')}.receivers is no list`, list?.origin.at);
  }
  const items = list.items.filter((item) => item.kind !== 'scalar' || item.value !== 'prometheus');
  return setAt(made, [...path, 'receivers'], { ...list, items });
}

/** Charts 0.121.0 to 0.160.0 turn the old `metrics.address` into a reader. Until 0.122.2 the readers that were there won over it. */
function withReaderForAddress(config: TracedMap, context: ChartContext): TracedMap {
  const telemetry = asMap(pick(config, ...TELEMETRY), `config.${TELEMETRY.join('.')}`);
  const metrics = asMap(pick(telemetry, 'metrics'), `config.${[...TELEMETRY, 'metrics'].join('.')}`);
  const address = pick(metrics, 'address');
  if (isEmpty(address)) return config;
  const text = textOf(address);
  if (text === undefined) {
    throw new TemplateStop('config.service.telemetry.metrics.address is no text', address?.origin.at);
  }
  const [host = '', port = ''] = text.replaceAll('{env:', '{env!').split(':');
  const labels = entriesOf(telemetry, 'resource')
    .map(([key]) => key)
    .sort();
  const exporter: JsonMap = {
    host: scalarOf(host.replaceAll('{env!', '{env:')),
    port: scalarOf(port),
    ...(since(context, '0.122.3') &&
      labels.length > 0 && { with_resource_constant_labels: { included: labels } }),
  };
  const origin: Origin = { ...place(address), why: 'chart turns metrics.address into a reader' };
  const reader = tracedMap(
    { metrics: { readers: [{ pull: { exporter: { prometheus: exporter } } }] } },
    origin,
  );
  const rest = withEntry(telemetry, 'metrics', withoutEntry(metrics, 'address'));
  return setAt(config, TELEMETRY, since(context, '0.122.3') ? fill(reader, rest) : fill(rest, reader));
}

/** The templates print these bare, so that YAML decides what they are. */
function scalarOf(text: string): string | number | boolean | null {
  const { value } = resolveGoScalar(text);
  return typeof value === 'bigint' ? Number(value) : value;
}
