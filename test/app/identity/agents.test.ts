import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServerToAgent } from '../../../src/core/opamp/gen/opamp_pb.ts';
import {
  AgentCapabilities,
  ConnectionSettingsStatuses,
  RemoteConfigStatuses,
} from '../../../src/core/opamp/gen/opamp_pb.ts';
import { uidText } from '../../../src/core/opamp/uid.ts';
import { SECRET_KEY, TestApp, rawConfiguration, scratchFolder } from '../../support/app.ts';
import { WireAgent, attribute, uidOf } from '../../support/opamp-wire.ts';

const COLLECTOR =
  AgentCapabilities.REPORTS_STATUS |
  AgentCapabilities.ACCEPTS_REMOTE_CONFIG |
  AgentCapabilities.REPORTS_REMOTE_CONFIG;
const TAKES_CREDENTIALS =
  COLLECTOR |
  AgentCapabilities.ACCEPTS_OPAMP_CONNECTION_SETTINGS |
  AgentCapabilities.REPORTS_CONNECTION_SETTINGS_STATUS;

let scratch: ReturnType<typeof scratchFolder>;
let server: TestApp;
let agents: ScriptedAgent[];

/** An agent of one uid: connects with a key, describes itself, keeps what it is offered. */
class ScriptedAgent {
  readonly uid: Uint8Array;
  readonly wire: WireAgent;
  #sequence = 0n;
  #capabilities = 0n;

  private constructor(uid: Uint8Array, wire: WireAgent) {
    this.uid = uid;
    this.wire = wire;
  }

  static async connect(byte: number, key: string): Promise<ScriptedAgent> {
    const headers = { authorization: `Secret-Key ${key}` };
    const wire = await WireAgent.connect({ port: server.app.opamp.port }, { headers });
    const agent = new ScriptedAgent(uidOf(byte), wire);
    agents.push(agent);
    return agent;
  }

  get id(): string {
    return uidText(this.uid) ?? '';
  }

