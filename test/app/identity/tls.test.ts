import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import { connect as tlsConnect } from 'node:tls';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../../app/config.ts';
import { readCertificate } from '../../../app/identity/client-certificate.ts';
import { AgentCapabilities } from '../../../src/core/opamp/gen/opamp_pb.ts';
import { uidText } from '../../../src/core/opamp/uid.ts';
import { systemClock } from '../../../src/io/clock.ts';
import { connectControlPlane } from '../../../src/io/control-planes/index.ts';
import { API_KEY, SECRET_KEY, TestApp, scratchFolder } from '../../support/app.ts';
import { TestAuthority, written, type TestCertificate } from '../../support/certificates.ts';
import { WireAgent, attribute, uidOf } from '../../support/opamp-wire.ts';

const CAPABILITIES =
  AgentCapabilities.REPORTS_STATUS |
  AgentCapabilities.ACCEPTS_OPAMP_CONNECTION_SETTINGS |
  AgentCapabilities.REPORTS_CONNECTION_SETTINGS_STATUS;
const UID = uidText(uidOf(7)) ?? '';

let scratch: ReturnType<typeof scratchFolder>;
let server: TestApp;
let servers: TestAuthority;
let clients: TestAuthority;
let environment: Record<string, string>;
let wires: WireAgent[];

beforeEach(async () => {
  scratch = scratchFolder();
  wires = [];
  servers = await TestAuthority.make('authority of servers');
  clients = await TestAuthority.make('authority of agents');
  const own = written(scratch.path, 'server', await servers.server('first'));
  const authority = written(scratch.path, 'clients', clients);
  environment = {
    COLLIE_TLS_CERT: own.certificate,
    COLLIE_TLS_KEY: own.key,
    COLLIE_TLS_CLIENT_CA: authority.certificate,
    COLLIE_TLS_CLIENT_CA_KEY: authority.key,
  };
  server = await TestApp.start(scratch.path, environment);
});

afterEach(async () => {
  for (const wire of wires) await wire.close();
  await server.close();
  scratch.remove();
});

interface Shown {
  readonly certificate?: TestCertificate;
  readonly key?: string;
}

async function connect({ certificate, key }: Shown): Promise<WireAgent> {
  const wire = await WireAgent.connect(
    { port: server.app.opamp.port },
    {
      scheme: 'wss',
      ca: servers.certificate,
      headers: key === undefined ? {} : { authorization: `Secret-Key ${key}` },
      ...(certificate === undefined ? {} : { cert: certificate.certificate, key: certificate.key }),
    },
  );
  wires.push(wire);
  return wire;
}

function describeAs(wire: WireAgent, byte: number): ReturnType<WireAgent['say']> {
  return wire.say({
    instanceUid: uidOf(byte),
    sequenceNum: 1n,
    capabilities: BigInt(CAPABILITIES),
    agentDescription: { identifyingAttributes: [attribute('service.name', 'otelcol-contrib')] },
  });
}

/** As TestApp.call, over TLS. */
async function call(method: string, path: string): Promise<{ status: number; body: any }> {
  const request = httpsRequest({
    host: '127.0.0.1',
    port: server.app.http.port,
    method,
    path,
    ca: servers.certificate,
    headers: { 'x-bindplane-api-key': API_KEY },
  });
  request.end();
  const [response] = await once(request, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, body: text === '' ? undefined : JSON.parse(text) };
}

async function credential(): Promise<any> {
  const { body } = await call('GET', '/v1/collie/credentials');
  return body.agents.find(({ id }: { id: string }) => id === UID);
}

/** The subject of the certificate that the listener shows to newcomers. */
async function shownSubject(): Promise<string> {
  const socket = tlsConnect({ host: '127.0.0.1', port: server.app.http.port, ca: servers.certificate });
  await once(socket, 'secureConnect');
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return subject.CN;
}

