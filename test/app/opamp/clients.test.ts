import { createOpAMPClient } from '@elastic/opamp-client-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AgentCapabilities, RemoteConfigStatuses } from '../../../src/core/opamp/gen/opamp_pb.ts';
import type { ServerToAgent } from '../../../src/core/opamp/gen/opamp_pb.ts';
import { hexText } from '../../../src/core/opamp/uid.ts';
import { systemClock } from '../../../src/io/clock.ts';
import { collie } from '../../cli/support.ts';
import { API_KEY, SECRET_KEY, TestApp, rawConfiguration, scratchFolder } from '../../support/app.ts';
import { TestAgent } from '../../support/opamp-agent.ts';
import type { Message } from '../../support/opamp-wire.ts';
import { WireAgent, attribute, uidOf } from '../../support/opamp-wire.ts';
import { until } from '../../support/until.ts';

const C = AgentCapabilities;
const HEADERS = { authorization: `Secret-Key ${SECRET_KEY}` };

let scratch: ReturnType<typeof scratchFolder>;
let server: TestApp;
const leaving: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  scratch = scratchFolder();
  server = await TestApp.start(scratch.path);
});

afterEach(async () => {
  for (const leave of leaving.splice(0)) await leave();
});

afterAll(async () => {
  await server.close();
  scratch.remove();
});

async function apply(...resources: readonly object[]): Promise<void> {
  const answer = await server.call('POST', '/v1/apply', { resources });
  expect([answer.status, JSON.stringify(answer.body)]).toEqual([
    202,
    expect.not.stringContaining('"invalid"'),
  ]);
}

async function start(configuration: string): Promise<void> {
  const answer = await server.call('POST', `/v1/rollouts/${configuration}/start`, { options: null });
  expect(answer.status).toBe(202);
}

/** What `collie agents why` prints, once it says this. */
async function why(id: string, saying: string): Promise<string> {
  return until(async () => {
    const { out } = await collie(['agents', 'why', id, '--control-plane', server.url], {
      environment: { BINDPLANE_API_KEY: API_KEY },
      clock: systemClock,
    });
    return out.includes(saying) ? out : undefined;
  });
}

/** A client that a test speaks for. */
async function scripted(
  message: Message,
): Promise<{ readonly agent: WireAgent; readonly first: ServerToAgent }> {
  const agent = await WireAgent.connect({ port: server.app.opamp.port }, { headers: HEADERS });
  leaving.push(() => agent.close());
  return { agent, first: await agent.say(message) };
}

/** Sends heartbeats until the server wants something of the client; gives up after so many rounds of the engine. */
async function nextOffer(
  agent: WireAgent,
  message: Message,
  beats = 200,
): Promise<ServerToAgent | undefined> {
  for (let sequence = 1n; sequence <= BigInt(beats); sequence += 1n) {
    const answer = await agent.say({
      instanceUid: message.instanceUid ?? uidOf(0),
      capabilities: message.capabilities ?? 0n,
      sequenceNum: sequence,
    });
    if (answer.remoteConfig !== undefined || answer.connectionSettings !== undefined) return answer;
    await server.call('GET', '/v1/collie/rollouts');
  }
  return undefined;
}

describe('the BindPlane agent', () => {
  it('OAP-501 is selected by the labels of its manager.yaml and offered collector.yaml', async () => {
    await apply(rawConfiguration('shop-node', 'one'));
    const agent = await TestAgent.connect({
      url: server.opampUrl,
      secretKey: SECRET_KEY,
      name: 'node-a',
      labels: { configuration: 'shop-node', env: 'prod' },
    });
    leaving.push(() => agent.close());
    await why('node-a', 'nothing yet');
    await start('shop-node');
    await server.rollout('shop-node', 'stable');
    expect(agent.running).toContain('# one');
    const told = await why('node-a', 'shop-node:1: applied');
    expect(told).toContain('labels      configuration=shop-node, env=prod');
    expect(told).toContain('because of its label configuration=shop-node');
    expect(told).toContain('node-a  bindplane agent 1.80.1 linux, connected over WebSocket');
  });
});

