import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { API_KEY, SECRET_KEY } from '../../support/app.ts';

/** A server in a process of its own, to be stopped and killed like one. */
export class ServerProcess {
  readonly #process: ChildProcess;
  readonly url: string;
  readonly opampUrl: string;

  private constructor(process: ChildProcess, url: string, opampUrl: string) {
    this.#process = process;
    this.url = url;
    this.opampUrl = opampUrl;
  }

  /** Starts `collie serve` on a store; resolves when it is ready. `folder` takes its settings. */
  static async start(folder: string, store: string, limits: object): Promise<ServerProcess> {
    const config = join(folder, 'collie.yaml');
    writeFileSync(config, JSON.stringify({ limits }));
    const root = resolve(import.meta.dirname, '../../..');
    const child = spawn(process.execPath, [join(root, 'app/cli.ts'), 'serve', '--config', config], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        NODE_COMPILE_CACHE: join(folder, 'compiled'),
        COLLIE_HTTP: '127.0.0.1:0',
        COLLIE_OPAMP: '127.0.0.1:0',
        COLLIE_STORE: store,
        COLLIE_API_KEY: API_KEY,
        COLLIE_SECRET_KEY: SECRET_KEY,
        COLLIE_SOAK_MS: '0',
      },
    });
    let said = '';
    const addresses = await new Promise<RegExpExecArray>((found, failed) => {
      child.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        const match = /Control plane (http:\S+) {3}OpAMP (ws:\S+)/.exec(said);
        if (match !== null) found(match);
      });
      child.once('exit', () => failed(new Error(`serve ended: ${said}`)));
    });
    return new ServerProcess(child, addresses[1] ?? '', addresses[2] ?? '');
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void {
    this.#process.kill(signal);
  }

  /** As when its machine loses power. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await gone;
  }
}
