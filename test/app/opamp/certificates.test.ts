import { X509Certificate, randomUUID, webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Authority } from '../../../app/identity/authority.ts';
import { openAuthority } from '../../../app/identity/authority.ts';
import { AgentCapabilities, ServerErrorResponseType } from '../../../src/core/opamp/gen/opamp_pb.ts';
import type { ServerToAgent } from '../../../src/core/opamp/gen/opamp_pb.ts';
import { uidText } from '../../../src/core/opamp/uid.ts';
import { TestApp, scratchFolder } from '../../support/app.ts';
import { TestAuthority, written } from '../../support/certificates.ts';
import { WireAgent, attribute, uidOf } from '../../support/opamp-wire.ts';

const CURVE = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const UID = uidText(uidOf(7)) ?? '';
const DAY = 86_400_000;

interface Request {
  readonly pem: string;
  readonly keys: webcrypto.CryptoKeyPair;
}

/** A request for a certificate as an agent makes it: PKCS#10 with a key of its own. */
async function request(
  names: { readonly cn?: string; readonly uri?: string },
  algorithm: webcrypto.RsaHashedKeyGenParams | typeof CURVE = CURVE,
): Promise<Request> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const made = await x509.Pkcs10CertificateRequestGenerator.create({
    keys,
    signingAlgorithm: algorithm,
    ...(names.cn === undefined ? {} : { name: `CN=${names.cn}` }),
    extensions: [
      // Asks for more than it gets.
      new x509.BasicConstraintsExtension(true, 3, true),
      ...(names.uri === undefined
        ? []
        : [new x509.SubjectAlternativeNameExtension([{ type: 'url', value: names.uri }])]),
    ],
  });
  return { pem: made.toString('pem'), keys };
}

