import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/core/document/finding.ts';
import { at, entry, plain, type Json, type Node } from '../../../src/core/document/node.ts';
import { parseYaml } from '../../../src/core/document/yaml.ts';

/** What gopkg.in/yaml.v3 v3.0.1 made of each text, decoded into `interface{}` with a real Go. */
type Recorded = { readonly text: string; readonly value?: Json; readonly error?: string };
const RECORDED = JSON.parse(
  readFileSync(join(import.meta.dirname, 'golden', 'go-yaml-read.json'), 'utf8'),
) as readonly Recorded[];

const RUNS = process.env['COLLIE_LAWS'] === 'full' ? 20_000 : 200;

function told(findings: readonly Finding[]): string[] {
  return findings.map(({ at, message }) => `${at?.line}:${at?.column} ${message}`);
}

function root(text: string): Node | undefined {
  const { documents, findings } = parseYaml('a.yaml', text);
  expect(told(findings)).toEqual([]);
  return documents[0]?.root;
}

/** A value in the form of the recordings: integers beyond 2^53 and special floats spelled out. */
function recordable(value: Json): Json {
  if (typeof value === 'bigint') return { int: String(value) };
  if (typeof value === 'number' && !Number.isFinite(value)) return { float: String(value) };
  if (typeof value === 'number' && Object.is(value, -0)) return { float: '-0' };
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(recordable);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, recordable(member)]));
}

/** Where reading differs on purpose, or in a corner where the library does not follow; each with its reason. */
const DIFFERENT: ReadonlyMap<string, string> = new Map([
  ['a: !!binary aGk=\n', "tags of one's own are refused (SEC-79)"],
  ['a: !foo x\n', "tags of one's own are refused (SEC-79)"],
  ['a: !!set {x}\n', "tags of one's own are refused (SEC-79)"],
  ['a: !!map [x]\n', 'a tag that contradicts its value is refused'],
  ['a: !!seq {x: 1}\n', 'a tag that contradicts its value is refused'],
  ['a: 2024-01-01\n', 'a timestamp keeps its text'],
  ['2024-01-01: a\n', 'a timestamp keeps its text'],
  ['a: 2024-01-01T10:00:00Z\n', 'a timestamp keeps its text'],
  ['a: 2024-01-01 10:00:00\n', 'a timestamp keeps its text'],
  ['null: a\n', 'Go prints the key as <nil>'],
  ['~: a\n', 'Go prints the key as <nil>'],
  ['0x10: a\n16: b\n', 'Go overwrites the first silently'],
  ['a: b\n... x\n', 'Go reads only the first document here'],
  [' a: 1\nb: 2\n', 'Go reads only the first document here'],
  ['a: [x,\n\ty]\n', 'tabs that indent are refused between brackets too'],
  ['a: {\n\tb: c\n}\n', 'tabs that indent are refused between brackets too'],
  ['a: "x\n\ty"\n', 'tabs that indent are refused in quotes too'],
  ['a: \u0085b\n', 'U+0085 is no line break in YAML 1.2'],
  ['a: x\u2028b: c\n', 'U+2028 is no line break in YAML 1.2'],
]);

describe('parseYaml reads what Go reads', () => {
  it.each(
    RECORDED.filter(({ text }) => !DIFFERENT.has(text)).map((one) => [one.text.slice(0, 60), one] as const),
  )('%j', (_name, { text, value, error }) => {
    const { documents, findings } = parseYaml('a.yaml', text);
    expect(told(findings).length > 0).toBe(error !== undefined);
    const read = error === undefined ? recordable(plain(documents[0]?.root)) : undefined;
    expect(read).toEqual(value);
  });

  it.each([...DIFFERENT])('%j differs: %s', (text) => {
    const recorded = RECORDED.find((one) => one.text === text);
    const { documents, findings } = parseYaml('a.yaml', text);
    const same =
      findings.length > 0 === (recorded?.error !== undefined) &&
      JSON.stringify(recordable(plain(documents[0]?.root))) === JSON.stringify(recorded?.value);
    expect(recorded).toBeDefined();
    expect(same).toBe(false);
  });

  it('never throws, and places every finding inside the file', () => {
    const piece = fc.constantFrom(
      'a',
      '1',
      '-',
      ':',
      ': ',
      ' ',
      '  ',
      '#',
      '\n',
      '\n  ',
      '- ',
      '\t',
      "'",
      '"',
      '{',
      '}',
      '[',
      ']',
      ',',
      '&a ',
      '*a',
      '!',
      '!!str ',
      '| ',
      '>-\n',
      '%',
      '@',
      '`',
      '? ',
      '<<: ',
      '~',
      '\\',
      '---\n',
      '...\n',
      '%YAML 1.2\n',
      '\u0000',
      '\ud800',
      '\ufeff',
      '__proto__: ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const text = pieces.join('');
        const lines = text.split('\n').length;
        for (const { at } of parseYaml('a.yaml', text).findings) {
          expect(at?.line).toBeGreaterThanOrEqual(1);
          expect(at?.column).toBeGreaterThanOrEqual(1);
          expect(at?.endLine).toBeLessThanOrEqual(lines);
        }
      }),
      { numRuns: RUNS },
    );
  }, 120_000);
});

