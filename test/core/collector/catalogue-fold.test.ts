import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contradictions } from '../../../schemas/components/gen/contradictions.ts';
import { foldComponent, readingMistakes } from '../../../schemas/components/gen/fold.ts';
import type {
  BuiltObservation,
  Observed,
  Shape,
  SourceObservation,
} from '../../../schemas/components/gen/observation.ts';
import { minorsText, rangesOf } from '../../../schemas/components/gen/ranges.ts';

const COMPONENTS = resolve(import.meta.dirname, '../../../schemas/components');

function source(minor: number, over: Partial<SourceObservation>): SourceObservation {
  return {
    module: 'x/receiver/house',
    class: 'receivers',
    version: `0.${minor}.0`,
    type: 'house',
    stability: { beta: ['metrics'] },
    config: 'x.Config',
    ...over,
  };
}

function built(shapes: Readonly<Record<string, Shape>>, over: Partial<BuiltObservation>): BuiltObservation {
  return {
    class: 'receivers',
    type: 'house',
    names: ['house'],
    stability: {},
    config: 'x.Config',
    shapes,
    ...over,
  };
}

function observed(
  sources: readonly SourceObservation[],
  builts: Readonly<Record<number, BuiltObservation>> = {},
): Observed {
  return {
    source: new Map(sources.map((one) => [Number(one.version.split('.')[1]), one])),
    built: new Map(Object.entries(builts).map(([minor, one]) => [Number(minor), one])),
  };
}

describe('ranges of a fact', () => {
  it.each([
    ['always', '111111', [{}]],
    ['never', '000000', []],
    ['from one version to the next', '000111', [{ since: '0.105', notBefore: '0.103' }]],
    ['gone', '110000', [{ until: '0.102' }]],
    ['gone between two that were not read next to each other', '111000', [{ until: '0.105', last: '0.102' }]],
    ['gone and back', '100011', [{ until: '0.101' }, { since: '0.106' }]],
  ])('%s', (_, has, ranges) => {
    const read = [100, 101, 102, 105, 106, 107];
    expect(rangesOf(read, (at) => has[read.indexOf(at)] === '1')).toEqual(ranges);
  });

  it('writes versions as runs', () => {
    expect(minorsText([100, 101, 102, 105, 107, 108])).toBe('100-102 105 107-108');
  });
});

