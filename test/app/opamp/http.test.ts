import { randomBytes } from 'node:crypto';
import { createConnection } from 'node:net';
import { gzipSync } from 'node:zlib';
import { create } from '@bufbuild/protobuf';
import { afterEach, describe, expect, it } from 'vitest';
import { acceptsGzip } from '../../../app/opamp/http-body.ts';
import {
  AgentCapabilities,
  ServerErrorResponseType,
  ServerToAgentFlags,
  ServerToAgentSchema,
} from '../../../src/core/opamp/gen/opamp_pb.ts';
import { restartCommand } from '../../../src/core/opamp/command.ts';
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
  capabilities: BigInt(AgentCapabilities.REPORTS_STATUS | AgentCapabilities.ACCEPTS_RESTART_COMMAND),
  agentDescription: { identifyingAttributes: [attribute('service.name', 'otelcol')] },
};
const later = (sequence: bigint): Message => ({
  instanceUid: uidOf(1),
  sequenceNum: sequence,
  capabilities: DESCRIBED.capabilities ?? 0n,
});

let server: WireServer | undefined;

async function start(options: WireOptions = {}): Promise<WireServer> {
  server = await WireServer.start(options);
  return server;
}

afterEach(async () => {
  await server?.close();
  server = undefined;
});

function offer(text: string, hash = 1): ReturnType<typeof create<typeof ServerToAgentSchema>> {
  const body = new TextEncoder().encode(text);
  const remoteConfig = { config: { configMap: { '': { body } } }, configHash: uidOf(hash) };
  return create(ServerToAgentSchema, { remoteConfig });
}

describe('a POST', () => {
  it('OAP-116 is answered with 200 and a bare protobuf', async () => {
    const wire = await start();
    const answer = await post(wire, bytesOf(DESCRIBED));
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/x-protobuf']);
    expect(answer.message.instanceUid).toEqual(uidOf(1));
    expect(answer.body[0]).not.toBe(0);
    expect(wire.records.get(UID)).toMatchObject({ connected: true, transport: 'http' });
  });

  it('OAP-121 may be gzipped', async () => {
    const wire = await start();
    const answer = await post(wire, gzipSync(bytesOf(DESCRIBED)), { 'content-encoding': 'gzip' });
    expect(answer.status).toBe(200);
    expect(wire.records.get(UID)?.type).toBe('otelcol');
  });

  it('OAP-122 is answered gzipped where its client takes that', async () => {
    const wire = await start();
    const zipped = await post(wire, bytesOf(DESCRIBED), { 'accept-encoding': 'gzip' });
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(zipped.message.instanceUid).toEqual(uidOf(1));
    const plain = await post(wire, bytesOf(later(1n)));
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.message.instanceUid).toEqual(uidOf(1));
  });

  it('OAP-418 of another content type gets 415, with or without parameters', async () => {
    const wire = await start();
    expect((await post(wire, bytesOf(DESCRIBED), { 'content-type': 'application/json' })).status).toBe(415);
    expect(
      (await post(wire, bytesOf(DESCRIBED), { 'content-type': 'application/x-protobuf; v=1' })).status,
    ).toBe(200);
  });

  it.each(['br', 'zstd', 'gzip, gzip', 'deflate'])('OAP-419 encoded with %s gets 415', async (encoding) => {
    const wire = await start();
    const answer = await post(wire, bytesOf(DESCRIBED), { 'content-encoding': encoding });
    expect([answer.status, wire.heard.length]).toEqual([415, 0]);
  });

  it('OAP-420 that is cut off inside its gzip, or is none, gets 400', async () => {
    const wire = await start();
    const whole = gzipSync(bytesOf(DESCRIBED));
    const cut = await post(wire, whole.subarray(0, whole.length - 9), { 'content-encoding': 'gzip' });
    expect(cut.status).toBe(400);
    expect((await post(wire, bytesOf(DESCRIBED), { 'content-encoding': 'gzip' })).status).toBe(400);
  });

  it('OAP-429 of garbage gets 400 and says so in protobuf', async () => {
    const wire = await start();
    const answer = await post(wire, Uint8Array.from([255, 255, 255]));
    expect(answer.status).toBe(400);
    expect(answer.message.errorResponse?.type).toBe(ServerErrorResponseType.BAD_REQUEST);
  });

  it('OAP-430 without a uid, or with one of 15 bytes, is a bad request of the protocol', async () => {
    const wire = await start();
    const empty = await post(wire, new Uint8Array());
    expect([empty.status, empty.message.errorResponse?.type]).toEqual([
      200,
      ServerErrorResponseType.BAD_REQUEST,
    ]);
    const short = await post(wire, bytesOf({ instanceUid: new Uint8Array(15) }));
    expect(short.message.errorResponse?.errorMessage).toContain('15 bytes');
  });

  it('OAP-416 to another path gets 404', async () => {
    const wire = await start();
    expect((await post(wire, bytesOf(DESCRIBED), {}, { path: '/v1/opamp2' })).status).toBe(404);
    expect((await post(wire, bytesOf(DESCRIBED), {}, { path: '/v1/opamp?x=1' })).status).toBe(200);
  });

  it.each(['PUT', 'DELETE', 'PATCH'])(
    'OAP-417 sent as %s gets 405 and the methods there are',
    async (method) => {
      const wire = await start();
      const answer = await post(wire, new Uint8Array(), {}, { method });
      expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, POST']);
    },
  );

  it('OAP-421 sent as a GET that does not upgrade gets 426', async () => {
    const wire = await start();
    const answer = await post(wire, new Uint8Array(), {}, { method: 'GET' });
    expect([answer.status, answer.headers.upgrade]).toEqual([426, 'websocket']);
  });
});

