import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { scratchFolder } from '../support/app.ts';

/**
 * How long our REST API takes, beside what bindplane 1.35.0 was measured at (one client, no agents, store on disk):
 * `npm run bench:rest`. The server is a process of its own; `NODE_OPTIONS=--cpu-prof` tells where its time goes.
 */
const ROOT = resolve(import.meta.dirname, '../..');
const KEY = 'api-key-of-the-bench';

interface Measured {
  readonly what: string;
  readonly ours: string;
  /** Processor time of the server, which other programs on the machine do not change; empty where it cannot be read. */
  readonly cpu: string;
  readonly original: string;
  readonly goal: string;
}

const MANY = 1000;
const V1 = 'bindplane.observiq.com/v1';

/** As the original was measured: one library source, one inline processor, one library destination. */
function configuration(index: number, timeout: string): object {
  const name = `load-${index}`;
  return {
    apiVersion: V1,
    kind: 'Configuration',
    metadata: { name, labels: { platform: 'linux' } },
    spec: {
      sources: [
        {
          name: 'load-source',
          processors: [{ type: 'batch', parameters: [{ name: 'timeout', value: timeout }] }],
        },
      ],
      destinations: [{ name: 'load-destination' }],
      selector: { matchLabels: { configuration: name } },
    },
  };
}

function source(index: number, port: number): object {
  return {
    apiVersion: V1,
    kind: 'Source',
    metadata: { name: `source-${index}` },
    spec: { type: 'otlp', parameters: [{ name: 'grpc_port', value: port }] },
  };
}

const LIBRARY = [
  { apiVersion: V1, kind: 'Source', metadata: { name: 'load-source' }, spec: { type: 'otlp' } },
  {
    apiVersion: V1,
    kind: 'Destination',
    metadata: { name: 'load-destination' },
    spec: { type: 'otlp_grpc', parameters: [{ name: 'hostname', value: 'gw.internal' }] },
  },
];

function times<T>(make: (index: number) => T): readonly T[] {
  return Array.from({ length: MANY }, (_, index) => make(index));
}

function milliseconds(duration: number): string {
  return duration >= 100 ? `${Math.round(duration)} ms` : `${duration.toFixed(1)} ms`;
}

interface Answer {
  readonly status: number;
  readonly body: { readonly updates?: readonly { readonly status: string }[] };
}

class Bench {
  readonly rows: Measured[] = [];
  readonly #url: string;
  readonly #pid: number;

  constructor(url: string, pid: number) {
    this.#url = url;
    this.#pid = pid;
  }

