import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { sharedPath } from '../support/shared.ts';
import { MUTATIONS, type Mutation } from './renderer-mutations.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SOURCES = 'src/core/bindplane';
const TESTS = 'test/core/bindplane';

/** What vitest's JSON says of one file: titles of tests by outcome. */
interface Outcome {
  readonly passed: ReadonlySet<string>;
  readonly failed: ReadonlySet<string>;
}

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[];
  }[];
}

/** A tree that may be broken: sources, schemas and the renderer's tests, with the packages of the real one. */
function copyOfTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'collie-mutations-'));
  for (const part of ['src', 'schemas', TESTS, 'test/support', 'package.json', 'tsconfig.json']) {
    mkdirSync(dirname(join(copy, part)), { recursive: true });
    cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

function runTests(tree: string, file: string): Outcome {
  const shared = sharedPath();
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const report = join(tree, 'report.json');
  rmSync(report, { force: true });
  const { stderr } = spawnSync(
    process.execPath,
    [vitest, 'run', '--root', tree, `${TESTS}/${file}.test.ts`, '--reporter=json', `--outputFile=${report}`],
    {
      cwd: tree,
      encoding: 'utf8',
      env: { ...process.env, ...(shared !== undefined && { COLLIE_SHARED: shared }) },
    },
  );
  let results: Report;
  try {
    results = JSON.parse(readFileSync(report, 'utf8')) as Report;
  } catch {
    throw new Error(`${file}.test.ts could not be run:\n${stderr}`);
  }
  const titles = (status: string): ReadonlySet<string> =>
    new Set(
      results.testResults.flatMap(({ assertionResults }) =>
        assertionResults.filter((one) => one.status === status).map(({ title }) => title),
      ),
    );
  return { passed: titles('passed'), failed: titles('failed') };
}

/** Why a mutation shows nothing, or undefined when its test failed as it should. */
function problem(mutation: Mutation, tree: string, before: Outcome): string | undefined {
  const [file, title] = mutation.noticed;
  const path = join(tree, SOURCES, mutation.file);
  const text = readFileSync(path, 'utf8');
  const found = text.split(mutation.from).length - 1;
  if (found !== 1) return `NO LONGER FITS: its text stands ${found} times in ${mutation.file}`;
  if (!before.passed.has(title)) return 'NO SUCH TEST passes without the mutation';
  writeFileSync(
    path,
    text.replace(mutation.from, () => mutation.to),
  );
  try {
    const { passed, failed } = runTests(tree, file);
    if (failed.has(title)) return undefined;
    return failed.size === 0 && passed.size > 0
      ? 'SURVIVED'
      : `NOTICED ELSEWHERE: ${[...failed].join('; ') || 'nothing ran'}`;
  } finally {
    writeFileSync(path, text);
  }
}

/**
 * Breaks the renderer's rules one at a time, in a copy of the tree, and shows which test notices: `npm run test:mutations`. Ends with 1
 * when a rule can be broken unnoticed, or when a mutation no longer fits the text it changes.
 */
function main(): number {
  const tree = copyOfTree();
  try {
    const files = new Set(MUTATIONS.map(({ noticed: [file] }) => file));
    const before = new Map([...files].map((file) => [file, runTests(tree, file)]));
    const width = Math.max(...MUTATIONS.map(({ rule }) => rule.length));
    let problems = 0;
    for (const mutation of MUTATIONS) {
      const [file, title] = mutation.noticed;
      const found = problem(mutation, tree, before.get(file) ?? { passed: new Set(), failed: new Set() });
      if (found !== undefined) problems += 1;
      process.stdout.write(
        `${mutation.rule.padEnd(width)}  ${found === undefined ? '' : `${found} — `}${file}: ${title}\n`,
      );
    }
    process.stdout.write(`${MUTATIONS.length - problems} of ${MUTATIONS.length} mutations noticed\n`);
    return problems === 0 ? 0 : 1;
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

process.exitCode = main();
