import { isMap } from '../../document/node.ts';
import type { JsonMap } from '../../document/node.ts';
import { isAtLeast } from '../version.ts';
import { repeatedKey } from './batch.ts';
import { durationOf, isGiven, mapOf, numberOf } from './value-mistake.ts';
import type { Checked, ValueCheck, ValueMistake } from './value-mistake.ts';

/** core exporter/exporterhelper: the queue with its batches. */
export const queueValues: ValueCheck = {
  of: ['exporters'],
  check: (component) => {
    const settings = component.body['sending_queue'];
    if (!isMap(settings) || settings['enabled'] === false) return [];
    return [...queue(settings), ...batch(settings, component)].slice(0, 1);
  },
};

function inQueue(key: string, why: string): readonly ValueMistake[] {
  return [{ below: ['sending_queue', key], under: ['sending_queue'], why }];
}

function queue(settings: JsonMap): readonly ValueMistake[] {
  for (const key of ['num_consumers', 'queue_size']) {
    const value = settings[key];
    if (typeof value === 'number' && value <= 0) return inQueue(key, `\`${key}\` must be positive`);
  }
  if (settings['wait_for_result'] === true && isGiven(settings['storage'])) {
    const why = '`wait_for_result` is not supported with a persistent queue configured with `storage`';
    return inQueue('wait_for_result', why);
  }
  return [];
}

/** Since then batches have a sizer of their own, before they had the queue's. */
const OWN_SIZER = '0.131.0';

/** Other exporters may begin with other sizes than these (exporterhelper's defaults). */
const DEFAULTS = { size: 8192, queue: 1000, of: ['otlp_grpc', 'otlp_http', 'debug'] };

function batch(settings: JsonMap, { type, version }: Checked): readonly ValueMistake[] {
  const body = settings['batch'];
  if (!isMap(body) || body['enabled'] === false) return [];
  const mistake = (key: string, why: string): readonly ValueMistake[] => [
    { below: ['sending_queue', 'batch', key], under: ['sending_queue', 'batch'], why },
  ];
  const usual = DEFAULTS.of.includes(type);
  const least = numberOf(body['min_size'], usual ? DEFAULTS.size : 0);
  const most = numberOf(body['max_size'], 0);
  const flush = durationOf(body['flush_timeout'], 1);
  if (flush !== undefined && flush <= 0) return mistake('flush_timeout', '`flush_timeout` must be positive');
  for (const [key, value] of [
    ['min_size', least],
    ['max_size', most],
  ] as const) {
    if (value !== undefined && value < 0) return mistake(key, `\`${key}\` must be non-negative`);
  }
  if (most !== undefined && least !== undefined && most > 0 && most < least) {
    return mistake('max_size', '`max_size` must be greater or equal to `min_size`');
  }
  const own = version === undefined || isAtLeast(version, OWN_SIZER);
  const queued = settings['sizer'] ?? (usual ? 'requests' : undefined);
  const sizer = own ? (body['sizer'] ?? settings['sizer'] ?? 'items') : queued;
  if (sizer === 'requests') {
    const at = own && body['sizer'] !== undefined ? mistake : inQueue;
    return at('sizer', '`batch` supports only `items` or `bytes` sizer');
  }
  const places = numberOf(settings['queue_size'], usual ? DEFAULTS.queue : Infinity);
  if (sizer === queued && least !== undefined && places !== undefined && least > places) {
    return inQueue('queue_size', '`min_size` must be less than or equal to `queue_size`').map((one) => ({
      ...one,
      since: '0.127.0',
    }));
  }
  const keys = ['sending_queue', 'batch', 'partition'];
  return repeatedKey(mapOf(body['partition'])['metadata_keys'], [...keys, 'metadata_keys'], keys);
}

const RETRY = { initial_interval: 5000, max_interval: 30_000, max_elapsed_time: 300_000 };

/** core config/configretry: checked though retries are switched off. */
export const retryValues: ValueCheck = {
  of: ['exporters'],
  check: ({ body }) => {
    const settings = body['retry_on_failure'];
    if (!isMap(settings)) return [];
    const value = (key: keyof typeof RETRY): number | undefined => durationOf(settings[key], RETRY[key]);
    const elapsed = value('max_elapsed_time');
    if (elapsed === undefined || elapsed === 0) return [];
    const key = (['initial_interval', 'max_interval'] as const).find((other) => {
      const interval = value(other);
      return interval !== undefined && elapsed < interval;
    });
    return key === undefined
      ? []
      : [
          {
            below: ['retry_on_failure', 'max_elapsed_time'],
            under: ['retry_on_failure'],
            why: `'max_elapsed_time' must not be less than '${key}'`,
          },
        ];
  },
};
