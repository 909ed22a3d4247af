import { create, toBinary } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { MetricSchema } from '../../src/core/rollout/own-metrics/gen/metrics_pb.ts';
import {
  AggregationTemporality,
  ExportMetricsServiceRequestSchema,
} from '../../src/core/rollout/own-metrics/gen/metrics_pb.ts';

/** How much a collector has: components of each kind, and signals that each of them handles. */
export interface CollectorSize {
  readonly receivers: number;
  readonly exporters: number;
  readonly signals: number;
}

type Metric = MessageInitShape<typeof MetricSchema>;
type Attributes = Readonly<Record<string, string>>;

const ITEMS = ['spans', 'metric_points', 'log_records'];
const TYPES = ['traces', 'metrics', 'logs'];

/** What a collector of this size sends: traffic grows with time, queues move, nothing fails. Beside it, what nobody reads. */
export function exportedBy(size: CollectorSize, uid: string, startedAt: number, now: number): Uint8Array {
  const grown = Math.round((now - startedAt) * (1 + Math.random() / 1000));
  const point = (value: number, attributes: Attributes) => ({
    attributes: attributesOf(attributes),
    startTimeUnixNano: BigInt(startedAt) * 1_000_000n,
    timeUnixNano: BigInt(now) * 1_000_000n,
    value: { case: 'asInt' as const, value: BigInt(value) },
  });
  const sum = (name: string, dataPoints: readonly ReturnType<typeof point>[]): Metric => {
    const aggregationTemporality = AggregationTemporality.CUMULATIVE;
    return {
      name: `otelcol_${name}`,
      data: { case: 'sum', value: { dataPoints: [...dataPoints], aggregationTemporality } },
    };
  };
  const named = (count: number): readonly string[] =>
    Array.from({ length: count }, (_, index) => `otlp/${index}`);
  const [receivers, exporters] = [named(size.receivers), named(size.exporters)];
  const arrived = (value: number) =>
    receivers.map((receiver) => point(value, { receiver, transport: 'grpc' }));
  const queues = (value: () => number) =>
    exporters.flatMap((exporter) =>
      TYPES.slice(0, size.signals).map((type) => point(value(), { exporter, data_type: type })),
    );
  const random = (): number => Math.floor(Math.random() * 9);
  const metrics: Metric[] = [
    ...ITEMS.slice(0, size.signals).flatMap((items) => [
      sum(`receiver_accepted_${items}`, arrived(grown)),
      sum(`receiver_refused_${items}`, arrived(0)),
      sum(`receiver_failed_${items}`, arrived(0)),
      sum(
        `exporter_sent_${items}`,
        exporters.map((exporter) => point(grown, { exporter })),
      ),
    ]),
    sum('exporter_queue_size', queues(random)),
    sum(
      'exporter_queue_capacity',
      queues(() => 1000),
    ),
    sum('exporter_in_flight_requests', queues(random)),
    ...['uptime', 'cpu_seconds', 'memory_rss', 'runtime_heap_alloc_bytes', 'runtime_total_alloc_bytes'].map(
      (what) => sum(`process_${what}`, [point(grown, {})]),
    ),
  ];
  const attributes = attributesOf({
    'host.name': 'node-a.shop.example',
    'os.type': 'linux',
    'service.name': 'otelcol-contrib',
    'service.version': '0.158.0',
    'service.instance.id': uid,
  });
  const resourceMetrics = [{ resource: { attributes }, scopeMetrics: [{ metrics }] }];
  return toBinary(
    ExportMetricsServiceRequestSchema,
    create(ExportMetricsServiceRequestSchema, { resourceMetrics }),
  );
}

function attributesOf(attributes: Attributes) {
  return Object.entries(attributes).map(([key, text]) => ({
    key,
    value: { value: { case: 'stringValue' as const, value: text } },
  }));
}
