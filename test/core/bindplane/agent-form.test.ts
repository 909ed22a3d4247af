import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonMap } from '../../../src/core/document/node.ts';
import { sharedPath } from '../../support/shared.ts';
import { announceSkip, BUILT_IN_FOLDER, render, typesBelow, yamlMap } from './support.ts';

/** The agent of the recordings. */
const AGENT = {
  id: '0001697M4MEQV9DM07HH560MTP',
  version: 'v1.30.0',
  serverUrl: 'http://127.0.0.1:3001',
} as const;

const recorded = sharedPath('golden', 'bindplane-render');
if (recorded === undefined) announceSkip('golden', 'bindplane-render');

describe.skipIf(recorded === undefined)('what a bindplane 1.35.0 server sent to an agent', () => {
  const folder = recorded ?? '';
  const cases = recorded === undefined ? [] : readdirSync(folder).filter((name) => /^\d\d-/.test(name));
  const types = recorded === undefined ? undefined : typesBelow(join(folder, 'types'));

  /** Our text of a case beside the recorded one. */
  function both(name: string): {
    text: string;
    tree: JsonMap;
    expected: string;
    unrendered: readonly string[];
  } {
    if (types === undefined) throw new Error('no types');
    const resources = readFileSync(join(folder, name, 'resources.yaml'), 'utf8');
    const { config } = render(
      { 'resources.yaml': resources },
      { types, product: 'BindPlane OP', secrets: 'plain', agent: AGENT },
    );
    const expected = readFileSync(join(folder, name, 'expected-agent.yaml'), 'utf8');
    return { text: config.text, tree: config.tree, expected, unrendered: config.unrendered };
  }

  it.each(cases)('%s: the same tree', (name) => {
    const { tree, expected, unrendered } = both(name);
    expect(tree).toEqual(yamlMap(expected));
    expect(unrendered).toEqual([]);
  });

  it('is equal byte for byte in all fifteen cases', () => {
    const equal = cases.filter((name) => {
      const { text, expected } = both(name);
      return text === expected;
    });
    process.stdout.write(`agent form, byte for byte: ${equal.length} of ${cases.length}\n`);
    expect(equal).toEqual(cases);
    expect(cases).toHaveLength(15);
  });
});

const types = typesBelow(BUILT_IN_FOLDER);

const SHOP = `kind: Source
metadata: {name: in}
spec: {type: otlp, parameters: [{name: telemetry_types, value: [Logs]}]}
---
kind: Destination
metadata: {name: b}
spec: {type: otlp_grpc, parameters: [{name: hostname, value: gw}]}
---
kind: Destination
metadata: {name: a}
spec:
  type: custom
  parameters: [{name: telemetry_types, value: [Logs]}, {name: configuration, value: 'nop:'}]
---
kind: Processor
metadata: {name: small}
spec: {type: batch}
`;

function forAgent(
  spec: string,
  agent: { version?: string; serverUrl?: string } = {},
): ReturnType<typeof render> {
  return render(
    { 'shop.yaml': SHOP, 'c.yaml': `kind: Configuration\nmetadata: {name: shop}\nspec: ${spec}\n` },
    { types, agent: { id: 'A1', serverUrl: 'https://bp.example', ...agent } },
  );
}

function processorsOf(tree: JsonMap, pipeline: string): unknown {
  const service = tree['service'] as { pipelines: Record<string, { processors: unknown }> } | undefined;
  return service?.pipelines[pipeline]?.processors;
}

const WHOLE =
  '{sources: [{name: in, processors: [{name: small}]}], destinations: [{name: b, processors: [{name: small}]}, {name: a}]}';