describe('folding a component', () => {
  const tls: Shape = { fields: { insecure: 'bool', ca_file: 'string' } };

  it('puts squashed keys beside the own ones and follows nested structs', () => {
    const shapes = {
      'x.Config': { fields: { endpoint: 'string', tls: 'struct:c.TLS' }, squash: ['c.Timeout'] },
      'c.TLS': tls,
      'c.Timeout': { fields: { timeout: 'duration' } },
    };
    expect(foldComponent(observed([source(100, { shapes })]))?.detail).toEqual({
      fields: {
        endpoint: 'string',
        timeout: 'duration',
        tls: { fields: { ca_file: 'string', insecure: 'bool' } },
      },
    });
  });

  it('says nothing of keys at a version where a part could not be read', () => {
    const whole = { 'x.Config': { fields: { endpoint: 'string' }, squash: ['c.TLS'] }, 'c.TLS': tls };
    const part = { 'x.Config': { fields: { endpoint: 'string' }, incomplete: true } };
    const all = [source(100, { shapes: part }), source(101, { shapes: whole })];
    expect(foldComponent(observed(all))?.detail.fields).toEqual({
      ca_file: 'string',
      endpoint: 'string',
      insecure: 'bool',
    });
  });

  it('calls a config that decodes itself open, unless its factory was asked and refused', () => {
    const shapes = { 'x.Config': { fields: { endpoint: 'string' }, custom: true } };
    expect(foldComponent(observed([source(100, { shapes })]))?.detail.open).toBe(true);
    const asked = observed([source(100, { shapes })], { 100: built(shapes, {}) });
    expect(foldComponent(asked)?.detail.open).toBeUndefined();
    const lenient = observed([source(100, { shapes })], { 100: built(shapes, { lenient: [''] }) });
    expect(foldComponent(lenient)?.detail.open).toBe(true);
  });

  it('leaves out fields that the factory refuses all the same', () => {
    const shapes = { 'x.Config': { fields: { endpoint: 'string', old: 'string' } } };
    const asked = observed([source(100, { shapes })], { 100: built(shapes, { refused: ['old'] }) });
    expect(foldComponent(asked)?.detail.fields).toEqual({ endpoint: 'string' });
    expect(readingMistakes(asked)).toEqual(['0.100 old (source only)']);
  });

  it('refers to the table of metrics instead of repeating it', () => {
    const shapes = {
      'x.Config': { fields: { metrics: 'struct:x.Metrics' } },
      'x.Metrics': { fields: { 'a.b': 'struct:x.Metric', 'a.c': 'struct:x.Metric' } },
      'x.Metric': { fields: { enabled: 'bool' } },
    };
    const all = [
      source(100, { shapes, metrics: { 'a.b': true, 'a.c': false } }),
      source(101, { shapes, metrics: { 'a.b': true } }),
    ];
    expect(foldComponent(observed(all))?.detail).toEqual({
      metrics: { always: ['a.b'], ranges: { 'a.c': [{ until: '0.101' }] }, on: ['a.b'] },
      fields: { metrics: { named: 'metrics', each: { fields: { enabled: 'bool' } } } },
    });
  });

  it('stops at a type that holds itself', () => {
    const shapes = { 'x.Config': { fields: { and: 'list:x.Config' } } };
    const folded = foldComponent(observed([source(100, { shapes })]))?.detail.fields;
    expect(JSON.stringify(folded)).toBe('{"and":"list"}');
  });

  it('keeps every name, distribution and level of a signal with its versions', () => {
    const all = [
      source(100, { distributions: ['contrib'] }),
      source(101, {
        type: 'new_house',
        deprecated: 'house',
        distributions: ['contrib', 'k8s'],
        stability: { stable: ['metrics'] },
      }),
    ];
    expect(foldComponent(observed(all))).toMatchObject({
      class: 'receivers',
      type: 'new_house',
      entry: {
        read: { metadata: '100-101', source: '100-101' },
        names: { always: ['house'], ranges: { new_house: [{ since: '0.101' }] } },
        distributions: { always: ['contrib'], ranges: { k8s: [{ since: '0.101' }] } },
        signals: { metrics: { beta: [{ until: '0.101' }], stable: [{ since: '0.101' }] } },
      },
    });
  });
});

describe('hand-made facts', () => {
  it('contradict what was read only where that is known', () => {
    expect(contradictions(COMPONENTS)).toEqual([
      // The release manifest of the distribution decides; the metadata of these names contrib only.
      'otelcol-k8s 0.158.0 lists processors metricsgeneration; its metadata says otherwise',
      'otelcol-k8s 0.158.0 lists connectors span_metrics; its metadata says otherwise',
    ]);
  });
});

describe('values that were tried', () => {
  const shapes = {
    'x.Config': { fields: { level: 'string', size: 'string', tags: 'list', workers: 'int' } },
  };
  const fold = (builts: Readonly<Record<number, BuiltObservation>>): unknown =>
    foldComponent(observed([source(110, { shapes }), source(120, { shapes })], builts))?.detail.fields;

  it('become kinds that take nothing else, words and least numbers', () => {
    const values = {
      words: { level: ['High', 'high', 'low'] },
      numeric: ['size'],
      lists: ['tags'],
      least: { workers: 1 },
    };
    expect(fold({ 110: built(shapes, { values }) })).toEqual({
      level: { kind: 'text', words: { always: ['high', 'low'] } },
      size: 'string',
      tags: 'plain list',
      workers: { kind: 'int', least: 1 },
    });
  });

  it('count only where every version that was tried has them', () => {
    const first = { words: { level: ['low'] }, lists: ['tags'], least: { workers: 1 } };
    const second = { words: { level: ['low', 'high'] }, numeric: ['size'], least: { workers: 0 } };
    expect(fold({ 110: built(shapes, { values: first }), 120: built(shapes, { values: second }) })).toEqual({
      level: {
        kind: 'text',
        words: { always: ['low'], ranges: { high: [{ since: '0.120', notBefore: '0.111' }] } },
      },
      size: 'string',
      tags: 'list',
      workers: { kind: 'int', least: 0 },
    });
  });
});