describe('a supervisor', () => {
  it('OAP-502 is offered the config under the empty key, and what it refuses is told with its words', async () => {
    await apply(rawConfiguration('edge', 'good'));
    const agent = await TestAgent.connect({
      url: server.opampUrl,
      secretKey: SECRET_KEY,
      name: 'edge-01',
      kind: 'supervisor',
      version: '0.158.0',
      labels: { configuration: 'edge' },
      judge: (text) =>
        text.includes('# bad') ? '\'receivers\' unknown type: "nope" for id: "nope"' : undefined,
    });
    leaving.push(() => agent.close());
    await why('edge-01', 'nothing yet');
    await start('edge');
    await server.rollout('edge', 'stable');
    expect(agent.running).toContain('# good');
    await apply(rawConfiguration('edge', 'bad'));
    await start('edge');
    await server.rollout('edge', 'rolled-back');
    const told = await why('edge-01', 'refused     edge:2');
    expect(told).toContain('edge:2 is rolled back');
    expect(told).toContain('is to run   edge:1');
    expect(told).toContain('it is not offered again without a new rollout');
    expect(told).toContain('It said of edge:2:\n   │ \'receivers\' unknown type: "nope" for id: "nope"');
    expect(told).toMatch(/no line {2}error {2}agent-refused {2}/);
    expect(agent.offers.filter((text) => text.includes('# bad'))).toHaveLength(1);
  });
});

describe('a collector with the opamp extension alone', () => {
  it('OAP-503 is shown with what it reports, and offered nothing', async () => {
    await apply(rawConfiguration('seen', 'one', { tier: 'seen' }));
    const message: Message = {
      instanceUid: uidOf(3),
      capabilities: BigInt(C.REPORTS_STATUS | C.REPORTS_EFFECTIVE_CONFIG | C.REPORTS_HEALTH),
      agentDescription: {
        identifyingAttributes: [
          attribute('service.name', 'otelcol-contrib'),
          attribute('service.version', '0.158.0'),
        ],
        nonIdentifyingAttributes: [attribute('host.name', 'edge-02'), attribute('tier', 'seen')],
      },
      health: { healthy: true },
    };
    const { agent } = await scripted(message);
    const told = await why('edge-02', 'opamp extension');
    expect(told).toContain('edge-02  extension 0.158.0, connected over WebSocket');
    expect(told).toContain('pushed      nothing: a collector with the opamp extension alone only reports');
    expect(told).toContain('health      healthy');
    await start('seen');
    expect(await nextOffer(agent, message, 30)).toBeUndefined();
  });
});

const MANAGED = { 'opentelemetry.io/opamp-managed': 'true' };
function pool(name: string, labels: Readonly<Record<string, string>> = MANAGED): string {
  const lines = Object.entries(labels).map(([key, value]) => `    ${key}: "${value}"`);
  const head = ['apiVersion: opentelemetry.io/v1beta1', 'kind: OpenTelemetryCollector', 'metadata:'];
  return [
    ...head,
    `  name: ${name}`,
    '  namespace: obs',
    '  labels:',
    ...lines,
    'spec:',
    '  mode: daemonset',
    '',
  ].join('\n');
}

describe('the operator’s bridge', () => {
  const capabilities = BigInt(
    C.REPORTS_STATUS |
      C.ACCEPTS_REMOTE_CONFIG |
      C.REPORTS_REMOTE_CONFIG |
      C.REPORTS_EFFECTIVE_CONFIG |
      C.REPORTS_HEALTH,
  );
  const bridge = (uid: number, label: string, pools: readonly string[]): Message => ({
    instanceUid: uidOf(uid),
    capabilities,
    agentDescription: {
      identifyingAttributes: [attribute('service.name', 'io.opentelemetry.operator-opamp-bridge')],
      nonIdentifyingAttributes: [
        attribute('service.instance.name', `bridge-${uid}`),
        attribute('cluster', label),
      ],
    },
    effectiveConfig: {
      configMap: {
        configMap: Object.fromEntries(
          pools.map((name) => [
            `obs/${name}`,
            { body: new TextEncoder().encode(pool(name)), contentType: 'yaml' },
          ]),
        ),
      },
    },
    health: {
      healthy: true,
      componentHealthMap: Object.fromEntries(
        pools.map((name) => [`obs/${name}`, { healthy: true, status: '2/3' }]),
      ),
    },
  });
  const resources = (name: string, raw: string): object => ({
    ...rawConfiguration(name, ''),
    spec: { contentType: 'text/yaml', raw, selector: { matchLabels: { cluster: name } } },
  });

  it('OAP-504 is offered whole resources under namespace/name', async () => {
    await apply(resources('west', `${pool('node')}---\n${pool('gateway')}`));
    const message = bridge(4, 'west', ['node']);
    const { agent } = await scripted(message);
    const told = await why('bridge-4', 'pool');
    expect(told).toContain('pool        obs/node: 2/3, healthy');
    expect(told).toContain(
      'drift       cannot be judged: a bridge reports resources, not a collector config',
    );
    await start('west');
    const offer = await nextOffer(agent, message);
    const map = offer?.remoteConfig?.config?.configMap ?? {};
    expect(Object.keys(map).toSorted()).toEqual(['obs/gateway', 'obs/node']);
    expect(map['obs/node']?.contentType).toBe('yaml');
    expect(new TextDecoder().decode(map['obs/node']?.body)).toContain('kind: OpenTelemetryCollector');
    const hash = offer?.remoteConfig?.configHash ?? new Uint8Array();
    await agent.say({
      instanceUid: uidOf(4),
      capabilities,
      sequenceNum: 500n,
      remoteConfigStatus: { lastRemoteConfigHash: hash, status: RemoteConfigStatuses.APPLIED },
    });
    expect(hexText(hash)).toHaveLength(64);
    await server.rollout('west', 'stable');
  });

  it('OAP-505 is not offered a map that would delete a resource it manages', async () => {
    await apply(resources('east', pool('node')));
    const message = bridge(5, 'east', ['node', 'gateway']);
    const { agent } = await scripted(message);
    await why('bridge-5', 'nothing yet');
    await start('east');
    expect(await nextOffer(agent, message, 30)).toBeUndefined();
    // It was tried once, not in every round.
    expect(await why('bridge-5', 'is to run')).toContain('east:1, offered 1 time since');
  });
});

