import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collie } from './support.ts';

const LIMIT_MS = 2000;
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

const file =
  (text: string | Uint8Array, name = 'bad.yaml'): Write =>
  (folder) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };

const bomb = (): string => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 12; level += 1) {
    lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ')}]`);
  }
  return `${HEAD}  type: otlp\n${lines.join('\n')}\n`;
};

/** Each is one way to give nonsense; what is expected is the line of the finding. */
const BAD_INPUTS: readonly { readonly name: string; readonly write: Write; readonly line?: number }[] = [
  { name: 'broken YAML', write: file(`${HEAD}  type: [otlp\n`) },
  { name: 'a tab as indentation', write: file(`${HEAD}\ttype: otlp\n`), line: 6 },
  { name: 'the same key twice', write: file(`${HEAD}  type: otlp\n  type: host\n`), line: 7 },
  { name: 'an unknown anchor', write: file(`${HEAD}  type: *nowhere\n`), line: 6 },
  { name: 'an anchor inside itself', write: file(`${HEAD}  type: otlp\n  parameters: &p [*p]\n`) },
  { name: 'an alias bomb', write: file(bomb()) },
  {
    name: 'a text where a map belongs',
    write: file(
      'apiVersion: bindplane.observiq.com/v1\nkind: Source\nmetadata:\n  name: a\nspec: yes please\n',
    ),
    line: 5,
  },
  {
    name: 'a map where a list belongs',
    write: file(`${HEAD}  type: otlp\n  parameters: {name: x}\n`),
    line: 7,
  },
  { name: 'a number as name', write: file(HEAD.replace('name: a', 'name: 17')), line: 4 },
  { name: 'no name at all', write: file(HEAD.replace('  name: a', '  labels: {}')) },
  { name: 'an unknown kind', write: file(HEAD.replace('kind: Source', 'kind: Sauce')), line: 2 },
  { name: 'an unknown key', write: file(`${HEAD}  type: otlp\n  parametres: []\n`), line: 7 },
  {
    name: 'a symbolic link out of the repository',
    write: (folder) => symlinkSync('/etc/passwd', join(folder, 'bad.yaml')),
    line: 1,
  },
  {
    name: 'a symbolic link in a circle',
    write: (folder) => symlinkSync('bad.yaml', join(folder, 'bad.yaml')),
    line: 1,
  },
  {
    name: 'bytes that are no UTF-8',
    write: file(Buffer.concat([Buffer.from(HEAD), Buffer.from([0x20, 0xff, 0xfe, 0x0a])])),
    line: 6,
  },
  { name: 'UTF-16', write: file(Buffer.from(`\uFEFF${HEAD}`, 'utf16le')), line: 1 },
  { name: 'a NUL byte', write: file(`${HEAD}  type: "a\0b"\n`), line: 6 },
  {
    name: '60,000 keys',
    write: file(`${HEAD}${Array.from({ length: 60_000 }, (_, index) => `  k${index}: ${index}\n`).join('')}`),
  },
  {
    name: '5 MB of one list',
    write: file(`${HEAD}  type: otlp\n  parameters:\n${'    - {name: x, value: 1}\n'.repeat(200_000)}`),
  },
  { name: '7 MB', write: file(`${HEAD}${'# nothing to see here\n'.repeat(340_000)}`), line: 1 },
  {
    name: '10,000 levels of nesting',
    write: file(`${HEAD}  type: ${'['.repeat(10_000)}${']'.repeat(10_000)}\n`),
  },
  { name: 'thousands of broken documents', write: file('---\nkind: [\n'.repeat(20_000)) },
  {
    name: 'a configuration that refers to itself',
    write: file(
      'apiVersion: bindplane.observiq.com/v1\nkind: Processor\nmetadata: {name: p}\nspec:\n  type: batch\n  processors: [{name: p}]\n',
    ),
  },
  {
    name: 'a key named __proto__',
    write: file(`${HEAD}  type: otlp\n  __proto__: {polluted: true}\n`),
    line: 7,
  },
  {
    name: 'a raw config that is no YAML',
    write: file(
      'apiVersion: bindplane.observiq.com/v1\nkind: Configuration\nmetadata: {name: r}\nspec:\n  raw: "receivers: ["\n  selector: {matchLabels: {configuration: r}}\n',
    ),
  },
];

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'collie-bad-'));
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

function folderOf(index: number, write: Write): string {
  const folder = join(root, String(index));
  mkdirSync(folder);
  write(folder);
  return folder;
}

describe('collie lint on bad input ends with findings that have places', () => {
  it.each(BAD_INPUTS.map((input, index) => ({ ...input, index })))(
    '$name',
    async ({ write, line, index }) => {
      const folder = folderOf(index, write);
      const startedAt = performance.now();
      const result = await collie([
        'lint',
        join(folder, 'bad.yaml'),
        '--format',
        'json',
        '--fail-on',
        'warning',
      ]);
      const tookMs = performance.now() - startedAt;
      expect(result.err).toBe('');
      expect(result.code).toBe(1);
      const { findings } = JSON.parse(result.out) as { findings: JsonFinding[] };
      const places = findings.filter(({ file: path, line: at }) => path === 'bad.yaml' && (at ?? 0) > 0);
      expect(places.length).toBeGreaterThan(0);
      expect(places.map((finding) => finding.line)).toContain(line ?? places[0]?.line);
      expect(result.out).not.toMatch(/\bat \S+ \(.*:\d+:\d+\)/);
      expect(tookMs).toBeLessThan(LIMIT_MS);
    },
  );
});

describe('the program itself', () => {
  const run = promisify(execFile);

  it.each([
    ['an alias bomb', bomb()],
    ['60,000 keys', `${HEAD}${Array.from({ length: 60_000 }, (_, index) => `  k${index}: 1\n`).join('')}`],
  ])('ends in time on %s', async (name, text) => {
    const folder = join(root, `child-${name.replaceAll(/\W/g, '')}`);
    mkdirSync(folder);
    file(text)(folder);
    const program = resolve(import.meta.dirname, '..', '..', 'app', 'cli.ts');
    const startedAt = performance.now();
    const failure = await run(process.execPath, [program, 'lint', folder], { timeout: 10_000 }).catch(
      (error: unknown) => error,
    );
    expect(performance.now() - startedAt).toBeLessThan(LIMIT_MS);
    expect(failure).toMatchObject({ code: 1, stdout: expect.stringContaining('bad.yaml:'), stderr: '' });
  });
});
