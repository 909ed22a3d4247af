import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pipelinesOf } from '../../../src/core/collector/pipelines.ts';
import { isMap, type JsonMap } from '../../../src/core/document/node.ts';
import { sharedPath } from '../../support/shared.ts';
import { announceSkip, render, yamlMap } from './support.ts';
import { typesV2 as types } from './types-v2.ts';

const LIBRARY = `kind: Source
metadata: {name: edge-in}
spec: {type: in}
---
kind: Destination
metadata: {name: backend}
spec: {type: out}
---
kind: Destination
metadata: {name: null-destination}
spec: {type: null-out}
---
kind: Destination
metadata: {name: a}
spec: {type: null-out, parameters: [{name: drop_raw_copy, value: false}]}
---
kind: Destination
metadata: {name: b}
spec: {type: out}
---
kind: Processor
metadata: {name: my-batch}
spec: {type: batch, parameters: [{name: size, value: 7}]}
---
kind: Connector
metadata: {name: my-router}
spec:
  type: routing
  parameters: [{name: routes, value: [{id: prod}, {id: rest}]}]
`;

function routed(spec: string, name = 'edge'): ReturnType<typeof render>['config'] {
  const text = `apiVersion: bindplane.observiq.com/v2\nkind: Configuration\nmetadata: {name: ${name}}\nspec:\n${spec}`;
  return render({ 'edge.yaml': text, 'library.yaml': LIBRARY }, { types }).config;
}

/** Pipelines as `receivers > processors > exporters`, by id. */
function pipelines(spec: string): Record<string, string> {
  return Object.fromEntries(
    pipelinesOf(routed(spec).tree).map(({ id, receivers, processors, exporters }) => [
      id,
      [receivers, processors, exporters].map((part) => part.join(' ')).join(' > '),
    ]),
  );
}

const to = (...targets: string[]): string => `[{id: "0", components: [${targets.join(', ')}]}]`;

