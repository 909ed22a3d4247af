import type { FuncMap } from '@promptctl/go-template-js';
import { goQuoted, goText } from './template-print.ts';
import type { MetricCategory, ResourceType } from './types.ts';

/**
 * BindPlane's own functions for one type. `componentId` gives the full id of a sibling component
 * (semantics: model/resource_type.go and resources/helpers of bindplane-op; output: the recorded renders).
 */
export function bindplaneFunctions(
  parameters: ResourceType['parameters'],
  componentId: (component: string) => string,
): FuncMap {
  const metrics = (parameter: unknown, label: unknown): MetricCategory['metrics'] => {
    const definition = parameters.find(({ name }) => name === parameter);
    if (definition?.type !== 'metrics') {
      throw new Error(`parameter ${String(parameter)} is no metrics parameter`);
    }
    return definition.metricCategories
      .filter((category) => category.label === label)
      .flatMap((category) => category.metrics);
  };
  const listed = (disabled: unknown): readonly unknown[] => (Array.isArray(disabled) ? disabled : []);
  return {
    bpComponentID: { fn: (component: string) => componentId(component), argTypes: ['string'] },
    bpRouteID: { fn: () => componentId('route').slice('route/'.length), argTypes: [] },
    bpHasCategoryMetricsEnabled: {
      fn: (disabled: unknown, parameter: unknown, label: unknown) =>
        metrics(parameter, label).some(({ name }) => !listed(disabled).includes(name)),
      argTypes: ['value'],
    },
    bpDisabledCategoryMetrics: {
      fn: (disabled: unknown, parameter: unknown, label: unknown) =>
        metrics(parameter, label)
          .filter(({ name }) => listed(disabled).includes(name))
          .map(({ name }) => name),
      argTypes: ['value'],
    },
    bpDefaultDisabledCategoryMetrics: {
      fn: (disabled: unknown, parameter: unknown, label: unknown) =>
        metrics(parameter, label)
          .filter(({ name, defaultDisabled }) => defaultDisabled && !listed(disabled).includes(name))
          .map(({ name }) => name),
      argTypes: ['value'],
    },
    bpRenderOtelRetryOnFailureConfig: { fn: retryConfig, argTypes: ['value'] },
    bpRenderOtelSendingQueueConfig: { fn: queueConfig, argTypes: ['value'] },
    bpRenderStandardParsingOperator: { fn: parsingOperator, argTypes: ['value'] },
    bpMapSeverityNameToNumber: {
      fn: (name: string) => SEVERITY_NUMBERS[name.toUpperCase()] ?? 0,
      argTypes: ['string'],
    },
  };
}

/** OpenTelemetry's severity numbers, by the names that the server knows. */
const SEVERITY_NUMBERS: Readonly<Record<string, number>> = {
  TRACE: 1,
  DEBUG: 5,
  INFO: 9,
  WARN: 13,
  WARNING: 13,
  ERROR: 17,
  ERR: 17,
  FATAL: 21,
};

/** One line of YAML, since the place it goes to has an indentation that is not known here. Times in seconds. */
function retryConfig(enabled: unknown, initial: unknown, maximum: unknown, elapsed: unknown): string {
  if (!isOn(enabled)) return 'retry_on_failure: {enabled: false}';
  return `retry_on_failure: {enabled: true, initial_interval: ${whole(initial)}s, max_interval: ${whole(maximum)}s, max_elapsed_time: ${whole(elapsed)}s}`;
}

function queueConfig(
  enabled: unknown,
  persistent: unknown,
  storage: unknown,
  consumers: unknown,
  size: unknown,
): string {
  if (!isOn(enabled)) return 'sending_queue: {enabled: false}';
  const place = isOn(persistent) ? `, storage: ${goQuoted(storage)}` : '';
  return `sending_queue: {enabled: true, num_consumers: ${whole(consumers)}, queue_size: ${whole(size)}${place}}`;
}

/**
 * The log parsing operator of the file and tcp sources, as one line of YAML. Arguments in the order of the template call: format,
 * target, regular expression, then timestamp (on, field, zone, format, epoch layout, manual layout) and severity (on, field).
 */
function parsingOperator(...values: unknown[]): string {
  const [
    format,
    target,
    regex,
    timestampOn,
    timestampField,
    zone,
    layout,
    epoch,
    manual,
    severityOn,
    severityField,
  ] = values;
  if (format !== 'json' && format !== 'regex') return '{}';
  const operator: Record<string, unknown> = { type: `${format}_parser`, parse_to: target };
  if (format === 'regex') operator['regex'] = regex;
  if (isOn(timestampOn)) {
    operator['timestamp'] = {
      parse_from: `${goText(target)}.${goText(timestampField)}`,
      location: zone,
      ...timestampLayout(layout, epoch, manual),
    };
  }
  if (isOn(severityOn)) operator['severity'] = { parse_from: `${goText(target)}.${goText(severityField)}` };
  return JSON.stringify(operator);
}

function timestampLayout(format: unknown, epoch: unknown, manual: unknown): Record<string, unknown> {
  if (format === 'Epoch') return { layout_type: 'epoch', layout: epoch };
  if (format === 'Manual') return { layout: manual };
  if (format === 'ISO8601') return { layout: '%Y-%m-%dT%H:%M:%S.%f%z' };
  return format === 'RFC3339' ? { layout: '%Y-%m-%dT%H:%M:%S.%f' } : {};
}

/** The server's functions take true and false alone; a text in their place fails the whole render there, too. */
function isOn(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new Error('a switch of its template must be true or false, not text');
}

/** The server's functions make 0 of everything that is no number, numbers in quotes included. */
function whole(value: unknown): number {
  return typeof value === 'number' || typeof value === 'bigint' ? Math.trunc(Number(value)) : 0;
}
