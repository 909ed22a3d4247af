import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AgentState, PipelineThroughput } from '../../src/core/fleet/agent-state.ts';
import { textDrift } from '../../src/core/collector/drift/text-drift.ts';
import { withMetricsReader } from '../../src/core/collector/metrics-reader.ts';
import { sha256 } from '../../src/core/document/digest.ts';
import { decodeExport } from '../../src/core/rollout/own-metrics/otlp.ts';
import { reportsOf } from '../../src/core/rollout/own-metrics/report.ts';
import type { OwnMetricsReport } from '../../src/core/rollout/own-metrics/report.ts';
import { buildBinaries } from './build.ts';
import { collectorOf } from './pairs/binary.ts';
import { freePorts, Stage } from './stage.ts';
import { Traffic } from './traffic.ts';

/**
 * A real collector whose config was given our reader, with telemetry flowing through its otlp receiver: what it handles arrives in
 * windows and is joined to its pipelines; a nop exporter counts nothing; one with a dead endpoint shows by its queue long before
 * anything is given up. Its effective config shows no drift and no key. Needs Go; where it is missing the run says so.
 */
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const binaries = buildBinaries(say);
const reason = 'reason' in binaries ? binaries.reason : undefined;
if (reason !== undefined) say(`skipped: ${reason}`);

describe.skipIf(reason !== undefined)('a real collector that is asked for its own metrics', () => {
  let stage: Stage;
  let port: number;
  let traffic: Traffic;

  beforeAll(async () => {
    [port = 0] = await freePorts(1);
    const folder = await mkdtemp(join(tmpdir(), 'collie-metrics-'));
    stage = await Stage.open(
      folder,
      'metrics: {reader: true, intervalMs: 1000, windowMs: 1000, prometheus: false}\n',
    );
    if ('reason' in binaries) return;
    await stage.join('edge', binaries.collector, binaries.supervisor);
    traffic = new Traffic(port);
  });

  afterAll(async () => {
    await traffic.stop();
    await stage.close();
  });

  const config = (exporter: string, settings: string): string => `receivers:
  otlp: {protocols: {http: {endpoint: 127.0.0.1:${port}}}}
exporters:
  ${exporter}: ${settings}
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [${exporter}]}
`;

  /** The traces pipeline of the newest version, once `isSo`. */
  async function flow(isSo: (pipeline: PipelineThroughput) => boolean, version: number): Promise<AgentState> {
    return stage.agent('edge', ({ throughput, running }) => {
      const pipeline = throughput?.pipelines.find((one) => one.pipeline === 'traces');
      const isRunning = running?.version === version && running.state === 'applied';
      return isRunning && pipeline !== undefined && isSo(pipeline);
    });
  }

  /** Starts a rollout; what gates make of it is not waited for. */
  async function offer(raw: string): Promise<void> {
    await stage.apply(raw);
    await stage.call('POST', '/v1/rollouts/lab/start', { options: null });
  }

  it('says what it accepts and sends', async () => {
    await stage.roll(config('debug', '{}'), 'stable');
    const state = await flow(
      ({ inPerSecond = 0, outPerSecond = 0 }) => inPerSecond > 0 && outPerSecond > 0,
      1,
    );
    const [traces] = state.throughput?.pipelines ?? [];
    expect(traces?.lostPerSecond).toBe(0);
    expect(traces?.outPerSecond).toBeCloseTo(traces?.inPerSecond ?? 0, 5);
    expect(state.throughput?.rssBytes).toBeGreaterThan(10_000_000);
  });

  it('runs what it was given, and its effective config holds no key', async () => {
    const state = await stage.agent('edge', ({ drift }) => drift !== undefined);
    expect(state.drift).toEqual([]);
    const { body } = { body: JSON.stringify(await stage.call('GET', `/v1/agents/${state.agent.id}`)) };
    expect(body).not.toContain('k'.repeat(40));
    const shown = await stage.call('GET', '/v1/configurations/lab');
    expect(shown.raw).toBe(config('debug', '{}'));
  });

  it('says nothing of a nop exporter, which counts nothing', async () => {
    await offer(config('nop', '{}'));
    const state = await flow(({ inPerSecond = 0 }) => inPerSecond > 0, 2);
    expect(state.throughput?.pipelines[0]).not.toHaveProperty('outPerSecond');
    expect(state).toMatchObject({ healthy: true, running: { state: 'applied' } });
  });

  it('sends nothing to a dead endpoint, and says so while it is healthy and applied', async () => {
    await offer(config('otlp/dead', '{endpoint: "127.0.0.1:1", tls: {insecure: true}}'));
    const state = await flow(({ inPerSecond = 0, outPerSecond }) => inPerSecond > 0 && outPerSecond === 0, 3);
    expect(state).toMatchObject({ healthy: true, running: { state: 'applied' } });
  });
});