describe('an authority', () => {
  let made: TestAuthority;
  let authority: Authority;

  beforeAll(async () => {
    made = await TestAuthority.make('authority of agents');
    authority = await openAuthority(made.certificate, made.key, 30);
  });

  it('OAP-205 signs a request that names its agent or nobody, for that agent, as a client, for its own time', async () => {
    for (const names of [{ cn: UID }, { cn: UID.toUpperCase() }, { uri: `urn:uuid:${UID}` }, {}]) {
      const now = Date.now();
      const signed = await authority.sign(UID, (await request(names)).pem, now);
      if ('refused' in signed) throw new Error(signed.refused);
      const certificate = new X509Certificate(signed.certificate);
      expect(certificate.checkIssued(new X509Certificate(made.certificate))).toBe(true);
      expect(certificate.subject).toBe(`CN=${UID}`);
      expect(certificate.ca).toBe(false);
      expect(certificate.subjectAltName).toBe(`URI:urn:uuid:${UID}`);
      expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
      expect(Date.parse(certificate.validTo) - now).toBeLessThanOrEqual(30 * DAY);
      expect(signed.authority).toBe(made.certificate);
    }
  });

  it('OAP-332 refuses a request that names another agent', async () => {
    const other = randomUUID();
    for (const names of [
      { cn: other },
      { uri: `urn:uuid:${other}` },
      { cn: UID, uri: `urn:uuid:${other}` },
    ]) {
      expect(await authority.sign(UID, (await request(names)).pem, 0)).toEqual({
        refused: 'the certificate request names another than the instance uid of its agent',
      });
    }
  });

  it('OAP-332 refuses weak keys, requests signed with another key, and what is no request', async () => {
    const rsa = {
      name: 'RSASSA-PKCS1-v1_5',
      modulusLength: 1024,
      publicExponent: Uint8Array.from([1, 0, 1]),
      hash: 'SHA-256',
    };
    expect(await authority.sign(UID, (await request({}, rsa)).pem, 0)).toMatchObject({
      refused: expect.stringContaining('1024 bits'),
    });
    const der = Buffer.from((await request({})).pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
    der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
    const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
    expect(await authority.sign(UID, forged, 0)).toHaveProperty('refused');
    for (const text of ['', 'hello', made.certificate]) {
      expect(await authority.sign(UID, text, 0)).toHaveProperty('refused');
    }
  });
});

describe('an agent that asks for a certificate', () => {
  let scratch: ReturnType<typeof scratchFolder>;
  let server: TestApp;
  let servers: TestAuthority;
  let clients: TestAuthority;

  beforeAll(async () => {
    scratch = scratchFolder();
    servers = await TestAuthority.make('authority of servers');
    clients = await TestAuthority.make('authority of agents');
    const own = written(scratch.path, 'server', await servers.server('server'));
    const authority = written(scratch.path, 'clients', clients);
    const config = join(scratch.path, 'serve.yml');
    writeFileSync(config, 'identity: {agents: {credentials: true}}\n');
    const environment = {
      COLLIE_TLS_CERT: own.certificate,
      COLLIE_TLS_KEY: own.key,
      COLLIE_TLS_CLIENT_CA: authority.certificate,
      COLLIE_TLS_CLIENT_CA_KEY: authority.key,
    };
    server = await TestApp.start(scratch.path, environment, { config });
  });

  afterAll(async () => {
    await server.close();
    scratch.remove();
  });

  function connect(
    certificate: string,
    key: string,
    headers: Record<string, string> = {},
  ): Promise<WireAgent> {
    return WireAgent.connect(
      { port: server.app.opamp.port },
      { scheme: 'wss', ca: servers.certificate, cert: certificate, key, headers },
    );
  }

  /** The next message that says more than that the last one arrived. */
  async function wanted(agent: WireAgent): Promise<ServerToAgent> {
    for (;;) {
      const message = await agent.next();
      if (message.connectionSettings !== undefined || message.errorResponse !== undefined) return message;
    }
  }

  const capabilities = BigInt(
    AgentCapabilities.REPORTS_STATUS |
      AgentCapabilities.ACCEPTS_OPAMP_CONNECTION_SETTINGS |
      AgentCapabilities.REPORTS_CONNECTION_SETTINGS_STATUS,
  );
  const described = {
    instanceUid: uidOf(7),
    capabilities,
    agentDescription: { identifyingAttributes: [attribute('service.name', 'otelcol')] },
  };

  it('OAP-126 is offered one over TLS for the key it keeps, and connects with it', async () => {
    const first = await clients.agent(UID);
    const agent = await connect(first.certificate, first.key);
    await agent.say(described);
    const asked = await request({ cn: UID });
    const csr = new TextEncoder().encode(asked.pem);
    await agent.say({
      instanceUid: uidOf(7),
      capabilities,
      sequenceNum: 1n,
      connectionSettingsRequest: { opamp: { certificateRequest: { csr } } },
    });
    const { connectionSettings } = await wanted(agent);
    const opamp = connectionSettings?.opamp;
    expect(opamp?.certificate?.privateKey).toHaveLength(0);
    expect(opamp?.destinationEndpoint).toMatch(/^wss:/);
    expect(opamp?.heartbeatIntervalSeconds).toBeGreaterThan(0n);
    await agent.close();
    const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', asked.keys.privateKey));
    const key = `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`;
    const certificate = Buffer.from(opamp?.certificate?.cert ?? []).toString('utf8');
    const header = opamp?.headers?.headers[0];
    const back = await connect(certificate, key, { [header?.key ?? '']: header?.value ?? '' });
    expect((await back.say(described)).errorResponse).toBeUndefined();
    await back.close();
  });

  it('OAP-332 in the name of another is told so, and goes on', async () => {
    const certificate = await clients.agent(uidText(uidOf(8)) ?? '');
    const agent = await connect(certificate.certificate, certificate.key);
    await agent.say({ ...described, instanceUid: uidOf(8) });
    const csr = new TextEncoder().encode((await request({ cn: UID })).pem);
    await agent.say({
      instanceUid: uidOf(8),
      capabilities,
      sequenceNum: 1n,
      connectionSettingsRequest: { opamp: { certificateRequest: { csr } } },
    });
    const { errorResponse } = await wanted(agent);
    expect(errorResponse?.type).toBe(ServerErrorResponseType.BAD_REQUEST);
    expect(errorResponse?.errorMessage).toContain('names another');
    expect(
      (await agent.say({ instanceUid: uidOf(8), capabilities, sequenceNum: 2n })).errorResponse,
    ).toBeUndefined();
    await agent.close();
  });
});
