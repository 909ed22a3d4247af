import { isMap } from '../../document/node.ts';
import type { ComponentCatalogue } from '../catalogue.ts';
import type { Component } from '../pipelines.ts';
import { pipelinesOf } from '../pipelines.ts';
import type { JsonMap } from '../../document/node.ts';
import { actionValues } from './actions.ts';
import { batchValues } from './batch.ts';
import { queueValues, retryValues } from './exporter-helper.ts';
import { filterValues, matchValues, spanValues } from './matching.ts';
import { memoryLimiterValues } from './memory-limiter.ts';
import { otlpGrpcExporterValues, otlpHttpExporterValues, otlpReceiverValues } from './otlp.ts';
import { requiredValues } from './required.ts';
import {
  basicAuthValues,
  bearerTokenValues,
  debugValues,
  deltaValues,
  fileExporterValues,
  fileLogValues,
  fileStorageValues,
  groupByTraceValues,
  healthCheckValues,
  hostMetricsValues,
  kubeletValues,
  samplerValues,
  transformValues,
} from './single.ts';
import { compressionValues, tlsValues } from './transport.ts';
import { isAtLeast } from '../version.ts';
import type { ValueCheck, ValueMistake } from './value-mistake.ts';

/** What components check themselves when a config is decoded, checked, or made into pipelines. */
const VALUE_CHECKS: readonly ValueCheck[] = [
  memoryLimiterValues,
  batchValues,
  otlpReceiverValues,
  otlpGrpcExporterValues,
  otlpHttpExporterValues,
  queueValues,
  retryValues,
  tlsValues,
  compressionValues,
  actionValues,
  matchValues,
  spanValues,
  filterValues,
  samplerValues,
  transformValues,
  groupByTraceValues,
  basicAuthValues,
  bearerTokenValues,
  healthCheckValues,
  fileExporterValues,
  kubeletValues,
  fileLogValues,
  hostMetricsValues,
  debugValues,
  deltaValues,
  fileStorageValues,
  ...requiredValues,
];

/**
 * What a component of a config refuses of its values (its `Validate` method and factory; words tried with collector 0.158 where
 * it has them, reference/collector.md §1.4). Anything that is not a plain value, as a variable is, passes.
 */
export function valueMistakes(
  { class: section, id, type, body }: Component,
  tree: JsonMap,
  version: string | undefined,
  catalogue: Pick<ComponentCatalogue, 'canonicalType' | 'field'>,
): readonly ValueMistake[] {
  // A whole body from elsewhere.
  if (typeof body === 'string') return [];
  const current = catalogue.canonicalType(section, type);
  const checks = VALUE_CHECKS.filter(
    ({ of }) => of.includes(section) || of.includes(`${section}/${current}`),
  );
  if (checks.length === 0) return [];
  const component = {
    type: current,
    body: isMap(body) ? body : {},
    signals: signalsOf(tree, section, id),
    ...(version !== undefined && { version }),
    takes: (below: readonly string[]) =>
      version !== undefined && catalogue.field([section, id, ...below], version).verdict === 'present',
  };
  return checks
    .flatMap(({ check }) => check(component))
    .filter(({ since }) => since === undefined || version === undefined || isAtLeast(version, since));
}

function signalsOf(tree: JsonMap, section: string, id: string): readonly string[] {
  return pipelinesOf(tree).flatMap((pipeline) => {
    const used =
      (section === 'receivers' && pipeline.receivers.includes(id)) ||
      (section === 'processors' && pipeline.processors.includes(id)) ||
      (section === 'exporters' && pipeline.exporters.includes(id));
    return used && pipeline.signal !== undefined ? [pipeline.signal] : [];
  });
}
