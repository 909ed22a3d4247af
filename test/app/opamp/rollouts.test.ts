import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentCapabilities, RemoteConfigStatuses } from '../../../src/core/opamp/gen/opamp_pb.ts';
import type { AgentRemoteConfig } from '../../../src/core/opamp/gen/opamp_pb.ts';
import { API_KEY, SECRET_KEY, TestApp, rawConfiguration, scratchFolder } from '../../support/app.ts';
import { TestAgent } from '../../support/opamp-agent.ts';
import type { Message } from '../../support/opamp-wire.ts';
import { WireAgent, attribute, bytesOf, post, uidOf } from '../../support/opamp-wire.ts';

const C = AgentCapabilities;
const HEADERS = { authorization: `Secret-Key ${SECRET_KEY}` };
const CAPABILITIES = BigInt(
  C.REPORTS_STATUS | C.ACCEPTS_REMOTE_CONFIG | C.REPORTS_REMOTE_CONFIG | C.REPORTS_EFFECTIVE_CONFIG,
);

let scratch: ReturnType<typeof scratchFolder>;
let server: TestApp;
const leaving: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  scratch = scratchFolder();
  server = await TestApp.start(scratch.path, { COLLIE_DEADLINE_MS: '1500' });
});

afterEach(async () => {
  for (const leave of leaving.splice(0)) await leave();
  await server.close();
  scratch.remove();
});

async function apply(note: string): Promise<void> {
  const answer = await server.call('POST', '/v1/apply', { resources: [rawConfiguration('edge', note)] });
  expect(answer.status).toBe(202);
}

async function roll(note: string): Promise<void> {
  await apply(note);
  expect((await server.call('POST', '/v1/rollouts/edge/start', { options: null })).status).toBe(202);
}

async function known(count: number): Promise<void> {
  for (;;) {
    const { body } = await server.call('GET', '/v1/agents');
    if ((body.agents ?? []).length === count) return;
  }
}

const textOf = (remote: AgentRemoteConfig | undefined): string =>
  new TextDecoder().decode(remote?.config?.configMap['']?.body);

/** A supervisor that a test speaks for, message by message. */
class Supervisor {
  readonly wire: WireAgent;
  sequence = 0n;

  constructor(wire: WireAgent) {
    this.wire = wire;
  }

  static async connect(more: Message = {}): Promise<Supervisor> {
    const wire = await WireAgent.connect({ port: server.app.opamp.port }, { headers: HEADERS });
    leaving.push(() => wire.close());
    const supervisor = new Supervisor(wire);
    await supervisor.say({
      agentDescription: {
        identifyingAttributes: [
          attribute('service.name', 'otelcol'),
          attribute('service.version', '0.158.0'),
        ],
        nonIdentifyingAttributes: [attribute('host.name', 'edge-01'), attribute('configuration', 'edge')],
      },
      ...more,
    });
    return supervisor;
  }

  say(message: Message): ReturnType<WireAgent['say']> {
    this.sequence += 1n;
    return this.wire.say({
      instanceUid: uidOf(1),
      capabilities: CAPABILITIES,
      sequenceNum: this.sequence,
      ...message,
    });
  }

  status(
    remote: AgentRemoteConfig | undefined,
    status: RemoteConfigStatuses,
    errorMessage = '',
  ): Promise<unknown> {
    const lastRemoteConfigHash = remote?.configHash ?? new Uint8Array();
    return this.say({ remoteConfigStatus: { lastRemoteConfigHash, status, errorMessage } });
  }

  /** The next config that is offered. */
  async offer(): Promise<AgentRemoteConfig> {
    for (;;) {
      const { remoteConfig } = await this.wire.next();
      if (remoteConfig !== undefined) return remoteConfig;
    }
  }

  /** Brings it onto a good config. */
  async settle(): Promise<AgentRemoteConfig> {
    await known(1);
    await roll('good');
    const good = await this.offer();
    await this.status(good, RemoteConfigStatuses.APPLIED);
    await server.rollout('edge', 'stable');
    return good;
  }
}

