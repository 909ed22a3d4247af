import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const HEAD = 'apiVersion: bindplane.observiq.com/v1\nkind: Source\nmetadata:\n  name: a\nspec:\n';

export type Write = (folder: string) => void;

export interface BadInput {
  readonly name: string;
  readonly write: Write;
  /** The finding that tells it: `rule line`, and words of its message. */
  readonly tells: readonly [place: string, message: RegExp];
  /** 1 unless there is nothing to mend. */
  readonly code?: 0 | 1;
}

export const file =
  (text: string | Uint8Array, name = 'bad.yaml'): Write =>
  (folder) => {
    writeFileSync(join(folder, name), text);
  };

function repeat(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => line(index)).join('');
}

/** Ten aliases of ten aliases of …: a few lines that mean a billion. */
const BOMB = `${HEAD}  type: otlp\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n${repeat(
  12,
  (level) => `a${level + 1}: &a${level + 1} [${repeat(10, () => `*a${level}, `)}]\n`,
)}`;
/** Few aliases of one large map, so that the bound on aliases does not stop it. */
const MERGE_BOMB = `${HEAD}  type: otlp\nbig: &big {${repeat(4000, (index) => `k${index}: 1, `)}}\n${repeat(
  49,
  (index) => `u${index}: {<<: *big}\n`,
)}`;
const MANY_KEYS = `${HEAD}${repeat(60_000, (index) => `  k${index}: ${index}\n`)}`;

const processor = (name: string, next: string): string =>
  `apiVersion: bindplane.observiq.com/v1\nkind: Processor\nmetadata: {name: ${name}}\nspec: {type: batch, processors: [{name: ${next}}]}\n---\n`;

