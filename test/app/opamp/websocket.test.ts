import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import {
  AgentCapabilities,
  ServerCapabilities,
  ServerErrorResponseType,
} from '../../../src/core/opamp/gen/opamp_pb.ts';
import { BINDPLANE_CAPABILITIES, PLAIN_POLICY, serverCapabilities } from '../../../src/core/opamp/policy.ts';
import { create } from '@bufbuild/protobuf';
import { ServerToAgentSchema } from '../../../src/core/opamp/gen/opamp_pb.ts';
import { ManualClock } from '../manual-clock.ts';
import type { Message, WireOptions } from '../../support/opamp-wire.ts';
import { WIRE_HEADERS, WireAgent, WireServer, attribute, bytesOf, uidOf } from '../../support/opamp-wire.ts';

const DESCRIBED: Message = {
  instanceUid: uidOf(1),
  capabilities: BigInt(AgentCapabilities.REPORTS_STATUS),
  agentDescription: {
    identifyingAttributes: [attribute('service.name', 'otelcol')],
    nonIdentifyingAttributes: [attribute('host.name', 'edge-01'), attribute('tier', 'canary')],
  },
};
const UID = '01010101-0101-0101-0101-010101010101';

let server: WireServer | undefined;
const clients: WireAgent[] = [];

async function start(options: WireOptions = {}): Promise<WireServer> {
  server = await WireServer.start(options);
  return server;
}

async function connect(...args: Parameters<typeof WireAgent.connect>): Promise<WireAgent> {
  const client = await WireAgent.connect(...args);
  clients.push(client);
  return client;
}

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await server?.close();
  server = undefined;
});

describe('a connection', () => {
  it('OAP-106 that is accepted is known as soon as it says who it is', async () => {
    const wire = await start();
    const agent = await connect(wire);
    await agent.say(DESCRIBED);
    expect(wire.told).toEqual(['connected', 'described']);
    expect(wire.records.get(UID)).toMatchObject({ connected: true, transport: 'websocket' });
  });

  it('OAP-110 gets answers with its uid, the capabilities, and the custom capabilities in the first', async () => {
    const wire = await start();
    const agent = await connect(wire);
    const first = await agent.say(DESCRIBED);
    const second = await agent.say({ instanceUid: uidOf(1), sequenceNum: 1n });
    expect([first.instanceUid, second.instanceUid].map((uid) => [...uid])).toEqual([
      [...uidOf(1)],
      [...uidOf(1)],
    ]);
    expect(first.customCapabilities?.capabilities).toEqual([...BINDPLANE_CAPABILITIES]);
    expect(second.customCapabilities).toBeUndefined();
    expect(agent.frames.map((frame) => frame[0])).toEqual([0, 0]);
  });

  it('OAP-402 is told the capabilities in every answer, and of none that the server does not have', async () => {
    const wire = await start();
    const agent = await connect(wire);
    const answers = [await agent.say(DESCRIBED), await agent.say({ instanceUid: uidOf(1), sequenceNum: 1n })];
    for (const { capabilities } of answers) {
      expect(capabilities).toBe(serverCapabilities(PLAIN_POLICY));
      expect(Number(capabilities) & ServerCapabilities.OFFERS_PACKAGES).toBe(0);
      expect(Number(capabilities) & ServerCapabilities.OFFERS_CONNECTION_SETTINGS).toBe(0);
    }
  });

  it('OAP-108 that its client ends is noticed once', async () => {
    const wire = await start();
    const agent = await connect(wire);
    await agent.say(DESCRIBED);
    await agent.close();
    await wire.until(() => wire.records.get(UID)?.connected === false);
    expect(wire.opamp.size).toBe(0);
    expect(wire.opamp.send(UID, create(ServerToAgentSchema, {}))).toBe(false);
  });

  it('OAP-109 that the server ends is noticed once', async () => {
    const wire = await start();
    const agent = await connect(wire);
    await agent.say(DESCRIBED);
    const closed = agent.closed();
    wire.opamp.disconnect(UID, 'for a test');
    expect(await closed).toBe(1008);
    await wire.until(() => wire.opamp.size === 0);
    expect(wire.records.get(UID)?.connected).toBe(false);
  });

  it('OAP-204 that ended leaves the agent known, with its labels', async () => {
    const wire = await start();
    const agent = await connect(wire);
    await agent.say(DESCRIBED);
    await agent.close();
    await wire.until(() => wire.records.get(UID)?.connected === false);
    expect(wire.records.get(UID)).toMatchObject({ hostname: 'edge-01', labels: { tier: 'canary' } });
  });

  it('OAP-115 may ask for compression and works without it', async () => {
    const wire = await start();
    const agent = await connect(wire, { perMessageDeflate: true });
    expect(agent.socket.extensions).toBe('');
    expect((await agent.say(DESCRIBED)).instanceUid).toHaveLength(16);
  });
});

