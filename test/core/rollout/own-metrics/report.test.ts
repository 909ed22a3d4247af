import { create, toBinary, toJsonString } from '@bufbuild/protobuf';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../src/core/document/limits.ts';
import {
  AggregationTemporality,
  ExportMetricsServiceRequestSchema,
  ExportMetricsServiceResponseSchema,
} from '../../../../src/core/rollout/own-metrics/gen/metrics_pb.ts';
import { meaningOf } from '../../../../src/core/rollout/own-metrics/metric-names.ts';
import { decodeExport, encodingOf, exportAnswer } from '../../../../src/core/rollout/own-metrics/otlp.ts';
import { reportsOf } from '../../../../src/core/rollout/own-metrics/report.ts';
import type { OwnMetricsReport } from '../../../../src/core/rollout/own-metrics/report.ts';
import { fromBinary } from '@bufbuild/protobuf';
import { RECORDED_UID, recordedBytes, recordedReport } from './recorded.ts';

const SCHEMA = ExportMetricsServiceRequestSchema;
const text = (key: string, value: string) => ({
  key,
  value: { value: { case: 'stringValue' as const, value } },
});

/** An export of metrics as JSON has them; names of fields and numbers as text are OTLP's own. */
function reported(...metrics: readonly object[]): OwnMetricsReport {
  const body = { resourceMetrics: [{ resource: { attributes: [] }, scopeMetrics: [{ metrics }] }] };
  const decoded = decodeExport(new TextEncoder().encode(JSON.stringify(body)), 'json');
  const [report] = 'message' in decoded ? reportsOf(decoded.message) : [];
  if (report === undefined) throw new Error('problem' in decoded ? decoded.problem : 'nothing reported');
  return report;
}

function sum(name: string, ...points: readonly object[]): object {
  return { name, sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: points } };
}

function point(value: string, attributes: Readonly<Record<string, string>>, more: object = {}): object {
  const list = Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }));
  return { asInt: value, attributes: list, ...more };
}

const field = ({ readings }: OwnMetricsReport, component: string, name: string): unknown =>
  readings.find((reading) => reading.component === component && reading.field === name)?.value;

describe('what a real collector sends', () => {
  it('names the agent, the process and the config', () => {
    const report = recordedReport('started');
    expect(report).toMatchObject({
      instance: RECORDED_UID,
      incarnation: `${RECORDED_UID}@1795305636949`,
      stamp: { configuration: 'lab', version: 1, hash: expect.stringMatching(/^789a880e[0-9a-f]{56}$/) },
    });
    expect(report.timeMs - report.startMs).toBeCloseTo(1000, -1);
  });

  it('tells components by their ids, with their signal', () => {
    expect(recordedReport('more').readings).toEqual(
      expect.arrayContaining([
        { of: 'receiver', component: 'otlp', signal: 'traces', field: 'accepted', value: 6, kind: 'total' },
        { of: 'receiver', component: 'otlp', signal: 'logs', field: 'accepted', value: 12, kind: 'total' },
        { of: 'exporter', component: 'debug', signal: 'traces', field: 'sent', value: 6, kind: 'total' },
        {
          of: 'exporter',
          component: 'otlp/dead',
          signal: 'traces',
          field: 'queueSize',
          value: 6,
          kind: 'level',
        },
        {
          of: 'exporter',
          component: 'otlp/dead',
          signal: 'traces',
          field: 'inFlight',
          value: 6,
          kind: 'level',
        },
        { of: 'collector', component: '', signal: '', field: 'rssBytes', value: 33_357_824, kind: 'level' },
      ]),
    );
  });

  it('has no word of an exporter that sent nothing, nor of one that does not count', () => {
    const { readings } = recordedReport('more');
    const sent = readings.filter((reading) => reading.field === 'sent').map(({ component }) => component);
    expect(sent).toEqual(['debug']);
    expect(readings.some(({ component }) => component === 'nop')).toBe(false);
  });

  it('says the same as JSON', () => {
    const decoded = decodeExport(recordedBytes('more'), 'protobuf');
    if ('problem' in decoded) throw new Error(decoded.problem);
    const json = new TextEncoder().encode(toJsonString(SCHEMA, decoded.message));
    const again = decodeExport(json, 'json');
    if ('problem' in again) throw new Error(again.problem);
    expect(reportsOf(again.message)).toEqual([recordedReport('more')]);
  });

  it('is another process after a restart', () => {
    expect(recordedReport('restarted').incarnation).not.toBe(recordedReport('quiet').incarnation);
    expect(recordedReport('lastWords').incarnation).toBe(recordedReport('restarted').incarnation);
  });
});

describe('names', () => {
  it.each([
    ['otelcol_receiver_accepted_spans', 'accepted', 'traces'],
    ['otelcol_receiver_accepted_spans_total', 'accepted', 'traces'],
    ['otelcol_receiver_accepted_spans__spans__total', 'accepted', 'traces'],
    ['otelcol_receiver_refused_metric_points__datapoints_', 'refused', 'metrics'],
    ['otelcol_exporter_sent_log_records__records__total', 'sent', 'logs'],
    ['otelcol_exporter_send_failed_profile_samples', 'sendFailed', 'profiles'],
    ['otelcol_exporter_enqueue_failed_metric_points', 'enqueueFailed', 'metrics'],
    ['otelcol_exporter_queue_size__batches_', 'queueSize', undefined],
    ['otelcol_exporter_queue_capacity_batches', 'queueCapacity', undefined],
    ['otelcol_process_memory_rss_bytes', 'rssBytes', undefined],
    ['otelcol_process_cpu_seconds_seconds_total', 'cpuSeconds', undefined],
  ])('%s is %s', (name, meant, signal) => {
    expect([meaningOf(name)?.field, meaningOf(name)?.signal]).toEqual([meant, signal]);
  });

  it.each([
    'otelcol_processor_memory_limiter_refused_spans',
    'otelcol_processor_incoming_items',
    'otelcol_receiver_failed_spans',
    'otelcol_exporter_queue_batch_send_size',
    'otelcol.exporter.consumed.items',
    'http_server_duration',
    'receiver_accepted_spans',
  ])('%s is passed over', (name) => {
    expect(meaningOf(name)).toBeUndefined();
  });
});

