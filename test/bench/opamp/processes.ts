import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { once } from 'node:events';

/** A child process whose lines of JSON are waited for. */
export class LineProcess {
  readonly child: ChildProcess;
  readonly #lines: Record<string, unknown>[] = [];
  readonly #waiting = new Set<() => void>();
  #log = '';

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    const child = spawn(command, [...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.child = child;
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('{')) {
        // eslint-disable-next-line typescript/no-unsafe-type-assertion -- a line of JSON of a program of ours
        this.#lines.push(JSON.parse(line) as Record<string, unknown>);
        for (const wake of this.#waiting) wake();
      } else this.#keep(`${line}\n`);
    });
    child.stderr.on('data', (chunk: Buffer) => this.#keep(chunk.toString('utf8')));
    child.once('exit', () => {
      for (const wake of this.#waiting) wake();
    });
  }

  #keep(text: string): void {
    this.#log = (this.#log + text).slice(-4000);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** What it wrote that is no JSON: the end of its log. */
  get log(): string {
    return this.#log;
  }

  get isOver(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** How many lines came so far. */
  get lines(): number {
    return this.#lines.length;
  }

  /** The lines behind the first `after`. */
  since(after: number): readonly Record<string, unknown>[] {
    return this.#lines.slice(after);
  }

  /** The first line that `wanted` takes, come or to come, of those behind the first `after`. Rejects when the process ends or the time is over. */
  async line(
    wanted: (line: Record<string, unknown>) => boolean,
    limitMs: number,
    after = 0,
  ): Promise<Record<string, unknown>> {
    const until = performance.now() + limitMs;
    for (;;) {
      const found = this.#lines.slice(after).find(wanted);
      if (found !== undefined) return found;
      if (this.isOver) throw new Error(`the process ended early:\n${this.#log}`);
      const leftMs = until - performance.now();
      if (leftMs <= 0) throw new Error(`nothing for ${limitMs} ms; last lines:\n${this.#log}`);
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, leftMs);
        this.#waiting.add(wake);
      });
    }
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.isOver) return;
    this.child.kill(signal);
    await once(this.child, 'exit');
  }
}

/** Resident memory of a process, bytes. */
export function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

/** Time that a process spent on the processor so far, milliseconds (clock ticks of 10 ms). */
export function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Waits; a benchmark measures wall time. */
export function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, durationMs);
  });
}
