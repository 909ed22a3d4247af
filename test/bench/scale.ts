import { spawnSync } from 'node:child_process';
import { loadCatalogue, loadTypes } from '../../src/io/files.ts';
import { buildPlan } from '../../src/core/plan/build-plan.ts';
import { parseYaml } from '../../src/core/document/yaml.ts';
import { planJobSummary } from '../../src/core/report/summary.ts';
import { readRevision } from '../../src/flows/revision.ts';
import type { RepositoryFile } from '../../src/ports/repository.ts';
import { fleetRepository } from './fleet-repository.ts';

/**
 * How a plan grows with the repository: `node test/bench/scale.ts` prints one line a size, each measured in a process of its own.
 * `first` is a plan of everything (from no files), against parsing the same input and the rendered configs with the same parser;
 * `change` is a plan of one changed line, against parsing both revisions once. `peak` is the memory of a process that makes the first plan once.
 */
const TEAMS = [20, 200, 1000, 2000];
const RUNS = 3;

interface Measured {
  readonly firstMs: number;
  readonly firstParseMs: number;
  readonly changeMs: number;
  readonly changeParseMs: number;
}

function textsOf(files: readonly RepositoryFile[]): readonly string[] {
  const decoder = new TextDecoder();
  return files.map(({ bytes }) => decoder.decode(bytes));
}

function parseAll(texts: readonly string[]): void {
  for (const text of texts) parseYaml('bench.yaml', text);
}

/** Best of some runs: what is asked is the cost, not the noise. */
function best(run: () => void): number {
  const taken = Array.from({ length: RUNS }, () => {
    const startedAt = performance.now();
    run();
    return performance.now() - startedAt;
  });
  return Math.min(...taken);
}

type Planner = (before: readonly RepositoryFile[], after: readonly RepositoryFile[]) => void;

async function createPlanner(): Promise<Planner> {
  const [types, catalogue] = await Promise.all([loadTypes(), loadCatalogue()]);
  const context = { types };
  return (before, after) => {
    const older = readRevision(before, context);
    const newer = readRevision(after, context, new Set(), older);
    planJobSummary(buildPlan({ base: older.view, head: newer.view, catalogue }), {});
  };
}

async function measure(teams: number): Promise<Measured> {
  const [types, plan] = await Promise.all([loadTypes(), createPlanner()]);
  const context = { types };
  const base = fleetRepository(teams);
  const head = fleetRepository(teams, Math.floor(teams / 2));
  const rendered = [...readRevision(base, context).view.effective.values()].map(({ config }) => config.text);
  const firstMs = best(() => plan([], base));
  const firstParseMs = best(() => parseAll([...textsOf(base), ...rendered]));
  const changeMs = best(() => plan(base, head));
  const changeParseMs = best(() => parseAll([...textsOf(base), ...textsOf(head)]));
  return { firstMs, firstParseMs, changeMs, changeParseMs };
}

function row(teams: number, measured: Measured, peakMb: number): string {
  const { firstMs, firstParseMs, changeMs, changeParseMs } = measured;
  const cell = (text: string): string => text.padStart(12);
  return [
    cell(`${teams * 5}`),
    cell(`${firstMs.toFixed(0)} ms`),
    cell((firstMs / firstParseMs).toFixed(2)),
    cell(`${changeMs.toFixed(0)} ms`),
    cell((changeMs / changeParseMs).toFixed(2)),
    cell(`${peakMb.toFixed(0)} MB`),
    cell(`${((firstMs / (teams * 5)) * 1000).toFixed(0)} µs`),
  ].join('');
}

async function peak(teams: number): Promise<number> {
  const plan = await createPlanner();
  plan([], fleetRepository(teams));
  return process.resourceUsage().maxRSS / 1024;
}

function child(...words: readonly string[]): string {
  const { stdout, stderr } = spawnSync(process.execPath, [import.meta.filename, ...words], {
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  return stdout;
}

const [what, teams = ''] = process.argv.slice(2);
if (what === 'peak') process.stdout.write(String(await peak(Number(teams))));
else if (what === 'times') process.stdout.write(JSON.stringify(await measure(Number(teams))));
else {
  const heads = ['resources', 'first', '÷ parsing', 'change', '÷ parsing', 'peak', 'a resource'];
  process.stdout.write(`${heads.map((head) => head.padStart(12)).join('')}\n`);
  for (const size of TEAMS) {
    const measured = JSON.parse(child('times', String(size))) as Measured;
    process.stdout.write(`${row(size, measured, Number(child('peak', String(size))))}\n`);
  }
}
