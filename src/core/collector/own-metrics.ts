/**
 * The metrics that every collector reports of itself, as Prometheus shows them without units and `_total` (`metadata.yaml` of core service,
 * receiverhelper, scraperhelper, processorhelper, memorylimiter, batch and exporterhelper, collector 0.111 to 0.158).
 */
const ITEMS = ['spans', 'metric_points', 'log_records', 'profile_samples'];

const NAMES: readonly string[] = [
  ...['accepted', 'refused', 'failed'].flatMap((what) => ITEMS.map((item) => `receiver_${what}_${item}`)),
  'receiver_requests',
  ...['scraped', 'errored'].flatMap((what) => ITEMS.map((item) => `scraper_${what}_${item}`)),
  ...['accepted', 'refused', 'memory_limiter_accepted', 'memory_limiter_refused'].flatMap((what) =>
    ITEMS.map((item) => `processor_${what}_${item}`),
  ),
  'processor_incoming_items',
  'processor_outgoing_items',
  ...['sent', 'send_failed', 'enqueue_failed'].flatMap((what) =>
    ITEMS.map((item) => `exporter_${what}_${item}`),
  ),
  'exporter_queue_size',
  'exporter_queue_capacity',
  'exporter_queue_batch_send_size',
  'exporter_queue_batch_send_size_bytes',
  'exporter_in_flight_requests',
  'process_uptime',
  'process_cpu_seconds',
  'process_memory_rss',
  'process_runtime_heap_alloc_bytes',
  'process_runtime_total_alloc_bytes',
  'process_runtime_total_sys_memory_bytes',
].map((name) => `otelcol_${name}`);

/** What is reported by the service and its helpers alone, so that a name of such a kind that is not among theirs is nobody's. */
const THEIRS =
  /^otelcol_(?:memory_|process_|scraper_|receiver_(?:accepted|refused|failed|requests)|processor_(?:accepted|refused|dropped|inserted|memory_limiter)_|exporter_(?:sent|send_failed|enqueue_failed|queue|in_flight)_)/;

/** Names that there were (release notes of core 0.110.0). */
const GONE: readonly { readonly pattern: RegExp; readonly since: string; readonly instead: string }[] = [
  {
    pattern: /^otelcol_processor_(?:dropped|inserted)_/,
    since: '0.110.0',
    instead: 'otelcol_processor_incoming_items and otelcol_processor_outgoing_items',
  },
];

/** Why a collector does not report a metric of that name. */
export type OwnMetricMistake =
  | { readonly why: 'gone'; readonly since: string; readonly instead: string }
  | { readonly why: 'never'; readonly names: readonly string[] };

/** What is wrong with the name of a collector's own metric; undefined where it is one, or one that a component may bring. */
export function ownMetricMistake(name: string): OwnMetricMistake | undefined {
  const isKnown = NAMES.some((known) => name === known || name.startsWith(`${known}_`));
  if (isKnown || !THEIRS.test(name)) return undefined;
  const gone = GONE.find(({ pattern }) => pattern.test(name));
  return gone === undefined
    ? { why: 'never', names: NAMES }
    : { why: 'gone', since: gone.since, instead: gone.instead };
}
