import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleOptions } from '../../app/build.ts';
import { BAD_INPUTS, HEAD, file, type BadInput, type Write } from './bad-inputs.ts';
import { collie } from './support.ts';

/** What the measure allows one run; vitest's own limit, so that a slow machine fails late and a hang fails at all. */
const LIMIT_MS = 2000;

interface JsonFinding {
  readonly rule: string;
  readonly severity: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

let root: string;
let built: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'collie-bad-'));
  built = mkdtempSync(join(tmpdir(), 'collie-cli-'));
  // As people have it: the sources take three times as long to start.
  await build(bundleOptions({ collie: 'app/cli.ts' }, built));
  chmodSync(built, 0o755);
});
afterAll(() => {
  // Folders without rights are in the way of their own removal.
  execFileSync('chmod', ['-R', 'u+rwX', root]);
  for (const folder of [root, built]) rmSync(folder, { recursive: true, force: true });
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
  const ended: unknown = await run(process.execPath, [join(built, 'collie.mjs'), 'lint', ...args], {
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
