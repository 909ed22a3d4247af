import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { brokenText, type Outcome, type RunOptions, runSeed } from './simulation.ts';
import { lineText } from './world.ts';

const USAGE = `Usage: npm run sim -- [--seeds N] [--from S] [--agents N|LOW..HIGH] [--replicas 1..3] [--github] [--workers N]
       npm run sim -- --first [--seeds N] [--from S] …   ends with the first broken invariant, and says it in one line of JSON
       npm run sim -- --each-call --seed S [--agents N] [--replicas 1..3]   a calm story again and again: a process dies at its first
                                                         call of the store, at the second, and so on, before and after the effect
       npm run sim -- --seed S [--agents N] [--replicas 1..3] [--store memory|plain|sqlite]   one run, with its whole story

Simulates the server, its replicas, its agents and what goes wrong between them in virtual time, and checks invariants at every
event. Rollouts come from pull requests in every fifth run, with --github in all. The same seed gives the same run. Ends with 1 when an invariant is broken.
`;

/** What is told of one run. */
interface Told {
  readonly seed: number;
  readonly ms: number;
  readonly events: number;
  readonly virtualMs: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly invariant: string;
  readonly text: string;
}

/** Seeds that one worker runs: from the first, each so many-th. */
interface Share {
  readonly first: number;
  readonly last: number;
  readonly step: number;
  readonly options: Omit<RunOptions, 'seed' | 'onLine'>;
}

async function timed(options: RunOptions): Promise<Told> {
  const began = performance.now();
  const outcome: Outcome = await runSeed(options);
  return {
    seed: options.seed,
    ms: performance.now() - began,
    events: outcome.events,
    virtualMs: outcome.tookMs,
    counts: outcome.counts,
    invariant: outcome.broken?.invariant ?? '',
    text: brokenText(outcome),
  };
}

/** A worker's part: its seeds one after another. */
async function work({ first, last, step, options }: Share): Promise<void> {
  for (let seed = first; seed <= last; seed += step) {
    // eslint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
    parentPort?.postMessage(await timed({ ...options, seed }));
  }
}

/** Runs seeds in several threads, and tells what came of them. */
async function many(
  from: number,
  seeds: number,
  workers: number,
  options: Share['options'],
): Promise<number> {
  const began = performance.now();
  const sums = { runs: 0, broken: 0, ms: 0, events: 0, virtualMs: 0 };
  const counts: Record<string, number> = {};
  const heard = (told: Told): void => {
    sums.runs += 1;
    sums.ms += told.ms;
    sums.events += told.events;
    sums.virtualMs += told.virtualMs;
    for (const [name, count] of Object.entries(told.counts)) counts[name] = (counts[name] ?? 0) + count;
    if (told.invariant !== '') {
      sums.broken += 1;
      process.stdout.write(`\n${told.text}\n`);
    }
    if (sums.runs % 500 === 0) {
      process.stderr.write(`${sums.runs} of ${seeds} seeds, ${sums.broken} broken\n`);
    }
  };
  const share = (worker: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const data: Share = { first: from + worker, last: from + seeds - 1, step: workers, options };
      const thread = new Worker(new URL(import.meta.url), { workerData: data });
      thread.on('message', heard);
      thread.on('error', reject);
      thread.on('exit', () => resolve());
    });
  await Promise.all(Array.from({ length: Math.min(workers, seeds) }, (_, worker) => share(worker)));
  const seconds = (performance.now() - began) / 1000;
  const hours = Math.round(sums.virtualMs / 3_600_000);
  const lines = [
    `${sums.runs} seeds from ${from}: ${sums.broken} broken`,
    `${seconds.toFixed(1)} s with ${workers} workers, ${(sums.ms / sums.runs).toFixed(0)} ms a seed, ${sums.events} events, ${hours} hours of virtual time`,
    Object.entries(counts)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => `${name} ${count}`)
      .join(' · '),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return sums.broken === 0 && sums.runs === seeds ? 0 : 1;
}

/** Seeds one after another until an invariant is broken. */
async function first(from: number, seeds: number, options: Share['options']): Promise<number> {
  for (let seed = from; seed < from + seeds; seed += 1) {
    const { broken } = await runSeed({ ...options, seed });
    if (broken === undefined) continue;
    const { invariant, message } = broken;
    process.stdout.write(`${JSON.stringify({ seed, invariant, message })}\n`);
    return 1;
  }
  return 0;
}

/** The same story with a process that dies at the n-th call of the store, for every n (TST-04). */
async function eachCall(options: RunOptions): Promise<number> {
  let [runs, calls] = [0, 1];
  for (let call = 1; call <= calls; call += 1) {
    for (const late of [false, true]) {
      const outcome = await runSeed({ ...options, fatal: { call, late } });
      runs += 1;
      calls = Math.max(calls, outcome.calls);
      if (outcome.broken === undefined) continue;
      process.stdout.write(
        `${brokenText(outcome)}\nit died at call ${call}, ${late ? 'after' : 'before'} its effect\n`,
      );
      return 1;
    }
  }
  process.stdout.write(`${runs} runs, a process died at each of ${calls} calls: no invariant broken\n`);
  return 0;
}

/** One run with its whole story. */
async function one(options: RunOptions): Promise<number> {
  const outcome = await runSeed({
    ...options,
    onLine: (line) => void process.stdout.write(`${lineText(line)}\n`),
  });
  process.stdout.write(`\n${JSON.stringify({ plan: outcome.plan, counts: outcome.counts }, undefined, 1)}\n`);
  process.stdout.write(`seed ${options.seed}: ${outcome.broken?.message ?? 'no invariant broken'}\n`);
  return outcome.broken === undefined ? 0 : 1;
}

function agentsOf(text: string): NonNullable<RunOptions['agents']> {
  const [low, high] = text.split('..').map(Number);
  return high === undefined ? (low ?? 0) : [low ?? 0, high];
}

function isBacking(name: string | undefined): name is RunOptions['store'] {
  return name === undefined || ['memory', 'plain', 'sqlite'].includes(name);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      seeds: { type: 'string', default: '300' },
      from: { type: 'string', default: '1' },
      agents: { type: 'string' },
      replicas: { type: 'string' },
      store: { type: 'string' },
      workers: { type: 'string', default: String(availableParallelism()) },
      github: { type: 'boolean', default: false },
      first: { type: 'boolean', default: false },
      'each-call': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { store } = values;
  if (values.help || !isBacking(store)) {
    process.stdout.write(USAGE);
    return values.help ? 0 : 64;
  }
  const options = {
    ...(values.agents === undefined ? {} : { agents: agentsOf(values.agents) }),
    ...(values.replicas === undefined ? {} : { replicas: Number(values.replicas) }),
    ...(store === undefined ? {} : { store }),
    github: values.github,
  };
  if (values['each-call']) return eachCall({ ...options, seed: Number(values.seed ?? values.from) });
  if (values.seed !== undefined) return one({ ...options, seed: Number(values.seed) });
  if (values.first) return first(Number(values.from), Number(values.seeds), options);
  return many(Number(values.from), Number(values.seeds), Number(values.workers), options);
}

if (isMainThread) process.exitCode = await main();
else await work(workerData as Share);
