import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildDist } from '../../../app/build.ts';
import { configOffer } from '../../../src/core/opamp/offer.ts';
import { encodeFrame } from '../../../src/core/opamp/framing.ts';
import { sha256 } from '../../../src/core/document/digest.ts';
import { CollieServer, RAISED, SECRET_KEY } from './collie-server.ts';
import { loadClient, startLoad } from './load-client.ts';
import { LineProcess, pause, processorMs, residentBytes } from './processes.ts';

/**
 * What agents cost: `npm run bench:opamp`, or with numbers of agents behind it. Collie's built server and a bare `ws` server hold the same
 * agents one after the other; both are told in one table, with what BindPlane 1.35.0 took for the same load client (reference/lab-bindplane.md §8).
 */
const AGENTS = process.argv
  .slice(2)
  .map(Number)
  .filter((count) => count > 0);
const SIZES = AGENTS.length > 0 ? AGENTS : [1000, 5000, 10_000];
const HEARTBEAT_SECONDS = 30;
const IDLE_MS = Number(process.env['IDLE_MS'] ?? 30_000);
/** One config of about 5,000 bytes, as the original's was. */
const PADDING = Array.from(
  { length: 60 },
  (_, index) => `# ${'padding of a config '.repeat(3)}${index}`,
).join('\n');

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

interface Idle {
  readonly bytesPerAgent: number;
  /** Share of one core. */
  readonly processor: number;
  readonly connectMs: number;
}

async function connected(load: LineProcess, agents: number): Promise<number> {
  const line = await load.line(
    ({ event, connected }) => event === 'all-connected' && Number(connected) >= agents,
    240_000,
  );
  return Number(line['last_connect_ms']) - Number(line['first_dial_ms']);
}

/** Memory before and with the agents, and the processor's time while they only send heartbeats. */
async function idle(server: LineProcess, before: number, agents: number, connectMs: number): Promise<Idle> {
  await pause(3000);
  const from = processorMs(server.pid);
  await pause(IDLE_MS);
  const processor = (processorMs(server.pid) - from) / IDLE_MS;
  return { bytesPerAgent: (residentBytes(server.pid) - before) / agents, processor, connectMs };
}

function configText(endpoint: string): string {
  return `${PADDING}\nreceivers:\n  nop: null\nexporters:\n  otlp:\n    endpoint: ${endpoint}:4317\nservice:\n  pipelines:\n    logs:\n      receivers: [nop]\n      exporters: [otlp]\n`;
}

function configuration(endpoint: string): object {
  return {
    apiVersion: 'bindplane.observiq.com/v1',
    kind: 'Configuration',
    metadata: { name: 'load', labels: { platform: 'linux' } },
    spec: { raw: configText(endpoint), selector: { matchLabels: { configuration: 'load' } } },
  };
}

interface Pushed {
  /** From the request that starts the rollout until it is Stable: every acknowledgement is on disk. */
  readonly durableMs: number;
  /** The request that starts it. */
  readonly startMs: number;
  /** Slowest answer of the REST API meanwhile, asked ten times a second for the configuration. */
  readonly slowestMs: number;
}

/** Asks again and again until it is told to stop; gives the slowest answer, milliseconds. */
function asking(server: CollieServer, path: string): () => Promise<number> {
  let slowestMs = 0;
  const over = new AbortController();
  const run = (async (): Promise<void> => {
    while (!over.signal.aborted) {
      const from = performance.now();
      await server.call('GET', path);
      slowestMs = Math.max(slowestMs, performance.now() - from);
      await pause(100);
    }
  })();
  return async () => {
    over.abort();
    await run;
    return slowestMs;
  };
}

async function push(server: CollieServer, endpoint: string, agents: number): Promise<Pushed> {
  await server.call('POST', '/v1/apply', { resources: [configuration(endpoint)] });
  const stop = asking(server, '/v1/configurations/load');
  const startedAt = performance.now();
  const options = { phaseAgentCount: { initial: agents, multiplier: 1, maximum: agents }, maxErrors: 0 };
  await server.call('POST', '/v1/rollouts/load/start', { options });
  const startMs = performance.now() - startedAt;
  for (;;) {
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- BindPlane's shape, kept by tests of the API
    const { configuration: now } = (await server.call('GET', '/v1/rollouts/load/status')) as {
      configuration: { status: { rollout: { status: number; progress: Record<string, number> } } };
    };
    const { status, progress } = now.status.rollout;
    if (status === 4) {
      const durableMs = performance.now() - startedAt;
      return { durableMs, startMs, slowestMs: await stop() };
    }
    if (status !== 1) throw new Error(`the rollout ended as ${status}: ${JSON.stringify(progress)}`);
    await pause(20);
  }
}

interface Storm {
  readonly backMs: number;
  readonly slowestMs: number;
}

/** The server is killed and started again; its agents come back by themselves. */
async function storm(server: CollieServer, load: LineProcess, agents: number): Promise<Storm> {
  const startedAt = performance.now();
  await server.crash();
  let slowestMs = 0;
  for (;;) {
    const from = performance.now();
    await server.call('GET', '/v1/version');
    slowestMs = Math.max(slowestMs, performance.now() - from);
    const { connected: now } = await status(load);
    if (Number(now) >= agents) break;
    if (performance.now() - startedAt > 240_000) throw new Error(`only ${String(now)} came back in 240 s`);
    await pause(100);
  }
  const backMs = performance.now() - startedAt;
  await pause(5000);
  return { backMs, slowestMs };
}

