import { once } from 'node:events';
import { createConnection } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { create } from '@bufbuild/protobuf';
import { afterEach, describe, expect, it } from 'vitest';
import { APP_LIMITS } from '../../../app/limits.ts';
import { TokenBucket } from '../../../app/opamp/token-bucket.ts';
import { AgentCapabilities, ServerToAgentSchema } from '../../../src/core/opamp/gen/opamp_pb.ts';
import { ManualClock } from '../manual-clock.ts';
import type { Message, WireOptions } from '../../support/opamp-wire.ts';
import {
  WIRE_HEADERS,
  WireAgent,
  WireServer,
  attribute,
  bytesOf,
  post,
  uidOf,
} from '../../support/opamp-wire.ts';

const UID = '01010101-0101-0101-0101-010101010101';
const DESCRIBED: Message = {
  instanceUid: uidOf(1),
  capabilities: BigInt(AgentCapabilities.REPORTS_STATUS),
  agentDescription: { identifyingAttributes: [attribute('service.name', 'otelcol')] },
};

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

/** What nobody holds any more is no part of what is kept. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

interface Refused {
  readonly status: number;
  readonly retryAfter: number;
}

/** What a client is told that is not let in; undefined when it is. */
async function refusal(
  wire: WireServer,
  headers: Readonly<Record<string, string>> = WIRE_HEADERS,
): Promise<Refused | undefined> {
  try {
    await connect(wire, { headers });
    return undefined;
  } catch (error) {
    const { response } = error as {
      response: { statusCode: number; headers: Readonly<Record<string, string>> };
    };
    return { status: response.statusCode, retryAfter: Number(response.headers['retry-after'] ?? 0) };
  }
}

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await server?.close();
  server = undefined;
});

/** A message of exactly so many bytes. */
function messageOf(size: number): Uint8Array {
  const message = (padding: number): Uint8Array =>
    bytesOf({ ...DESCRIBED, customMessage: { capability: 'x', data: new Uint8Array(padding) } });
  const padding = size - message(size).length + size;
  return message(padding);
}

describe('who is let in', () => {
  it('OAP-401 nobody without a known key, before the upgrade and before a body is read (SEC-60)', async () => {
    const wire = await start();
    expect(await refusal(wire, {})).toMatchObject({ status: 401 });
    expect(await refusal(wire, { authorization: 'Secret-Key wrong' })).toMatchObject({ status: 401 });
    // The body never comes; the answer does.
    const socket = createConnection(wire.port, '127.0.0.1');
    socket.write(
      'POST /v1/opamp HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\nContent-Length: 1000\r\n\r\n',
    );
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 401 /);
    socket.destroy();
    expect(wire.heard).toEqual([]);
  });

  it.each([
    ['Authorization: Secret-Key', { authorization: 'Secret-Key enrolment-key-of-the-tests' }],
    ['Authorization: Bearer', { authorization: 'Bearer enrolment-key-of-the-tests' }],
    ['X-Bindplane-Authorization', { 'x-bindplane-authorization': 'Secret-Key enrolment-key-of-the-tests' }],
  ])('OAP-434 the key is read from %s', async (_name, headers) => {
    expect(await refusal(await start(), headers)).toBeUndefined();
  });

  it('OAP-426 no browser', async () => {
    const wire = await start();
    const headers = { ...WIRE_HEADERS, origin: 'https://example.com' };
    expect(await refusal(wire, headers)).toMatchObject({ status: 403 });
    expect((await post(wire, bytesOf(DESCRIBED), headers)).status).toBe(403);
  });

  it('OAP-427 a wrong key is told to wait after ten failures in a minute; a right one from the same address is not (SEC-84)', async () => {
    const clock = new ManualClock();
    const wire = await start({ clock, limits: { agentAuthFailures: 10 } });
    const wrong = { authorization: 'Secret-Key wrong' };
    for (let attempt = 1; attempt <= 10; attempt += 1) {
      expect(await refusal(wire, wrong)).toMatchObject({ status: 401 });
    }
    const eleventh = await refusal(wire, wrong);
    expect(eleventh?.status).toBe(429);
    expect(eleventh?.retryAfter).toBeGreaterThanOrEqual(30);
    expect(await refusal(wire)).toBeUndefined();
    clock.advance(60_000);
    expect(await refusal(wire, wrong)).toMatchObject({ status: 401 });
  });
});

