import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pipelinesOf } from '../../../src/core/collector/pipelines.ts';
import { provenanceOf } from '../../../src/core/collector/provenance.ts';
import { isMap, type JsonMap } from '../../../src/core/document/node.ts';
import { render, runs } from './support.ts';
import { typesV2 as types } from './types-v2.ts';

const EDGE = `apiVersion: bindplane.observiq.com/v2
kind: Configuration
metadata:
  name: edge
spec:
  sources:
    - id: a
      type: in
      parameters:
        - name: port
          value: 5317
      routes:
        logs:
          - id: '0'
            components:
              - processors/g
              - connectors/r
  processors:
    - id: g
      processors:
        - name: my-batch
      routes:
        logs:
          - id: '0'
            components:
              - destinations/d
  connectors:
    - id: r
      type: routing
      parameters:
        - name: routes
          value:
            - id: prod
            - id: rest
      routes:
        logs:
          - id: prod
            components:
              - destinations/d
  destinations:
    - id: d
      name: backend
  parameters:
    - name: telemetryPort
      value: 9999
`;

const LIBRARY = `kind: Destination
metadata: {name: backend}
spec:
  type: out
  parameters:
    - name: host
      value: other.internal
---
kind: Processor
metadata: {name: my-batch}
spec:
  type: batch
`;

const { config } = render({ 'edge.yaml': EDGE, 'library.yaml': LIBRARY }, { types });

function place(...path: string[]): string {
  const found = provenanceOf(config, path);
  const via = found?.via === undefined ? '' : ` via ${found.via.line}`;
  return found === undefined ? '-' : `${found.at.file}:${found.at.line}:${found.at.column}${via}`;
}

const inPipelines = (id: string, ...rest: string[]): string => place('service', 'pipelines', id, ...rest);

describe('the place of a key in a v2 config', () => {
  it.each([
    ['an inline source’s component: its type', place('receivers', 'otlp/s-a'), 'edge.yaml:8:13'],
    [
      'a key that a parameter makes',
      place('receivers', 'otlp/s-a', 'protocols', 'grpc', 'endpoint'),
      'edge.yaml:11:18',
    ],
    ['a library item’s component', place('exporters', 'otlp/backend'), 'library.yaml:4:9 via 42'],
    ['a key of it', place('exporters', 'otlp/backend', 'endpoint'), 'library.yaml:7:14 via 42'],
    ['a group’s library processor', place('processors', 'batch/my-batch'), 'library.yaml:12:9 via 21'],
    ['a forward connector: what it leads to', place('connectors', 'forward/d-d'), 'edge.yaml:42:13'],
    ['a connector', place('connectors', 'routing/c-r'), 'edge.yaml:29:13'],
    ['a source’s pipeline', inPipelines('logs/s-a'), 'edge.yaml:8:13 via 16'],
    ['a way out of it: the route', inPipelines('logs/s-a', 'exporters', '0'), 'edge.yaml:16:17'],
    ['another, into a connector', inPipelines('logs/s-a', 'exporters', '1'), 'edge.yaml:17:17'],
    ['a group’s pipeline', inPipelines('logs/p-g'), 'edge.yaml:19:11 via 42'],
    ['a branch’s pipeline', inPipelines('logs/c-r__prod'), 'edge.yaml:37:17 via 42'],
    ['a branch that nobody wired', inPipelines('logs/c-r__rest'), 'edge.yaml:29:13 via 28'],
    ['a destination’s pipeline', inPipelines('logs/d-d'), 'edge.yaml:42:13 via 42'],
    [
      'the port of the telemetry',
      place('service', 'telemetry', 'metrics', 'readers', '0', 'pull', 'exporter', 'prometheus', 'port'),
      'edge.yaml:45:14',
    ],
    ['the rest of it', place('service', 'telemetry', 'metrics', 'level'), 'edge.yaml:4:9'],
  ])('%s', (_name, found, expected) => {
    expect(found).toBe(expected);
  });
});

const SIGNALS = ['logs', 'metrics', 'traces'];

/** A v2 Configuration of a few items with arbitrary routes, some of them to nothing. */
const configurations = fc
  .record({
    sources: fc.array(fc.constantFrom('in', 'events'), { maxLength: 3 }),
    processors: fc.array(fc.constantFrom('batch', ''), { maxLength: 3 }),
    connectors: fc.array(fc.constantFrom('routing', 'count'), { maxLength: 2 }),
    destinations: fc.array(fc.constantFrom('out', 'logs-only', 'null-out'), { maxLength: 3 }),
  })
  .chain((lists) => {
    const targets = (['processors', 'connectors', 'destinations'] as const).flatMap((list) =>
      [...lists[list], ''].map((_type, index) => `${list}/${index}`),
    );
    const routes = fc.dictionary(
      fc.constantFrom(...SIGNALS, 'logs+metrics'),
      fc.array(
        fc.record({ id: fc.constantFrom('x', 'y'), components: fc.subarray(targets, { maxLength: 3 }) }),
        {
          maxLength: 2,
        },
      ),
      { maxKeys: 2 },
    );
    const items = Object.entries(lists).flatMap(([list, all]) =>
      all.map((type, index) => ({ list, type, index })),
    );
    return fc.array(routes, { minLength: items.length, maxLength: items.length }).map((all): JsonMap => {
      const spec: Record<string, JsonMap[]> = {};
      items.forEach(({ list, type, index }, place) => {
        const parameters = type === 'routing' ? [{ name: 'routes', value: [{ id: 'x' }, { id: 'z' }] }] : [];
        const what = type === '' ? { processors: [] } : { type, parameters };
        const own = list === 'destinations' ? {} : { routes: all[place] ?? {} };
        (spec[list] ??= []).push({ id: String(index), ...what, ...own });
      });
      return spec;
    });
  });

/** What the collector's own check of its graph would refuse. */
function faults(tree: JsonMap): readonly string[] {
  const pipelines = pipelinesOf(tree);
  const incomplete = pipelines.filter(
    ({ receivers, exporters }) => receivers.length * exporters.length === 0,
  );
  const declared = isMap(tree['connectors']) ? Object.keys(tree['connectors']) : [];
  const ends = (id: string): boolean =>
    pipelines.some(({ receivers }) => receivers.includes(id)) &&
    pipelines.some(({ exporters }) => exporters.includes(id));
  const known = (cls: string): readonly string[] => (isMap(tree[cls]) ? Object.keys(tree[cls]) : []);
  const undeclared = pipelines.flatMap(({ receivers, processors, exporters }) => [
    ...receivers.filter((id) => !known('receivers').includes(id) && !declared.includes(id)),
    ...processors.filter((id) => !known('processors').includes(id)),
    ...exporters.filter((id) => !known('exporters').includes(id) && !declared.includes(id)),
  ]);
  return [...incomplete.map(({ id }) => id), ...declared.filter((id) => !ends(id)), ...undeclared];
}

describe('any routes', () => {
  it('make pipelines that hang together: each has both ends, each connector is written to and read from', () => {
    fc.assert(
      fc.property(configurations, (spec) => {
        const text = JSON.stringify({
          apiVersion: 'bindplane.observiq.com/v2',
          kind: 'Configuration',
          metadata: { name: 'any' },
          spec,
        });
        const { config: rendered } = render({ 'any.yaml': text }, { types });
        expect(faults(rendered.tree)).toEqual([]);
        for (const { at } of rendered.provenance) expect(at.file).toBe('any.yaml');
      }),
      runs(150),
    );
  });
});