describe('what an agent gets beside the pipelines it was asked for', () => {
  it('stands around the attached processors; a source is counted in its first pipeline alone', () => {
    const { tree } = forAgent(WHOLE).config;
    expect(processorsOf(tree, 'logs/in__a-1')).toEqual([
      'throughputmeasurement/_s0_logs_in',
      'snapshotprocessor/_s0_in',
      'batch/small',
      'throughputmeasurement/_s1_logs_in',
      'throughputmeasurement/_d0_logs_a-1',
      'snapshotprocessor/_d0_a-1',
      'throughputmeasurement/_d1_logs_a-1',
      'snapshotprocessor',
    ]);
    expect(processorsOf(tree, 'logs/in__b-0')).toEqual([
      'snapshotprocessor/_s0_in',
      'batch/small',
      'throughputmeasurement/_d0_logs_b-0',
      'snapshotprocessor/_d0_b-0',
      'batch/small',
      'throughputmeasurement/_d1_logs_b-0',
      'batch/b',
      'snapshotprocessor',
    ]);
  });

  it.each([
    ['1.7.9', false, false],
    ['1.8.0', true, false],
    ['v1.9.1', true, false],
    ['1.9.2', true, true],
    [undefined, true, true],
  ])('depends on the agent: version %s', (version, snapshots, measurements) => {
    const { text } = forAgent(WHOLE, version === undefined ? {} : { version }).config;
    expect(text.includes('snapshotprocessor')).toBe(snapshots);
    expect(text.includes('throughputmeasurement')).toBe(measurements);
    expect(text.includes('_agent_metrics')).toBe(measurements);
  });

  it('is only the own metrics where there are no pipelines, and the fixed text for agents without', () => {
    const { config } = forAgent('{sources: [{name: in}]}');
    expect(config.text).toMatch(/^# This configuration is managed by/);
    expect(config.tree).toHaveProperty(['service', 'pipelines'], {
      'metrics/_agent_metrics': {
        receivers: ['prometheus/_agent_metrics'],
        processors: ['batch/_agent_metrics'],
        exporters: ['otlphttp/_agent_metrics'],
      },
    });
    expect(forAgent('{sources: [{name: in}]}', { version: '1.9.0' }).config.text).toMatch(
      /^# This minimal configuration/,
    );
  });

  it('takes interval, agent and address as they are', () => {
    const { text } = forAgent(`{measurementInterval: 15m, ${WHOLE.slice(1)}`, {
      serverUrl: 'https://bp.example/',
    }).config;
    expect(text).toContain('scrape_interval: 15m\n');
    expect(forAgent(WHOLE).config.text).toContain('scrape_interval: 10s\n');
    expect(text).toContain('agent: A1\n');
    expect(text).toContain('endpoint: https://bp.example/v1/otlphttp\n');
  });

  it('is nothing for a raw configuration', () => {
    expect(forAgent('{raw: "receivers: {}\\n"}').config.text).toBe('receivers: {}\n');
  });

  it('comes from the Configuration', () => {
    const { provenance } = forAgent(WHOLE).config;
    expect(provenance).toContainEqual(
      expect.objectContaining({
        path: ['processors', 'snapshotprocessor'],
        at: expect.objectContaining({ file: 'c.yaml', line: 2 }),
      }),
    );
  });

  it('says what was never seen: no measurements, metrics made of logs', () => {
    expect(forAgent(`{measurementInterval: "off", ${WHOLE.slice(1)}`).config.unrendered).toEqual([
      expect.stringContaining('measurementInterval: off'),
    ]);
    const counting = typesBelow(BUILT_IN_FOLDER).get('processor', 'batch');
    if (counting === undefined) throw new Error('no type');
    const counted = (version: string): readonly string[] =>
      render(
        {
          'c.yaml':
            'kind: Configuration\nmetadata: {name: shop}\nspec: {sources: [{type: otlp, processors: [{type: count_logs}]}], destinations: [{type: dev_null}]}\n',
        },
        {
          types: {
            get: (kind, name) => (name === 'count_logs' ? { ...counting, name } : types.get(kind, name)),
            list: () => types.list(),
          },
          agent: { id: 'A1', version, serverUrl: '' },
        },
      ).config.unrendered;
    expect(counted('1.14.0')).toEqual([
      'cannot be rendered here: the pipelines that a server adds for agents because of type count_logs',
    ]);
    expect(counted('1.13.9')).toEqual([]);
  });
});
