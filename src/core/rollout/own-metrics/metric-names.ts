import type { Signal } from '../signals.ts';

/** What one of a collector's own metrics says; the fields are those of `ReceiverFlow`, `ExporterFlow` and `Usage`. */
export type Field =
  | 'accepted'
  | 'refused'
  | 'sent'
  | 'sendFailed'
  | 'enqueueFailed'
  | 'queueSize'
  | 'queueCapacity'
  | 'inFlight'
  | 'rssBytes'
  | 'cpuSeconds'
  | 'uptime';

export type Subject = 'receiver' | 'exporter' | 'collector';

export interface Meaning {
  readonly of: Subject;
  readonly field: Field;
  /** Where the name says it; otherwise the attribute `data_type` does. */
  readonly signal?: Signal;
  /** A count that only grows, of which windows hold the differences; otherwise how much there is at the moment. */
  readonly counts: boolean;
}

const ITEMS: Readonly<Record<string, Signal>> = {
  spans: 'traces',
  metric_points: 'metrics',
  log_records: 'logs',
  profile_samples: 'profiles',
};

const COUNTED: Readonly<Record<string, Pick<Meaning, 'of' | 'field'>>> = {
  receiver_accepted: { of: 'receiver', field: 'accepted' },
  receiver_refused: { of: 'receiver', field: 'refused' },
  exporter_sent: { of: 'exporter', field: 'sent' },
  exporter_send_failed: { of: 'exporter', field: 'sendFailed' },
  exporter_enqueue_failed: { of: 'exporter', field: 'enqueueFailed' },
};

/**
 * The metrics that are read, by their names of collector 0.111 to 0.159 (`metadata.yaml` of receiverhelper, exporterhelper and
 * service; reference/rollouts.md §4). Processors' are left out: what they take away is reduction, not loss. Memory limiters
 * refuse through their receivers (`receiver_refused_*`), so the renaming of their own metrics in 0.155 changes nothing here.
 */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ...Object.entries(COUNTED).flatMap(([prefix, meaning]) =>
    Object.entries(ITEMS).map(([items, signal]): [string, Meaning] => [
      `otelcol_${prefix}_${items}`,
      { ...meaning, signal, counts: true },
    ]),
  ),
  ['otelcol_exporter_queue_size', { of: 'exporter', field: 'queueSize', counts: false }],
  ['otelcol_exporter_queue_capacity', { of: 'exporter', field: 'queueCapacity', counts: false }],
  ['otelcol_exporter_in_flight_requests', { of: 'exporter', field: 'inFlight', counts: false }],
  ['otelcol_process_memory_rss', { of: 'collector', field: 'rssBytes', counts: false }],
  ['otelcol_process_cpu_seconds', { of: 'collector', field: 'cpuSeconds', counts: true }],
  ['otelcol_process_uptime', { of: 'collector', field: 'uptime', counts: true }],
]);

/** The ones whose points are enough to tell one process from the next: they are there from the first moment. */
export const BORN_WITH_PROCESS: readonly Field[] = ['uptime', 'cpuSeconds'];

/**
 * What a metric of this name says; undefined for all that gates do not look at. OTLP has the plain names; names that went
 * through Prometheus have `_total`, a unit (`_bytes`), or both in the form of 0.130 (`__spans__total`).
 */
export function meaningOf(name: string): Meaning | undefined {
  const known = MEANINGS.get(name);
  if (known !== undefined || !name.startsWith('otelcol_')) return known;
  const plain = name.replace(/_total$/, '').replace(/__.*$/, '');
  return MEANINGS.get(plain) ?? MEANINGS.get(plain.replace(/_(?:bytes|seconds|batches|requests)$/, ''));
}

const SIGNALS: ReadonlySet<string> = new Set<Signal>(['traces', 'metrics', 'logs', 'profiles']);

/** Whether a text names a signal, as the attribute `data_type` does. */
export function isSignal(text: string | undefined): text is Signal {
  return text !== undefined && SIGNALS.has(text);
}
