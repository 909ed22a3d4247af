import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { JsonMap } from '../../../../src/core/document/node.ts';
import { retryHorizonMs, topologyOf } from '../../../../src/core/rollout/flows/topology.ts';
import { unitsOf } from '../../../../src/core/rollout/flows/units.ts';

const tree = (text: string): JsonMap => parse(text) as JsonMap;

const GATEWAY = topologyOf(
  tree(`
receivers: {otlp: , filelog: }
processors: {batch: , filter/health: {traces: {span: ['name == "/healthz"']}}}
connectors: {forward: , count/errors: }
exporters:
  otlp/a: {sending_queue: {num_consumers: 20}}
  otlp/b: {retry_on_failure: {enabled: false}}
  otlp_http: {retry_on_failure: {max_elapsed_time: 1m30s}}
  debug:
service:
  pipelines:
    traces/in: {receivers: [otlp], processors: [filter/health], exporters: [forward, count/errors]}
    traces/out: {receivers: [forward], processors: [batch], exporters: [otlp/a, otlp/b]}
    traces/audit: {receivers: [forward, otlp], exporters: [otlp/a]}
    metrics: {receivers: [count/errors], exporters: [otlp/a]}
    logs: {receivers: [filelog], exporters: [otlp_http]}
`),
);

describe('a config as its data flow', () => {
  it('knows how long exporters try again, and how many requests they have under way', () => {
    expect([...GATEWAY.retryMs]).toEqual([
      ['otlp/a', 300_000],
      ['otlp/b', 0],
      ['otlp_http', 90_000],
    ]);
    expect([...(GATEWAY.consumers ?? [])]).toEqual([['otlp/a', 20]]);
    expect(retryHorizonMs(GATEWAY)).toBe(300_000);
  });

  it.each([
    ['retry_on_failure: {max_elapsed_time: 0s}', Infinity],
    ['retry_on_failure: {max_elapsed_time: 0}', Infinity],
    ['retry_on_failure: {max_elapsed_time: 30000000000}', 30_000],
    ['retry_on_failure: {max_elapsed_time: "${env:RETRY}"}', 300_000],
    ['retry_on_failure: {enabled: false, max_elapsed_time: 10s}', 0],
    ['retry_on_failure: yes', 300_000],
  ])('reads %s', (text, expected) => {
    const { retryMs } = topologyOf(tree(`exporters: {otlp: {${text}}}`));
    expect(retryMs.get('otlp')).toBe(expected);
  });

  it('counts retries of exporters in use only', () => {
    expect(retryHorizonMs(topologyOf(tree('exporters: {otlp: }')))).toBe(0);
  });

  it('gives of a broken tree what can be read', () => {
    for (const text of [
      '{}',
      'service: 1',
      'service: {pipelines: [a]}',
      'exporters: [otlp]',
      'connectors: x',
    ]) {
      expect(topologyOf(tree(text)).pipelines).toEqual([]);
    }
  });

  it('keeps the settings of what lets other amounts out', () => {
    expect([...(GATEWAY.reducers?.keys() ?? [])]).toEqual(['filter/health']);
  });
});

describe('its parts', () => {
  const rows = unitsOf(GATEWAY).map(({ key, receivers, exporters, tellsIn, tellsOut }) => [
    key,
    receivers.join('+'),
    exporters.join('+'),
    `${tellsIn ? 'in' : '?'} ${tellsOut ? 'out' : '?'}`,
  ]);

  it('are pipelines and exporters, with what is known of both ends', () => {
    expect(rows).toEqual([
      ['traces/in', 'otlp', 'forward+count/errors', 'in ?'],
      ['traces/out', 'otlp', 'otlp/a+otlp/b', 'in out'],
      ['traces/audit', 'otlp+otlp', 'otlp/a', 'in out'],
      ['metrics', '', 'otlp/a', '? out'],
      ['logs', 'filelog', 'otlp_http', 'in out'],
      ['exporter otlp/a (traces)', 'otlp+otlp+otlp', 'otlp/a', 'in out'],
      ['exporter otlp/b (traces)', 'otlp', 'otlp/b', 'in out'],
      ['exporter otlp/a (metrics)', '', 'otlp/a', '? out'],
      ['exporter otlp_http (logs)', 'filelog', 'otlp_http', 'in out'],
    ]);
  });

  it('have the processors of what feeds them through a forward connector', () => {
    const out = unitsOf(GATEWAY).find(({ key }) => key === 'traces/out');
    expect(out?.processors).toEqual(['batch', 'filter/health']);
  });

  it('end where connectors go in a circle', () => {
    const circle = topologyOf(
      tree(`
connectors: {forward/a: , forward/b: }
service:
  pipelines:
    traces/a: {receivers: [forward/b], exporters: [forward/a]}
    traces/b: {receivers: [forward/a], exporters: [forward/b]}
`),
    );
    expect(unitsOf(circle).map(({ key, receivers }) => [key, receivers])).toEqual([
      ['traces/a', []],
      ['traces/b', []],
    ]);
  });
});
