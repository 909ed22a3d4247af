import { spawn, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { access, constants, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { readCapabilities, readVersion } from '../core/collector/trial/capabilities.ts';
import { READY, type Ending } from '../core/collector/trial/ending.ts';
import type { CollectorProgram, TrialInput, TrialPlace } from '../ports/collector-program.ts';
import { OperationError } from '../ports/operation-error.ts';
import { IO_LIMITS } from './limits.ts';

/** Nobody listens there: what goes through a proxy goes nowhere. */
const NOWHERE = 'http://127.0.0.1:1';

/** Variables that a loader, Go's runtime (which dies of a `GOMEMLIMIT` that is no number) or a shell reads before the collector does. */
const OF_RUNTIMES = /^(?:LD_\w*|DYLD_\w*|GO[A-Z0-9]*|NODE_OPTIONS|BASH_ENV|ENV)$/i;

/**
 * What a collector's process sees: nothing of ours but what a system needs (the path, as a binary may be a script around one). Its folders are its own, and what it would send by HTTP or gRPC ends at
 * a proxy that is not there, as do questions to a cloud's metadata.
 */
function environmentOf(folder: string, placeholders: TrialInput['environment']): NodeJS.ProcessEnv {
  const { PATH, SystemRoot } = process.env;
  const harmless = Object.entries(placeholders).filter(([name]) => !OF_RUNTIMES.test(name));
  return {
    ...Object.fromEntries(harmless),
    ...(SystemRoot === undefined ? {} : { SystemRoot }),
    ...(PATH === undefined ? {} : { PATH }),
    HOME: folder,
    TMPDIR: folder,
    TEMP: folder,
    TMP: folder,
    HTTP_PROXY: NOWHERE,
    HTTPS_PROXY: NOWHERE,
    http_proxy: NOWHERE,
    https_proxy: NOWHERE,
    NO_PROXY: '',
    no_proxy: '',
    AWS_EC2_METADATA_DISABLED: 'true',
    GCE_METADATA_HOST: '127.0.0.1:1',
    LC_ALL: 'C',
  };
}

interface Call {
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment: TrialInput['environment'];
  /** When it hangs: until it ends, or where it is to run, until it is ready. */
  readonly answerMs: number;
  /** How long it runs once it is ready; absent where it ends by itself. */
  readonly runMs?: number;
  /** Whether what it complains of is not asked for. */
  readonly dataOnly?: boolean;
}

/** Runs the binary with an argument array, never a shell. Rejects only when it cannot be started. */
function run(path: string, call: Call): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const sinceStart = (): number => Math.round(performance.now() - startedAt);
    const child = spawn(path, call.args, {
      cwd: call.folder,
      env: environmentOf(call.folder, call.environment),
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    const release = endWithUs(child, call.folder);
    let stopped: Pick<Ending, 'how' | 'afterMs'> | undefined;
    let readyAfterMs: number | undefined;
    const timers: NodeJS.Timeout[] = [];
    const stopAfter = (durationMs: number, how: Ending['how']): void => {
      const stop = (): void => {
        stopped = { how, afterMs: sinceStart() };
        child.kill('SIGTERM');
        timers.push(setTimeout(() => child.kill('SIGKILL'), IO_LIMITS.collectorStopMs));
      };
      timers.push(setTimeout(stop, durationMs));
    };
    stopAfter(call.answerMs, 'too late');
    const { runMs } = call;
    if (runMs !== undefined) {
      whenSaid([child.stdout, child.stderr], READY, () => {
        readyAfterMs = sinceStart();
        for (const timer of timers.splice(0)) clearTimeout(timer);
        stopAfter(runMs, 'stopped');
      });
    }
    const output = tailOf(call.dataOnly === true ? [child.stdout] : [child.stdout, child.stderr]);
    if (call.dataOnly === true) child.stderr.resume();
    const done = (): void => {
      for (const timer of timers) clearTimeout(timer);
      release();
    };
    child.once('error', (error) => {
      done();
      reject(unusable(path, error.message, error));
    });
    child.once('close', (code, signal) => {
      done();
      const ready = readyAfterMs === undefined ? {} : { readyAfterMs };
      const end = { output: output(), afterMs: sinceStart(), ...ready };
      if (stopped !== undefined) resolve({ ...end, ...stopped });
      else if (code === null) resolve({ ...end, how: 'killed', signal: signal ?? 'a signal' });
      else resolve({ ...end, how: 'exited', code });
    });
  });
}

/** Calls once when one of the streams says the words, however they are cut into pieces. */
function whenSaid(streams: readonly Readable[], words: string, call: () => void): void {
  let isSaid = false;
  for (const stream of streams) {
    let before = '';
    stream.on('data', (chunk: Buffer) => {
      if (isSaid) return;
      const text = before + chunk.toString('latin1');
      before = text.slice(-words.length);
      isSaid = text.includes(words);
      if (isSaid) call();
    });
  }
}

/** The end of what comes out of streams, in the order in which it comes. */
function tailOf(streams: readonly Readable[]): () => string {
  let chunks: Buffer[] = [];
  let size = 0;
  const keep = (chunk: Buffer): void => {
    chunks.push(chunk);
    size += chunk.length;
    if (size < 2 * IO_LIMITS.maxCollectorOutputBytes) return;
    chunks = [Buffer.concat(chunks).subarray(-IO_LIMITS.maxCollectorOutputBytes)];
    size = IO_LIMITS.maxCollectorOutputBytes;
  };
  for (const stream of streams) stream.on('data', keep);
  return () => Buffer.concat(chunks).subarray(-IO_LIMITS.maxCollectorOutputBytes).toString('utf8');
}

/** A collector must not outlive us, nor its folder. */
function endWithUs(child: ChildProcess, folder: string): () => void {
  const end = (): void => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', end);
  return () => void process.removeListener('exit', end);
}

function unusable(path: string, why: string, cause?: unknown): OperationError {
  return new OperationError({
    code: 'no-collector',
    message: `${path} cannot be used as a collector: ${why}`,
    hint: 'Give the path of an otelcol binary for this machine',
    cause,
  });
}

/**
 * The collector at a path, asked what is in it (`otelcol components`), or at least for its version. Rejects with OperationError `no-collector` when there is no program at the path or
 * it is none. A process that gives no answer within `answerMs` is stopped.
 */
export async function collectorProgram(
  path: string,
  answerMs: number = IO_LIMITS.collectorAnswerMs,
): Promise<CollectorProgram> {
  try {
    await access(path, constants.X_OK);
  } catch (error) {
    throw unusable(path, 'there is no program that may be run', error);
  }
  const folder = await privateFolder();
  const answer = async (word: string): Promise<string | undefined> => {
    const call = { args: [word], folder, environment: {}, answerMs, dataOnly: true };
    const { code, output } = await run(path, call);
    return code === 0 ? output : undefined;
  };
  try {
    const capabilities =
      readCapabilities((await answer('components')) ?? '') ?? readVersion((await answer('--version')) ?? '');
    if (capabilities === undefined) {
      throw unusable(path, 'it answers neither `components` nor `--version` as a collector does');
    }
    return { path, capabilities, open: () => openPlace(path, answerMs) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Its own, and nobody else's (mkdtemp: 0700). */
async function privateFolder(): Promise<string> {
  return realpath(await mkdtemp(join(tmpdir(), 'collie-trial-')));
}

/** One word each: what a gate is called cannot become another flag. */
function argumentsOf({ gates }: TrialInput, file: string): readonly string[] {
  return [...(gates.length === 0 ? [] : [`--feature-gates=${gates.join(',')}`]), '--config', file];
}

async function openPlace(path: string, answerMs: number): Promise<TrialPlace> {
  const folder = await privateFolder();
  const write = async ({ text, folders }: TrialInput, name: string): Promise<string> => {
    for (const one of folders) await mkdir(one, { recursive: true, mode: 0o700 });
    const file = join(folder, name);
    await writeFile(file, text, { mode: 0o600 });
    return file;
  };
  return {
    folder,
    async validate(input) {
      const file = await write(input, 'validate.yaml');
      const { environment } = input;
      const args = ['validate', ...argumentsOf(input, file)];
      return run(path, { args, folder, environment, answerMs });
    },
    async run(input, forMs) {
      const file = await write(input, 'start.yaml');
      const { environment } = input;
      const args = argumentsOf(input, file);
      return run(path, { args, folder, environment, answerMs, runMs: forMs });
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