async function status(load: LineProcess): Promise<Record<string, unknown>> {
  const after = load.lines;
  load.child.kill('SIGUSR1');
  return load.line(({ event }) => event === 'status', 10_000, after);
}

/** Deliveries of a config to an agent that had it, in all; the client tells them when it ends. */
async function repeats(load: LineProcess): Promise<number> {
  const after = load.lines;
  await load.end();
  return load
    .since(after)
    .filter(({ event }) => event === 'offer')
    .reduce((sum, line) => sum + Number(line['repeats']), 0);
}

interface Row {
  readonly agents: number;
  readonly ours: Idle;
  readonly bare: Idle;
  readonly pushed: Pushed;
  readonly barePushMs: number;
  readonly storm: Storm;
  readonly repeats: number;
}

async function ours(folder: string, program: string, load: string, agents: number) {
  const own = join(folder, `collie-${agents}`);
  mkdirSync(own);
  const server = await CollieServer.start(program, own);
  const before = residentBytes(server.process.pid);
  const client = startLoad({
    program: load,
    url: server.opampUrl,
    secretKey: SECRET_KEY,
    agents,
    ramp: 0,
    heartbeatSeconds: HEARTBEAT_SECONDS,
  });
  try {
    const quiet = await idle(server.process, before, agents, await connected(client, agents));
    await push(server, 'first.example', agents);
    const pushed = await push(server, 'second.example', agents);
    const back = await storm(server, client, agents);
    return { ours: quiet, pushed, storm: back, repeats: await repeats(client) };
  } finally {
    await client.end();
    await server.process.end();
  }
}

async function bare(folder: string, load: string, agents: number) {
  const text = configText('second.example');
  const record = { client: 'bindplane-agent', capabilities: 0x1007 } as const;
  const offer = configOffer(record, { hash: sha256(text), text }, new Uint8Array(16));
  if ('refused' in offer) throw new Error(offer.refused);
  const pushFile = join(folder, 'push.bin');
  const answerFile = join(folder, 'answer.bin');
  writeFileSync(pushFile, encodeFrame(offer.message));
  writeFileSync(answerFile, encodeFrame({ ...offer.message, remoteConfig: undefined }));
  const server = new LineProcess(process.execPath, [join(import.meta.dirname, 'bare-server.ts'), answerFile]);
  const { port } = await server.line(({ event }) => event === 'listening', 10_000);
  const before = residentBytes(server.pid);
  const url = `ws://127.0.0.1:${String(port)}/`;
  const client = startLoad({
    program: load,
    url,
    secretKey: SECRET_KEY,
    agents,
    ramp: 0,
    heartbeatSeconds: HEARTBEAT_SECONDS,
  });
  try {
    const quiet = await idle(server, before, agents, await connected(client, agents));
    server.child.stdin?.write(`push ${pushFile}\n`);
    const { tookMs } = await server.line(({ event }) => event === 'answered', 60_000);
    return { bare: quiet, barePushMs: Number(tookMs) };
  } finally {
    await client.end();
    await server.end();
  }
}

const INCUMBENT: Readonly<Record<number, string>> = {
  1000: '50–65 KB, 20–49 %, push 5.6 s',
  5000: 'push 136 s',
  10_000: 'push not possible',
};

function print({
  agents,
  ours: own,
  bare: least,
  pushed,
  barePushMs,
  storm: back,
  repeats: again,
}: Row): void {
  const kb = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KB`;
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
  const line = (what: string, collie: string, ws: string, ratio = ''): void =>
    say(`  ${what.padEnd(34)} ${collie.padStart(12)} ${ws.padStart(12)} ${ratio.padStart(8)}`);
  const times = (one: number, other: number): string => `${(one / other).toFixed(2)}×`;
  say(
    `${agents} agents${INCUMBENT[agents] === undefined ? '' : `   (BindPlane 1.35.0: ${INCUMBENT[agents]})`}`,
  );
  line('', 'Collie', 'bare ws', '');
  line(
    'memory an agent',
    kb(own.bytesPerAgent),
    kb(least.bytesPerAgent),
    times(own.bytesPerAgent, least.bytesPerAgent),
  );
  line('processor while idle, of one core', percent(own.processor), percent(least.processor));
  line('all connected after', seconds(own.connectMs), seconds(least.connectMs));
  line(
    'one-phase push, all durable after',
    seconds(pushed.durableMs),
    seconds(barePushMs),
    times(pushed.durableMs, barePushMs),
  );
  line('  slowest REST answer meanwhile', `${pushed.slowestMs.toFixed(0)} ms`, '');
  line('  the request that starts it', `${pushed.startMs.toFixed(0)} ms`, '');
  line('configs sent to who had them', String(again), '');
  line('all back after a crash', seconds(back.backMs), '');
  line('  slowest REST answer meanwhile', `${back.slowestMs.toFixed(0)} ms`, '');
}

const load = loadClient();
if ('reason' in load) {
  say(`Nothing is measured: ${load.reason}`);
} else {
  const folder = mkdtempSync(join(tmpdir(), 'collie-opamp-'));
  try {
    const out = join(folder, 'dist');
    await buildDist(out);
    say(
      `${availableParallelism()} cores, Node ${process.version}; client and server share them. Limits raised: ${JSON.stringify(RAISED)}`,
    );
    for (const agents of SIZES) {
      const first = await ours(folder, join(out, 'collie.mjs'), load.program, agents);
      const second = await bare(folder, load.program, agents);
      print({ agents, ...first, ...second });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