describe('a message', () => {
  it('OAP-111 of text is an error, and the connection stays', async () => {
    const wire = await start();
    const agent = await connect(wire);
    agent.frame(Buffer.from('{"hello":1}'), { binary: false });
    const refused = await agent.next();
    expect(refused.errorResponse?.errorMessage).toContain('binary');
    expect((await agent.say(DESCRIBED)).errorResponse).toBeUndefined();
  });

  it('OAP-309 of garbage is a bad request, and the connection stays', async () => {
    const wire = await start();
    const agent = await connect(wire);
    agent.frame(Buffer.from([0, 255, 255, 255, 1]));
    const refused = await agent.next();
    expect(refused.errorResponse?.type).toBe(ServerErrorResponseType.BAD_REQUEST);
    expect(refused.errorResponse?.errorMessage).toContain('no AgentToServer');
    expect(wire.heard).toEqual([]);
    expect((await agent.say(DESCRIBED)).errorResponse).toBeUndefined();
  });

  it('OAP-308 with a uid of 15 bytes is a bad request, and the connection stays', async () => {
    const wire = await start();
    const agent = await connect(wire);
    const refused = await agent.say({ instanceUid: new Uint8Array(15) });
    expect(refused.errorResponse?.errorMessage).toContain('15 bytes');
    expect((await agent.say(DESCRIBED)).errorResponse).toBeUndefined();
  });

  it('OAP-326 that is refused is answered with the error and nothing beside it', async () => {
    const wire = await start();
    const agent = await connect(wire);
    const refused = await agent.say({ instanceUid: new Uint8Array(3) });
    expect(refused).toMatchObject({ capabilities: 0n, flags: 0n });
    expect([refused.remoteConfig, refused.command, refused.customCapabilities]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('OAP-123 counts with the header byte, without it, and empty', async () => {
    const wire = await start();
    const agent = await connect(wire);
    expect((await agent.say(DESCRIBED)).instanceUid).toEqual(uidOf(1));
    agent.frame(bytesOf({ instanceUid: uidOf(1), sequenceNum: 1n }));
    expect((await agent.next()).instanceUid).toEqual(uidOf(1));
    agent.frame(Buffer.from([0]));
    expect((await agent.next()).errorResponse?.errorMessage).toContain('0 bytes');
    agent.frame(Buffer.alloc(0));
    expect((await agent.next()).errorResponse?.errorMessage).toContain('0 bytes');
  });

  it('OAP-125 is answered, each one, also when it says nothing', async () => {
    const wire = await start();
    const agent = await connect(wire);
    await agent.say(DESCRIBED);
    for (let sequence = 1n; sequence <= 5n; sequence += 1n) {
      expect((await agent.say({ instanceUid: uidOf(1), sequenceNum: sequence })).instanceUid).toEqual(
        uidOf(1),
      );
    }
    expect(agent.unread).toBe(0);
  });

  it('OAP-304 that comes twice is answered twice and counts once', async () => {
    const wire = await start();
    const agent = await connect(wire);
    await agent.say(DESCRIBED);
    const health: Message = { instanceUid: uidOf(1), sequenceNum: 1n, health: { healthy: true } };
    await agent.say(health);
    await agent.say(health);
    expect(wire.told.filter((kind) => kind === 'health')).toHaveLength(1);
    expect(wire.heard).toHaveLength(3);
  });

  it('OAP-307 of an agent whose uid is a ULID is answered in its spelling', async () => {
    const wire = await start();
    const agent = await connect(wire);
    const ulid = new TextEncoder().encode('01ARZ3NDEKTSV4RRFFQ69G5FAV');
    expect((await agent.say({ ...DESCRIBED, instanceUid: ulid })).instanceUid).toEqual(ulid);
    expect(wire.opamp.send('01563e3a-b5d3-d676-4c61-efb99302bd5b', create(ServerToAgentSchema, {}))).toBe(
      true,
    );
    expect((await agent.next()).instanceUid).toEqual(ulid);
  });

  it('OAP-313 that says goodbye is answered; the agent is gone before its socket is', async () => {
    const wire = await start();
    const agent = await connect(wire);
    await agent.say(DESCRIBED);
    const answer = await agent.say({ instanceUid: uidOf(1), sequenceNum: 1n, agentDisconnect: {} });
    expect(answer.instanceUid).toEqual(uidOf(1));
    expect(wire.records.get(UID)?.connected).toBe(false);
    expect(wire.opamp.send(UID, create(ServerToAgentSchema, {}))).toBe(false);
  });
});

describe('several agents', () => {
  it('OAP-331 behind one socket are told apart by their uids', async () => {
    const wire = await start();
    const gateway = await connect(wire);
    await gateway.say(DESCRIBED);
    await gateway.say({ ...DESCRIBED, instanceUid: uidOf(2) });
    const second = '02020202-0202-0202-0202-020202020202';
    expect(wire.opamp.send(second, create(ServerToAgentSchema, {}))).toBe(true);
    expect((await gateway.next()).instanceUid).toEqual(uidOf(2));
    await gateway.close();
    await wire.until(() => wire.records.get(second)?.connected === false);
    expect(wire.records.get(UID)?.connected).toBe(false);
  });

  it('OAP-124 are written to at once without their frames getting mixed', async () => {
    const wire = await start();
    const agent = await connect(wire);
    for (let uid = 1; uid <= 20; uid += 1) await agent.say({ ...DESCRIBED, instanceUid: uidOf(uid) });
    const body = new Uint8Array(200_000).fill(35);
    for (let uid = 1; uid <= 20; uid += 1) {
      const name = [...wire.records.keys()][uid - 1] ?? '';
      const remoteConfig = { config: { configMap: { '': { body } } }, configHash: uidOf(uid) };
      wire.opamp.send(name, create(ServerToAgentSchema, { remoteConfig }));
    }
    const seen = new Set<number>();
    while (seen.size < 20) {
      const message = await agent.next();
      expect(message.remoteConfig?.configHash).toEqual(message.instanceUid);
      expect(message.remoteConfig?.config?.configMap['']?.body).toHaveLength(200_000);
      seen.add(message.instanceUid[0] ?? 0);
    }
  });
});

describe('two connections of one uid', () => {
  it('OAP-311 leave the newest, when the older one does not answer', async () => {
    const clock = new ManualClock();
    const wire = await start({ clock });
    const dead = await connect(wire, { autoPong: false });
    await dead.say(DESCRIBED);
    const fresh = await connect(wire);
    const answered = fresh.say(DESCRIBED);
    await once(dead.socket, 'ping');
    const closed = dead.closed();
    clock.advance(10_000);
    expect((await answered).agentIdentification).toBeUndefined();
    expect(await closed).toBe(1008);
    expect(wire.records.get(UID)?.connected).toBe(true);
  });

  it('OAP-435 wait for nothing when the older one has crashed', async () => {
    const wire = await start({ clock: new ManualClock() });
    const crashed = await connect(wire);
    await crashed.say(DESCRIBED);
    crashed.socket.terminate();
    const fresh = await connect(wire);
    expect((await fresh.say(DESCRIBED)).agentIdentification).toBeUndefined();
    await wire.until(() => wire.opamp.size === 1);
    expect(wire.records.get(UID)?.connected).toBe(true);
  });

  it('OAP-310 give the newer one a uid of its own, when the older one lives; the state of the first stays', async () => {
    const wire = await start();
    const first = await connect(wire);
    await first.say(DESCRIBED);
    const twin = await connect(wire);
    const renamed = await twin.say({ ...DESCRIBED, agentDescription: { identifyingAttributes: [] } });
    const fresh = renamed.agentIdentification?.newInstanceUid ?? new Uint8Array();
    expect(fresh).toHaveLength(16);
    expect(renamed.instanceUid).toEqual(uidOf(1));
    // It goes on with the old one: heard no more, and not asked again.
    const stubborn = await twin.say({ instanceUid: uidOf(1), sequenceNum: 1n });
    expect(stubborn.agentIdentification).toBeUndefined();
    expect(wire.heard).toHaveLength(1);
    expect(wire.records.get(UID)?.hostname).toBe('edge-01');
    const known = await twin.say({ ...DESCRIBED, instanceUid: fresh });
    expect(known.instanceUid).toEqual(fresh);
    expect(wire.records.size).toBe(2);
  });

  it('OAP-312 with another credential stay with the first; the second is a bad request', async () => {
    const wire = await start({
      admission: {
        admit: ({ headers }) => ({ credential: headers.authorization ?? '' }),
        speaksFor: (credential) => credential === WIRE_HEADERS.authorization,
      },
    });
    const first = await connect(wire);
    await first.say(DESCRIBED);
    const other = await connect(wire, { headers: { authorization: 'Secret-Key another' } });
    const refused = await other.say(DESCRIBED);
    expect(refused.errorResponse?.errorMessage).toContain('may not speak for');
    expect(wire.heard).toHaveLength(1);
    expect(wire.opamp.send(UID, create(ServerToAgentSchema, {}))).toBe(true);
    expect(first.socket.readyState).toBe(1);
  });

  it('OAP-333 with a credential that was revoked are ended', async () => {
    const wire = await start({
      admission: {
        admit: ({ headers }) => ({ credential: headers.authorization ?? '' }),
        speaksFor: () => true,
      },
    });
    const agent = await connect(wire, { headers: { authorization: 'Secret-Key one' } });
    const other = await connect(wire, { headers: { authorization: 'Secret-Key two' } });
    await agent.say(DESCRIBED);
    const closed = agent.closed();
    wire.opamp.revoke('Secret-Key one');
    expect(await closed).toBe(1008);
    expect(other.socket.readyState).toBe(1);
  });
});