describe('SEC-87: TLS', () => {
  it('serves REST and OpAMP on both listeners, from TLS 1.2 on', async () => {
    expect((await call('GET', '/v1/version')).status).toBe(200);
    const wire = await connect({ key: SECRET_KEY });
    expect((await describeAs(wire, 7)).errorResponse).toBeUndefined();
    const port = server.app.http.port;
    const old = tlsConnect({ host: '127.0.0.1', port, ca: servers.certificate, maxVersion: 'TLSv1.1' });
    await expect(once(old, 'secureConnect')).rejects.toThrow(/protocol|alert|SSL|ECONNRESET/i);
    await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow('fetch failed');
  });

  it('is trusted by a client that was given the authority, and by no other', async () => {
    const settings = {
      url: `https://127.0.0.1:${server.app.http.port}`,
      apiKey: API_KEY,
      clock: systemClock,
    };
    const trusting = connectControlPlane({ ...settings, certificateAuthority: servers.certificate });
    expect(await trusting?.version()).toContain('collie');
    await expect(connectControlPlane(settings)?.list('Source')).rejects.toThrow(/could not be reached/);
  });

  it('takes a new certificate on SIGHUP, and lets nobody go', async () => {
    const wire = await connect({ key: SECRET_KEY });
    await describeAs(wire, 7);
    expect(await shownSubject()).toBe('first');
    written(scratch.path, 'server', await servers.server('second'));
    process.emit('SIGHUP');
    expect(await shownSubject()).toBe('second');
    const answer = await wire.say({ instanceUid: uidOf(7), sequenceNum: 2n });
    expect(answer.errorResponse).toBeUndefined();
    expect(wire.socket.readyState).toBe(wire.socket.OPEN);
  });

  it('keeps the old one when the new one cannot be used', async () => {
    writeFileSync(environment['COLLIE_TLS_CERT'] ?? '', 'half a file');
    process.emit('SIGHUP');
    expect(await shownSubject()).toBe('first');
  });

  it.each([
    ['COLLIE_TLS_CERT is not set, so that everybody on the way reads keys', {}],
    ['COLLIE_TLS_CERT and COLLIE_TLS_KEY go together', { COLLIE_TLS_CERT: '/cert.pem' }],
    ['COLLIE_TLS_CERT=/absent.pem cannot be read', { COLLIE_TLS_CERT: '/absent.pem', COLLIE_TLS_KEY: '/k' }],
  ])('clear text beyond this machine is refused: %s', (words, variables) => {
    const given = {
      COLLIE_HTTP: '0.0.0.0:3001',
      COLLIE_SECRET_KEY: 'a'.repeat(20),
      COLLIE_API_KEY: 'b'.repeat(20),
      COLLIE_ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
    };
    const readFile = (path: string): string | undefined => (path === '/absent.pem' ? undefined : 'PEM');
    expect(() => readConfig({ environment: { ...given, ...variables }, readFile })).toThrow(words);
    const behindProxy = { ...given, COLLIE_PLAINTEXT: 'true' };
    expect(() => readConfig({ environment: behindProxy, readFile })).not.toThrow();
  });
});

describe('a client certificate', () => {
  it('that names an agent speaks for it, without any key', async () => {
    const wire = await connect({ certificate: await clients.agent(UID) });
    expect((await describeAs(wire, 7)).errorResponse).toBeUndefined();
    expect((await credential()).by).toBe('certificate');
  });

  it('does not speak for another agent', async () => {
    const wire = await connect({ certificate: await clients.agent(UID) });
    expect((await describeAs(wire, 8)).errorResponse?.errorMessage).toMatch(/credential/);
  });

  it.each([
    ['of an authority nobody trusts', async () => (await TestAuthority.make('strangers')).agent(UID)],
    ['that has ended', () => clients.agent(UID, -1000)],
    ['that names nobody', () => clients.sign('somebody', { type: 'dns', value: 'somebody' })],
  ])('%s lets nobody in', async (_, make) => {
    await expect(connect({ certificate: await make() })).rejects.toThrow('401');
    await expect(
      connect({ certificate: await make(), key: SECRET_KEY }),
      'it does no harm',
    ).resolves.toBeDefined();
  });

  it('is rotated end to end: offered whole, taken, and the old one is good for nothing then', async () => {
    const old = await clients.agent(UID);
    const first = await connect({ certificate: old });
    await describeAs(first, 7);
    expect((await call('PUT', `/v1/collie/agents/${UID}/credential`)).body.state).toBe('offered');
    const offered = (await first.next()).connectionSettings?.opamp;
    expect(offered?.destinationEndpoint).toMatch(/^wss:\/\/127\.0\.0\.1:\d+\/v1\/opamp$/);
    expect(offered?.heartbeatIntervalSeconds).toBe(30n);
    const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('utf8');
    const certificate = {
      certificate: text(offered?.certificate?.cert),
      key: text(offered?.certificate?.privateKey),
    };
    expect(text(offered?.certificate?.caCert)).toBe(clients.certificate);
    expect(readCertificate(certificate.certificate)).toMatchObject({ uid: UID });
    const key = offered?.headers?.headers[0]?.value.replace('Secret-Key ', '') ?? '';
    await first.close();

    const second = await connect({ certificate, key });
    expect((await describeAs(second, 7)).errorResponse).toBeUndefined();
    for (;;) if ((await credential()).credential.state === 'active') break;
    await expect(connect({ certificate: old })).rejects.toThrow('401');
    await second.close();
    await expect(connect({ certificate }), 'the certificate alone is enough').resolves.toBeDefined();
  });

  it('is taken away at once', async () => {
    const certificate = await clients.agent(UID);
    const wire = await connect({ certificate });
    await describeAs(wire, 7);
    const ended = wire.closed();
    expect((await call('DELETE', `/v1/collie/agents/${UID}/credential`)).status).toBe(204);
    expect(await ended).toBe(1008);
    await expect(connect({ certificate })).rejects.toThrow('401');
  });

  it('is asked of everybody where the settings say so', async () => {
    await server.close();
    const config = join(scratch.path, 'serve.yaml');
    writeFileSync(config, 'identity: {agents: {requireCertificate: true}}\n');
    server = await TestApp.start(scratch.path, environment, { config });
    await expect(connect({ key: SECRET_KEY })).rejects.toThrow('401');
    await expect(connect({ certificate: await clients.agent(UID) })).resolves.toBeDefined();
  });
});
