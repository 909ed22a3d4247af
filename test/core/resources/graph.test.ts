import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Resource, ResourceKey } from '../../../src/core/bindplane/resource.ts';
import { KINDS } from '../../../src/core/bindplane/resource.ts';
import { buildGraph, kindOf } from '../../../src/core/resources/graph.ts';
import { resource } from '../../support/values.ts';

const RUNS = process.env['COLLIE_LAWS'] === 'full' ? 5000 : 50;

function graphOf(...resources: readonly Resource[]): ReturnType<typeof buildGraph> {
  return buildGraph(new Map(resources.map((one) => [one.key, one])));
}

const source = resource('Source/in', { spec: { type: 'otlp' } });
const destination = resource('Destination/out', { spec: { type: 'dev_null' } });
const batch = resource('Processor/tidy', { spec: { type: 'batch' } });
const edge = resource('Configuration/edge', {
  spec: {
    sources: [{ name: 'in', processors: [{ name: 'tidy:3' }] }],
    destinations: [{ name: 'out' }],
  },
});
const fleet = resource('Fleet/front', { spec: { configuration: 'edge' } });

describe('buildGraph', () => {
  it('puts what is needed first: by kind, then by name', () => {
    const other = resource('Source/a', { spec: { type: 'otlp' } });
    expect(graphOf(fleet, edge, destination, source, batch, other).order).toEqual([
      'Processor/tidy',
      'Source/a',
      'Source/in',
      'Destination/out',
      'Configuration/edge',
      'Fleet/front',
    ]);
  });

  it('keeps the order of kinds for what becomes free late', () => {
    const bundle = resource('Processor/a', { spec: { type: 'bundle', processors: [{ name: 'tidy' }] } });
    expect(graphOf(source, destination, bundle, batch).order).toEqual([
      'Processor/tidy',
      'Processor/a',
      'Source/in',
      'Destination/out',
    ]);
  });

  it('follows references in both directions, with the pinned version', () => {
    const graph = graphOf(fleet, edge, destination, source, batch);
    expect(graph.to('Processor/tidy')).toMatchObject([{ from: 'Configuration/edge', version: 3 }]);
    expect([...graph.dependents(['Processor/tidy'])]).toEqual(['Configuration/edge', 'Fleet/front']);
    expect(graph.dependencies(['Fleet/front'])).toContain('Destination/out');
  });

  it('lists what is missing, types of a catalogue not among it', () => {
    const types = new Set<ResourceKey>(['SourceType/otlp', 'DestinationType/dev_null']);
    const resources = new Map([
      [edge.key, edge],
      [source.key, source],
    ]);
    const graph = buildGraph(resources, (key) => types.has(key));
    expect(graph.missing.map(({ to }) => to)).toEqual(['Processor/tidy', 'Destination/out']);
  });

  it('names a circle and still orders everything', () => {
    const bundle = (name: string, other: string): Resource =>
      resource(`Processor/${name}`, { spec: { type: 'bundle', processors: [{ name: other }] } });
    const graph = graphOf(bundle('a', 'b'), bundle('b', 'a'), bundle('c', 'a'), source);
    expect(graph.cycles).toEqual([['Processor/a', 'Processor/b']]);
    expect(graph.order).toEqual(['Source/in', 'Processor/a', 'Processor/b', 'Processor/c']);
    expect(graph.dependents(['Processor/a'])).toContain('Processor/a');
  });

  it('law: without circles every resource comes after what it needs, whatever order the files had', () => {
    const edges = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 25 });
    fc.assert(
      fc.property(
        edges,
        fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], { minLength: 10 }),
        (pairs, order) => {
          const needs = (from: number): readonly number[] =>
            pairs.filter(([a, b]) => a === from && b < a).map(([, b]) => b);
          const processors = order.map((index) =>
            resource(`Processor/p${index}`, {
              spec: { processors: needs(index).map((need) => ({ name: `p${need}` })) },
            }),
          );
          const graph = graphOf(...processors);
          expect(graph.cycles).toEqual([]);
          for (const index of order) {
            for (const need of needs(index)) {
              expect(graph.order.indexOf(`Processor/p${need}`)).toBeLessThan(
                graph.order.indexOf(`Processor/p${index}`),
              );
            }
          }
          expect(graph.order).toEqual(graphOf(...processors.toReversed()).order);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('law: circles or not, each resource stands in the order once', () => {
    const edges = fc.array(fc.tuple(fc.nat(6), fc.nat(6)), { maxLength: 20 });
    fc.assert(
      fc.property(edges, (pairs) => {
        const processors = [0, 1, 2, 3, 4, 5, 6].map((index) =>
          resource(`Processor/p${index}`, {
            spec: {
              processors: pairs.filter(([from]) => from === index).map(([, to]) => ({ name: `p${to}` })),
            },
          }),
        );
        expect([...graphOf(...processors).order].sort()).toEqual(processors.map(({ key }) => key).sort());
      }),
      { numRuns: RUNS },
    );
  });
});

it('knows the kind in a key', () => {
  for (const kind of KINDS) expect(kindOf(`${kind}/a/b`)).toBe(kind);
});
