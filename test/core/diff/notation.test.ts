import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configModel } from '../../../src/core/diff/config-model.ts';
import { durationText, normalisedBody } from '../../../src/core/diff/notation.ts';
import { semanticDiff } from '../../../src/core/diff/semantic.ts';
import { canonicalJson } from '../../../src/core/document/digest.ts';
import type { Json, JsonMap } from '../../../src/core/document/node.ts';
import { LAW_TIMEOUT_MS } from '../report/hostile.ts';
import { catalogue } from './semantic-support.ts';

const RUNS = process.env['COLLIE_LAWS'] === 'full' ? 10_000 : 200;

describe('notation', () => {
  it.each([
    ['a duration at a key of one', { poll_interval: '60s' }, { poll_interval: '1m' }, true],
    ['a duration at any other key', { value: '60s' }, { value: '1m' }, false],
    ['a text of a label', { labels: { timeout: '60s' } }, { labels: { timeout: '1m' } }, false],
    [
      'a text deep in a label',
      { headers: { a: { timeout: '60s' } } },
      { headers: { a: { timeout: '1m' } } },
      false,
    ],
    ['a reference', { a: 'x-${A}' }, { a: 'x-${env:A}' }, true],
    ['what only looks like a reference', { a: '$${A}' }, { a: '$${env:A}' }, false],
    ['a protocol with its defaults', { protocols: { grpc: null } }, { protocols: { grpc: {} } }, true],
    ['nothing anywhere else', { tls: null }, { tls: {} }, false],
  ] as const)('%s', (_what, a, b, same) => {
    expect(canonicalJson(normalisedBody(a)) === canonicalJson(normalisedBody(b))).toBe(same);
  });

  it('a receiver may be called otherwise while an exporter keeps the id', () => {
    const config = (id: string): JsonMap => ({
      receivers: { [id]: { a: 1 } },
      exporters: { 'otlp/x': { b: 1 } },
      service: { pipelines: { logs: { receivers: [id], exporters: ['otlp/x'] } } },
    });
    expect(semanticDiff(config('otlp/x'), config('otlp/in'), catalogue).changes).toEqual([
      { kind: 'component', action: 'renamed', class: 'receivers', id: 'otlp/in', from: 'otlp/x' },
    ]);
  });
});

it('durations are read as Go reads them', () => {
  const texts = ['1s', '1000ms', '0.001ks', '1h30m', '1.5h', '5400s', '100µs', '1d', '', '60', '-1s'];
  expect(texts.map(durationText)).toEqual([
    '1000000000ns',
    '1000000000ns',
    undefined,
    '5400000000000ns',
    '5400000000000ns',
    '5400000000000ns',
    '100000ns',
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

describe('laws', () => {
  const types = ['otlp', 'filelog', 'file_log', 'otlphttp', 'batch', 'k8sattributes', 'odd'];
  const id = fc
    .tuple(fc.constantFrom(...types), fc.constantFrom('', '/a', '/b'))
    .map((parts) => parts.join(''));
  const value: fc.Arbitrary<Json> = fc.oneof(
    fc.constantFrom<Json>(null, {}, [], '1s', '1000ms', '${X}', '${env:X}', 'file_storage', 1, true),
    fc.dictionary(
      fc.constantFrom('timeout', 'endpoint', 'storage', 'labels', '__proto__'),
      fc.constantFrom<Json>('1s', '60s', null, 'x'),
    ),
  );
  const section = fc.dictionary(id, value, { maxKeys: 4 });
  const ids = fc.array(id, { maxLength: 3 });
  const pipeline = fc.record({ receivers: ids, processors: ids, exporters: ids }, { requiredKeys: [] });
  const config: fc.Arbitrary<JsonMap> = fc.record(
    {
      receivers: section,
      processors: section,
      exporters: fc.oneof(section, fc.constantFrom<Json>(null, 3)),
      connectors: section,
      extensions: section,
      odd: value,
      service: fc.record(
        {
          extensions: ids,
          pipelines: fc.dictionary(
            fc.constantFrom('logs', 'logs/a', 'traces', 'x'),
            fc.oneof(pipeline, fc.constantFrom<Json>(null, 1)),
            { maxKeys: 3 },
          ),
          telemetry: value,
          odd: value,
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  );
  const norm = (one: JsonMap): string => canonicalJson(configModel(one, catalogue).tree);

  it(
    'a config differs from itself in nothing',
    () => {
      fc.assert(
        fc.property(config, (one) => {
          expect(semanticDiff(one, one, catalogue).changes).toEqual([]);
        }),
        { numRuns: RUNS },
      );
    },
    LAW_TIMEOUT_MS,
  );

  it(
    'normalising a second time changes nothing',
    () => {
      fc.assert(
        fc.property(config, (one) => {
          const once = configModel(one, catalogue).tree;
          expect(configModel(once, catalogue).tree).toEqual(once);
        }),
        { numRuns: RUNS },
      );
    },
    LAW_TIMEOUT_MS,
  );

  it(
    'there are changes exactly where normalised configs differ, both ways',
    () => {
      fc.assert(
        fc.property(config, config, (a, b) => {
          const same = norm(a) === norm(b);
          expect(semanticDiff(a, b, catalogue).changes.length === 0).toBe(same);
          expect(semanticDiff(b, a, catalogue).changes.length === 0).toBe(same);
        }),
        { numRuns: RUNS },
      );
    },
    LAW_TIMEOUT_MS,
  );

  it(
    'lists without an order may be shuffled, processors may not',
    () => {
      const distinct = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 2 });
      fc.assert(
        fc.property(
          distinct.chain((list) =>
            fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
          ),
          ([list, other]) => {
            const of = (receivers: Json, processors: Json, exporters: Json): JsonMap => ({
              service: { extensions: receivers, pipelines: { logs: { receivers, processors, exporters } } },
            });
            expect(semanticDiff(of(list, ['p'], list), of(other, ['p'], other), catalogue).changes).toEqual(
              [],
            );
            const moved = semanticDiff(of([], list, []), of([], other, []), catalogue).changes;
            expect(moved.length > 0).toBe(list.join() !== other.join());
          },
        ),
        { numRuns: RUNS },
      );
    },
    LAW_TIMEOUT_MS,
  );
});