export const BAD_INPUTS: readonly BadInput[] = [
  {
    name: 'broken YAML',
    write: file(`${HEAD}  type: [otlp\n`),
    tells: ['CFG-001 7', /^This is not valid YAML: .*\]/],
  },
  {
    name: 'a quote that is never closed',
    write: file(`${HEAD}  type: "otlp\n${'x: y\n'.repeat(20_000)}`),
    tells: ['CFG-001 6', /the quote that opens here is never closed/],
  },
  { name: 'a tab as indentation', write: file(`${HEAD}\ttype: otlp\n`), tells: ['CFG-001 6', /[Tt]ab/] },
  {
    name: 'the same key twice',
    write: file(`${HEAD}  type: otlp\n  type: host\n`),
    tells: ['CFG-001 7', /type/],
  },
  {
    name: 'an unknown anchor',
    write: file(`${HEAD}  type: *nowhere\n`),
    tells: ['CFG-001 6', /nowhere/],
  },
  {
    name: 'an anchor inside itself',
    write: file(`${HEAD}  type: otlp\n  parameters: &p [*p]\n`),
    tells: ['CFG-001 7', /itself/],
  },
  { name: 'an alias bomb', write: file(BOMB), tells: ['CFG-001 13', /More than 50 aliases/] },
  { name: 'a merge-key bomb', write: file(MERGE_BOMB), tells: ['CFG-001 1', /100,000 nodes/] },
  {
    name: 'a merge key with a number',
    write: file(`${HEAD}  type: otlp\n  parameters: {<<: 3}\n`),
    tells: ['CFG-001 7', /"<<" takes a map/],
  },
  {
    name: 'a text where a map belongs',
    write: file(HEAD.replace('spec:', 'spec: yes please')),
    tells: ['BPR-001 5', /`spec` must be a map/],
  },
  {
    name: 'a map where a list belongs',
    write: file(`${HEAD}  type: otlp\n  parameters: {name: x}\n`),
    tells: ['BPR-001 7', /must be a list/],
  },
  {
    name: 'a number as name',
    write: file(`${HEAD.replace('name: a', 'name: 17')}  type: otlp\n`),
    tells: ['BPR-001 4', /must be text/],
  },
  {
    name: 'no name at all',
    write: file(`${HEAD.replace('  name: a', '  labels: {}')}  type: otlp\n`),
    tells: ['BPR-001 3', /needs `name`/],
  },
  {
    name: 'an unknown kind',
    write: file(`${HEAD.replace('kind: Source', 'kind: Sauce')}  type: otlp\n`),
    tells: ['BPR-001 2', /Sauce/],
  },
  {
    name: 'an unknown key',
    write: file(`${HEAD}  type: otlp\n  parametres: []\n`),
    tells: ['BPR-001 7', /Did you mean `parameters`/],
  },
  {
    name: 'a key named __proto__',
    write: file(`${HEAD}  type: otlp\n  __proto__: {polluted: true}\n`),
    tells: ['CFG-001 7', /"__proto__" is not allowed/],
  },
  {
    name: 'keys that are numbers, empty or null',
    write: file(`${HEAD}  type: otlp\n  17: x\n  "": y\n  ~: z\n`),
    tells: ['BPR-001 8', /Unknown key ``/],
  },
  {
    name: 'a list as key',
    write: file(`${HEAD}  type: otlp\n  ? [a, b]\n  : c\n`),
    tells: ['CFG-001 7', /cannot be a key/],
  },
  {
    name: 'resources that name each other in a circle',
    write: file(`${processor('p', 'q')}${processor('q', 'r')}${processor('r', 'p')}`),
    tells: ['BPR-003 3', /in a circle/],
  },
  {
    name: 'a resource that names itself',
    write: file(processor('p', 'p')),
    tells: ['BPR-003 3', /in a circle|itself/],
  },
  {
    name: 'bytes that are no UTF-8',
    write: file(Buffer.concat([Buffer.from(HEAD), Buffer.from([0x20, 0xff, 0xfe, 0x0a])])),
    tells: ['CFG-001 6', /UTF-8/],
  },
  {
    name: 'UTF-16 with a byte order mark',
    write: file(Buffer.from(`\uFEFF${HEAD}`, 'utf16le')),
    tells: ['CFG-001 1', /UTF-16/],
  },
  { name: 'a NUL byte', write: file(`${HEAD}  type: "a\0b"\n`), tells: ['CFG-001 6', /NUL/] },
  {
    name: 'a control character',
    write: file(`${HEAD}  type: "a\u001B[31mb"\n`),
    tells: ['CFG-001 6', /U\+001B/],
  },
  {
    name: 'a program named .yaml',
    write: file(Uint8Array.from({ length: 40_000 }, (_, index) => (index * 7919) % 256)),
    tells: ['CFG-001 1', /NUL byte: it is no text|UTF-8/],
  },
  { name: '60,000 keys', write: file(MANY_KEYS), tells: ['CFG-001 5006', /More than 5,000 keys/] },
  {
    name: '60,000 keys at the top',
    write: file(repeat(60_000, (index) => `k${index}: 1\n`)),
    tells: ['CFG-001 5001', /More than 5,000 keys/],
  },
  {
    name: '5 MB of one list',
    write: file(`${HEAD}  type: otlp\n  parameters:\n${'    - {name: x, value: 1}\n'.repeat(200_000)}`),
    tells: ['CFG-001 40333', /longer than 1,048,576 characters/],
  },
  {
    name: '7 MB',
    write: file(`${HEAD}${'# nothing to see here\n'.repeat(340_000)}`),
    tells: ['CFG-001 1', /too large to be read. It has 7\.1 MB/],
  },
  {
    name: 'a text of a megabyte',
    write: file(`${HEAD}  type: otlp\n  displayed: "${'a'.repeat(1_000_000)}"\n`),
    tells: ['BPR-001 7', /Unknown key `displayed`/],
  },
  {
    name: '10,000 levels of brackets',
    write: file(`${HEAD}  type: ${'['.repeat(10_000)}${']'.repeat(10_000)}\n`),
    tells: ['CFG-001 6', /Nested too deep/],
  },
  {
    name: '1,000 levels of indentation',
    write: file(`${HEAD}${repeat(1000, (index) => `${' '.repeat(index + 2)}a:\n`)}`),
    tells: ['CFG-001 70', /Nested too deep/],
  },
  {
    name: 'ten thousand documents',
    write: file(`${HEAD}  type: otlp\n---\n`.repeat(10_000)),
    tells: ['CFG-001 7007', /More than 1,000 documents/],
  },
  {
    name: 'thousands of broken documents',
    write: file('---\nkind: [\n'.repeat(20_000)),
    tells: ['CFG-001 3', /^This is not valid YAML/],
  },
  {
    name: 'a raw config that is no YAML',
    write: file(
      'apiVersion: bindplane.observiq.com/v1\nkind: Configuration\nmetadata: {name: r}\nspec:\n  raw: "receivers: ["\n  selector: {matchLabels: {configuration: r}}\n',
    ),
    tells: ['CFG-001 5', /not valid YAML/],
  },
  {
    name: 'a template that nobody rendered',
    write: file(`${HEAD}  type: {{ .Values.type }}\n`),
    tells: ['BPR-001 6', /`spec\.type` must be text/],
  },
  {
    name: 'an empty file',
    write: file(''),
    tells: ['CFG-001 1', /Nothing is read from this file: it is empty/],
    code: 0,
  },
  {
    name: 'nothing but comments',
    write: file('# one\n# two\n'),
    tells: ['CFG-001 1', /Nothing is read from this file: it is empty/],
    code: 0,
  },
  {
    name: 'a list of nothing we know',
    write: file('- 1\n- 2\n'),
    tells: ['CFG-001 1', /Nothing is read from this file: it is no YAML map/],
    code: 0,
  },
  {
    name: 'a symbolic link out of the repository',
    write: (folder) => symlinkSync('/etc/passwd', join(folder, 'bad.yaml')),
    tells: ['CFG-001 1', /symbolic link/],
  },
  {
    name: 'a symbolic link in a circle',
    write: (folder) => symlinkSync('bad.yaml', join(folder, 'bad.yaml')),
    tells: ['CFG-001 1', /symbolic link/],
  },
  {
    name: 'a symbolic link to nowhere',
    write: (folder) => symlinkSync('nowhere.yaml', join(folder, 'bad.yaml')),
    tells: ['CFG-001 1', /symbolic link/],
  },
  {
    name: 'a pipe that nobody writes to',
    write: (folder) => execFileSync('mkfifo', [join(folder, 'bad.yaml')]),
    tells: ['CFG-001 1', /a pipe, a socket or a device/],
  },
];
