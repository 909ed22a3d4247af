import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ResourceKey } from '../../../src/core/bindplane/resource.ts';
import { canonicalJson } from '../../../src/core/document/digest.ts';
import { LIMITS } from '../../../src/core/document/limits.ts';
import type { JsonMap } from '../../../src/core/document/node.ts';
import { diffConfigs } from '../../../src/core/diff/configs.ts';
import { diffJson, diffResources } from '../../../src/core/diff/resources.ts';
import { withRenames } from '../../../src/core/diff/renames.ts';
import { resource } from '../../support/values.ts';

const RUNS = process.env['COLLIE_LAWS'] === 'full' ? 10_000 : 100;

function set(
  entries: Readonly<Record<string, JsonMap>>,
): ReadonlyMap<ResourceKey, ReturnType<typeof resource>> {
  return new Map(
    Object.entries(entries).map(([key, spec]) => [
      key as ResourceKey,
      resource(key as ResourceKey, { spec, digest: canonicalJson(spec) }),
    ]),
  );
}

function fields(before: JsonMap, after: JsonMap): readonly string[] {
  return diffResources(set({ 'Source/a': before }), set({ 'Source/a': after }))[0]?.fields ?? [];
}

describe('diffResources', () => {
  it('says what is new, gone, changed and the same, in the order a server must receive it', () => {
    const base = set({ 'Configuration/c': {}, 'Source/b': {}, 'Source/a': { type: 'x' } });
    const head = set({ 'Configuration/c': {}, 'Destination/d': {}, 'Source/a': { type: 'y' } });
    expect(diffResources(base, head).map(({ action, key }) => `${action} ${key}`)).toEqual([
      'update Source/a',
      'delete Source/b',
      'create Destination/d',
      'unchanged Configuration/c',
    ]);
  });

  it('names items of lists by name, else id, else type', () => {
    const before = {
      parameters: [{ name: 'port', value: 1 }],
      processors: [{ id: 'p1', type: 'batch' }],
      sources: [{ type: 'host' }],
    };
    const after = {
      parameters: [{ name: 'port', value: 2 }],
      processors: [{ id: 'p1', type: 'custom' }],
      sources: [{ type: 'host', disabled: true }],
    };
    expect(fields(before, after)).toEqual([
      'spec.parameters.port.value',
      'spec.processors.p1.type',
      'spec.sources.host.disabled',
    ]);
  });

  it('tells an item put in front as one addition', () => {
    const items = (...names: string[]): JsonMap => ({ sources: names.map((name) => ({ name })) });
    expect(fields(items('b', 'c'), items('a', 'b', 'c'))).toEqual(['spec.sources.a']);
  });

  it('tells another order as a move, because the order of processors counts', () => {
    const items = (...names: string[]): JsonMap => ({ processors: names.map((name) => ({ name })) });
    expect(diffJson('p', items('a', 'b'), items('b', 'a'))).toEqual([
      { path: 'p.processors', action: 'moved' },
    ]);
  });

  it('keeps items with the same name apart', () => {
    const items = (...ports: number[]): JsonMap => ({
      sources: ports.map((port) => ({ type: 'tcp', port })),
    });
    expect(fields(items(1, 2), items(1, 3))).toEqual(['spec.sources.tcp#2.port']);
  });

  it('compares lists of plain values as a whole', () => {
    expect(fields({ telemetry: ['Logs'] }, { telemetry: ['Logs', 'Traces'] })).toEqual(['spec.telemetry']);
  });

  it('never carries values, which may be secret', () => {
    const [change] = diffResources(
      set({ 'Source/a': { parameters: [{ name: 'token', value: 'old-secret' }] } }),
      set({ 'Source/a': { parameters: [{ name: 'token', value: 'new-secret' }] } }),
    );
    expect(JSON.stringify([change?.fields, change?.details])).not.toContain('secret');
  });

  it('law: a value differs from itself nowhere, and from another value somewhere, both ways', () => {
    const json = fc.jsonValue({ maxDepth: 3 }).map((value) => value as JsonMap);
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(diffJson('', a, a)).toEqual([]);
        const same = canonicalJson(a) === canonicalJson(b);
        expect(diffJson('', a, b).length === 0).toBe(same);
        expect(diffJson('', b, a).length === 0).toBe(same);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('diffConfigs', () => {
  const header = (version: number): string =>
    `# This configuration is managed by Bindplane.\n# Configuration: edge:${version}\n`;

  it('shows changed lines with three lines of context', () => {
    const before = `${header(1)}a:\n    b: 1\nc: 2\nd: 3\ne: 4\nf: 5\n`;
    const after = before.replace('e: 4', 'e: 5');
    expect(diffConfigs(before, after)).toEqual({
      added: 1,
      removed: 1,
      hunks: [
        { beforeLine: 4, afterLine: 4, lines: ['     b: 1', ' c: 2', ' d: 3', '-e: 4', '+e: 5', ' f: 5'] },
      ],
    });
  });

  it('passes over the header, which only names a version', () => {
    expect(diffConfigs(`${header(1)}a: 1\n`, `${header(2)}a: 1\n`)).toEqual({
      added: 0,
      removed: 0,
      hunks: [],
    });
  });

  it('counts lines of a new config', () => {
    expect(diffConfigs('', `${header(1)}a: 1\nb: 2\n`)).toMatchObject({ added: 2, removed: 0 });
  });

  it('says rewritten when two texts have little in common', () => {
    const lines = (word: string): string =>
      Array.from({ length: LIMITS.diff.editLength }, (_, i) => `${word}${i}: 1\n`).join('');
    const diff = diffConfigs(lines('a'), lines('b'));
    expect(diff).toEqual({ added: 2000, removed: 2000, hunks: [], rewritten: true });
  });

  it('law: counts are the counted lines, and the new text follows from hunks and the old one', () => {
    const text = fc
      .array(fc.constantFrom('a: 1', 'b: 2', 'c: 3', 'd: 4'), { maxLength: 30 })
      .map((lines) => lines.map((line) => `${line}\n`).join(''));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const diff = diffConfigs(before, after);
        const lines = diff.hunks.flatMap((hunk) => hunk.lines);
        expect(lines.filter((line) => line.startsWith('+'))).toHaveLength(diff.added);
        expect(lines.filter((line) => line.startsWith('-'))).toHaveLength(diff.removed);
        expect(patched(before, diff.hunks)).toBe(after);
      }),
      { numRuns: RUNS },
    );
  });
});

function patched(before: string, hunks: ReturnType<typeof diffConfigs>['hunks']): string {
  const old = before.split('\n').slice(0, -1);
  const result: string[] = [];
  let at = 0;
  for (const hunk of hunks) {
    const removed = hunk.lines.filter((line) => !line.startsWith('+')).length;
    const start = removed === 0 ? hunk.beforeLine : hunk.beforeLine - 1;
    result.push(...old.slice(at, start));
    result.push(...hunk.lines.filter((line) => !line.startsWith('-')).map((line) => line.slice(1)));
    at = start + removed;
  }
  return [...result, ...old.slice(at)].map((line) => `${line}\n`).join('');
}

describe('a resource under another name', () => {
  const renames = (
    base: Readonly<Record<string, JsonMap>>,
    head: Readonly<Record<string, JsonMap>>,
  ): readonly string[] =>
    withRenames(diffResources(set(base), set(head))).map(
      ({ action, key, renamedFrom, renamedTo }) => `${action} ${key} ${renamedFrom ?? renamedTo ?? ''}`,
    );

  it('is a rename where its content is the same', () => {
    expect(renames({ 'Source/old': { type: 'otlp' } }, { 'Source/new': { type: 'otlp' } })).toEqual([
      'create Source/new Source/old',
      'delete Source/old Source/new',
    ]);
  });

  it('is a new one where its content or kind differs, or where several could be meant', () => {
    const other = { type: 'otlp' };
    expect(renames({ 'Source/old': other }, { 'Source/new': { type: 'file' } }).join()).not.toMatch(
      /old.*old|new.*new/,
    );
    expect(renames({ 'Source/a': other }, { 'Destination/b': other })).toEqual([
      'delete Source/a ',
      'create Destination/b ',
    ]);
    expect(renames({ 'Source/a': other, 'Source/b': other }, { 'Source/c': other })).toEqual([
      'delete Source/a ',
      'delete Source/b ',
      'create Source/c ',
    ]);
  });
});