describe('overload', () => {
  it('OAP-105 is told before the upgrade, with a random Retry-After, and nothing is heard (SEC-71)', async () => {
    const wire = await start({ limits: { connections: 1 } });
    expect(await refusal(wire)).toBeUndefined();
    const answers = await Promise.all(Array.from({ length: 20 }, () => refusal(wire)));
    expect(new Set(answers.map((answer) => answer?.status))).toEqual(new Set([503]));
    const waits = answers.map((answer) => answer?.retryAfter ?? 0);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(30);
    expect(Math.max(...waits)).toBeLessThanOrEqual(120);
    expect(new Set(waits).size).toBeGreaterThan(3);
    expect(wire.heard).toEqual([]);
  });

  it('SEC-70 connections in all, from one address, and with one agent’s own credential: at the limit yes, one more no', async () => {
    const all = await start({ limits: { connections: 2 } });
    expect(await refusal(all)).toBeUndefined();
    expect(await refusal(all)).toBeUndefined();
    expect(await refusal(all)).toMatchObject({ status: 503 });
    await all.close();
    const perAddress = await start({ limits: { connectionsPerAddress: 2 } });
    expect(await refusal(perAddress)).toBeUndefined();
    expect(await refusal(perAddress)).toBeUndefined();
    expect(await refusal(perAddress)).toMatchObject({ status: 503 });
    await perAddress.close();
    const own = await start({
      admission: { admit: () => ({ credential: 'a', isAgentsOwn: true }), speaksFor: () => true },
    });
    expect(await refusal(own)).toBeUndefined();
    expect(await refusal(own)).toBeUndefined();
    expect(await refusal(own)).toMatchObject({ status: 503 });
  });

  it('SEC-70 agents that poll count as connections', async () => {
    const wire = await start({ limits: { connections: 1 } });
    expect((await post(wire, bytesOf(DESCRIBED))).status).toBe(200);
    expect(await refusal(wire)).toMatchObject({ status: 503 });
    expect((await post(wire, bytesOf({ ...DESCRIBED, instanceUid: uidOf(2) }))).status).toBe(503);
    // Who is there already goes on.
    expect((await post(wire, bytesOf({ ...DESCRIBED, sequenceNum: 1n }))).status).toBe(200);
  });

  it('OAP-328 of new connections in one moment is refused: few after a start, then by the rate', async () => {
    const clock = new ManualClock();
    const wire = await start({
      clock,
      limits: { upgradesPerSecond: 10, upgradeBurst: 20, upgradeBurstAtStart: 5 },
    });
    const storm = async (count: number): Promise<number> => {
      const answers = [];
      for (let index = 0; index < count; index += 1) answers.push(await refusal(wire));
      return answers.filter((answer) => answer === undefined).length;
    };
    expect(await storm(8)).toBe(5);
    clock.advance(1000);
    expect(await storm(12)).toBe(10);
    clock.advance(60_000);
    expect(await storm(25)).toBe(20);
  });

  it('OAP-436 never ends a connection that was accepted', async () => {
    const wire = await start({ limits: { connections: 1 } });
    const agent = await connect(wire);
    await agent.say(DESCRIBED);
    for (let attempt = 0; attempt < 5; attempt += 1) await refusal(wire);
    wire.opamp.tick();
    expect((await agent.say({ instanceUid: uidOf(1), sequenceNum: 1n })).errorResponse).toBeUndefined();
  });

  it('OAP-127 limits have their stated defaults; a bucket lets through its burst and then its rate', () => {
    expect([APP_LIMITS.upgradesPerSecond, APP_LIMITS.upgradeBurst, APP_LIMITS.upgradeBurstAtStart]).toEqual([
      200, 400, 50,
    ]);
    const bucket = new TokenBucket(2, 3, 0);
    const taken = (now: number, times: number): number =>
      Array.from({ length: times }, () => bucket.take(now)).filter(Boolean).length;
    expect([taken(0, 5), taken(499, 1), taken(500, 2), taken(10_000, 9)]).toEqual([3, 0, 1, 3]);
  });
});

