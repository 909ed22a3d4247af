import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundleOptions } from '../../app/build.ts';
import type { Measured } from './lint-once.ts';

/**
 * What linting a repository of manifests costs, and how it grows: `npm run bench:lint`. Every number is of a process of its own that does
 * it once, as people do, the better of some; `cpu` is of its main thread, which neighbours on the machine disturb less than `wall`. Against
 * parsing the same files with the same parser. Ends with 1 when a limit is passed.
 */
const SIZES = [250, 500, 1000, 2000];
const RUNS = 3;
const LIMIT = { files: 1000, cpuMs: 3000 };
/** The most that a file of the largest repository may cost against one of the smallest; less than the square of anything. */
const LIMIT_GROWTH = 1.3;

/** What a process of its own prints, the run that took least. */
function best<T>(program: string, what: string, files: number, cost: (measured: T) => number): T {
  const runs = Array.from({ length: RUNS }, () => {
    const { stdout, stderr } = spawnSync(process.execPath, [program, what, String(files)], {
      encoding: 'utf8',
    });
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout) as T;
  });
  return runs.reduce((least, run) => (cost(run) < cost(least) ? run : least));
}

function say(...cells: readonly (string | number)[]): void {
  process.stdout.write(`${cells.map((cell) => String(cell).padStart(11)).join('')}\n`);
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}

/** Measures a program bundled as those of `dist/` are. */
async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'collie-bench-'));
  try {
    await build(bundleOptions({ lint: join(import.meta.dirname, 'lint-once.ts') }, folder));
    process.exitCode = table(join(folder, 'lint.mjs')) ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Prints the numbers; whether they are within the limits. */
function table(program: string): boolean {
  process.stdout.write(
    `best of ${RUNS} processes each, ${availableParallelism()} cores, Node ${process.version}\n`,
  );
  say('files', 'kB', 'objects', 'findings', 'wall', 'cpu', 'parsing', 'rules', '÷ parsing', 'a file');
  const perFile: number[] = [];
  let within = true;
  for (const files of SIZES) {
    const measured = best<Measured>(program, 'lint', files, (run) => run.cpuMs);
    const parsingMs = best<number>(program, 'parse', files, (run) => run);
    perFile.push(measured.cpuMs / files);
    say(
      files,
      (measured.bytes / 1000).toFixed(0),
      measured.objects,
      measured.findings,
      ms(measured.wallMs),
      ms(measured.cpuMs),
      ms(parsingMs),
      ms(measured.rulesMs),
      (measured.cpuMs / parsingMs).toFixed(2),
      `${((measured.cpuMs / files) * 1000).toFixed(0)} µs`,
    );
    if (files === LIMIT.files && measured.cpuMs > LIMIT.cpuMs) within = false;
  }
  const growth = (perFile.at(-1) ?? Number.NaN) / (perFile[0] ?? Number.NaN);
  process.stdout.write(
    `limits: ${LIMIT.files} files in ${LIMIT.cpuMs} ms of cpu; a file of ${SIZES.at(-1)} costs ${growth.toFixed(2)} of one of ${SIZES[0]}, limit ${LIMIT_GROWTH}\n`,
  );
  return within && growth <= LIMIT_GROWTH;
}

await main();
