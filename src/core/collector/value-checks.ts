import { isList, isMap } from '../document/node.ts';
import type { Json, JsonMap } from '../document/node.ts';
import { durationMs } from './duration.ts';
import type { Component } from './pipelines.ts';

/** A value that a component's own check refuses. */
export interface ValueMistake {
  /** Where the value stands, or would stand, below the component. */
  readonly below: readonly string[];
  /** Where the collector says it stands. */
  readonly under: readonly string[];
  /** The collector's own words. */
  readonly why: string;
  /** Collector version that began to refuse it; absent: all that are known. */
  readonly since?: string;
}

/**
 * What the checks of the most used components refuse (their `Validate` methods; words tried with collector 0.158 where it has them,
 * reference/collector.md §1.4). Anything that is not a plain number or duration, as a variable is, passes.
 * @param component with its current type name
 */
export function valueMistakes({ class: section, type, body }: Component): readonly ValueMistake[] {
  const map: JsonMap = isMap(body) ? body : {};
  // A whole body from elsewhere.
  if (typeof body === 'string') return [];
  const name = `${section}/${type}`;
  if (name === 'processors/memory_limiter' || name === 'extensions/memory_limiter') return memoryLimiter(map);
  if (name === 'processors/batch') return batch(map);
  if (name === 'receivers/otlp') return otlpReceiver(map);
  if (section !== 'exporters') return [];
  return [
    ...(type === 'otlp_grpc' ? grpcEndpoint(map) : []),
    ...(type === 'otlp_http' ? httpEndpoint(map) : []),
    ...queue(map),
    ...retry(map),
  ];
}

function memoryLimiter(map: JsonMap): readonly ValueMistake[] {
  const mistake = (key: string, why: string): readonly ValueMistake[] => [{ below: [key], under: [], why }];
  const interval = duration(map['check_interval'], 0);
  if (interval !== undefined && interval <= 0) {
    return mistake('check_interval', "'check_interval' must be greater than zero");
  }
  const limit = number(map['limit_mib'], 0);
  const percentage = number(map['limit_percentage'], 0);
  if (limit === 0 && percentage === 0) {
    return mistake('limit_mib', "'limit_mib' or 'limit_percentage' must be greater than zero");
  }
  const spikePercentage = number(map['spike_limit_percentage'], 0);
  if ((percentage ?? 0) > 100 || (spikePercentage ?? 0) > 100) {
    return mistake(
      (percentage ?? 0) > 100 ? 'limit_percentage' : 'spike_limit_percentage',
      "'limit_percentage' and 'spike_limit_percentage' must be greater than zero and less than or equal to hundred",
    );
  }
  const spike = number(map['spike_limit_mib'], 0);
  if (limit !== undefined && limit > 0 && spike !== undefined && spike >= limit) {
    return mistake('spike_limit_mib', "'spike_limit_mib' must be smaller than 'limit_mib'");
  }
  if (
    limit === 0 &&
    percentage !== undefined &&
    spikePercentage !== undefined &&
    spikePercentage >= percentage
  ) {
    return mistake(
      'spike_limit_percentage',
      "'spike_limit_percentage' must be smaller than 'limit_percentage'",
    );
  }
  return [];
}

const BATCH_SIZE = 8192;

function batch(map: JsonMap): readonly ValueMistake[] {
  const size = number(map['send_batch_size'], BATCH_SIZE);
  const max = number(map['send_batch_max_size'], 0);
  if (size !== undefined && max !== undefined && max > 0 && max < size) {
    const why = 'send_batch_max_size must be greater or equal to send_batch_size';
    return [{ below: ['send_batch_max_size'], under: [], why }];
  }
  const keys = map['metadata_keys'];
  const lower = (isList(keys) ? keys : []).map((key) => (typeof key === 'string' ? key.toLowerCase() : ''));
  const again = lower.findIndex((key, index) => key !== '' && lower.indexOf(key) < index);
  if (again >= 0) {
    const why = `duplicate entry in metadata_keys: "${lower[again] ?? ''}" (case-insensitive)`;
    return [{ below: ['metadata_keys', String(again)], under: [], why }];
  }
  const timeout = duration(map['timeout'], 0);
  return timeout !== undefined && timeout < 0
    ? [{ below: ['timeout'], under: [], why: 'timeout must be greater or equal to 0' }]
    : [];
}

