import type { FuncMap } from '@promptctl/go-template-js';
import { goText } from './template-print.ts';
import type { MetricCategory, ResourceType } from './types.ts';

/**
 * BindPlane's own functions for one type. `componentId` gives the full id of a sibling component
 * (semantics: model/resource_type.go of bindplane-op; output: the recorded renders).
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
    bpRenderOtelRetryOnFailureConfig: {
      fn: (enabled: unknown, initial: unknown, maximum: unknown, elapsed: unknown) =>
        isOn(enabled)
          ? `retry_on_failure: {enabled: true, initial_interval: ${seconds(initial)}, max_interval: ${seconds(maximum)}, max_elapsed_time: ${seconds(elapsed)}}`
          : 'retry_on_failure: {enabled: false}',
      argTypes: ['value'],
    },
    bpRenderOtelSendingQueueConfig: {
      fn: (enabled: unknown, persistent: unknown, storage: unknown, consumers: unknown, size: unknown) =>
        isOn(enabled)
          ? `sending_queue: {enabled: true, num_consumers: ${scalar(consumers)}, queue_size: ${scalar(size)}${isOn(persistent) ? `, storage: ${scalar(storage)}` : ''}}`
          : 'sending_queue: {enabled: false}',
      argTypes: ['value'],
    },
    bpRenderStandardParsingOperator: { fn: parsingOperator, argTypes: ['value'] },
  };
}

/**
 * The log parsing operator of the file and tcp sources, as one line of YAML. Arguments in the order of the template call: format,
 * target, regular expression, then timestamp (on, field, zone, format, epoch layout, manual layout) and severity (on, field).
 */
function parsingOperator(...values: unknown[]): string {
  const [
    format,
    parseTo,
    regex,
    timestampOn,
    timestampField,
    zone,
    timestampFormat,
    epoch,
    manual,
    severityOn,
    severityField,
  ] = values.map(goText);
  const target = parseTo === '' ? 'body' : parseTo;
  const operator: Record<string, unknown> = { type: `${format}_parser`, parse_to: target };
  if (format === 'regex') operator['regex'] = regex;
  if (isOn(timestampOn)) {
    operator['timestamp'] = {
      parse_from: `${target}.${timestampField}`,
      ...timestampLayout(timestampFormat, zone, epoch, manual),
    };
  }
  if (isOn(severityOn)) operator['severity'] = { parse_from: `${target}.${severityField}` };
  return JSON.stringify(operator);
}

function timestampLayout(
  format: string | undefined,
  zone: string | undefined,
  epoch: string | undefined,
  manual: string | undefined,
): Record<string, unknown> {
  if (format === 'Epoch') return { layout_type: 'epoch', layout: epoch };
  if (format === 'Manual') return { layout: manual, location: zone };
  if (format === 'ISO8601') return { layout: '%Y-%m-%dT%H:%M:%S.%f%z', location: zone };
  return { layout: '%Y-%m-%dT%H:%M:%S%z' };
}

function isOn(value: unknown): boolean {
  return (
    value === true || (typeof value === 'string' && ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value))
  );
}

function scalar(value: unknown): string {
  const text = goText(value);
  return /^[\w./-]+$/.test(text) ? text : JSON.stringify(text);
}

function seconds(value: unknown): string {
  return scalar(`${goText(value)}s`);
}
