import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMap } from '../../../src/core/document/node.ts';
import type { Json, JsonMap } from '../../../src/core/document/node.ts';
import { parseYaml } from '../../../src/core/document/yaml.ts';
import { coalesce, fill, mergeFiles, overlay } from '../../../src/core/kubernetes/merge.ts';
import { plainOf, provenanceIn, tracedMap, tracedNode } from '../../../src/core/kubernetes/traced.ts';
import type { TracedMap } from '../../../src/core/kubernetes/traced.ts';

const mapOf = (value: JsonMap): TracedMap => tracedMap(value, {});
const both = (merge: (a: TracedMap, b: TracedMap) => TracedMap, a: JsonMap, b: JsonMap): Json =>
  plainOf(merge(mapOf(a), mapOf(b)));

describe('files of values', () => {
  it('merge maps, and replace everything else', () => {
    expect(both(mergeFiles, { a: { b: 1, c: [1, 2] }, d: 'x' }, { a: { c: [3] }, d: { e: 1 } })).toEqual({
      a: { b: 1, c: [3] },
      d: { e: 1 },
    });
  });

  it('keep a null of the later file, which removes a whole map', () => {
    expect(both(mergeFiles, { a: { b: 1 } }, { a: null })).toEqual({ a: null });
  });
});

describe('values over defaults', () => {
  it('win, and fill up with defaults below maps', () => {
    expect(both(coalesce, { a: { b: 1 }, l: [] }, { a: { b: 2, c: 3 }, l: [1], n: 'd' })).toEqual({
      a: { b: 1, c: 3 },
      l: [],
      n: 'd',
    });
  });

  it('remove a default with null, and keep a null that has none', () => {
    expect(both(coalesce, { a: { gone: null, stays: null } }, { a: { gone: { x: 1 } } })).toEqual({
      a: { stays: null },
    });
  });

  it('keep every null for a chart below another', () => {
    expect(plainOf(coalesce(mapOf({ a: null }), mapOf({ a: { x: 1 } }), true))).toEqual({ a: null });
  });
});

describe('merges inside templates', () => {
  it('overlay replaces with empty values and null too', () => {
    expect(both(overlay, { a: [1], b: 'x', c: { d: 1 }, e: 1 }, { a: [], b: '', c: {}, e: null })).toEqual({
      a: [],
      b: '',
      c: { d: 1 },
      e: null,
    });
  });

  it('fill adds where there is nothing, and null adds nothing', () => {
    expect(both(fill, { a: 0, b: 'x', c: {} }, { a: 2, b: 'y', c: { d: 1 }, e: null })).toEqual({
      a: 2,
      b: 'x',
      c: { d: 1 },
    });
  });
});

it('reads the words of YAML 1.1 as Helm and kubectl do, and quoted ones as text', () => {
  const root = parseYaml('v.yaml', 'a: yes\nb: "yes"\nc: [off, Off, n, "n"]\nd: 010\n').documents[0]?.root;
  if (root === undefined) throw new Error('unreadable');
  expect(plainOf(tracedNode(root))).toEqual({ a: true, b: 'yes', c: [false, false, false, 'n'], d: 8 });
});

const json: fc.Arbitrary<Json> = fc.letrec<{ node: Json; map: JsonMap }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<Json>(null, '', 0, false, 'x', 1),
    fc.array(tie('node'), { maxLength: 2 }),
    tie('map'),
  ),
  map: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('node')),
})).map;

describe('laws', () => {
  const maps = json.filter(isMap);

  it('what values say, and is not null, stays what it is', () => {
    fc.assert(
      fc.property(maps, maps, (values, defaults) => {
        const merged = plainOf(coalesce(mapOf(values), mapOf(defaults)));
        const said = Object.entries(values).filter(([, value]) => value !== null && !isMap(value));
        expect(merged).toMatchObject(Object.fromEntries(said));
        expect(plainOf(coalesce(mapOf(values), mapOf({})))).toEqual(values);
      }),
      { numRuns: process.env['COLLIE_LAWS'] === 'full' ? 5000 : 50 },
    );
  }, 120_000);

  it('each place of a merged map is that of one of the two', () => {
    fc.assert(
      fc.property(maps, maps, (base, over) => {
        const merged = overlay(tracedMap(base, { why: 'base' }), tracedMap(over, { why: 'over' }));
        const reasons = new Set(provenanceIn(merged).added.map(({ why }) => why));
        expect([...reasons].every((why) => ['base', 'over'].includes(why))).toBe(true);
      }),
      { numRuns: process.env['COLLIE_LAWS'] === 'full' ? 5000 : 50 },
    );
  }, 120_000);
});