describe('a config that an agent', () => {
  it('OAP-315 refused is not offered it again, also after a reconnect; it is offered the one before', async () => {
    const supervisor = await Supervisor.connect();
    const good = await supervisor.settle();
    await roll('bad');
    const bad = await supervisor.offer();
    expect(textOf(bad)).toContain('# bad');
    await supervisor.status(bad, RemoteConfigStatuses.FAILED, 'no such exporter');
    // The refused one is what it would start after a restart, so the good one is pushed though it still runs it.
    const back = await supervisor.offer();
    expect(back.configHash).toEqual(good.configHash);
    await supervisor.status(back, RemoteConfigStatuses.APPLIED);
    await server.rollout('edge', 'rolled-back');
    await supervisor.wire.close();
    const again = await Supervisor.connect({
      remoteConfigStatus: { lastRemoteConfigHash: back.configHash, status: RemoteConfigStatuses.APPLIED },
    });
    for (let beat = 0; beat < 5; beat += 1) {
      expect((await again.say({})).remoteConfig).toBeUndefined();
      await server.call('GET', '/v1/collie/rollouts');
    }
    expect(again.wire.unread).toBe(0);
  });

  it('OAP-316 took back by itself (APPLIED of the one before) counts as refused', async () => {
    const supervisor = await Supervisor.connect();
    const good = await supervisor.settle();
    await roll('bad');
    const bad = await supervisor.offer();
    await supervisor.status(bad, RemoteConfigStatuses.APPLYING);
    await supervisor.status(good, RemoteConfigStatuses.APPLIED);
    const view = await server.rollout('edge', 'rolled-back', 'rolling-back');
    expect(view.totals).toMatchObject({ offered: 1, applied: 0, refused: 1 });
  });

  it('OAP-317 speaks of and that is neither the new one nor the old one is not counted', async () => {
    const supervisor = await Supervisor.connect();
    await supervisor.settle();
    await roll('next');
    const next = await supervisor.offer();
    const foreign = {
      lastRemoteConfigHash: uidOf(9),
      status: RemoteConfigStatuses.FAILED,
      errorMessage: 'old',
    };
    await supervisor.say({ remoteConfigStatus: foreign });
    expect((await server.rollout('edge', 'started')).totals).toMatchObject({ refused: 0, applied: 0 });
    await supervisor.status(next, RemoteConfigStatuses.APPLIED);
    await server.rollout('edge', 'stable');
  });

  it('OAP-318 goes on applying for ever fails at the deadline', async () => {
    const supervisor = await Supervisor.connect();
    await supervisor.settle();
    await roll('slow');
    const slow = await supervisor.offer();
    await supervisor.status(slow, RemoteConfigStatuses.APPLYING);
    const view = await server.rollout('edge', 'rolling-back', 'rolled-back');
    expect(view.totals).toMatchObject({ offered: 1, applied: 0 });
    expect(textOf(await supervisor.offer())).toContain('# good');
  });

  it('OAP-444 runs and is asked for again after a new installation is offered anew', async () => {
    const supervisor = await Supervisor.connect();
    await supervisor.settle();
    await supervisor.wire.close();
    const fresh = await Supervisor.connect({ remoteConfigStatus: {} });
    expect(textOf(await fresh.offer())).toContain('# good');
  });

  it('OAP-445 takes and does not tell of (no ReportsRemoteConfig) is never pushed', async () => {
    const silent = BigInt(C.REPORTS_STATUS | C.ACCEPTS_REMOTE_CONFIG | C.REPORTS_EFFECTIVE_CONFIG);
    const supervisor = await Supervisor.connect({ capabilities: silent });
    await known(1);
    await roll('one');
    for (let beat = 0; beat < 5; beat += 1) {
      expect((await supervisor.say({ capabilities: silent })).remoteConfig).toBeUndefined();
      await server.call('GET', '/v1/collie/rollouts');
    }
  });
});

describe('the server', () => {
  it('OAP-120 speaks both transports beside its REST API, on one port', async () => {
    const { port } = server.app.http;
    const wire = await WireAgent.connect({ port }, { headers: HEADERS });
    leaving.push(() => wire.close());
    const described = { agentDescription: { identifyingAttributes: [attribute('service.name', 'otelcol')] } };
    expect((await wire.say({ instanceUid: uidOf(1), ...described })).instanceUid).toEqual(uidOf(1));
    const polled = await post({ port }, bytesOf({ instanceUid: uidOf(2), ...described }), HEADERS);
    expect([polled.status, polled.message.instanceUid]).toEqual([200, uidOf(2)]);
    const rest = await server.call('GET', '/v1/agents', undefined, { 'x-bindplane-api-key': API_KEY });
    expect(rest.body.agents).toHaveLength(2);
  });

  it('OAP-101 OAP-103 starts on a port of its own choice, tells it, and is refused one that is taken', async () => {
    expect(server.app.opamp.port).toBeGreaterThan(0);
    const other = scratchFolder();
    const taken = `127.0.0.1:${server.app.opamp.port}`;
    await expect(TestApp.start(other.path, { COLLIE_OPAMP: taken })).rejects.toThrow(`${taken} is in use`);
    other.remove();
  });

  it('OAP-102 OAP-104 stops and starts on one port again and again, with agents on it', async () => {
    const address = `127.0.0.1:${server.app.opamp.port}`;
    for (let round = 0; round < 3; round += 1) {
      const wire = await WireAgent.connect({ port: server.app.opamp.port }, { headers: HEADERS });
      await wire.say({ instanceUid: uidOf(1) });
      const closed = wire.closed();
      await server.close();
      expect(await closed).toBe(1001);
      server = await TestApp.start(scratch.path, { COLLIE_OPAMP: address });
      expect(server.app.opamp.port).toBe(Number(address.split(':')[1]));
    }
  });

  it('OAP-329 comes back after it was stopped without pushing a config to anybody', async () => {
    const agents = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        TestAgent.connect({
          url: server.opampUrl,
          secretKey: SECRET_KEY,
          name: `node-${index}`,
          uid: uidOf(index + 1),
          labels: { configuration: 'edge' },
        }),
      ),
    );
    leaving.push(() => Promise.all(agents.map((agent) => agent.close())));
    await known(12);
    await roll('one');
    await server.rollout('edge', 'stable');
    const environment = { COLLIE_OPAMP: `127.0.0.1:${server.app.opamp.port}` };
    await server.close();
    server = await TestApp.start(scratch.path, environment);
    await Promise.all(agents.map((agent) => agent.connect()));
    for (;;) {
      const { body } = await server.call('GET', '/v1/agents');
      if (body.agents.filter(({ status }: { status: number }) => status === 1).length === 12) break;
    }
    await server.call('GET', '/v1/collie/rollouts');
    expect(agents.map(({ offers }) => offers.length)).toEqual(agents.map(() => 1));
  });
});
