import { createServer, type AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LineProcess, pause } from './processes.ts';

const API_KEY = 'api-key-of-the-benchmark';
export const SECRET_KEY = 'secret-key-of-the-benchmark';

/** New connections a second; `UPGRADES_PER_SECOND=200` measures with the server's own limit. */
const UPGRADES: number = Number(process.env['UPGRADES_PER_SECOND'] ?? 1000);

/**
 * Limits that the benchmark raises: all agents come from one address, more of them than one process is meant for, and as many a second as a
 * restart of the measured size brings.
 */
export const RAISED: Readonly<Record<string, number>> = {
  connections: 20_000,
  connectionsPerAddress: 20_000,
  upgradesPerSecond: UPGRADES,
};

/** The built `collie serve` on its SQLite store, with a client for its REST API. */
export class CollieServer {
  readonly #program: string;
  readonly #folder: string;
  readonly #http: number;
  readonly #opamp: number;
  process: LineProcess;

  private constructor(program: string, folder: string, http: number, opamp: number) {
    this.#program = program;
    this.#folder = folder;
    this.#http = http;
    this.#opamp = opamp;
    writeFileSync(join(folder, 'serve.yaml'), `limits: ${JSON.stringify(RAISED)}\n`);
    this.process = this.#spawn();
  }

  static async start(program: string, folder: string): Promise<CollieServer> {
    const server = new CollieServer(program, folder, await freePort(), await freePort());
    await server.#healthy();
    return server;
  }

  #spawn(): LineProcess {
    const args = [this.#program, 'serve', '--config', join(this.#folder, 'serve.yaml')];
    return new LineProcess(process.execPath, args, {
      PATH: process.env['PATH'],
      COLLIE_HTTP: `127.0.0.1:${this.#http}`,
      COLLIE_OPAMP: `127.0.0.1:${this.#opamp}`,
      COLLIE_STORE: join(this.#folder, 'store'),
      COLLIE_API_KEY: API_KEY,
      COLLIE_SECRET_KEY: SECRET_KEY,
      COLLIE_SOAK_MS: '0',
      ...(process.env['SERVE_OPTIONS'] === undefined ? {} : { NODE_OPTIONS: process.env['SERVE_OPTIONS'] }),
    });
  }

  async #healthy(): Promise<void> {
    for (let triesLeft = 200; triesLeft > 0; triesLeft -= 1) {
      if (this.process.isOver) break;
      const answer = await fetch(`http://127.0.0.1:${this.#http}/health`).catch(() => undefined);
      if (answer?.ok === true) return;
      await pause(50);
    }
    throw new Error(`collie serve did not come up:\n${this.process.log}`);
  }

  get opampUrl(): string {
    return `ws://127.0.0.1:${this.#opamp}/v1/opamp`;
  }

  /** Kills it as a power cut would and starts it on the same store. */
  async crash(): Promise<void> {
    await this.process.end('SIGKILL');
    this.process = this.#spawn();
    await this.#healthy();
  }

  async call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.#http}${path}`, {
      method,
      headers: { 'x-bindplane-api-key': API_KEY, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`);
    return text === '' ? undefined : JSON.parse(text);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- a TCP server's address
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => {
    server.close(done);
  });
  return port;
}