function otlpReceiver(map: JsonMap): readonly ValueMistake[] {
  const { protocols } = map;
  if (typeof protocols === 'string' || (isMap(protocols) && Object.keys(protocols).length > 0)) return [];
  return [
    {
      below: ['protocols'],
      under: [],
      why: 'must specify at least one protocol when using the OTLP receiver',
    },
  ];
}

function grpcEndpoint(map: JsonMap): readonly ValueMistake[] {
  const { endpoint } = map;
  if (endpoint === undefined || endpoint === null || endpoint === '') {
    return [{ below: ['endpoint'], under: [], why: 'requires a non-empty "endpoint"' }];
  }
  if (typeof endpoint !== 'string' || endpoint.includes('$') || endpoint.startsWith('unix:')) return [];
  const address = endpoint.replace(/^[a-z]+:\/\/\/?/i, '');
  const why = addressMistake(address);
  return why === undefined
    ? []
    : [{ below: ['endpoint'], under: ['clientconfig'], why, since: STATIC_ENDPOINTS }];
}

/** Since then the address of a gRPC client is looked at before it is dialled (core configgrpc). */
const STATIC_ENDPOINTS = '0.142.0';

/** What Go's `net.SplitHostPort` and a look at the port say. */
function addressMistake(address: string): string | undefined {
  const match = /^(?:\[[^\]]*\]|[^:[\]]*)(?::([^:]*))?$/.exec(address);
  if (match === null) return `address ${address}: too many colons in address`;
  const port = match[1];
  if (port === undefined) return `address ${address}: missing port in address`;
  return /^\d+$/.test(port) ? undefined : `invalid port "${port}"`;
}

function httpEndpoint(map: JsonMap): readonly ValueMistake[] {
  const keys = ['endpoint', 'traces_endpoint', 'metrics_endpoint', 'logs_endpoint', 'profiles_endpoint'];
  const given = keys.some((key) => map[key] !== undefined && map[key] !== null && map[key] !== '');
  return given ? [] : [{ below: ['endpoint'], under: [], why: 'at least one endpoint must be specified' }];
}

function queue(map: JsonMap): readonly ValueMistake[] {
  const settings = map['sending_queue'];
  if (!isMap(settings) || settings['enabled'] === false) return [];
  const mistake = (key: string, why: string): readonly ValueMistake[] => [
    { below: ['sending_queue', key], under: ['sending_queue'], why },
  ];
  const isBad = (key: string): boolean => {
    const value = settings[key];
    return typeof value === 'number' && value <= 0;
  };
  if (isBad('num_consumers')) return mistake('num_consumers', '`num_consumers` must be positive');
  if (isBad('queue_size')) return mistake('queue_size', '`queue_size` must be positive');
  const { storage } = settings;
  if (settings['wait_for_result'] === true && storage !== undefined && storage !== null) {
    const why = '`wait_for_result` is not supported with a persistent queue configured with `storage`';
    return mistake('wait_for_result', why);
  }
  return [];
}

const RETRY = { initial_interval: 5000, max_interval: 30_000, max_elapsed_time: 300_000 };

/** Checked though retries are switched off. */
function retry(map: JsonMap): readonly ValueMistake[] {
  const settings = map['retry_on_failure'];
  if (!isMap(settings)) return [];
  const value = (key: keyof typeof RETRY): number | undefined => duration(settings[key], RETRY[key]);
  const elapsed = value('max_elapsed_time');
  if (elapsed === undefined || elapsed === 0) return [];
  for (const key of ['initial_interval', 'max_interval'] as const) {
    const other = value(key);
    if (other !== undefined && elapsed < other) {
      return [
        {
          below: ['retry_on_failure', 'max_elapsed_time'],
          under: ['retry_on_failure'],
          why: `'max_elapsed_time' must not be less than '${key}'`,
        },
      ];
    }
  }
  return [];
}

/** A number, or what counts without one; undefined for anything that is not known here. */
function number(value: Json | undefined, fallback: number): number | undefined {
  if (value === undefined || value === null) return fallback;
  return typeof value === 'number' ? value : undefined;
}

function duration(value: Json | undefined, fallback: number): number | undefined {
  if (value === undefined || value === null) return fallback;
  if (typeof value === 'number') return value === 0 ? 0 : undefined;
  return typeof value === 'string' ? durationMs(value) : undefined;
}
