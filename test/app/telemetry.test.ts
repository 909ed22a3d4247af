import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../app/config.ts';
import { API_KEY, SECRET_KEY, TestApp, rawConfiguration, scratchFolder } from '../support/app.ts';
import { TestAgent } from '../support/opamp-agent.ts';

const QUERY = 'canary-in-a-query';
let scratch: ReturnType<typeof scratchFolder>;
let collector: Server;
let endpoint: string;
let received: { path: string; headers: IncomingHttpHeaders; body: any }[];

beforeEach(async () => {
  scratch = scratchFolder();
  received = [];
  collector = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
    request.on('end', () => {
      received.push({ path: request.url ?? '', headers: request.headers, body: JSON.parse(text) });
      response.setHeader('content-type', 'application/json');
      response.end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const address = collector.address();
  endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});

afterEach(() => {
  collector.close();
  scratch.remove();
});

/** One rollout to one agent that takes it and one that refuses it, some requests, then the end. */
async function story(environment: Readonly<Record<string, string>>): Promise<void> {
  const server = await TestApp.start(scratch.path, environment);
  const judge = (config: string): string | undefined => (config.includes('# bad') ? 'no' : undefined);
  const agent = await TestAgent.connect({
    url: server.opampUrl,
    secretKey: SECRET_KEY,
    name: 'node-a',
    labels: { configuration: 'node' },
    judge,
  });
  await agent.until(() => true);
  for (const [note, state] of [
    ['good', 'stable'],
    ['bad', 'rolled-back'],
  ] as const) {
    await server.call('POST', '/v1/apply', { resources: [rawConfiguration('node', note)] });
    await server.call('POST', '/v1/rollouts/node/start', { options: null });
    await server.rollout('node', state);
  }
  await server.call('GET', `/v1/agents?query=${QUERY}`);
  await server.call('GET', '/v1/sources/absent');
  await agent.close();
  await server.close();
}

function spans(): readonly any[] {
  return received
    .filter(({ path }) => path === '/v1/traces')
    .flatMap(({ body }) => body.resourceSpans)
    .flatMap(({ scopeSpans }: any) => scopeSpans)
    .flatMap(({ spans }: any) => spans);
}

const attribute = (span: any, key: string): unknown =>
  Object.values(span.attributes.find((item: any) => item.key === key)?.value ?? {})[0];

function metric(name: string): any {
  return received
    .filter(({ path }) => path === '/v1/metrics')
    .flatMap(({ body }) => body.resourceMetrics)
    .flatMap(({ scopeMetrics }: any) => scopeMetrics)
    .flatMap(({ metrics }: any) => metrics)
    .findLast((item: any) => item.name === name);
}

describe('the app’s own telemetry', () => {
  it('tells of requests, offers, refusals and what there is, and holds no secret', async () => {
    await story({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: 'x-token=abc' });
    expect(received.every(({ headers }) => headers['x-token'] === 'abc')).toBe(true);
    const names = spans().map(({ name }) => name);
    expect(names).toContain('POST /v1/apply');
    expect(names).toContain('GET /v1/sources/:name');
    const missing = spans().find(({ name }) => name === 'GET /v1/sources/:name');
    expect(Number(attribute(missing, 'http.response.status_code'))).toBe(404);
    const outcomes = spans()
      .filter(({ name }) => name === 'agent.offer')
      .map((span) => attribute(span, 'outcome'));
    expect(outcomes.slice(0, 2)).toEqual(['applied', 'failed']);
    const sum = (name: string): number =>
      metric(name).sum.dataPoints.reduce(
        (all: number, point: any) => all + Number(point.asInt ?? point.asDouble),
        0,
      );
    expect(sum('collie.refusals')).toBe(1);
    expect(sum('collie.offers')).toBeGreaterThanOrEqual(2);
    const states = metric('collie.agents').gauge.dataPoints.map((point: any) => attribute(point, 'state'));
    expect(states.toSorted()).toEqual(['connected', 'disconnected']);
    expect(metric('collie.queue.depth')).toBeDefined();
    expect(metric('collie.round.duration')).toBeDefined();
    expect(metric('http.server.request.duration')).toBeDefined();
    const all = JSON.stringify(received.map(({ body }) => body));
    const secrets = [API_KEY, SECRET_KEY, QUERY, '# good', scratch.path];
    expect(secrets.filter((secret) => all.includes(secret))).toEqual([]);
  });

  it('is sent nowhere without an endpoint', async () => {
    await story({});
    expect(received).toEqual([]);
  });

  it('that nobody takes stops nothing', async () => {
    collector.close();
    await expect(story({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })).resolves.toBeUndefined();
  });

  it('has an endpoint that is one', () => {
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' };
    expect(() => readConfig({ environment, readFile: () => undefined })).toThrow(
      'OTEL_EXPORTER_OTLP_ENDPOINT is no http(s) URL',
    );
  });
});
