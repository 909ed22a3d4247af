import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSupervisor, type Supervisor } from '../../app/demo/agents/real.ts';
import { buildBinaries } from './build.ts';

/**
 * A real collector under its real supervisor against `collie serve`, each a process of its own: enrol, a good config,
 * a config with an unknown key, the collector's own words on the line, the config before it restored, the server killed
 * and back. Needs Go; where it is missing the run says so.
 */
const PROGRAM = resolve(import.meta.dirname, '..', '..', 'app', 'cli.ts');
const SECRET_KEY = 'k'.repeat(40);
const API_KEY = 'a'.repeat(40);
const AGENT = 'lab-1';

const binaries = buildBinaries((text) => process.stderr.write(`${text}\n`));
const reason = 'reason' in binaries ? binaries.reason : undefined;
if (reason !== undefined) process.stderr.write(`skipped: ${reason}\n`);

interface AgentAnswer {
  readonly name: string;
  readonly version: string;
  readonly status: number;
  readonly errorMessage?: string;
  readonly configurationStatus: { readonly current?: string; readonly pending?: string };
}

describe.skipIf(reason !== undefined)('a real collector', () => {
  let folder: string;
  let ports: { http: number; opamp: number; grpc: number; httpReceiver: number };
  let serve: ReturnType<typeof spawn>;
  let supervisor: Supervisor;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'collie-collectors-'));
    const [http = 0, opamp = 0, grpc = 0, httpReceiver = 0] = await freePorts(4);
    ports = { http, opamp, grpc, httpReceiver };
    serve = await startServe();
    await writeRepository('');
    if ('reason' in binaries) return;
    supervisor = await startSupervisor({
      collector: binaries.collector,
      supervisor: binaries.supervisor,
      folder: join(folder, 'agent'),
      endpoint: `ws://127.0.0.1:${opamp}/v1/opamp`,
      secretKey: SECRET_KEY,
      name: AGENT,
      labels: { configuration: 'lab' },
    });
  });

  afterAll(async () => {
    await supervisor.stop();
    serve.kill('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  });

  it('enrols under its name, with its version', async () => {
    const agent = await until((found) => found.name === AGENT);
    expect(agent.version).toBe('v0.158.0');
  });

  it('runs a good config after a rollout', async () => {
    const applied = await collie(
      'apply',
      repository(),
      ...server(),
      '--yes',
      '--rollout',
      'auto',
      '--wait',
      '60s',
    );
    expect(applied.stderr + applied.stdout).toContain('lab');
    expect(applied.code).toBe(0);
    const agent = await until((found) => found.configurationStatus.current === 'lab:1');
    expect(agent.status).toBe(1);
    expect(await effectiveConfig()).toContain(`127.0.0.1:${ports.grpc}`);
  });

  it('refuses an unknown key; its words come back on the line that caused them', async () => {
    await writeRepository('          bogus_key: 1\n');
    // Collie knows that this version does not take the key; here the collector itself is to say it.
    const applied = await collie(
      'apply',
      repository(),
      ...server(),
      '--yes',
      '--fail-on',
      'never',
      '--rollout',
      'auto',
      '--wait',
      '60s',
    );
    expect(applied.code).toBe(1);
    const said = applied.stdout;
    expect(said).toContain('offered 1 · refused 1 · restored 1 · never saw it 0');
    expect(said).toContain(`${AGENT} (0.158.0) refused the config:`);
    expect(said).toMatch(/^ {3}│ .*has invalid keys: bogus_key/m);
    const lines = (await readFile(join(repository(), 'lab.yaml'), 'utf8')).split('\n');
    const line = lines.findIndex((text) => text.includes('bogus_key')) + 1;
    expect(said).toContain(`caused by lab.yaml:${line} (certainty: exact)`);
  });

  it('is back on the config it ran before', async () => {
    // Its refusal stays on its record, as on a BindPlane server; what it runs is the config before.
    await until((found) => found.configurationStatus.current === 'lab:1' && found.errorMessage !== undefined);
    const effective = await effectiveConfig();
    expect(effective).toContain(`127.0.0.1:${ports.grpc}`);
    expect(effective).not.toContain('bogus_key');
  });

  it('is known again after the server was killed, and is not offered the refused config', async () => {
    expect(await refusalsLogged()).toBe(1);
    serve.kill('SIGKILL');
    await once(serve, 'exit');
    serve = await startServe();
    const agent = await until((found) => found.status !== 0 && found.configurationStatus.current === 'lab:1');
    expect(agent.name).toBe(AGENT);
    // A mended config goes out and is taken: whatever the server had offered before it would have been refused by now.
    await writeRepository('');
    const applied = await collie('apply', repository(), ...server(), '--yes', '--wait', '60s');
    expect(applied.stdout).toContain('🟢 Stable · lab');
    expect(applied.code).toBe(0);
    expect(await refusalsLogged()).toBe(1);
    expect(await effectiveConfig()).not.toContain('bogus_key');
  });

  async function startServe(): Promise<ReturnType<typeof spawn>> {
    const child = spawn(process.execPath, [PROGRAM, 'serve'], {
      env: {
        PATH: process.env['PATH'] ?? '',
        COLLIE_HTTP: `127.0.0.1:${ports.http}`,
        COLLIE_OPAMP: `127.0.0.1:${ports.opamp}`,
        COLLIE_STORE: join(folder, 'store'),
        COLLIE_SECRET_KEY: SECRET_KEY,
        COLLIE_API_KEY: API_KEY,
        COLLIE_SOAK_MS: '500',
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await poll(async () => (await fetch(`http://127.0.0.1:${ports.http}/health`)).ok);
    return child;
  }

  function repository(): string {
    return join(folder, 'repository');
  }

  function server(): string[] {
    return ['--control-plane', `http://127.0.0.1:${ports.http}`];
  }

  /** The supervisor's own record of what the collector runs. */
  function effectiveConfig(): Promise<string> {
    return readFile(join(folder, 'agent', 'storage', 'effective.yaml'), 'utf8');
  }

  /** How often the supervisor logged that a config did not work. */
  async function refusalsLogged(): Promise<number> {
    const log = await readFile(join(folder, 'agent', 'supervisor.log'), 'utf8');
    return log.split('reporting FAILED status').length - 1;
  }

  async function writeRepository(extraReceiverKey: string): Promise<void> {
    await mkdir(repository(), { recursive: true });
    await writeFile(join(repository(), 'lab.yaml'), resources(ports, extraReceiverKey));
  }

  function collie(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const environment = { PATH: process.env['PATH'] ?? '', BINDPLANE_API_KEY: API_KEY, NO_COLOR: '1' };
    return new Promise((done) => {
      execFile(process.execPath, [PROGRAM, ...args], { env: environment }, (error, stdout, stderr) => {
        done({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, stdout, stderr });
      });
    });
  }

  /** The agent as the server knows it, once `matches` holds; fails after 30 s with what it was last. */
  async function until(matches: (agent: AgentAnswer) => boolean): Promise<AgentAnswer> {
    let last: readonly AgentAnswer[] = [];
    const found = await poll(async () => {
      const answer = await fetch(`http://127.0.0.1:${ports.http}/v1/agents`, {
        headers: { 'X-Bindplane-Api-Key': API_KEY },
      });
      last = ((await answer.json()) as { agents: AgentAnswer[] }).agents;
      return last.find(matches);
    }).catch(() => undefined);
    if (found === undefined) throw new Error(`the agent did not get there: ${JSON.stringify(last)}`);
    return found;
  }
});

async function poll<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (let waited = 0; waited < 30_000; waited += 100) {
    const found = await look().catch(() => undefined);
    if (found !== undefined && found !== false) return found;
    await wait(100);
  }
  throw new Error('nothing after 30 s');
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      server.listen(0, '127.0.0.1');
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

function resources(ports: { grpc: number; httpReceiver: number }, extraReceiverKey: string): string {
  return `apiVersion: bindplane.observiq.com/v1
kind: Source
metadata:
  name: lab-in
spec:
  type: custom
  parameters:
    - name: telemetry_types
      value: [Logs, Metrics, Traces]
    - name: configuration
      value: |
        otlp:
          protocols:
            grpc:
              endpoint: 127.0.0.1:${ports.grpc}
${extraReceiverKey}---
apiVersion: bindplane.observiq.com/v1
kind: Destination
metadata:
  name: lab-out
spec:
  type: custom
  parameters:
    - name: telemetry_types
      value: [Logs, Metrics, Traces]
    - name: configuration
      value: 'nop:'
---
apiVersion: bindplane.observiq.com/v1
kind: Configuration
metadata:
  name: lab
spec:
  sources:
    - name: lab-in
  destinations:
    - name: lab-out
  selector:
    matchLabels:
      configuration: lab
`;
}
