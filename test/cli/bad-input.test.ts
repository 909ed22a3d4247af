import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collie } from './support.ts';

/** What the measure allows one run; vitest's own limit, so that a slow machine fails late and a hang fails at all. */
const LIMIT_MS = 2000;
const ROOT = resolve(import.meta.dirname, '..', '..');
const HEAD = 'apiVersion: bindplane.observiq.com/v1\nkind: Source\nmetadata:\n  name: a\nspec:\n';

interface JsonFinding {
  readonly rule: string;
  readonly severity: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

type Write = (folder: string) => void;

interface BadInput {
  readonly name: string;
  readonly write: Write;
  /** The finding that tells it: `rule line`, and words of its message. */
  readonly tells: readonly [place: string, message: RegExp];
  /** 1 unless there is nothing to mend. */
  readonly code?: 0 | 1;
}

const file =
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

const BAD_INPUTS: readonly BadInput[] = [
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

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'collie-bad-'));
});
afterAll(() => {
  // Folders without rights are in the way of their own removal.
  execFileSync('chmod', ['-R', 'u+rwX', root]);
  rmSync(root, { recursive: true, force: true });
});

let folders = 0;
function folderWith(write: Write): string {
  folders += 1;
  const folder = join(root, String(folders));
  mkdirSync(folder);
  write(folder);
  return folder;
}

const took: string[] = [];
afterAll(() => {
  process.stdout.write(`collie lint on bad input, ms: ${took.join(', ')}\n`);
});

async function timed<T>(name: string, run: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const result = await run();
  took.push(`${name} ${(performance.now() - startedAt).toFixed(0)}`);
  return result;
}

