import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCatalogue } from '../../../src/core/collector/catalogue.ts';
import { COMPONENT_CLASSES } from '../../../src/core/collector/component-id.ts';
import { type ObservedField, readObserved } from '../../../src/core/collector/observed.ts';
import { rangeState, readMinors, type VersionRange } from '../../../src/core/collector/version-range.ts';
import type { JsonMap } from '../../../src/core/document/node.ts';
import { builtInCatalogue, catalogueFiles } from '../../support/catalogue.ts';

describe('ranges', () => {
  it('reads runs of minors and nothing else', () => {
    expect(readMinors('100-102 105')).toEqual([100, 101, 102, 105]);
    expect(readMinors('x 7- -3 9')).toEqual([9]);
    expect(readMinors('')).toEqual([]);
  });

  it('agrees with every version that was read (law)', () => {
    const history = fc.array(fc.record({ gap: fc.integer({ min: 1, max: 3 }), has: fc.boolean() }), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(history, (steps) => {
        let at = 100;
        const read = steps.map(({ gap, has }) => ({ at: (at += gap), has }));
        const minors = read.map((one) => one.at);
        const ranges = fold(read);
        for (const one of read) {
          expect(rangeState(ranges, one.at, minors)).toBe(one.has ? 'holds' : 'holds-not');
        }
        expect(rangeState(ranges, 100, minors)).toBe('unsure');
      }),
      { numRuns: 50 },
    );
  });
});

/** Ranges as the generator folds them, for the law. */
function fold(read: readonly { readonly at: number; readonly has: boolean }[]): readonly VersionRange[] {
  const found: VersionRange[] = [];
  for (const [index, { at, has }] of read.entries()) {
    const before = read[index - 1];
    if (!has) continue;
    if (before?.has !== true) {
      found.push(
        before === undefined
          ? {}
          : { since: `0.${at}`, ...(before.at + 1 < at ? { notBefore: `0.${before.at + 1}` } : {}) },
      );
    }
    const next = read[index + 1];
    if (next?.has === false) {
      const last = found.pop() ?? {};
      found.push({ ...last, until: `0.${next.at}`, ...(at + 1 < next.at ? { last: `0.${at}` } : {}) });
    }
  }
  return found;
}

describe('the committed data', () => {
  const files = catalogueFiles();
  const observed = readObserved(files);
  const catalogue = builtInCatalogue();

  it('covers the often used components, each with a file, and no file without a component', () => {
    expect(observed.all.length).toBeGreaterThan(55);
    const named = observed.all.map((one) => `${one.class}/${one.type}`).toSorted();
    expect(
      Object.keys(files)
        .filter((name) => name.includes('/'))
        .toSorted(),
    ).toEqual(named);
  });

  it('is below a megabyte', () => {
    expect(JSON.stringify(files).length).toBeLessThan(1_000_000);
  });

  it('reads no file of a component before somebody asks for it', () => {
    const asked: string[] = [];
    const lazy: Record<string, JsonMap> = {};
    for (const [name, value] of Object.entries(files)) {
      const get = (): JsonMap => {
        asked.push(name);
        return value as JsonMap;
      };
      Object.defineProperty(lazy, name, { enumerable: true, get });
    }
    const own = readCatalogue(lazy);
    own.component('otelcol-contrib', '0.139.0', 'receivers', 'filelog');
    own.signal('receivers', 'filelog', 'logs', '0.139.0');
    expect(asked.filter((name) => name.includes('/'))).toEqual([]);
    own.field(['receivers', 'filelog', 'include'], '0.139.0');
    own.field(['receivers', 'filelog', 'exclude'], '0.139.0');
    expect(asked.filter((name) => name.includes('/'))).toEqual(['receivers/file_log']);
  });

  it('knows every name once within a class', () => {
    for (const name of COMPONENT_CLASSES) {
      const names = observed.all.filter((one) => one.class === name).flatMap((one) => [...one.names.keys()]);
      expect(names.filter((one, index) => names.indexOf(one) !== index)).toEqual([]);
    }
  });

  it('holds only kinds and versions that are read', () => {
    const kinds = new Set<string>();
    const versions = new Set<string>();
    const walk = (at: ObservedField): void => {
      kinds.add(at.kind);
      for (const version of at.ranges.flatMap((range) => Object.values(range))) versions.add(String(version));
      for (const name of at.names) {
        const below = at.child(name);
        if (below !== undefined) walk(below);
      }
    };
    for (const one of observed.all) {
      const root = one.fields();
      if (root !== undefined) walk(root);
    }
    expect([...kinds].toSorted()).toEqual([
      'any',
      'bool',
      'duration',
      'float',
      'int',
      'list',
      'map',
      'plain list',
      'string',
      'struct',
      'text',
    ]);
    for (const version of versions) expect(version).toMatch(/^0\.1[0-5]\d$/);
  });

  it.each([
    [['receivers', 'kubeletstats', 'metrics', 'k8s.pod.volume.usage'], '0.128.0', 'too-new'],
    [
      ['receivers', 'hostmetrics', 'scrapers', 'memory', 'metrics', 'system.memory.limit'],
      '0.139.0',
      'present',
    ],
    [
      ['receivers', 'hostmetrics', 'scrapers', 'memory', 'metrics', 'system.network.io'],
      '0.139.0',
      'never-known',
    ],
    [['receivers', 'hostmetrics', 'collection_intervall'], '0.139.0', 'unknown'],
    [['processors', 'batch', 'send_batch_sizee'], '0.139.0', 'never-known'],
    [['processors', 'k8sattributes', 'enabled'], '0.139.0', 'never-known'],
    [['exporters', 'otlp', 'batcher'], '0.139.0', 'removed'],
    [['exporters', 'otlp_grpc', 'sending_queue', 'batch', 'sizer'], '0.158.0', 'present'],
    [['exporters', 'debug', 'output_paths'], '0.139.0', 'too-new'],
    [['extensions', 'file_storage', 'max_size'], '0.139.0', 'too-new'],
  ])('%j at %s: %s', (path, version, expected) => {
    const verdict = catalogue.field(path, version);
    expect(verdict.verdict === 'absent' ? verdict.reason : verdict.verdict).toBe(expected);
  });

  it.each([
    ['exporters', 'loadbalancing', 'metrics', '0.158.0', 'supported'],
    ['exporters', 'zipkin', 'metrics', '0.139.0', 'unsupported'],
    ['processors', 'tail_sampling', 'logs', '0.139.0', 'unsupported'],
    ['connectors', 'spanmetrics', 'traces_to_metrics', '0.139.0', 'supported'],
  ] as const)('%s %s in %s at %s: %s', (section, type, signal, version, expected) => {
    expect(catalogue.signal(section, type, signal, version).verdict).toBe(expected);
  });
});