describe('an agent that is no collector', () => {
  it('OAP-506 (Elastic’s client over plain HTTP) is shown and offered nothing, though it takes configs', async () => {
    await apply(rawConfiguration('sdk', 'one', { team: 'checkout' }));
    const offers: unknown[] = [];
    const client = createOpAMPClient({
      endpoint: server.opampUrl.replace('ws:', 'http:'),
      headers: { authorization: `Bearer ${SECRET_KEY}` },
      heartbeatIntervalSeconds: 0.1,
      capabilities: BigInt(C.ACCEPTS_REMOTE_CONFIG | C.REPORTS_REMOTE_CONFIG),
      onMessage: ({ remoteConfig }: { remoteConfig?: unknown }) => {
        if (remoteConfig !== undefined) offers.push(remoteConfig);
      },
    });
    client.setAgentDescription({
      identifyingAttributes: { 'service.name': 'checkout', 'service.instance.id': 'checkout-1' },
      nonIdentifyingAttributes: { 'telemetry.distro.name': 'elastic', team: 'checkout' },
    });
    client.start();
    leaving.push(() => client.shutdown());
    const told = await why('checkout-1', 'connected over HTTP');
    expect(told).toContain('pushed      nothing: it has not shown itself to be a collector');
    await start('sdk');
    await server.rollout('sdk', 'no-agents', 'started');
    expect(offers).toEqual([]);
  });
});

describe('an independent client', () => {
  it('OAP-507 (Elastic’s, over plain HTTP) enrols as a collector, takes a config with a poll and says that it applied it', async () => {
    await apply(rawConfiguration('polled', 'by poll'));
    const taken: string[] = [];
    const client = createOpAMPClient({
      endpoint: server.opampUrl.replace('ws:', 'http:'),
      headers: { authorization: `Bearer ${SECRET_KEY}` },
      heartbeatIntervalSeconds: 0.1,
      capabilities: BigInt(C.ACCEPTS_REMOTE_CONFIG | C.REPORTS_REMOTE_CONFIG),
      onMessage: ({ remoteConfig }) => {
        if (remoteConfig === undefined) return;
        taken.push(new TextDecoder().decode(remoteConfig.config?.configMap['']?.body));
        client.setRemoteConfigStatus({
          status: RemoteConfigStatuses.APPLIED,
          lastRemoteConfigHash: remoteConfig.configHash,
        });
      },
    });
    client.setAgentDescription({
      identifyingAttributes: { 'service.name': 'otelcol', 'service.instance.id': 'polled-1' },
      nonIdentifyingAttributes: { configuration: 'polled' },
    });
    client.start();
    leaving.push(() => client.shutdown());
    await why('polled-1', 'connected over HTTP');
    await start('polled');
    await server.rollout('polled', 'stable');
    expect(taken).toHaveLength(1);
    expect(taken[0]).toContain('# by poll');
  });
});
