import { describe, expect, it } from 'vitest';
import { lazyTypes, overrideTypes, readTypes, type TypeDocument } from '../../../src/core/bindplane/types.ts';

function document(name: string, description: string): TypeDocument {
  const metadata = { name, description };
  return { file: `${name}.yaml`, value: { kind: 'SourceType', metadata, spec: {} }, verified: true };
}

describe('types that are read at their first use', () => {
  it('are read once, when somebody asks, and are then the same as any', () => {
    const asked: string[] = [];
    const types = lazyTypes(
      ['b', 'a'].map((name) => ({
        kind: 'SourceType',
        name,
        document: () => {
          asked.push(name);
          return document(name, 'own');
        },
      })),
    );
    expect(asked).toEqual([]);
    expect(types.get('source', 'b')).toEqual(readTypes([document('b', 'own')]).types.get('source', 'b'));
    expect(types.get('source', 'b')).toBe(types.get('source', 'b'));
    expect(types.get('source', 'c')).toBeUndefined();
    expect(types.get('destination', 'b')).toBeUndefined();
    expect(asked).toEqual(['b']);
    expect(types.list().map(({ name }) => name)).toEqual(['a', 'b']);
    expect(asked).toEqual(['b', 'a']);
  });

  it('are as if absent when they are broken', () => {
    const broken = { file: 'x.yaml', value: { kind: 'SourceType', metadata: {} }, verified: true };
    const types = lazyTypes([{ kind: 'SourceType', name: 'x', document: () => broken }]);
    expect(types.get('source', 'x')).toBeUndefined();
    expect(types.list()).toEqual([]);
  });

  it('give way to others of their name', () => {
    const own = lazyTypes(
      ['a', 'b'].map((name) => ({ kind: 'SourceType', name, document: () => document(name, 'own') })),
    );
    const both = overrideTypes(own, readTypes([document('b', 'theirs'), document('c', 'theirs')]).types);
    expect(both.list().map(({ name, description }) => `${name} ${description}`)).toEqual([
      'a own',
      'b theirs',
      'c theirs',
    ]);
    expect(both.get('source', 'b')?.description).toBe('theirs');
    expect(both.get('source', 'a')?.description).toBe('own');
  });
});
