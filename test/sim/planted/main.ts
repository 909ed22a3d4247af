import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type PlantedBug, RUNS, type Runs } from './bug.ts';
import { PLANTED_BUGS } from './bugs.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

interface Found {
  readonly seed: number;
  readonly invariant: string;
  readonly message: string;
}

/** A tree that may be broken: sources, schemas and the simulator, with the packages of the real one. */
function copyOfTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'collie-planted-'));
  for (const part of ['src', 'app', 'schemas', 'test/sim', 'package.json', 'tsconfig.json']) {
    mkdirSync(dirname(join(copy, part)), { recursive: true });
    cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** Runs seeds over a tree until an invariant is broken; what it said, and the error output. */
function hunt(
  tree: string,
  { from, seeds, agents, replicas, github }: Runs,
): Promise<{ readonly out: string; readonly error: string }> {
  const which = ['--first', '--from', String(from), '--seeds', String(seeds), '--agents', agents];
  const some = [...(replicas === 0 ? [] : ['--replicas', String(replicas)]), ...(github ? ['--github'] : [])];
  return new Promise((done) => {
    const child = spawn(process.execPath, [join(tree, 'test/sim/main.ts'), ...which, ...some], { cwd: tree });
    let [out, error] = ['', ''];
    child.stdout.on('data', (data: Buffer) => void (out += data.toString()));
    child.stderr.on('data', (data: Buffer) => void (error += data.toString()));
    child.on('close', () => done({ out, error }));
  });
}

/** What came of one bug, as a line; `problem` where nobody noticed it, or something else did. */
async function plant(
  bug: PlantedBug,
  tree: string,
): Promise<{ readonly text: string; readonly problem: boolean }> {
  const path = join(tree, bug.file);
  const text = readFileSync(path, 'utf8');
  const times = text.split(bug.from).length - 1;
  if (times !== 1) {
    return { text: `NO LONGER FITS: its text stands ${times} times in ${bug.file}`, problem: true };
  }
  writeFileSync(
    path,
    text.replace(bug.from, () => bug.to),
  );
  try {
    const runs = bug.runs ?? RUNS;
    const { out, error } = await hunt(tree, runs);
    if (out === '' && error !== '') {
      return { text: `COULD NOT RUN: ${error.trim().split('\n').at(-1)}`, problem: true };
    }
    if (out === '') return { text: `SURVIVED ${runs.seeds} seeds`, problem: true };
    const { seed, invariant, message } = JSON.parse(out) as Found;
    const replicas = runs.replicas === 0 ? '' : ` --replicas ${runs.replicas}`;
    const replayed = `--seed ${seed} --agents ${runs.agents}${replicas}${runs.github ? ' --github' : ''}`;
    const found = `${replayed.padEnd(40)}  ${message}`;
    const isExpected = bug.broken.includes(invariant);
    return {
      text: isExpected ? found : `${found}   (expected ${bug.broken.join(', ')})`,
      problem: !isExpected,
    };
  } finally {
    writeFileSync(path, text);
  }
}

/**
 * Takes guards away one at a time, in copies of the tree, and shows which seed breaks which invariant: `npm run sim:planted`. Ends with 1
 * when a bug stays unnoticed, or when a patch no longer fits.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      workers: { type: 'string', default: String(availableParallelism()) },
    },
  });
  const waiting = PLANTED_BUGS.filter(
    ({ bug }) => values.only === undefined || values.only.split('|').some((part) => bug.includes(part)),
  );
  const width = Math.max(...waiting.map(({ bug }) => bug.length));
  const lines = new Map<string, string>();
  let problems = 0;
  const work = async (): Promise<void> => {
    const tree = copyOfTree();
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const { text, problem } = await plant(next, tree);
        if (problem) problems += 1;
        lines.set(next.bug, text);
        process.stdout.write(`${next.bug.padEnd(width)}  ${text}\n`);
      }
    } finally {
      rmSync(tree, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: Number(values.workers) }, work));
  process.stdout.write(`${lines.size - problems} of ${lines.size} planted bugs noticed\n`);
  return problems === 0 ? 0 : 1;
}

process.exitCode = await main();
