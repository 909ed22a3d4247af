import { describe, expect, it } from 'vitest';
import { goPrint, goPrintf, goQuoted, goText } from '../../../src/core/bindplane/template-print.ts';
import { compileType } from '../../../src/core/bindplane/template.ts';
import { readTypes } from '../../../src/core/bindplane/types.ts';
import type { Json, JsonMap } from '../../../src/core/document/node.ts';

/** The body that `- x: <template>` renders to, or the sentence that says why not. */
function body(template: string, values: JsonMap = {}): Json | undefined {
  const { types } = readTypes([
    {
      file: 't.yaml',
      verified: true,
      value: {
        kind: 'SourceType',
        metadata: { name: 't' },
        spec: {
          parameters: [
            {
              name: 'off',
              type: 'metrics',
              default: [],
              options: {
                metricCategories: [
                  {
                    label: 'A',
                    metrics: [{ name: 'a.one' }, { name: 'a.two', defaultDisabled: true }],
                  },
                ],
              },
            },
          ],
          logs: { receivers: `- x:\n    ${template}` },
        },
      },
    },
  ]);
  const type = types.get('source', 't');
  const rendered = type && compileType(type).render('name', values);
  if (rendered === undefined) return undefined;
  return 'error' in rendered ? rendered.error : rendered.partials.logs.receivers[0]?.body;
}

describe("BindPlane's functions", () => {
  it.each([
    [
      'bpRenderOtelRetryOnFailureConfig true 5 30 300',
      {
        retry_on_failure: {
          enabled: true,
          initial_interval: '5s',
          max_interval: '30s',
          max_elapsed_time: '300s',
        },
      },
    ],
    ['bpRenderOtelRetryOnFailureConfig false 5 30 300', { retry_on_failure: { enabled: false } }],
    [
      'bpRenderOtelSendingQueueConfig true true (bpComponentID "file_storage") 10 5000',
      { sending_queue: { enabled: true, num_consumers: 10, queue_size: 5000, storage: 'file_storage/name' } },
    ],
    [
      'bpRenderOtelSendingQueueConfig true false "x" "10" 5',
      { sending_queue: { enabled: true, num_consumers: 0, queue_size: 5 } },
    ],
    ['bpRenderOtelSendingQueueConfig false true "x" 1 1', { sending_queue: { enabled: false } }],
    [
      'bpRenderOtelSendingQueueConfig "false" true "x" 1 1',
      'a switch of its template must be true or false, not text',
    ],
  ])('%s', (call, expected) => {
    expect(body(`{{ ${call} }}`)).toEqual(expected);
  });

  it.each([
    ['RFC3339', { layout: '%Y-%m-%dT%H:%M:%S.%f' }],
    ['ISO8601', { layout: '%Y-%m-%dT%H:%M:%S.%f%z' }],
    ['Epoch', { layout_type: 'epoch', layout: 's' }],
    ['Manual', { layout: '%H' }],
  ])('the parsing operator reads timestamps as %s', (format, expected) => {
    const call = `bpRenderStandardParsingOperator "regex" "body" "(?P<a>\\\\d)" true "ts" "UTC" "${format}" "s" "%H" true "level"`;
    expect(body(`op: {{ ${call} }}`)).toEqual({
      op: {
        type: 'regex_parser',
        parse_to: 'body',
        regex: '(?P<a>\\d)',
        timestamp: { parse_from: 'body.ts', location: 'UTC', ...expected },
        severity: { parse_from: 'body.level' },
      },
    });
  });

  it.each([
    [[], true, '[]', '[a.two]'],
    [['a.one'], true, '[a.one]', '[a.two]'],
    [['a.one', 'a.two'], false, '[a.one a.two]', '[]'],
  ])('metrics of a category with %j switched off', (off, any, disabled, extra) => {
    expect(body('v: {{ bpHasCategoryMetricsEnabled .off "off" "A" }}', { off })).toEqual({ v: any });
    expect(body('v: {{ quote (bpDisabledCategoryMetrics .off "off" "A") }}', { off })).toEqual({
      v: disabled,
    });
    expect(body('v: {{ quote (bpDefaultDisabledCategoryMetrics .off "off" "A") }}', { off })).toEqual({
      v: extra,
    });
  });

  it('gives components the name of their resource, with the suffix behind it', () => {
    expect(body('v: {{ bpComponentID "filter/logs" }}')).toEqual({ v: 'filter/name__logs' });
    expect(body('v: {{ bpMapSeverityNameToNumber "warn" }}')).toEqual({ v: 13 });
  });
});

describe("values as Go's fmt prints them", () => {
  it.each<[unknown, string]>([
    [null, '<nil>'],
    [['a', 1, true], '[a 1 true]'],
    [{ b: 1, a: ['x'] }, 'map[a:[x] b:1]'],
  ])('%j', (value, expected) => {
    expect(goText(value)).toBe(expected);
  });

  it('whole numbers of any length', () => {
    expect(goText(2n ** 64n)).toBe('18446744073709551616');
  });

  it.each<[string, unknown[], string]>([
    ['%s:%v', ['host', 4317], 'host:4317'],
    ['%5d|%-5d|%05d', [42, 42, 42], '   42|42   |00042'],
    ['%.2f %t %q %%', [1.5, true, 'a"b'], '1.50 true "a\\"b" %'],
  ])('printf %s', (format, values, expected) => {
    expect(goPrintf(format, values)).toBe(expected);
  });

  it.each<[string, unknown[]]>([
    ['%s', [1]],
    ['%d', ['1']],
    ['%s', []],
    ['x', ['left over']],
    ['%x', [255]],
    ['%100d', [1]],
  ])('printf %s of %j is refused', (format, values) => {
    expect(() => goPrintf(format, values)).toThrow(/printf|width/);
  });

  it('print puts a blank between operands that are no text', () => {
    expect(goPrint([1, 2, 'a', 3, 4])).toBe('1 2a3 4');
    expect(goQuoted('a\nb')).toBe('"a\\nb"');
  });
});