/** The shapes in which configs speak of their own telemetry. */
const TELEMETRY = {
  nothing: '',
  'a reader, a level and an attribute': `  telemetry:
    metrics:
      level: detailed
      readers:
        - periodic: {interval: 20000, exporter: {otlp: {protocol: http/protobuf, endpoint: "http://127.0.0.1:9/v1/metrics", headers: {x-a: b}}}}
    resource: {service.namespace: shop}
`,
};

/** The reader is the same for all versions; what they send with it is not. */
const VERSIONS = ['0.111.0', '0.129.0', '0.139.0', '0.149.0', '0.158.0'];
const built = VERSIONS.map((version) => collectorOf(version, false, () => {}));
for (const one of built) if ('reason' in one) say(`skipped: ${one.reason}`);
const collectors = built.flatMap((one) => ('reason' in one ? [] : [one]));

describe.skipIf(collectors.length === 0)('the reader in a config', () => {
  it.each(collectors)('is taken by otelcol $version, and sends what is read', async ({ program }) => {
    const [port = 0, scraped = 0] = await freePorts(2);
    const reports: OwnMetricsReport[] = [];
    const shown: unknown[] = [];
    const taking = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      shown.push(request.headers.authorization);
      const decoded = decodeExport(await bytesOf(request), 'protobuf');
      if ('message' in decoded) reports.push(...reportsOf(decoded.message));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    };
    const server = createServer((request, response) => void taking(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port: takes } = server.address() as AddressInfo;
    const endpoint = `http://127.0.0.1:${takes}/v1/metrics`;
    const headers = { Authorization: 'Secret-Key ${env:COLLIE_SECRET_KEY}' };
    const plain = `receivers:
  otlp: {protocols: {http: {endpoint: 127.0.0.1:${port}}}}
exporters:
  debug: {}
  otlp/dead: {endpoint: "127.0.0.1:1", tls: {insecure: true}}
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [debug, otlp/dead]}
`;
    const reader = { endpoint, intervalMs: 500, headers, prometheus: true };
    const made = withMetricsReader(plain, reader, { configuration: 'lab', version: 3 });
    if ('withheld' in made) throw new Error(made.withheld);
    const folder = await mkdtemp(join(tmpdir(), 'collie-reader-'));
    const file = join(folder, 'config.yaml');
    await writeFile(file, made.text.replace('port: 8888', `port: ${scraped}`));
    const collector = spawn(program, ['--config', file], {
      env: { ...process.env, COLLIE_SECRET_KEY: 'of the lab' },
      stdio: 'ignore',
    });
    const traffic = new Traffic(port);
    const tells = ({ readings }: OwnMetricsReport): boolean => {
      const of = (id: string, field: string): number | undefined =>
        readings.find((one) => one.component === id && one.field === field && one.signal === 'traces')?.value;
      const [accepted = 0, sent = 0] = [of('otlp', 'accepted'), of('debug', 'sent')];
      return (
        accepted > 0 &&
        sent > 0 &&
        of('otlp/dead', 'sent') === undefined &&
        (of('otlp/dead', 'queueCapacity') ?? 0) > 0
      );
    };
    try {
      await expect.poll(() => reports.some(tells), { timeout: 20_000 }).toBe(true);
      expect(reports.at(-1)?.stamp).toEqual({ configuration: 'lab', version: 3, hash: sha256(plain) });
      expect(new Set(reports.map(({ incarnation }) => incarnation)).size).toBe(1);
      expect(new Set(shown)).toEqual(new Set(['Secret-Key of the lab']));
      // The reader that a collector has by default is there still, with the names it has by default.
      const page = await (await fetch(`http://127.0.0.1:${scraped}/metrics`)).text();
      expect(page).toMatch(/^otelcol_receiver_accepted_spans(?:_total)?\{/m);
    } finally {
      collector.kill('SIGKILL');
      await traffic.stop();
      server.close();
      server.closeAllConnections();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe.skipIf(collectors.length === 0)('a config with the reader', () => {
  const printing = collectors.filter(({ version }) => version >= '0.139');
  const cases = printing.flatMap((collector) =>
    Object.entries(TELEMETRY).map(([said, telemetry]) => ({
      collector,
      version: collector.version,
      said,
      telemetry,
    })),
  );
  it.each(cases)('shows no drift on otelcol $version where it says $said', ({ collector, telemetry }) => {
    const plain = `receivers: {otlp: {protocols: {grpc: {}}}}
exporters: {debug: {}}
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [debug]}
${telemetry}`;
    const headers = { Authorization: 'Secret-Key ${env:COLLIE_SECRET_KEY}' };
    const reader = {
      endpoint: 'https://collie.example.com/v1/metrics',
      intervalMs: 10_000,
      headers,
      prometheus: true,
    };
    const made = withMetricsReader(plain, reader, { configuration: 'lab', version: 3 });
    if ('withheld' in made) throw new Error(made.withheld);
    const printed = collector.print(made.text);
    expect(printed === undefined ? collector.validate(made.text) : textDrift(made.text, printed)).toEqual({
      drift: [],
    });
  });
});

async function bytesOf(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}
