import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startSupervisor, type Supervisor, type SupervisorOptions } from '../../app/demo/agents/real.ts';
import type { AgentState } from '../../src/core/fleet/agent-state.ts';
import type { RolloutView } from '../../src/core/rollout/view.ts';

const PROGRAM = resolve(import.meta.dirname, '..', '..', 'app', 'cli.ts');
const SECRET_KEY = 'k'.repeat(40);
const API_KEY = 'a'.repeat(40);
const PATIENCE_MS = 30_000;
const LONG_PATIENCE_MS = 120_000;

/** `collie serve` in a process of its own, with real supervisors and their collectors around it. */
export class Stage {
  readonly folder: string;
  readonly #ports: { readonly http: number; readonly opamp: number };
  readonly #supervisors = new Map<string, Supervisor>();
  #serve: ChildProcess | undefined;

  private constructor(folder: string, ports: Stage['ports']) {
    this.folder = folder;
    this.#ports = ports;
  }

  /** `settings`: the file of `serve --config`. */
  static async open(folder: string, settings: string = ''): Promise<Stage> {
    const [http = 0, opamp = 0] = await freePorts(2);
    await writeFile(join(folder, 'serve.yaml'), settings);
    const stage = new Stage(folder, { http, opamp });
    await stage.serve();
    return stage;
  }

  get ports(): { readonly http: number; readonly opamp: number } {
    return this.#ports;
  }

  async serve(): Promise<void> {
    this.#serve = spawn(process.execPath, [PROGRAM, 'serve', '--config', join(this.folder, 'serve.yaml')], {
      env: {
        PATH: process.env['PATH'] ?? '',
        COLLIE_HTTP: `127.0.0.1:${this.#ports.http}`,
        COLLIE_OPAMP: `127.0.0.1:${this.#ports.opamp}`,
        COLLIE_STORE: join(this.folder, 'store'),
        COLLIE_SECRET_KEY: SECRET_KEY,
        COLLIE_API_KEY: API_KEY,
        COLLIE_SOAK_MS: '300',
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await until('the server answers', async () =>
      (await fetch(`http://127.0.0.1:${this.#ports.http}/health`)).ok ? true : undefined,
    );
  }

  /** As a crash does it: nothing is said goodbye to. */
  async killServer(): Promise<void> {
    const serve = this.#serve;
    if (serve === undefined) return;
    serve.kill('SIGKILL');
    await once(serve, 'exit');
  }

  /** Starts a supervisor, or starts it again in the folder it had. Two must not start at the same time: both would want port 8888. */
  async join(
    name: string,
    collector: string,
    supervisor: string,
    scheme: 'ws' | 'http' = 'ws',
    more: Pick<SupervisorOptions, 'applyTimeout' | 'environment'> = {},
  ): Promise<Supervisor> {
    const started = await startSupervisor({
      collector,
      supervisor,
      folder: join(this.folder, name),
      endpoint: `${scheme}://127.0.0.1:${this.#ports.opamp}/v1/opamp`,
      secretKey: SECRET_KEY,
      name,
      labels: scheme === 'ws' ? { configuration: 'lab' } : { place: 'elsewhere' },
      ...more,
    });
    this.#supervisors.set(name, started);
    return started;
  }

  /** When a supervisor last got a config: it writes it down before it does anything else. */
  async lastOffer(name: string): Promise<number> {
    return (await stat(join(this.folder, name, 'storage', 'last_recv_remote_config.dat'))).mtimeMs;
  }

  async call(method: string, path: string, body?: object): Promise<any> {
    const answer = await fetch(`http://127.0.0.1:${this.#ports.http}${path}`, {
      method,
      headers: { 'X-Bindplane-Api-Key': API_KEY, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** Applies a raw config for all that have `configuration=lab`; what became of it. */
  async apply(raw: string, policy?: string): Promise<{ readonly status: string; readonly reason?: string }> {
    const resource = {
      apiVersion: 'bindplane.observiq.com/v1',
      kind: 'Configuration',
      metadata: { name: 'lab', ...(policy === undefined ? {} : { labels: { 'rollout-policy': policy } }) },
      spec: { contentType: 'text/yaml', raw, selector: { matchLabels: { configuration: 'lab' } } },
    };
    const { updates } = await this.call('POST', '/v1/apply', { resources: [resource] });
    return updates[0];
  }

  /** Applies a raw config and rolls it out to its end. */
  async roll(raw: string, ...states: readonly RolloutView['state'][]): Promise<RolloutView> {
    await this.apply(raw);
    const { configuration } = await this.call('POST', '/v1/rollouts/lab/start', { options: null });
    const { version } = configuration.metadata;
    return until(`lab:${version} is ${states.join(' or ')}`, async () => {
      const { rollouts } = await this.call('GET', '/v1/collie/rollouts');
      const views: RolloutView[] = rollouts.map(({ view }: { view: RolloutView }) => view);
      return views.find((view) => view.toVersion === version && states.includes(view.state));
    });
  }

  /** The newest rollout of the configuration. */
  async newest(): Promise<RolloutView> {
    const { rollouts } = await this.call('GET', '/v1/collie/rollouts');
    const views: RolloutView[] = rollouts.map(({ view }: { view: RolloutView }) => view);
    const [newest] = views.toSorted((a, b) => b.toVersion - a.toVersion);
    if (newest === undefined) throw new Error('there is no rollout');
    return newest;
  }

  /** The newest rollout, once it is as it should be. */
  watched(isSo: (view: RolloutView) => Promise<boolean>): Promise<RolloutView> {
    return until(
      'the rollout gets there',
      async () => {
        const view = await this.newest();
        return (await isSo(view)) ? view : undefined;
      },
      LONG_PATIENCE_MS,
    );
  }

  /** An agent by name, once it is as it should be. */
  agent(name: string, isReady: (state: AgentState) => boolean): Promise<AgentState> {
    return until(`${name} gets there`, async () => {
      const { agent } = await this.call('GET', `/v1/collie/agents/${name}`);
      return isReady(agent) ? agent : undefined;
    });
  }

  async close(): Promise<void> {
    for (const supervisor of this.#supervisors.values()) await supervisor.stop();
    this.#serve?.kill('SIGTERM');
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Looks again and again; fails in the end with the last error there was. */
async function until<T>(
  what: string,
  look: () => Promise<T | undefined>,
  patienceMs: number = PATIENCE_MS,
): Promise<T> {
  let last: unknown;
  for (const end = Date.now() + patienceMs; Date.now() < end; await wait(50)) {
    const found = await look().catch((error: unknown) => {
      last = error;
      return undefined;
    });
    if (found !== undefined) return found;
  }
  throw new Error(`waited for ${patienceMs / 1000} s until ${what}`, { cause: last });
}

/** The collector that a supervisor runs now. */
export async function childOf(pid: number): Promise<number> {
  const tasks = await readdir(`/proc/${pid}/task`);
  const children = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8')),
  );
  const first = Number(children.join(' ').trim().split(/\s+/)[0]);
  // 0 would be this whole group of processes.
  if (!(first > 1)) throw new Error(`process ${pid} has no child`);
  return first;
}

export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const found = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return found;
}
