import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Json } from '../../src/core/document/node.ts';
import type { ReportableRollout } from '../../src/ports/rollout-feed.ts';

export interface RolloutList {
  readonly rollouts: readonly ReportableRollout[];
}

export interface AgentList {
  readonly agents: readonly Json[];
}

export interface ConfigurationList {
  readonly configurations: readonly Json[];
}

/** `collie serve` as a child process, as a user would run it. */
export interface ServeProcess {
  readonly url: string;
  readonly apiKey: string;
  /** The answer of its API to a read; waits while the process is being started again. */
  ask<T extends RolloutList | AgentList | ConfigurationList>(path: string): Promise<T>;
  /** Times it ended without being asked and was started again. */
  restarts(): number;
  /** The current process id; changes after a restart. */
  pid(): number;
  stop(): Promise<void>;
}

export interface ServeOptions {
  /** Path of `app/cli.ts` or of a built `collie.mjs`. */
  readonly program: string;
  readonly url: string;
  readonly apiKey: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Called when the process died and is started again. */
  readonly onRestart: (cause: string) => void;
}

const HEALTH_POLL_MS = 100;
const HEALTH_LIMIT_MS = 20_000;
const MAX_RESTARTS = 5;
/** After SIGTERM; then it is killed, so that the demo always ends. */
const STOP_LIMIT_MS = 5000;

/** Starts the server and resolves when it answers; starts it again when it dies, as a service manager would. */
export async function startServe(options: ServeOptions): Promise<ServeProcess> {
  let child: ChildProcess;
  let restarts = 0;
  let stopping = false;
  const log = createWriteStream(options.logFile, { flags: 'a' });

  const start = (): void => {
    child = spawn(process.execPath, [options.program, 'serve'], {
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    child.once('exit', (code, signal) => {
      if (stopping || restarts >= MAX_RESTARTS) return;
      restarts += 1;
      options.onRestart(signal ?? `exit ${code ?? '?'}`);
      start();
    });
  };

  start();
  await healthy(options, () => restarts < MAX_RESTARTS);
  return {
    url: options.url,
    apiKey: options.apiKey,
    ask: (path) => ask(options, path),
    restarts: () => restarts,
    pid: () => child.pid ?? 0,
    stop: async () => {
      stopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const killer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
      child.kill('SIGTERM');
      await once(child, 'exit');
      clearTimeout(killer);
      log.end();
    },
  };
}

async function ask<T>({ url, apiKey }: ServeOptions, path: string): Promise<T> {
  for (let waitedMs = 0; ; waitedMs += HEALTH_POLL_MS) {
    const answer = await fetch(new URL(path, url), { headers: { 'X-Bindplane-Api-Key': apiKey } }).catch(
      (error: unknown) => {
        if (waitedMs >= HEALTH_LIMIT_MS) throw error;
        return undefined;
      },
    );
    if (answer?.ok === true) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the server is of the same build
      return (await answer.json()) as T;
    }
    if (answer !== undefined) {
      throw new Error(`${path} answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
    }
    await wait(HEALTH_POLL_MS);
  }
}

async function healthy(options: ServeOptions, alive: () => boolean): Promise<void> {
  for (let waited = 0; waited < HEALTH_LIMIT_MS && alive(); waited += HEALTH_POLL_MS) {
    const answered = await fetch(new URL('/health', options.url)).then(
      (response) => response.ok,
      () => false,
    );
    if (answered) return;
    await wait(HEALTH_POLL_MS);
  }
  throw new Error(`the control plane did not come up at ${options.url}; its log is ${options.logFile}`);
}
