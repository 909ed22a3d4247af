import { describe, expect, it } from 'vitest';
import { pipelinesOf } from '../../../src/core/collector/pipelines.ts';
import type { JsonMap } from '../../../src/core/document/node.ts';
import { BUILT_IN_FOLDER, render, typesBelow } from './support.ts';

const to = (target: string): string => `[{id: "0", components: [${target}]}]`;

describe('the routing connector that comes with Collie', () => {
  const config = (types: readonly string[]): JsonMap =>
    render(
      {
        'edge.yaml': `apiVersion: bindplane.observiq.com/v2
kind: Configuration
metadata: {name: edge}
spec:
  sources: [{id: a, type: otlp, routes: {logs: ${to('connectors/r')}, traces: ${to('connectors/r')}}}]
  connectors:
    - id: r
      type: routing
      parameters:
        - {name: telemetry_types, value: [${types.join(', ')}]}
        - name: routes
          value:
            - {id: prod, condition: {ottl: 'attributes["env"] == "prod"', ottlContext: resource}}
            - {id: rest, condition: {ottl: ''}}
            - {id: never}
      routes:
        logs: [{id: prod, components: [destinations/d]}, {id: rest, components: [destinations/e]}]
        traces: [{id: prod, components: [destinations/d]}, {id: rest, components: [destinations/e]}]
  destinations: [{id: d, type: dev_null}, {id: e, type: dev_null}]
`,
      },
      { types: typesBelow(BUILT_IN_FOLDER) },
    ).config.tree;

  it('sends each condition to the pipeline of its route, and the rest to the first route without one', () => {
    expect(config(['Logs'])['connectors']).toMatchObject({
      'routing/c-r__logs': {
        default_pipelines: ['logs/c-r__rest'],
        table: [
          {
            context: 'resource',
            condition: 'attributes["env"] == "prod"',
            pipelines: ['logs/c-r__prod'],
          },
        ],
      },
    });
  });

  it('has a connector of its own for each signal, read and written by pipelines of that signal alone', () => {
    const used = pipelinesOf(config(['Logs', 'Traces'])).flatMap(({ id, receivers, exporters }) =>
      [...receivers, ...exporters]
        .filter((component) => component.startsWith('routing/'))
        .map((component) => [id.split('/')[0], component.split('__')[1]]),
    );
    expect(used.length).toBeGreaterThan(4);
    expect(used.filter(([signal, connector]) => signal !== connector)).toEqual([]);
  });
});
