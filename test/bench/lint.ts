import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseYaml } from '../../src/core/document/yaml.ts';
import { lint } from '../../src/core/lint/lint.ts';
import { loadRepository } from '../../src/core/resources/load.ts';
import { viewOf } from '../../src/core/resources/view.ts';
import { loadCatalogue, loadTypes } from '../../src/io/files.ts';
import { manifestRepository } from './manifests/repository.ts';

/**
 * What linting a repository of manifests costs, and how it grows: `npm run bench:lint`. Every number is of a process of its own that does
 * it once, as people do, the better of some; `cpu` is of its main thread, which neighbours on the machine disturb less than `wall`. Against
 * parsing the same files with the same parser. Ends with 1 when a limit is passed.
 */
const SIZES = [250, 500, 1000, 2000];
const RUNS = 3;
const LIMIT = { files: 1000, wallMs: 3000 };
/** The most that a file of the largest repository may cost against one of the smallest; less than the square of anything. */
const LIMIT_GROWTH = 1.3;

interface Measured {
  readonly bytes: number;
  readonly objects: number;
  readonly findings: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Of `cpuMs`, after the files were read: views and rules. */
  readonly rulesMs: number;
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

async function lintOnce(files: number): Promise<Measured> {
  const texts = manifestRepository(files);
  const [types, catalogue] = await Promise.all([loadTypes(), loadCatalogue()]);
  const [wall, cpu] = [performance.now(), cpuMs()];
  const repository = loadRepository(texts);
  const read = cpuMs();
  const findings = lint({ head: viewOf(repository, { types }), catalogue });
  const end = cpuMs();
  return {
    bytes: texts.reduce((sum, { text }) => sum + text.length, 0),
    objects: repository.manifests.objects.length + repository.resources.size,
    findings: findings.length,
    wallMs: performance.now() - wall,
    cpuMs: end - cpu,
    rulesMs: end - read,
  };
}

function parseOnce(files: number): number {
  const texts = manifestRepository(files);
  const start = cpuMs();
  for (const { path, text } of texts) parseYaml(path, text);
  return cpuMs() - start;
}

/** What a process of its own prints, the run that took least. */
function best<T>(what: string, files: number, cost: (measured: T) => number): T {
  const runs = Array.from({ length: RUNS }, () => {
    const { stdout, stderr } = spawnSync(process.execPath, [import.meta.filename, what, String(files)], {
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

function main(): void {
  process.stdout.write(
    `best of ${RUNS} processes each, ${availableParallelism()} cores, Node ${process.version}\n`,
  );
  say('files', 'kB', 'objects', 'findings', 'wall', 'cpu', 'parsing', 'rules', '÷ parsing', 'a file');
  const perFile: number[] = [];
  let within = true;
  for (const files of SIZES) {
    const measured = best<Measured>('lint', files, (run) => run.cpuMs);
    const parsingMs = best<number>('parse', files, (run) => run);
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
    if (files === LIMIT.files && measured.wallMs > LIMIT.wallMs) within = false;
  }
  const growth = (perFile.at(-1) ?? Number.NaN) / (perFile[0] ?? Number.NaN);
  process.stdout.write(
    `limits: ${LIMIT.files} files in ${LIMIT.wallMs} ms; a file of ${SIZES.at(-1)} costs ${growth.toFixed(2)} of one of ${SIZES[0]}, limit ${LIMIT_GROWTH}\n`,
  );
  process.exitCode = within && growth <= LIMIT_GROWTH ? 0 : 1;
}

const [what, files = ''] = process.argv.slice(2);
if (what === 'lint') process.stdout.write(JSON.stringify(await lintOnce(Number(files))));
else if (what === 'parse') process.stdout.write(JSON.stringify(parseOnce(Number(files))));
else main();