describe('points', () => {
  it('of one component and signal are one reading, whatever else tells them apart', () => {
    const report = reported(
      sum(
        'otelcol_receiver_accepted_spans',
        point('3', { receiver: 'otlp', transport: 'http' }),
        point('4', { receiver: 'otlp', transport: 'grpc' }),
        point('5', { receiver: 'zipkin', transport: 'http' }),
      ),
      sum(
        'otelcol_exporter_send_failed_spans',
        point('1', { exporter: 'otlp/a', 'error.type': 'Shutdown' }),
        point('2', { exporter: 'otlp/a', 'error.type': 'Unavailable' }),
      ),
    );
    expect(field(report, 'otlp', 'accepted')).toBe(7);
    expect(field(report, 'zipkin', 'accepted')).toBe(5);
    expect(field(report, 'otlp/a', 'sendFailed')).toBe(3);
  });

  it('of queues without data_type count for each signal of the exporter', () => {
    const { readings } = reported(
      sum('otelcol_exporter_sent_spans', point('3', { exporter: 'otlp' })),
      sum('otelcol_exporter_sent_log_records', point('3', { exporter: 'otlp' })),
      { name: 'otelcol_exporter_queue_size', gauge: { dataPoints: [point('9', { exporter: 'otlp' })] } },
    );
    const queues = readings.filter((reading) => reading.field === 'queueSize');
    expect(queues.map(({ signal, value }) => [signal, value])).toEqual([
      ['traces', 9],
      ['logs', 9],
    ]);
  });

  it('without a value, negative, no number, or of no component are passed over', () => {
    const report = reported(
      sum(
        'otelcol_receiver_accepted_spans',
        { attributes: [{ key: 'receiver', value: { stringValue: 'a' } }] },
        point('1', { receiver: 'b' }, { flags: 1 }),
        point('-1', { receiver: 'c' }),
        { asDouble: 'NaN', attributes: [{ key: 'receiver', value: { stringValue: 'd' } }] },
        point('1', { transport: 'grpc' }),
        point('1', { receiver: 'x'.repeat(LIMITS.ownMetrics.idCharacters + 1) }),
      ),
    );
    expect([report.readings, report.points]).toEqual([[], 6]);
  });

  it('of delta temporality are differences, and their start says nothing of the process', () => {
    const report = reported({
      name: 'otelcol_receiver_accepted_spans',
      sum: {
        aggregationTemporality: AggregationTemporality.DELTA,
        isMonotonic: true,
        dataPoints: [
          point('7', { receiver: 'otlp' }, { startTimeUnixNano: '5000000', timeUnixNano: '6000000' }),
        ],
      },
    });
    expect(report).toMatchObject({ startMs: 0, timeMs: 6, incarnation: '@0' });
    expect(report.readings[0]).toMatchObject({ kind: 'difference', value: 7 });
  });

  it('more than are read are left out and counted', () => {
    const most = LIMITS.ownMetrics.readings;
    const points = Array.from({ length: most + 3 }, (_, index) => point('1', { receiver: `otlp/${index}` }));
    const report = reported(sum('otelcol_receiver_accepted_spans', ...points));
    expect([report.readings.length, report.leftOut]).toEqual([most, 3]);
  });
});

it('stamps that are none are passed over', () => {
  const attributes = [text('collie.config.hash', 'DROP'), text('collie.configuration', 'x')];
  const message = create(SCHEMA, { resourceMetrics: [{ resource: { attributes } }] });
  expect(reportsOf(message)[0]).not.toHaveProperty('stamp');
});

describe('OTLP over HTTP', () => {
  it.each([
    ['application/x-protobuf', 'protobuf'],
    ['application/json; charset=utf-8', 'json'],
    ['APPLICATION/JSON', 'json'],
    ['text/plain', undefined],
    [undefined, undefined],
  ])('a body of type %s is %s', (type, encoding) => {
    expect(encodingOf(type)).toBe(encoding);
  });

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom('protobuf', 'json'),
        (bytes, encoding) => {
          const decoded = decodeExport(bytes, encoding);
          return 'problem' in decoded || reportsOf(decoded.message).length >= 0;
        },
      ),
      { numRuns: process.env['COLLIE_LAWS'] === 'full' ? 100_000 : 500 },
    );
  });

  it('takes a whole export and one cut anywhere without throwing', () => {
    const whole = recordedBytes('more');
    for (let length = 0; length < whole.length; length += 97) {
      const decoded = decodeExport(whole.subarray(0, length), 'protobuf');
      if ('message' in decoded) reportsOf(decoded.message);
    }
    expect(decodeExport(whole, 'protobuf')).toHaveProperty('message');
  });

  it('answers in words what was not taken, and nothing where all was', () => {
    expect(exportAnswer('protobuf', 0, '')).toHaveLength(0);
    const partial = fromBinary(ExportMetricsServiceResponseSchema, exportAnswer('protobuf', 3, 'too many'));
    expect(partial.partialSuccess).toMatchObject({ rejectedDataPoints: 3n, errorMessage: 'too many' });
    expect(new TextDecoder().decode(exportAnswer('json', 3, 'too many'))).toBe(
      '{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"too many"}}',
    );
    expect(toBinary(SCHEMA, create(SCHEMA))).toHaveLength(0);
  });
});