  /** Milliseconds of processor time that the server had so far (Linux, in steps of 10). */
  #cpu(): number | undefined {
    try {
      const fields = readFileSync(`/proc/${this.#pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) * 10;
    } catch {
      return undefined;
    }
  }

  #cpuSince(start: number | undefined, calls: number): string {
    const now = this.#cpu();
    return now === undefined || start === undefined ? '' : milliseconds((now - start) / calls);
  }

  async call(method: string, path: string, body?: object): Promise<Answer> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: { 'x-bindplane-api-key': KEY, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  }

  /** Applies, and checks what became of it. */
  async apply(
    what: string,
    resources: readonly object[],
    counts: string,
    original: string,
    goal = '',
  ): Promise<void> {
    const [start, cpuStart] = [performance.now(), this.#cpu()];
    const { body } = await this.call('POST', '/v1/apply', { resources });
    const ours = milliseconds(performance.now() - start);
    const cpu = this.#cpuSince(cpuStart, 1);
    const found = new Map<string, number>();
    for (const { status } of body.updates ?? []) found.set(status, (found.get(status) ?? 0) + 1);
    const seen = [...found].map(([status, count]) => `${count} ${status}`).join(', ');
    if (seen !== counts) {
      throw new Error(`${what}: expected ${counts}, got ${seen} ${JSON.stringify(body).slice(0, 400)}`);
    }
    this.rows.push({ what, ours, cpu, original, goal });
  }

  /** Median of many reads, the first few not counted. */
  async read(what: string, path: string, original: string, goal = ''): Promise<void> {
    const durations: number[] = [];
    const cpuStart = this.#cpu();
    for (let round = 0; round < 60; round += 1) {
      const start = performance.now();
      const { status } = await this.call('GET', path);
      if (status !== 200) throw new Error(`${path} answered ${status}`);
      if (round >= 10) durations.push(performance.now() - start);
    }
    const median = durations.toSorted((a, b) => a - b)[Math.floor(durations.length / 2)] ?? 0;
    this.rows.push({ what, ours: milliseconds(median), cpu: this.#cpuSince(cpuStart, 60), original, goal });
  }
}

async function measure(bench: Bench): Promise<void> {
  const configurations = times((index) => configuration(index, '2s'));
  const sources = times((index) => source(index, 14_317));
  await bench.call('POST', '/v1/apply', { resources: LIBRARY });
  await bench.apply('apply of 100 sources', sources.slice(0, 100), '100 created', '29 ms');
  await bench.apply(
    'apply of 1,000 sources, 900 new',
    sources,
    '100 unchanged, 900 created',
    '277 ms',
    '300 ms',
  );
  await bench.apply('apply of 1,000 sources, unchanged', sources, '1000 unchanged', '252 ms');
  await bench.apply('apply of 100 configurations', configurations.slice(0, 100), '100 created', '395 ms');
  await bench.apply(
    'apply of 1,000 configurations, 900 new',
    configurations,
    '100 unchanged, 900 created',
    '3.9 s',
    '1 s',
  );
  await bench.apply(
    'apply of 1,000 configurations, unchanged',
    configurations,
    '1000 unchanged',
    '4.1 s',
    '500 ms',
  );
  await bench.apply(
    'apply of 1,000 configurations, all changed',
    times((index) => configuration(index, '3s')),
    '1000 configured',
    '',
  );
  await bench.apply(
    'apply of 1 destination that 1,000 configurations use',
    [
      {
        ...LIBRARY[1],
        spec: { type: 'otlp_grpc', parameters: [{ name: 'hostname', value: 'other.internal' }] },
      },
    ],
    '1001 configured',
    '548 ms',
  );
  await bench.apply('apply of 1 configuration', [configuration(7, '9s')], '1 configured', '8.7 ms');
  await bench.read('list of 1,000 configurations', '/v1/configurations', '7–15 ms', '15 ms');
  await bench.read('list of 1,002 sources', '/v1/sources', '3–6 ms');
  await bench.read('configuration with raw', '/v1/configurations/load-500', '3.6 ms', '3 ms');
  await bench.read('version', '/v1/version', '0.1 ms');
}

async function started(folder: string): Promise<{ readonly server: ChildProcess; readonly url: string }> {
  const server = spawn(process.execPath, [join(ROOT, 'app/cli.ts'), 'serve'], {
    stdio: ['ignore', 'inherit', 'pipe'],
    env: {
      ...process.env,
      COLLIE_HTTP: '127.0.0.1:0',
      COLLIE_OPAMP: '127.0.0.1:0',
      COLLIE_STORE: process.env['COLLIE_STORE'] ?? folder,
      COLLIE_API_KEY: KEY,
      COLLIE_SECRET_KEY: 'secret-key-of-the-bench',
    },
  });
  const url = await new Promise<string>((found, lost) => {
    server.stderr?.on('data', (data: Buffer) => {
      const [, address] = /Control plane (\S+)/.exec(data.toString()) ?? [];
      if (address === undefined) process.stderr.write(data);
      else found(address);
    });
    server.once('exit', (code) => lost(new Error(`the server ended with ${code}`)));
  });
  return { server, url };
}

const scratch = scratchFolder();
const { server, url } = await started(scratch.path);
const bench = new Bench(url, server.pid ?? 0);
try {
  await measure(bench);
} finally {
  server.kill('SIGTERM');
  await once(server, 'exit');
  scratch.remove();
}
const head: Measured = {
  what: '',
  ours: 'Collie',
  cpu: 'its CPU',
  original: 'bindplane 1.35.0',
  goal: 'goal',
};
for (const { what, ours, cpu, original, goal } of [head, ...bench.rows]) {
  process.stdout.write(
    `${what.padEnd(56)}${ours.padStart(10)}${cpu.padStart(10)}${original.padStart(20)}${goal.padStart(10)}\n`,
  );
}