describe('places', () => {
  it('of keys, scalars, lists and blocks', () => {
    const node = root('a: x\nb:\n  - "y"\n  - {c: 1}\nd: |\n  one\n  two\n\ne: 2\n');
    expect(entry(node, 'a')?.keyAt).toEqual({ file: 'a.yaml', line: 1, column: 1, endLine: 1, endColumn: 2 });
    expect(at(node, 'a')?.at).toEqual({ file: 'a.yaml', line: 1, column: 4, endLine: 1, endColumn: 5 });
    expect(at(node, 'b', 0)?.at).toMatchObject({ line: 3, column: 5, endColumn: 8 });
    expect(at(node, 'b', 1, 'c')?.at).toMatchObject({ line: 4, column: 9 });
    expect(at(node, 'b')?.at).toMatchObject({ line: 3, column: 3, endLine: 4, endColumn: 11 });
    expect(at(node, 'd')?.at).toMatchObject({ line: 5, column: 4, endLine: 7, endColumn: 6 });
  });

  it('of an alias and of merged keys are where their text stands', () => {
    const node = root('base: &b\n  x: 1\nuse: *b\nmerged:\n  <<: *b\n  y: 2\n');
    expect(at(node, 'use', 'x')?.at).toMatchObject({ line: 2, column: 6 });
    expect(entry(at(node, 'merged'), 'x')?.keyAt).toMatchObject({ line: 2, column: 3 });
    expect(plain(at(node, 'merged'))).toEqual({ y: 2, x: 1 });
  });

  it('count from 1 behind a byte order mark and with CRLF', () => {
    expect(entry(root('\ufeffa: 1\r\nb: 2\r\n'), 'a')?.keyAt).toMatchObject({ line: 1, column: 1 });
    expect(entry(root('\ufeffa: 1\r\nb: 2\r\n'), 'b')?.keyAt).toMatchObject({ line: 2, column: 1 });
  });
});

describe('findings', () => {
  it.each([
    [
      'a: 1\nb: 2\na: 3\n',
      ['3:1 Key "a" stands twice in this map; it is already on line 1. Go\'s YAML reader refuses the file.'],
    ],
    ['a: *none\n', ['1:4 There is no anchor "none" above.']],
    ['a: &a\n  b: *a\n', ['2:6 The value of anchor "a" contains itself.']],
    [
      'a: "\\/x"\n',
      ['1:5 Escape "\\/" is refused by Go\'s YAML reader (found unknown escape character). Write "/".'],
    ],
    ['__proto__: 1\n', ['1:1 Key "__proto__" is not allowed. Choose another name.']],
    ['a:\n\tb: 1\n', ['2:1 A tab stands where only blanks may. Nothing from here on is read.']],
    ['? [a]\n: b\n', ['1:3 A map or a list cannot be a key.']],
    ['a: !Ref x\n', ['1:9 Tag "!Ref" is not known here. Remove it.']],
    [
      '%YAML 1.2\n---\na: 1\n',
      [
        '1:1 Directive "%YAML 1.2" is refused by the Collector and by BindPlane (found incompatible YAML document). Remove the line.',
      ],
    ],
    ['a: b\u0007c\n', ['1:5 Character U+0007 is not allowed in YAML.']],
    ['a: {<<: 3}\n', ['1:5 "<<" takes a map or a list of maps.']],
  ])('%j', (text, findings) => {
    expect(told(parseYaml('a.yaml', text).findings)).toEqual(findings);
  });

  it('point from the second of two equal keys to the first', () => {
    const [finding] = parseYaml('a.yaml', 'a: 1\na: 2\n').findings;
    expect(finding?.related).toEqual([
      {
        message: 'The key stands here first.',
        at: { file: 'a.yaml', line: 1, column: 1, endLine: 1, endColumn: 2 },
      },
    ]);
  });

  it('tell one syntax error a document, and documents around it are read', () => {
    const { documents, findings } = parseYaml('a.yaml', 'a: 1\n---\nb: [\nc: "\n---\nd: 2\n');
    expect(findings).toHaveLength(1);
    expect(findings[0]?.at?.line).toBeGreaterThanOrEqual(3);
    expect(plain(documents[0]?.root)).toEqual({ a: 1 });
  });
});

describe('documents', () => {
  it('that are empty are left out, and those before another are remembered', () => {
    const { documents, empty, findings } = parseYaml(
      'a.yaml',
      '---\n# only a comment\n---\na: 1\n---\n---\nb: 2\n---\n',
    );
    expect(findings).toEqual([]);
    expect(documents.map(({ root }) => plain(root))).toEqual([{ a: 1 }, { b: 2 }]);
    expect(empty.map(({ line }) => line)).toEqual([1, 5]);
  });

  it('know their own places', () => {
    const { documents } = parseYaml('a.yaml', 'a: 1\n---\nb: 2\n');
    expect(documents.map(({ root }) => root.at.line)).toEqual([1, 3]);
  });

  it('do not share anchors', () => {
    expect(told(parseYaml('a.yaml', 'a: &x 1\n---\nb: *x\n').findings)).toEqual([
      '3:4 There is no anchor "x" above.',
    ]);
  });
});