describe('an agent that polls', () => {
  it('OAP-302 is told apart by its uid, whatever connection it comes over: a gap is a gap', async () => {
    const wire = await start();
    await post(wire, bytesOf(DESCRIBED));
    expect((await post(wire, bytesOf(later(1n)))).message.flags).toBe(0n);
    expect((await post(wire, bytesOf(later(4n)))).message.flags).toBe(
      BigInt(ServerToAgentFlags.REPORT_FULL_STATE),
    );
    expect(wire.told.filter((kind) => kind === 'connected')).toHaveLength(1);
  });

  it('OAP-327 gets what the server wants of it with its next poll, once', async () => {
    const wire = await start();
    await post(wire, bytesOf(DESCRIBED));
    expect(wire.opamp.send(UID, offer('receivers: {}'))).toBe(true);
    const polled = await post(wire, bytesOf(later(1n)));
    expect(polled.message.remoteConfig?.configHash).toEqual(uidOf(1));
    expect(polled.message.instanceUid).toEqual(uidOf(1));
    expect((await post(wire, bytesOf(later(2n)))).message.remoteConfig).toBeUndefined();
  });

  it('OAP-327 that goes away before it has read the answer gets it with its next poll', async () => {
    const wire = await start();
    await post(wire, bytesOf(DESCRIBED));
    const noise = Array.from({ length: 256 }, () => randomBytes(32_768).toString('base64')).join('');
    wire.opamp.send(UID, offer(noise));
    const body = bytesOf(later(1n));
    const socket = createConnection(wire.port, '127.0.0.1').pause();
    socket.write(
      `POST /v1/opamp HTTP/1.1\r\nHost: x\r\nAuthorization: ${WIRE_HEADERS.authorization}\r\n` +
        `Content-Type: application/x-protobuf\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    socket.write(body);
    await wire.until(() => wire.heard.length === 2);
    socket.destroy();
    const seen: unknown[] = [];
    for (let sequence = 2n; seen.length === 0; sequence += 1n) {
      const { message } = await post(wire, bytesOf(later(sequence)));
      if (message.remoteConfig !== undefined) seen.push(message.remoteConfig.configHash);
    }
    expect(seen).toEqual([uidOf(1)]);
  });

  it('OAP-404 gets the newest of each kind, not the history', async () => {
    const wire = await start();
    await post(wire, bytesOf(DESCRIBED));
    wire.opamp.send(UID, offer('one', 1));
    wire.opamp.send(UID, offer('two', 2));
    const { message } = await post(wire, bytesOf(later(1n)));
    expect(message.remoteConfig?.configHash).toEqual(uidOf(2));
  });

  it('OAP-325 gets a restart alone in its message, and the config with the poll after', async () => {
    const wire = await start();
    await post(wire, bytesOf(DESCRIBED));
    wire.opamp.send(UID, offer('one'));
    const restart = restartCommand({ capabilities: AgentCapabilities.ACCEPTS_RESTART_COMMAND });
    if ('refused' in restart) throw new Error(restart.refused);
    wire.opamp.send(UID, restart.message);
    const first = await post(wire, bytesOf(later(1n)));
    expect(first.message.command?.type).toBe(0);
    expect([first.message.remoteConfig, first.message.flags, first.message.customCapabilities]).toEqual([
      undefined,
      0n,
      undefined,
    ]);
    const second = await post(wire, bytesOf(later(2n)));
    expect(second.message.command).toBeUndefined();
    expect(second.message.remoteConfig?.configHash).toEqual(uidOf(1));
  });

  it('OAP-314 that says goodbye is gone at once', async () => {
    const wire = await start();
    await post(wire, bytesOf(DESCRIBED));
    const answer = await post(wire, bytesOf({ ...later(1n), agentDisconnect: {} }));
    expect([answer.status, wire.opamp.size]).toEqual([200, 0]);
    expect(wire.records.get(UID)?.connected).toBe(false);
  });

  it('OAP-422 counts as connected until three polls stay away', async () => {
    const clock = new ManualClock();
    const wire = await start({ clock });
    await post(wire, bytesOf(DESCRIBED));
    clock.advance(90_000);
    wire.opamp.tick();
    expect(wire.records.get(UID)?.connected).toBe(true);
    clock.advance(1);
    wire.opamp.tick();
    expect([wire.records.get(UID)?.connected, wire.opamp.size]).toEqual([false, 0]);
  });

  it('OAP-107 has no connection that could be sent to once it was told to go', async () => {
    const wire = await start();
    await post(wire, bytesOf(DESCRIBED));
    wire.opamp.disconnect(UID, 'for a test');
    expect(wire.opamp.send(UID, offer('one'))).toBe(false);
    expect(wire.records.get(UID)?.connected).toBe(false);
  });

  it('OAP-431 while another agent with its uid holds a socket gets 409 and a time to come again', async () => {
    const wire = await start();
    const agent = await WireAgent.connect(wire);
    await agent.say(DESCRIBED);
    const answer = await post(wire, bytesOf(DESCRIBED));
    expect([answer.status, answer.headers['retry-after']]).toEqual([409, '30']);
    await agent.close();
    await wire.until(() => wire.opamp.size === 0);
    expect((await post(wire, bytesOf(DESCRIBED))).status).toBe(200);
  });

  it('OAP-432 whose numbers go back again and again shares its uid: one of the two gets another', async () => {
    const wire = await start();
    await post(wire, bytesOf(DESCRIBED));
    const renamed: bigint[] = [];
    for (const sequence of [8n, 2n, 9n, 3n, 10n, 4n]) {
      const { message } = await post(wire, bytesOf(later(sequence)));
      if (message.agentIdentification !== undefined) renamed.push(sequence);
    }
    expect(renamed).toEqual([4n]);
  });

  it('that begins anew again and again keeps its uid: a crash loop is no twin', async () => {
    const wire = await start();
    for (const sequence of [0n, 1n, 0n, 1n, 0n, 1n, 0n, 1n, 2n, 1n]) {
      const { message } = await post(wire, bytesOf({ ...DESCRIBED, sequenceNum: sequence }));
      expect(message.agentIdentification).toBeUndefined();
    }
  });

  it('OAP-433 that asks too often gets 429 and a time to come again; others do not wait for it', async () => {
    const wire = await start({ clock: new ManualClock(), limits: { messageBurst: 3, messagesPerSecond: 1 } });
    const statuses: number[] = [];
    for (let sequence = 0n; sequence < 4n; sequence += 1n) {
      statuses.push((await post(wire, bytesOf({ ...DESCRIBED, sequenceNum: sequence }))).status);
    }
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect((await post(wire, bytesOf({ ...DESCRIBED, instanceUid: uidOf(2) }))).status).toBe(200);
  });
});

describe('the encodings that an answer may have', () => {
  it.each([
    ['gzip', true],
    ['GZIP', true],
    ['deflate, gzip;q=0.5', true],
    ['*', true],
    ['*;q=0.1', true],
    ['gzip;q=0', false],
    ['*, gzip;q=0', false],
    ['*;q=0', false],
    ['identity', false],
    ['br;q=1.0', false],
    ['', false],
  ])('OAP-122 Accept-Encoding: %s', (header, expected) => {
    expect(acceptsGzip(header)).toBe(expected);
  });

  it('OAP-122 several headers count as one', () => {
    expect(acceptsGzip(['deflate', 'gzip'])).toBe(true);
    expect(acceptsGzip(undefined)).toBe(false);
  });
});
