import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { fromBinary, toJsonString } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ExportMetricsServiceRequestSchema,
  ExportMetricsServiceResponseSchema,
} from '../../../src/core/rollout/own-metrics/gen/metrics_pb.ts';
import { AgentCapabilities } from '../../../src/core/opamp/gen/opamp_pb.ts';
import { hexBytes } from '../../../src/core/opamp/uid.ts';
import { SECRET_KEY, TestApp, scratchFolder } from '../../support/app.ts';
import { WireAgent, attribute } from '../../support/opamp-wire.ts';
import { RECORDED_UID, recordedBytes } from '../../core/rollout/own-metrics/recorded.ts';

/** `POST /v1/metrics` of a whole server, with exports that a real collector sent. */
const BODY = recordedBytes('started');
const scratch = scratchFolder();
let server: TestApp;
let agent: WireAgent;

beforeAll(async () => {
  const config = join(scratch.path, 'serve.yaml');
  writeFileSync(config, 'limits: {metricsBodyBytes: 10000, metricsPerSecond: 0, metricsBurst: 100}\n');
  server = await TestApp.start(scratch.path, {}, { config });
  agent = await WireAgent.connect(server.app.opamp, {
    headers: { authorization: `Secret-Key ${SECRET_KEY}` },
  });
  await agent.say({
    instanceUid: hexBytes(RECORDED_UID.replaceAll('-', '')) ?? new Uint8Array(),
    capabilities: BigInt(AgentCapabilities.REPORTS_STATUS),
    agentDescription: { identifyingAttributes: [attribute('service.name', 'otelcol')] },
  });
});

afterAll(async () => {
  await agent.close();
  await server.close();
  scratch.remove();
});

interface Sent {
  readonly to?: 'opamp' | 'http';
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: string;
}

async function send(body: Uint8Array | string, sent: Sent = {}): Promise<Response> {
  const { to = 'opamp', method = 'POST', headers = {}, path = '/v1/metrics' } = sent;
  const url = `http://127.0.0.1:${server.app[to].port}${path}`;
  const usual = { authorization: `Secret-Key ${SECRET_KEY}`, 'content-type': 'application/x-protobuf' };
  const content = method === 'GET' ? {} : { body: typeof body === 'string' ? body : Buffer.from(body) };
  return fetch(url, { method, headers: { ...usual, ...headers }, ...content });
}

describe('an export', () => {
  it.each(['opamp', 'http'] as const)('is taken on the %s listener', async (to) => {
    const answer = await send(BODY, { to });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/x-protobuf']);
    expect((await answer.arrayBuffer()).byteLength).toBe(0);
  });

  it('may be gzipped, and may be JSON', async () => {
    expect((await send(gzipSync(BODY), { headers: { 'content-encoding': 'gzip' } })).status).toBe(200);
    const json = toJsonString(
      ExportMetricsServiceRequestSchema,
      fromBinary(ExportMetricsServiceRequestSchema, BODY),
    );
    const answer = await send(json, { headers: { 'content-type': 'application/json' } });
    expect([answer.status, await answer.text()]).toEqual([200, '{}']);
  });

  it('of nobody that is known is answered with what was not taken', async () => {
    const other = { 'opamp-instance-uid': '01a2008d-f852-7ad6-8896-000000000000' };
    const answer = await send(BODY, { headers: other });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const { partialSuccess } = fromBinary(ExportMetricsServiceResponseSchema, bytes);
    expect(Number(partialSuccess?.rejectedDataPoints)).toBeGreaterThan(5);
    expect(partialSuccess?.errorMessage).toContain('service.instance.id');
  });

  it('SEC-60 without a key, or with a wrong one, is refused before its body is read', async () => {
    for (const authorization of ['', 'Secret-Key wrong', `Basic ${SECRET_KEY}`]) {
      expect((await send('not even protobuf', { headers: { authorization } })).status).toBe(401);
    }
  });

  it.each<[string, Sent, Uint8Array | string, number]>([
    ['another content type', { headers: { 'content-type': 'text/plain' } }, BODY, 415],
    ['another encoding', { headers: { 'content-encoding': 'zstd' } }, BODY, 415],
    ['no protobuf', {}, 'hello', 400],
    ['no gzip', { headers: { 'content-encoding': 'gzip' } }, BODY, 400],
    ['no JSON', { headers: { 'content-type': 'application/json' } }, '{', 400],
    ['too many bytes', {}, new Uint8Array(10_001), 413],
    ['another method', { method: 'PUT' }, BODY, 405],
    ['a browser', { headers: { origin: 'https://evil.example' } }, BODY, 403],
  ])('with %s is refused', async (_name, sent, body, status) => {
    const answer = await send(body, sent);
    expect(answer.status).toBe(status);
    expect(((await answer.json()) as { errors: string[] }).errors[0]).toMatch(/\w{3}/);
  });

  it('SEC-66 that inflates to too much is refused', async () => {
    const bomb = gzipSync(new Uint8Array(1_000_000));
    const answer = await send(bomb, { headers: { 'content-encoding': 'gzip' } });
    expect(answer.status).toBe(413);
  });

  it('beyond what one agent may send is told to come again', async () => {
    let answer = await send(BODY);
    for (let sent = 0; sent < 120 && answer.status === 200; sent += 1) answer = await send(BODY);
    expect([answer.status, Number(answer.headers.get('retry-after'))]).toEqual([429, expect.any(Number)]);
  });
});

it('other paths of the OpAMP listener belong to nobody', async () => {
  const answer = await send(BODY, { path: '/v1/traces' });
  expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining('/v1/metrics')]);
});