describe('sizes (SEC-65)', () => {
  const limits = { agentMessageBytes: 100_000 };

  it('OAP-112 a WebSocket message at the limit is taken, one more byte ends the socket with 1009 and is not heard', async () => {
    const wire = await start({ limits });
    const agent = await connect(wire);
    // The limit counts the header byte (spec v0.19).
    agent.frame(Buffer.concat([Buffer.from([0]), messageOf(99_999)]));
    expect((await agent.next()).errorResponse).toBeUndefined();
    const closed = agent.closed();
    agent.frame(Buffer.concat([Buffer.from([0]), messageOf(100_000)]));
    expect(await closed).toBe(1009);
    expect(wire.heard).toHaveLength(1);
  });

  it('OAP-117 a body at the limit is taken, one more byte gets 413', async () => {
    const wire = await start({ limits });
    expect((await post(wire, messageOf(100_000))).status).toBe(200);
    expect((await post(wire, messageOf(100_001))).status).toBe(413);
    expect(wire.heard).toHaveLength(1);
  });

  it('OAP-117 a body that does not say how long it is gets 413 at the limit too', async () => {
    const wire = await start({ limits });
    const socket = createConnection(wire.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      `POST /v1/opamp HTTP/1.1\r\nHost: x\r\nAuthorization: ${WIRE_HEADERS.authorization}\r\n` +
        'Content-Type: application/x-protobuf\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    const chunk = `c350\r\n${'x'.repeat(50_000)}\r\n`;
    socket.write(chunk + chunk + chunk);
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });

  it('OAP-118 counts after inflating: a body that inflates to the limit is taken, a bomb gets 413 and costs nothing (SEC-66)', async () => {
    const wire = await start({ limits });
    const gzip = { 'content-encoding': 'gzip' };
    expect((await post(wire, gzipSync(messageOf(100_000)), gzip)).status).toBe(200);
    expect((await post(wire, gzipSync(messageOf(100_001)), gzip)).status).toBe(413);
    const bomb = gzipSync(new Uint8Array(60 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(100_000);
    const before = process.memoryUsage().rss;
    const began = performance.now();
    expect((await post(wire, bomb, gzip)).status).toBe(413);
    expect(performance.now() - began).toBeLessThan(500);
    expect(process.memoryUsage().rss - before).toBeLessThan(40 * 1024 * 1024);
  });
});

describe('patience', () => {
  it('OAP-409 a socket on which no agent speaks within ten seconds is ended (SEC-69)', async () => {
    const clock = new ManualClock();
    const wire = await start({ clock });
    const silent = await connect(wire);
    const spoke = await connect(wire);
    await spoke.say(DESCRIBED);
    clock.advance(10_000);
    wire.opamp.tick();
    expect(wire.opamp.size).toBe(2);
    const closed = silent.closed();
    clock.advance(1);
    wire.opamp.tick();
    expect(await closed).toBe(1006);
    await wire.until(() => wire.opamp.size === 1);
  });

  it('OAP-408 a socket that says nothing is asked with a ping, and ended when it does not answer in ten seconds', async () => {
    const clock = new ManualClock();
    const wire = await start({ clock });
    const alive = await connect(wire);
    const dead = await connect(wire, { autoPong: false });
    await alive.say(DESCRIBED);
    await dead.say({ ...DESCRIBED, instanceUid: uidOf(2) });
    const ponged = once(alive.socket, 'ping');
    const asked = once(dead.socket, 'ping');
    clock.advance(25_001);
    wire.opamp.tick();
    await Promise.all([ponged, asked]);
    // The pong has arrived when the answer to what was sent after it has.
    await alive.say({ instanceUid: uidOf(1), sequenceNum: 1n });
    clock.advance(10_000);
    wire.opamp.tick();
    expect(wire.opamp.size).toBe(2);
    const closed = dead.closed();
    clock.advance(1);
    wire.opamp.tick();
    expect(await closed).toBe(1006);
    await wire.until(() => wire.opamp.size === 1);
    expect(alive.socket.readyState).toBe(1);
  });

  it('OAP-410 a peer that reads nothing is written no more than it can hold, the newest offer waits, and after 30 s it is ended (SEC-74)', async () => {
    const clock = new ManualClock();
    const wire = await start({ clock });
    const reader = await connect(wire);
    await reader.say(DESCRIBED);
    reader.socket.pause();
    const offer = (size: number, hash: number): ReturnType<typeof create<typeof ServerToAgentSchema>> =>
      create(ServerToAgentSchema, {
        remoteConfig: {
          config: { configMap: { '': { body: new Uint8Array(size).fill(35) } } },
          configHash: uidOf(hash),
        },
      });
    collectGarbage();
    const before = process.memoryUsage();
    // 200 MB in all, were each of them kept.
    for (let index = 1; index <= 40; index += 1) {
      expect(wire.opamp.send(UID, offer(5_000_000, index))).toBe(true);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    collectGarbage();
    const held = process.memoryUsage();
    expect(held.external + held.arrayBuffers - before.external - before.arrayBuffers).toBeLessThan(
      150_000_000,
    );
    clock.advance(30_000);
    wire.opamp.tick();
    expect(wire.opamp.size).toBe(1);
    clock.advance(1);
    wire.opamp.tick();
    await wire.until(() => wire.opamp.size === 0);
    expect(wire.records.get(UID)?.connected).toBe(false);
  });

  it('OAP-113 a peer that goes away while it is answered stops nobody else', async () => {
    const wire = await start();
    const leaving = await connect(wire);
    const staying = await connect(wire);
    await leaving.say(DESCRIBED);
    for (let index = 1n; index < 20n; index += 1n) {
      leaving.frame(bytesOf({ instanceUid: uidOf(1), sequenceNum: index }));
    }
    leaving.socket.terminate();
    expect((await staying.say({ ...DESCRIBED, instanceUid: uidOf(2) })).instanceUid).toEqual(uidOf(2));
    await wire.until(() => wire.opamp.size === 1);
  });

  it('OAP-423 an agent that floods is read at ten messages a second; none is lost, and others are answered at once (SEC-73)', async () => {
    const clock = new ManualClock();
    const wire = await start({ clock, limits: { messageBurst: 5, messagesPerSecond: 10 } });
    const flooding = await connect(wire);
    const other = await connect(wire);
    for (let index = 0n; index < 9n; index += 1n) {
      flooding.frame(bytesOf({ ...DESCRIBED, sequenceNum: index }));
    }
    await wire.until(() => wire.heard.length === 6);
    expect((await other.say({ ...DESCRIBED, instanceUid: uidOf(2) })).instanceUid).toEqual(uidOf(2));
    expect(wire.heard).toHaveLength(7);
    for (let index = 1; index <= 3; index += 1) {
      clock.advance(100);
      await wire.until(() => wire.heard.length === 7 + index);
    }
    expect(wire.records.get(UID)?.sequence).toBe(8);
  });

  it('SEC-68 more agents on one socket than a gateway may carry are refused, the others go on', async () => {
    const wire = await start({ limits: { agentsPerSocket: 2 } });
    const gateway = await connect(wire);
    expect((await gateway.say(DESCRIBED)).errorResponse).toBeUndefined();
    expect((await gateway.say({ ...DESCRIBED, instanceUid: uidOf(2) })).errorResponse).toBeUndefined();
    expect(
      (await gateway.say({ ...DESCRIBED, instanceUid: uidOf(3) })).errorResponse?.errorMessage,
    ).toContain('more than 2 agents');
    expect((await gateway.say({ instanceUid: uidOf(1), sequenceNum: 1n })).errorResponse).toBeUndefined();
  });

  it('SEC-67 a message in more fragments than allowed ends the socket, and the process lives', async () => {
    const wire = await start({ limits: { webSocketFragments: 8 } });
    const whole = await connect(wire);
    const send = (agent: WireAgent, fragments: number): void => {
      const bytes = Buffer.concat([Buffer.from([0]), bytesOf(DESCRIBED)]);
      for (let index = 0; index < fragments; index += 1) {
        const isLast = index === fragments - 1;
        agent.socket.send(isLast ? bytes.subarray(index) : bytes.subarray(index, index + 1), {
          binary: true,
          fin: isLast,
        });
      }
    };
    send(whole, 8);
    expect((await whole.next()).instanceUid).toEqual(uidOf(1));
    const torn = await connect(wire);
    const closed = torn.closed();
    send(torn, 9);
    expect([1008, 1009]).toContain(await closed);
    expect((await whole.say({ instanceUid: uidOf(1), sequenceNum: 1n })).errorResponse).toBeUndefined();
  });
});
