import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/core/document/finding.ts';
import { plain } from '../../../src/core/document/node.ts';
import { decodeText } from '../../../src/core/document/text.ts';
import { parseYaml } from '../../../src/core/document/yaml.ts';

const MEGABYTE = 1_048_576;
/** The promise is 2 s on a slow machine. */
const LIMIT_MS = 2000;

/** Processor time, so that other work on the machine does not count. */
function sinceMs(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Eight levels of six references each, few enough to pass the count of aliases: 9·6⁸ values once written out. */
function aliasBomb(): string {
  const names = 'abcdefghi'.split('');
  const lines = names
    .slice(1)
    .map(
      (name, index) =>
        `${name}: &${name} [${Array.from({ length: 6 }, () => `*${names[index]}`).join(', ')}]`,
    );
  return `a: &a [x, x, x, x, x, x, x, x, x]\n${lines.join('\n')}\n`;
}

/** What a person may hand over, by accident or on purpose, with the place and the words they get. */
const INPUTS: readonly (readonly [name: string, input: Uint8Array, place: string, words: RegExp])[] = [
  ['a bracket never closed', bytes('a: 1\nb: [1, 2\nc: 3\n'), '3:1', /not valid YAML/],
  ['a quote never closed', bytes('a: "b\nc: d\n'), '1:4', /quote that opens here is never closed/],
  ['wrong indentation', bytes('a:\n   b: 1\n  c: 2\n'), '3:1', /not valid YAML/],
  ['tabs as indentation', bytes('a:\n\tb: 1\n'), '2:1', /tab/i],
  ['two values on a line', bytes('a: b: c\n'), '1:4', /not valid YAML/],
  ['a key twice', bytes('a: 1\nb: 2\na: 3\n'), '3:1', /stands twice/],
  ['an anchor inside itself', bytes('a: &a\n  b: [*a]\n'), '2:7', /contains itself/],
  ['a merge of itself', bytes('a: &a\n  <<: *a\n'), '2:7', /contains itself/],
  ['an alias without anchor', bytes('a: *b\n'), '1:4', /no anchor/],
  ['an alias bomb', bytes(aliasBomb()), '7:7', /more than 100,000 nodes/],
  ['too many aliases', bytes(`a: &a 1\nb: [${'*a, '.repeat(60)}]\n`), '2:205', /More than 50 aliases/],
  ['a million brackets', bytes('['.repeat(MEGABYTE)), '1:66', /too deep/],
  [
    'a thousand levels',
    bytes(Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join('')),
    '66:66',
    /too deep/,
  ],
  [
    '60,000 keys',
    bytes(Array.from({ length: 60_000 }, (_, index) => `key${index}: ${index}\n`).join('')),
    '5001:1',
    /More than 5,000 keys/,
  ],
  ['a list of 25,000 items', bytes('- a\n'.repeat(25_000)), '20001:1', /More than 20,000 items/],
  ['5 MB', bytes('a: b\n'.repeat(MEGABYTE)), '209716:2', /longer than 1,048,576 characters/],
  ['100,000 documents', bytes('---\na\n'.repeat(49_000)), '2003:1', /More than 1,000 documents/],
  [
    'a million empty lines',
    bytes('\n'.repeat(MEGABYTE - 10)),
    '1048567:1',
    /More than 100,000 lines|more than 100,000 lines/,
  ],
  ['a million quotes', bytes('"'.repeat(MEGABYTE)), '1:200001', /More than 100,000 values/],
  [
    'a million commas',
    bytes(`[${','.repeat(MEGABYTE - 2)}]`),
    '1:200001',
    /More than 200,000 brackets, commas/,
  ],
  ['a million closing brackets', bytes(']'.repeat(MEGABYTE)), '1:1', /not valid YAML/],
  [
    'half a million escapes',
    bytes(`a: "${String.raw`\q`.repeat(MEGABYTE / 2 - 10)}"`),
    '1:5',
    /not valid YAML/,
  ],
  ['300,000 anchors', bytes('&a '.repeat(300_000)), '1:3001', /More than 1,000 anchors and tags/],
  [
    'half a million values',
    bytes(`- [${'a,'.repeat(100)}]\n`.repeat(4000)),
    '1001:3',
    /More than 100,000 values/,
  ],
  ['thousands of equal keys', bytes('a: 1\n'.repeat(4000)), '2:1', /stands twice/],
  ['a tag that makes code', bytes('a: !!python/object:os.system ls\n'), '1:30', /Tag/],
  ['keys of the machinery', bytes('metadata:\n  __proto__: {polluted: true}\n'), '2:3', /not allowed/],
  ['a control character', bytes('a: b\u0008c\n'), '1:5', /U\+0008/],
  ['invalid UTF-8', new Uint8Array([0x61, 0x3a, 0x20, 0x62, 0x0a, 0x63, 0xc3, 0x28]), '2:2', /not UTF-8/],
  ['half a surrogate', new Uint8Array([0x61, 0x3a, 0x20, 0xed, 0xa0, 0x80]), '1:4', /not UTF-8/],
  ['UTF-16', new Uint8Array([0xff, 0xfe, 0x61, 0x00, 0x3a, 0x00]), '1:1', /UTF-16/],
  ['a binary', new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0x00, 0x01]), '1:5', /NUL/],
];

function read(input: Uint8Array): readonly Finding[] {
  const { text, findings } = decodeText('bad.yaml', input);
  return text === undefined ? findings : parseYaml('bad.yaml', text).findings;
}

describe('bad input ends in findings with places, quickly', () => {
  it.each(INPUTS)('%s', (_name, input, place, words) => {
    const start = process.cpuUsage();
    const findings = read(input);
    const spentMs = sinceMs(start);

    const [first] = findings;
    expect(`${first?.at?.line}:${first?.at?.column} ${first?.message}`).toMatch(words);
    expect(`${first?.at?.line}:${first?.at?.column}`).toBe(place);
    expect(findings.every(({ at, rule }) => at?.file === 'bad.yaml' && rule === 'CFG-001')).toBe(true);
    expect(findings.map(({ message }) => message).join('\n')).not.toMatch(
      /\bat .+:\d+:\d+\)|Error:|node_modules/,
    );
    expect(findings.length).toBeLessThanOrEqual(51);
    expect(spentMs).toBeLessThan(LIMIT_MS);
  });
});

describe('odd but good input is read, quickly', () => {
  it.each([
    ['a text of a megabyte', `a: "${'x'.repeat(MEGABYTE - 10)}"\n`],
    ['50,000 lines in a block', `a: |\n${'  x\n'.repeat(50_000)}`],
    ['3,000 keys', Array.from({ length: 3000 }, (_, index) => `key${index}: ${index}\n`).join('')],
    ['90,000 comments', `${'# x\n'.repeat(90_000)}a: 1\n`],
    ['60 levels', `${'['.repeat(60)}${']'.repeat(60)}\n`],
    ['nothing', ''],
    ['only comments', '# a\n# b\n'],
  ])('%s', (_name, text) => {
    const start = process.cpuUsage();
    expect(parseYaml('odd.yaml', text).findings).toEqual([]);
    expect(sinceMs(start)).toBeLessThan(LIMIT_MS);
  });

  it('and pollutes nothing', () => {
    const { documents } = parseYaml('bad.yaml', 'a:\n  __proto__: {polluted: true}\n  b: 1\n');
    expect(plain(documents[0]?.root)).toEqual({ a: { b: 1 } });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
