import { setTimeout as delay } from 'node:timers/promises';
import { SpanStatusCode } from '@opentelemetry/api';
import type { Counter, Histogram } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Levels, Telemetry } from './telemetry.ts';

/** Time to hand over what is left at the end. */
const LAST_MS = 1000;

export interface OtlpOptions {
  /** Base URL: signals go to `/v1/traces` and `/v1/metrics` below it, as OTEL_EXPORTER_OTLP_ENDPOINT says. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  readonly serviceVersion: string;
}

/** Traces and metrics over OTLP/HTTP. What cannot be handed over is dropped: nothing waits for it. */
export function otlpTelemetry({ endpoint, headers, serviceName, serviceVersion }: OtlpOptions): Telemetry {
  const base = endpoint.replace(/\/+$/, '');
  const resource = resourceFromAttributes({ 'service.name': serviceName, 'service.version': serviceVersion });
  const traces = new OTLPTraceExporter({ url: `${base}/v1/traces`, headers });
  const tracing = new TracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor({ exporter: traces })],
  });
  const exporter = new OTLPMetricExporter({ url: `${base}/v1/metrics`, headers });
  const metering = new MeterProvider({
    resource,
    readers: [new PeriodicExportingMetricReader({ exporter })],
  });
  const tracer = tracing.getTracer('collie');
  const meter = metering.getMeter('collie');
  const counters = new Map<string, Counter>();
  const histograms = new Map<string, Histogram>();
  return {
    begin(name, attributes = {}) {
      const span = tracer.startSpan(name, { attributes });
      return {
        end(more = {}, error) {
          span.setAttributes(more);
          if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
          span.end();
        },
      };
    },
    count(name, attributes = {}) {
      const counter = counters.get(name) ?? meter.createCounter(name);
      counters.set(name, counter);
      counter.add(1, attributes);
    },
    took(name, seconds, attributes = {}) {
      const histogram = histograms.get(name) ?? meter.createHistogram(name, { unit: 's' });
      histograms.set(name, histogram);
      histogram.record(seconds, attributes);
    },
    levels(read) {
      const gauges = {
        agents: meter.createObservableGauge('collie.agents', { unit: '{agent}' }),
        rollouts: meter.createObservableGauge('collie.rollouts', { unit: '{rollout}' }),
        queues: meter.createObservableGauge('collie.queue.depth', { unit: '{item}' }),
      };
      meter.addBatchObservableCallback(async (result) => {
        const levels: Levels = await read();
        for (const [name, gauge] of Object.entries(gauges)) {
          const states = Object.entries(levels).find(([level]) => level === name)?.[1] ?? {};
          for (const [state, value] of Object.entries<number>(states)) {
            result.observe(gauge, value, { state });
          }
        }
      }, Object.values(gauges));
    },
    async stop() {
      const handedOver = Promise.allSettled([tracing.shutdown(), metering.shutdown()]);
      // Where nobody takes it, it is tried again and again: the end of the app does not wait for that.
      await Promise.race([handedOver, delay(LAST_MS, undefined, { ref: false })]);
    },
  };
}