function expectPlaces(findings: readonly JsonFinding[], { tells: [place, message] }: BadInput): void {
  for (const finding of findings) {
    expect(finding).toMatchObject({ file: 'bad.yaml', line: expect.any(Number), column: expect.any(Number) });
    expect(finding.rule).toMatch(/^[A-Z]{3}-\d{3}$/);
    expect(finding.message).not.toMatch(/\n\s+at |TypeError|RangeError|undefined|\[object/);
  }
  const told = findings.map(({ rule, line, message: text }) => ({ place: `${rule} ${line}`, text }));
  expect(told).toContainEqual({ place, text: expect.stringMatching(message) });
}

describe('collie lint on bad input ends with findings that have places', () => {
  it.each(BAD_INPUTS)(
    '$name',
    async (input) => {
      const folder = folderWith(input.write);
      const result = await timed(input.name, () =>
        collie(['lint', join(folder, 'bad.yaml'), '--format', 'json', '--fail-on', 'warning']),
      );
      expect(result.err).toBe('');
      const { findings } = JSON.parse(result.out) as { findings: JsonFinding[] };
      expectPlaces(findings, input);
      expect(result.code).toBe(input.code ?? 1);
    },
    LIMIT_MS,
  );

  it('tells a file of a folder in time too, and nothing that is no business of ours', async () => {
    const folder = folderWith(file('- 1\n'));
    file(`${HEAD}  type: otlp\n  foo: 1\n`, 'good.yaml')(folder);
    file('{{ not: yaml', 'chart.yaml')(folder);
    const result = await collie(['lint', folder]);
    expect(result.code).toBe(1);
    expect(result.out).toContain('good.yaml:7:3');
    expect(result.out).not.toMatch(/bad\.yaml|chart\.yaml/);
  });
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program as a process of its own. */
async function program(
  folder: string,
  args: readonly string[],
  settings: { readonly uid?: number; readonly gid?: number; readonly path?: string } = {},
): Promise<Ended> {
  const { path = process.env['PATH'], ...identity } = settings;
  const run = promisify(execFile);
  const ended: unknown = await run(process.execPath, [join(ROOT, 'app', 'cli.ts'), 'lint', ...args], {
    cwd: folder,
    env: { PATH: path, HOME: root },
    ...identity,
  }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => error,
  );
  return ended as Ended;
}

/** Several times what it takes: the process starts cold, and other tests run beside it. */
const PROCESS_LIMIT_MS = 5 * LIMIT_MS;

describe('the program itself', () => {
  it.each(BAD_INPUTS.filter(({ name }) => /bomb|60,000 keys$|5 MB|ten thousand|circle$|program/.test(name)))(
    'ends in time on $name',
    async (input) => {
      const folder = folderWith(input.write);
      const ended = await timed(`process: ${input.name}`, () =>
        program(folder, ['bad.yaml', '--fail-on', 'warning']),
      );
      expect(ended).toMatchObject({ code: input.code ?? 1, stderr: '' });
      const [rule = '', line = ''] = input.tells[0].split(' ');
      const told = ended.stdout.split('\n').map((text) => text.split(/ +/));
      expect(
        told.filter(([place, , id]) => place?.startsWith(`bad.yaml:${line}:`) === true && id === rule),
      ).not.toEqual([]);
      expect(ended.stdout).not.toMatch(/^\s+at /m);
    },
    PROCESS_LIMIT_MS,
  );

  it(
    'reads a folder named x.yaml as a folder',
    async () => {
      const folder = folderWith((top) => {
        mkdirSync(join(top, 'x.yaml'));
        file(`${HEAD}  type: otlp\n  foo: 1\n`, 'x.yaml/in.yaml')(top);
      });
      const ended = await program(folder, ['.']);
      expect(ended).toMatchObject({ code: 1, stderr: '' });
      expect(ended.stdout).toMatch(/^x\.yaml\/in\.yaml:7:3 +error +BPR-001 /m);
    },
    PROCESS_LIMIT_MS,
  );

  it.each([
    ['nowhere.yaml', /^collie: nowhere\.yaml does not exist$/m],
    ['notes.txt', /^collie: notes\.txt is no YAML file \(\.yaml or \.yml\)$/m],
    ['/dev/zero', /^collie: \/dev\/zero is no YAML file/m],
  ])(
    'calls %s wrong usage instead of passing what it never read',
    async (path, message) => {
      const folder = folderWith(file('kind: Source\n', 'notes.txt'));
      const ended = await program(folder, [path]);
      expect(ended).toMatchObject({ code: 64, stdout: '', stderr: expect.stringMatching(message) });
    },
    PROCESS_LIMIT_MS,
  );

  it(
    'ends at once where there is no git',
    async () => {
      const folder = folderWith(file(`${HEAD}  type: otlp\n  foo: 1\n`));
      const ended = await program(folder, ['bad.yaml'], { path: join(folder, 'nothing-here') });
      expect(ended).toMatchObject({ code: 1, stderr: '' });
      expect(ended.stdout).toContain('bad.yaml:7:3');
    },
    PROCESS_LIMIT_MS,
  );
});

const isRoot = process.getuid?.() === 0;
/** A user without rights: nobody, where these tests run as root, whom no right is denied. */
const stranger = isRoot ? { uid: 65_534, gid: 65_534 } : {};

describe('what the system does not let us read', () => {
  function guarded(): string {
    const folder = folderWith((top) => {
      file(HEAD, 'closed.yaml')(top);
      mkdirSync(join(top, 'shut'));
      file(HEAD, 'shut/in.yaml')(top);
      file(`${HEAD}  type: otlp\n  foo: 1\n`, 'open.yaml')(top);
    });
    chmodSync(join(folder, 'closed.yaml'), 0);
    chmodSync(join(folder, 'shut'), 0);
    chmodSync(root, 0o755);
    return folder;
  }

  it(
    'is told at its place beside everything else',
    async () => {
      const ended = await program(guarded(), ['.'], stranger);
      expect(ended).toMatchObject({ code: 1, stderr: '' });
      expect(ended.stdout).toMatch(
        /^closed\.yaml:1:1 +error +CFG-001 +This file cannot be read: permission denied\.$/m,
      );
      expect(ended.stdout).toMatch(
        /^shut:1:1 +warning +CFG-001 +This folder cannot be read, .*: permission denied\.$/m,
      );
      expect(ended.stdout).toMatch(/^open\.yaml:7:3 +error +BPR-001 /m);
    },
    PROCESS_LIMIT_MS,
  );

  it(
    'ends the run in a sentence where it is all there is to read',
    async () => {
      const folder = guarded();
      const ended = await program(folder, ['shut'], stranger);
      expect(ended).toMatchObject({ code: 1, stdout: '' });
      expect(ended.stderr).toMatch(/^collie: \S+shut cannot be read: permission denied\. /);
      expect(ended.stderr).not.toContain('defect');
    },
    PROCESS_LIMIT_MS,
  );
});