describe('a v2 configuration of sources and destinations', () => {
  it('is wired as servers of 2026 do it', async () => {
    const { text, unverifiedRules } = routed(`
  sources:
    - id: 01M2M9X95JE81RJYGPVS00N59E
      type: events
      routes: {logs: ${to('destinations/d-null-destination')}}
    - id: 01M2M5GMC88HASJV6R9KV1C7VB
      type: in
      routes:
        logs: ${to('destinations/d-null-destination')}
        metrics: ${to('destinations/d-null-destination')}
        traces: ${to('destinations/d-null-destination')}
  destinations:
    - {id: d-null-destination, name: null-destination}
`);
    await expect(text).toMatchFileSnapshot(join(import.meta.dirname, 'golden-v2', 'sources-to-null.yaml'));
    expect(unverifiedRules).toBeUndefined();
  });

  const reference = sharedPath('reference', 'bindplane.md');
  if (reference === undefined) announceSkip('reference', 'bindplane.md');

  it.skipIf(reference === undefined)('is wired as the reference’s worked example B', () => {
    const page = readFileSync(reference ?? '', 'utf8');
    const example = /Worked example B[\s\S]*?```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    const expected = yamlMap(example);
    const { tree } = routed(
      `
  sources:
    - {id: 01AAA, type: in, routes: {logs: ${to('destinations/d-a', 'destinations/d-b')}}}
  destinations:
    - {id: d-a, name: a}
    - {id: d-b, name: b}
`,
      'edge2',
    );
    const keys = (value: JsonMap, part: string): readonly string[] =>
      isMap(value[part]) ? Object.keys(value[part]).sort() : [];
    for (const part of ['receivers', 'connectors', 'exporters']) {
      expect(keys(tree, part)).toEqual(keys(expected, part));
    }
    expect(tree['service']).toEqual(expected['service']);
  });

  it('has a pipeline only for signals that are routed to a destination that takes them', () => {
    expect(
      pipelines(`
  sources:
    - {id: a, type: in, routes: {logs: ${to('destinations/d')}, metrics: ${to('destinations/d')}}}
  destinations:
    - {id: d, type: logs-only}
`),
    ).toEqual({
      'logs/s-a': 'otlp/s-a >  > forward/d-d',
      'logs/d-d': 'forward/d-d >  > splunk_hec/d-d',
    });
  });

  it('reads routes of several signals at once', () => {
    expect(
      Object.keys(
        pipelines(`
  sources: [{id: a, type: in, routes: {logs+traces: ${to('destinations/d')}}}]
  destinations: [{id: d, name: backend}]
`),
      ).sort(),
    ).toEqual(['logs/d-d', 'logs/s-a', 'traces/d-d', 'traces/s-a']);
  });

  it('calls a library source by its item, an attached processor by its station, a destination by its name', () => {
    expect(
      pipelines(`
  sources:
    - id: a
      name: edge-in
      processors: [{type: batch}, {name: my-batch}]
      routes: {logs: ${to('destinations/d')}}
  destinations:
    - {id: d, name: backend, processors: [{type: batch, name: inline with a name}]}
`),
    ).toEqual({
      'logs/s-a': 'otlp/s-a > batch/s-a__processor0 batch/my-batch > forward/d-d',
      'logs/d-d': 'forward/d-d > batch/d-d__processor0 > otlp/backend',
    });
  });

  it('sends to the first of two items with one id', () => {
    expect(
      pipelines(`
  sources: [{id: a, type: in, routes: {logs: ${to('destinations/d')}}}]
  destinations: [{id: d, name: backend}, {id: d, type: logs-only}]
`),
    ).toMatchObject({ 'logs/d-d': 'forward/d-d >  > otlp/backend' });
  });

  it('has no extension of a source that goes nowhere', () => {
    const { tree } = routed(`
  sources:
    - {id: a, type: in, routes: {logs: ${to('destinations/d')}}}
    - {id: b, type: events}
  destinations: [{id: d, name: backend}]
`);
    expect(tree).not.toHaveProperty('extensions');
  });

  it('leaves out what is paused', () => {
    expect(
      pipelines(`
  sources:
    - {id: a, type: in, routes: {logs: ${to('destinations/d', 'destinations/e')}}}
    - {id: b, type: in, disabled: true, routes: {logs: ${to('destinations/d')}}}
  destinations:
    - {id: d, name: backend}
    - {id: e, type: out, disabled: true}
`),
    ).toEqual({ 'logs/s-a': 'otlp/s-a >  > forward/d-d', 'logs/d-d': 'forward/d-d >  > otlp/backend' });
  });

  it('gets its routes from the server when nobody wrote any', () => {
    const spec = `
  sources: [{id: a, type: in}]
  destinations: [{id: d, name: backend}, {id: l, type: logs-only}]
`;
    expect(pipelines(spec)).toMatchObject({
      'logs/s-a': 'otlp/s-a >  > forward/d-d forward/d-l',
      'traces/s-a': 'otlp/s-a >  > forward/d-d',
    });
    expect(routed(spec).unverifiedRules).toContain('routes that the server makes');
  });

  it('renders the no-op config where nothing goes anywhere', () => {
    const { text } = routed('  sources: [{id: a, type: in, routes: {}}]\n');
    expect(text).toContain('# This minimal configuration is applied');
  });
});

describe('processor groups and connectors', () => {
  it('gives a group a pipeline for each signal that arrives', () => {
    const spec = `
  sources: [{id: a, type: in, routes: {logs: ${to('processors/g', 'destinations/d')}}}]
  processors:
    - {id: g, processors: [{type: batch}, {name: my-batch}], routes: {logs+metrics: ${to('destinations/d')}}}
  destinations: [{id: d, name: backend}]
`;
    expect(pipelines(spec)).toEqual({
      'logs/s-a': 'otlp/s-a >  > forward/p-g forward/d-d',
      'logs/p-g': 'forward/p-g > batch/p-g__processor0 batch/my-batch > forward/d-d',
      'logs/d-d': 'forward/d-d >  > otlp/backend',
    });
    expect(routed(spec).unverifiedRules).toEqual(['processor groups', 'signals without a route']);
  });

  it('gives each branch of a connector a pipeline, and an end to one that nobody wired', () => {
    expect(
      pipelines(`
  sources: [{id: a, type: in, routes: {logs: ${to('connectors/c-my-router')}}}]
  connectors:
    - {id: c-my-router, name: my-router, routes: {logs: [{id: prod, components: [destinations/d]}]}}
  destinations: [{id: d, name: backend}]
`),
    ).toEqual({
      'logs/s-a': 'otlp/s-a >  > routing/c-c-my-router',
      'logs/c-c-my-router__prod': 'routing/c-c-my-router >  > forward/d-d',
      'logs/c-c-my-router__rest': 'routing/c-c-my-router >  > forward/d-no_routes__c-c-my-router__rest',
      'logs/d-no_routes__c-c-my-router__rest':
        'forward/d-no_routes__c-c-my-router__rest >  > nop/c-c-my-router',
      'logs/d-d': 'forward/d-d >  > otlp/backend',
    });
  });

  it('lets a connector make another signal', () => {
    expect(
      pipelines(`
  sources: [{id: a, type: events, routes: {logs: ${to('connectors/n', 'destinations/d')}}}]
  connectors: [{id: n, type: count, routes: {metrics: ${to('destinations/d')}}}]
  destinations: [{id: d, name: backend}]
`),
    ).toMatchObject({
      'logs/s-a':
        'windows_event_log/s-a__system windows_event_log/s-a__security > resource_detection/s-a > count/c-n forward/d-d',
      'metrics/c-n__0': 'count/c-n >  > forward/d-d',
      'metrics/d-d': 'forward/d-d >  > otlp/backend',
    });
  });

  it('sends on only what arrives at a connector that keeps the signal', () => {
    expect(
      Object.keys(
        pipelines(`
  sources: [{id: a, type: in, routes: {logs: ${to('connectors/r')}}}]
  connectors:
    - id: r
      type: routing
      parameters: [{name: routes, value: [{id: "0"}]}]
      routes: {logs+metrics: ${to('destinations/d')}}
  destinations: [{id: d, name: backend}]
`),
      ).sort(),
    ).toEqual(['logs/c-r__0', 'logs/d-d', 'logs/s-a']);
  });

  it('makes no ends of declared branches where the connector makes another signal', () => {
    expect(
      Object.keys(
        pipelines(`
  sources: [{id: a, type: in, routes: {logs: ${to('connectors/c-my-router')}}}]
  connectors: [{id: c-my-router, name: my-router, routes: {metrics: ${to('destinations/d')}}}]
  destinations: [{id: d, name: backend}]
`),
      ).sort(),
    ).toEqual(['logs/s-a', 'metrics/c-c-my-router__0', 'metrics/d-d']);
  });

  it('ends circles where they close', () => {
    expect(
      Object.keys(
        pipelines(`
  sources: [{id: a, type: in, routes: {logs: ${to('processors/g')}}}]
  processors:
    - {id: g, processors: [], routes: {logs: ${to('processors/h')}}}
    - {id: h, processors: [], routes: {logs: ${to('processors/g')}}}
  destinations: []
`),
      ),
    ).toEqual(['logs/s-a', 'logs/p-g', 'logs/p-h']);
  });
});

describe('what else a v2 configuration says', () => {
  const ONE = `
  sources: [{id: a, type: in, routes: {logs: ${to('destinations/d')}}}]
  destinations: [{id: d, name: backend}]
`;

  it('has the collector’s own telemetry where the advanced parameters put it', () => {
    const { text } = routed(`${ONE}  parameters:
    - {name: telemetryPort, value: 9999}
    - {name: telemetryLevel, value: basic}
`);
    expect(text).toContain('port: 9999\n            level: basic\n');
  });

  it('has the extensions it lists', () => {
    const { tree } = routed(`${ONE}  extensions: [{id: x, type: pprof}]\n`);
    expect(tree).toMatchObject({
      extensions: { 'pprof/e-x': { endpoint: 'localhost:1777' } },
      service: { extensions: ['pprof/e-x'] },
    });
  });

  it('keeps a raw config as it is', () => {
    expect(routed('  raw: "receivers: {}\\n"\n').text).toBe('receivers: {}\n');
  });

  it.each([
    [
      'a route to nothing',
      ONE.replace('destinations/d]', 'destinations/d, destinations/x]'),
      'destinations/x',
    ],
    ['a missing library item', ONE.replace('name: backend', 'name: nobody'), 'Destination nobody is missing'],
    [
      'a connector of an unknown type',
      ONE.replace('destinations/d]', 'destinations/d, connectors/c]').replace(
        'destinations: [',
        'connectors: [{id: c, type: failover}]\n  destinations: [',
      ),
      'type failover is not in the catalogue',
    ],
  ])('says that %s is not rendered', (_name, spec, sentence) => {
    expect(routed(spec).unrendered.join('\n')).toContain(sentence);
  });

  it('tells apart what it cannot render: routes behind a connector of an unknown type', () => {
    const behind = (target: string): string | undefined =>
      routed(`
  sources: [{id: a, type: in, routes: {logs: ${to('connectors/c')}}}]
  connectors: [{id: c, type: failover, routes: {logs: ${to(target)}}}]
  destinations: [{id: d, name: backend}, {id: e, type: out}]
`).opaque;
    expect(behind('destinations/d')).toBe(behind('destinations/d'));
    expect(behind('destinations/d')).not.toBe(behind('destinations/e'));
  });

  it('says that a v1 configuration with routes is not rendered by them', () => {
    const text = `apiVersion: bindplane.observiq.com/v1\nkind: Configuration\nmetadata: {name: edge}\nspec:\n${ONE}`;
    const { config } = render({ 'edge.yaml': text, 'library.yaml': LIBRARY }, { types });
    expect(config.unrendered).toEqual(['cannot be rendered here: `routes` of a v1 configuration']);
  });

  it('says that it does not know what a server adds for an agent', () => {
    const text = `apiVersion: bindplane.observiq.com/v2\nkind: Configuration\nmetadata: {name: edge}\nspec:\n${ONE}`;
    const agent = { id: 'A', serverUrl: 'https://cp.example' };
    const { config } = render({ 'edge.yaml': text, 'library.yaml': LIBRARY }, { types, agent });
    expect(config.unrendered).toEqual([
      'cannot be rendered here: what a server adds for agents with a v2 configuration',
    ]);
  });
});