  say(message: Parameters<WireAgent['say']>[0] = {}): Promise<ServerToAgent> {
    const sequenceNum = (this.#sequence += 1n);
    const capabilities = this.#capabilities;
    return this.wire.say({ instanceUid: this.uid, sequenceNum, capabilities, ...message });
  }

  /** Says who it is and what it can. */
  describe(
    capabilities = TAKES_CREDENTIALS,
    labels: Readonly<Record<string, string>> = {},
  ): Promise<ServerToAgent> {
    this.#capabilities = BigInt(capabilities);
    return this.say({
      agentDescription: {
        identifyingAttributes: [attribute('service.name', 'otelcol-contrib')],
        nonIdentifyingAttributes: Object.entries(labels).map(([key, value]) => attribute(key, value)),
      },
    });
  }

  /** The next message with connection settings; what comes before is let go. */
  async offer(): Promise<NonNullable<ServerToAgent['connectionSettings']>> {
    for (;;) {
      const { connectionSettings } = await this.wire.next();
      if (connectionSettings !== undefined) return connectionSettings;
    }
  }
}

function keyIn(offer: NonNullable<ServerToAgent['connectionSettings']>): string {
  const header = offer.opamp?.headers?.headers.find(({ key }) => key === 'Authorization');
  return header?.value.replace('Secret-Key ', '') ?? '';
}

async function shown(agent: ScriptedAgent): Promise<any> {
  const { body } = await server.call('GET', '/v1/collie/credentials');
  return body.agents.find(({ id }: { id: string }) => id === agent.id);
}

/** Asks until it is so; each asking is a round trip. */
async function until(test: () => Promise<boolean>): Promise<void> {
  while (!(await test()));
}

beforeEach(async () => {
  scratch = scratchFolder();
  const config = join(scratch.path, 'serve.yaml');
  writeFileSync(config, 'identity: {agents: {credentials: true}}\n');
  server = await TestApp.start(scratch.path, {}, { config });
  agents = [];
});

afterEach(async () => {
  for (const { wire } of agents) await wire.close();
  await server.close();
  scratch.remove();
});

/** An agent that has taken a credential of its own, and connects with it. */
async function enrolled(byte: number): Promise<{ readonly agent: ScriptedAgent; readonly key: string }> {
  const first = await ScriptedAgent.connect(byte, SECRET_KEY);
  await first.describe();
  const key = keyIn(await first.offer());
  await first.wire.close();
  const agent = await ScriptedAgent.connect(byte, key);
  await agent.describe();
  await until(async () => (await shown(agent)).credential?.state === 'active');
  return { agent, key };
}

describe('an agent that comes with an enrolment key', () => {
  it('is offered a credential of its own, whole, and is known by it from then on', async () => {
    const first = await ScriptedAgent.connect(1, SECRET_KEY);
    await first.describe();
    const offer = await first.offer();
    expect(offer.opamp?.destinationEndpoint).toBe(server.opampUrl);
    expect(offer.opamp?.heartbeatIntervalSeconds).toBe(30n);
    expect(offer.hash.length).toBe(32);
    expect(keyIn(offer)).toMatch(/^collie-agent_[0-9a-f]{16}_[\w-]{43}$/);
    expect(await shown(first)).toMatchObject({ by: 'enrolment key', credential: { state: 'offered' } });
    await first.wire.close();
    const second = await ScriptedAgent.connect(1, keyIn(offer));
    await second.describe();
    await until(async () => (await shown(second)).credential.state === 'active');
    expect(await shown(second)).toMatchObject({ by: 'key', credential: { state: 'active' } });
    const { body } = await server.call('GET', '/v1/collie/audit');
    expect(body.entries.map(({ action, actor }: any) => `${actor.kind}: ${action}`)).toEqual([
      'agent: take a credential',
      'server: offer a credential',
    ]);
    expect(JSON.stringify(body)).not.toContain(keyIn(offer).split('_').at(-1));
  });

  it('stays on it when it can take none, and is shown as such', async () => {
    const agent = await ScriptedAgent.connect(1, SECRET_KEY);
    await agent.describe(COLLECTOR);
    expect(await shown(agent)).toMatchObject({
      by: 'enrolment key',
      credential: null,
      cannotTakeOne: 'the agent does not accept OpAMP connection settings',
    });
    const supervisor = await ScriptedAgent.connect(2, SECRET_KEY);
    await supervisor.describe(COLLECTOR | AgentCapabilities.ACCEPTS_OPAMP_CONNECTION_SETTINGS);
    expect((await shown(supervisor)).cannotTakeOne).toBe(
      'the agent does not say what becomes of connection settings',
    );
    expect((await server.call('PUT', `/v1/collie/agents/${agent.id}/credential`)).status).toBe(409);
  });

  it('keeps it when it refuses what it was offered, in its own words', async () => {
    const agent = await ScriptedAgent.connect(1, SECRET_KEY);
    await agent.describe();
    const offer = await agent.offer();
    await agent.say({
      connectionSettingsStatus: {
        lastConnectionSettingsHash: offer.hash,
        status: ConnectionSettingsStatuses.FAILED,
        errorMessage: 'dial tcp: lookup collie: no such host',
      },
    });
    await until(async () => (await shown(agent)).credential.state === 'failed');
    expect((await shown(agent)).credential.message).toBe('dial tcp: lookup collie: no such host');
    await agent.wire.close();
    await expect(ScriptedAgent.connect(1, keyIn(offer)), 'what failed is good for nobody').rejects.toThrow(
      '401',
    );
    await expect(ScriptedAgent.connect(1, SECRET_KEY)).resolves.toBeDefined();
  });
});

describe('SEC-62: a credential is one agent’s', () => {
  it('an enrolment key does not speak for who has a credential of its own', async () => {
    const { agent } = await enrolled(1);
    const thief = await ScriptedAgent.connect(1, SECRET_KEY);
    expect((await thief.describe()).errorResponse?.errorMessage).toMatch(/credential/);
    expect((await thief.say()).errorResponse?.errorMessage).toMatch(/credential/);
    expect((await agent.say()).errorResponse, 'the first stays').toBeUndefined();
  });

  it('SEC-62 its own metrics are taken from whoever shows its credential, and from nobody else', async () => {
    const [one, other] = [await enrolled(1), await enrolled(2)];
    const attributes = [{ key: 'service.instance.id', value: { stringValue: one.agent.id } }];
    const body = JSON.stringify({ resourceMetrics: [{ resource: { attributes } }] });
    const sentWith = async (key: string): Promise<number> => {
      const headers = { authorization: `Secret-Key ${key}`, 'content-type': 'application/json' };
      const url = `http://127.0.0.1:${server.app.opamp.port}/v1/metrics`;
      return (await fetch(url, { method: 'POST', headers, body })).status;
    };
    expect(await sentWith(one.key)).toBe(200);
    expect(await sentWith(other.key)).toBe(403);
    expect(await sentWith(SECRET_KEY)).toBe(403);
    expect(await shown(one.agent), 'exports are not taken for its coming').toMatchObject({ by: 'key' });
  });

  it('the credential of one does not speak for another', async () => {
    const { key } = await enrolled(1);
    const victim = await enrolled(2);
    await server.call('POST', '/v1/apply', { resources: [rawConfiguration('node', 'one')] });
    const thief = await ScriptedAgent.connect(2, key);
    const answer = await thief.describe();
    expect(answer.errorResponse?.errorMessage).toMatch(/credential/);
    expect(answer.remoteConfig).toBeUndefined();
    expect((await victim.agent.say()).errorResponse).toBeUndefined();
  });

  it.each([
    ['a character less', (key: string) => key.slice(0, -1)],
    ['another secret', (key: string) => `${key.slice(0, -43)}${'A'.repeat(43)}`],
    ['its id alone', (key: string) => key.split('_')[1] ?? ''],
    ['the uid', () => uidText(uidOf(1)) ?? ''],
  ])('nobody gets in with %s (SEC-63)', async (_, change) => {
    const { key } = await enrolled(1);
    await expect(ScriptedAgent.connect(1, change(key))).rejects.toThrow('401');
  });
});

describe('taking credentials away', () => {
  it('ends the connection at once; the agent may enrol again', async () => {
    const { agent, key } = await enrolled(1);
    const ended = agent.wire.closed();
    expect((await server.call('DELETE', `/v1/collie/agents/${agent.id}/credential`)).status).toBe(204);
    expect(await ended).toBe(1008);
    await expect(ScriptedAgent.connect(1, key)).rejects.toThrow('401');
    const again = await ScriptedAgent.connect(1, SECRET_KEY);
    expect((await again.describe()).errorResponse).toBeUndefined();
    expect(keyIn(await again.offer())).not.toBe(key);
    expect((await server.call('DELETE', '/v1/collie/agents/nobody/credential')).status).toBe(404);
  });

  it('a renewed one takes the place of the old when the agent was seen with it', async () => {
    const { agent, key } = await enrolled(1);
    const wish = await server.call('PUT', `/v1/collie/agents/${agent.id}/credential`);
    expect(wish).toMatchObject({ status: 202, body: { state: 'offered' } });
    const newer = keyIn(await agent.offer());
    await agent.wire.close();
    const still = await ScriptedAgent.connect(1, key);
    expect((await still.describe()).errorResponse, 'the old one until then').toBeUndefined();
    await still.wire.close();
    const renewed = await ScriptedAgent.connect(1, newer);
    await renewed.describe();
    await until(async () => (await shown(renewed)).credential.state === 'active');
    await expect(ScriptedAgent.connect(1, key)).rejects.toThrow('401');
  });

  it('nothing is offered while a rollout decides about the agent', async () => {
    const { agent } = await enrolled(1);
    await server.call('POST', '/v1/apply', { resources: [rawConfiguration('node', 'one')] });
    await server.call('PATCH', `/v1/agents/${agent.id}/labels`, { labels: { configuration: 'node' } });
    await server.call('POST', '/v1/rollouts/node/start', { options: null });
    let config: Uint8Array | undefined;
    while (config === undefined) config = (await agent.wire.next()).remoteConfig?.configHash;
    const wish = await server.call('PUT', `/v1/collie/agents/${agent.id}/credential`);
    expect(wish.body).toEqual({ state: 'waiting', why: 'a rollout decides about the agent' });
    void agent.say({
      remoteConfigStatus: { lastRemoteConfigHash: config, status: RemoteConfigStatuses.APPLIED },
    });
    await server.rollout('node', 'stable');
    expect(keyIn(await agent.offer())).toMatch(/^collie-agent_/);
  });
});

describe('enrolment keys', () => {
  it('bring labels that count as ours, and end with their connections', async () => {
    const made = await server.call('POST', '/v1/collie/enrolment-keys', {
      name: 'prod-nodes',
      labels: { env: 'prod' },
    });
    expect(made.status).toBe(201);
    const agent = await ScriptedAgent.connect(1, made.body.key);
    await agent.describe(COLLECTOR, { env: 'dev', team: 'shop' });
    await until(async () => {
      const { body } = await server.call('GET', `/v1/agents/${agent.id}/labels`);
      return body.labels?.env === 'prod' && body.labels.team === 'shop';
    });
    const listed = await server.call('GET', '/v1/collie/enrolment-keys');
    expect(JSON.stringify(listed.body)).not.toContain(made.body.key.split('_').at(-1));
    expect(listed.body.keys).toMatchObject([{ name: 'prod-nodes', state: 'good', labels: { env: 'prod' } }]);
    const ended = agent.wire.closed();
    const { id } = made.body.enrolmentKey;
    expect((await server.call('DELETE', `/v1/collie/enrolment-keys/${id}`)).status).toBe(204);
    expect(await ended).toBe(1008);
    await expect(ScriptedAgent.connect(2, made.body.key)).rejects.toThrow('401');
    expect((await server.call('DELETE', `/v1/collie/enrolment-keys/${id}`)).status).toBe(404);
  });
});
