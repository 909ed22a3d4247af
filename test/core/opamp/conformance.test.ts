import { create, toBinary } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/core/document/digest.ts';
import { LIMITS } from '../../../src/core/document/limits.ts';
import { isManaged } from '../../../src/core/opamp/capabilities.ts';
import { restartCommand } from '../../../src/core/opamp/command.ts';
import { opampOffer, ownTelemetryOffer } from '../../../src/core/opamp/connection-settings.ts';
import { decodeBody } from '../../../src/core/opamp/framing.ts';
import type { AgentToServer } from '../../../src/core/opamp/gen/opamp_pb.ts';
import {
  AgentCapabilities,
  AgentToServerFlags,
  AgentToServerSchema,
  PackageStatusEnum,
  RemoteConfigStatuses,
  ServerCapabilities,
  ServerErrorResponseType,
  ServerToAgentFlags,
  ServerToAgentSchema,
} from '../../../src/core/opamp/gen/opamp_pb.ts';
import { configOffer, offerProblem } from '../../../src/core/opamp/offer.ts';
import { pend, withPending } from '../../../src/core/opamp/pending.ts';
import type { ServerPolicy } from '../../../src/core/opamp/policy.ts';
import { PLAIN_POLICY, serverCapabilities } from '../../../src/core/opamp/policy.ts';
import type { AgentRecord } from '../../../src/core/opamp/record.ts';
import type { Folded } from '../../../src/core/opamp/session.ts';
import { disconnected, foldMessage } from '../../../src/core/opamp/session.ts';

type Message = Exclude<MessageInitShape<typeof AgentToServerSchema>, AgentToServer>;

const UID = Uint8Array.from({ length: 16 }, (_, index) => index);
const C = AgentCapabilities;
const SUPERVISOR = C.REPORTS_STATUS | C.ACCEPTS_REMOTE_CONFIG | C.REPORTS_REMOTE_CONFIG | C.REPORTS_HEALTH;
const text = (key: string, value: string) => ({
  key,
  value: { value: { case: 'stringValue' as const, value } },
});
const DESCRIPTION = {
  identifyingAttributes: [text('service.name', 'otelcol'), text('service.version', '0.158.0')],
  nonIdentifyingAttributes: [text('host.name', 'edge-01'), text('tier', 'canary')],
};
const config = (body: string) => ({ text: body, hash: sha256(body) });

interface Telling {
  readonly before?: AgentRecord | undefined;
  readonly socket?: string;
  readonly policy?: ServerPolicy;
}

function tell(message: Message, { before, socket = 'one', policy = PLAIN_POLICY }: Telling = {}): Folded {
  const full = create(AgentToServerSchema, {
    instanceUid: UID,
    capabilities: BigInt(SUPERVISOR),
    ...message,
  });
  const connection = { id: socket, remoteAddress: '127.0.0.1:1', labels: '' };
  return foldMessage(before, full, connection, 1000, new Uint8Array(16).fill(7), policy);
}

function agent(message: Message = {}, telling: Telling = {}): AgentRecord {
  const { record } = tell({ agentDescription: DESCRIPTION, ...message }, telling);
  if (record === undefined) throw new Error('no record');
  return record;
}

const kinds = (folded: Folded): string[] => folded.facts.map(({ kind }) => kind);
const asksFull = ({ reply }: Folded): boolean =>
  (reply.flags & BigInt(ServerToAgentFlags.REPORT_FULL_STATE)) !== 0n;
const asksComponents = ({ reply }: Folded): boolean =>
  (reply.flags & BigInt(ServerToAgentFlags.REPORT_AVAILABLE_COMPONENTS)) !== 0n;

describe('status reports', () => {
  it('OAP-301 of an unknown uid are answered with ReportFullState', () => {
    expect(asksFull(tell({ sequenceNum: 17n }))).toBe(true);
  });

  it('OAP-201 of a known agent whose fields are there are not', () => {
    expect(asksFull(tell({ sequenceNum: 1n }, { before: agent() }))).toBe(false);
  });

  it('OAP-302 after a gap are, once over a socket (REL-35)', () => {
    const first = tell({ sequenceNum: 5n }, { before: agent() });
    expect(asksFull(first)).toBe(true);
    expect(asksFull(tell({ sequenceNum: 9n }, { before: first.record }))).toBe(false);
    expect(asksFull(tell({ sequenceNum: 20n }, { before: first.record, socket: 'two' }))).toBe(true);
  });

  it('OAP-303 with nothing but a uid, after a reconnect to a server that forgot: asked, then stored', () => {
    const bare = tell({ sequenceNum: 41n });
    expect([bare.record?.described, bare.record?.awaitsFullState]).toEqual([false, true]);
    const full = tell({ sequenceNum: 42n, agentDescription: DESCRIPTION }, { before: bare.record });
    expect(full.record).toMatchObject({ hostname: 'edge-01', described: true, awaitsFullState: false });
  });

  it('OAP-302 that were asked for count as news, also where they bring nothing new: until then others take the agent as away', () => {
    const asked = tell({ sequenceNum: 5n }, { before: agent() });
    expect(asked.record?.awaitsFullState).toBe(true);
    const full = tell({ sequenceNum: 6n, agentDescription: DESCRIPTION }, { before: asked.record });
    expect([full.facts, full.changed, full.record?.awaitsFullState]).toEqual([[], true, false]);
    expect(tell({ sequenceNum: 7n }, { before: full.record }).changed).toBe(false);
  });

  it('OAP-305 that leave out the description keep the labels', () => {
    const later = tell({ sequenceNum: 1n, health: { healthy: true } }, { before: agent() });
    expect(later.record).toMatchObject({
      labels: { tier: 'canary' },
      hostname: 'edge-01',
      health: { healthy: true },
    });
  });

  it('OAP-437 replace a field whole, not its parts', () => {
    const without = tell(
      {
        sequenceNum: 1n,
        agentDescription: {
          identifyingAttributes: [text('service.name', 'otelcol')],
          nonIdentifyingAttributes: [],
        },
      },
      { before: agent() },
    );
    expect(without.record).toMatchObject({ labels: {}, hostname: '', version: '' });
  });

  it('OAP-438 may start to count anywhere', () => {
    for (const start of [0n, 1n, 1000n]) {
      const first = tell({ sequenceNum: start, agentDescription: DESCRIPTION });
      expect(asksFull(first)).toBe(false);
      expect(asksFull(tell({ sequenceNum: start + 1n }, { before: first.record }))).toBe(false);
    }
  });

  it('OAP-407 that say nothing change nothing worth storing', () => {
    const beat = tell({ sequenceNum: 1n }, { before: agent() });
    expect([beat.changed, beat.facts]).toEqual([false, []]);
    expect(beat.record?.lastSeenAt).toBe(1000);
  });

  it('OAP-405 of health that differ only in times are no news', () => {
    const health = (time: bigint, healthy = true) => ({
      healthy,
      startTimeUnixNano: time,
      statusTimeUnixNano: time,
      componentHealthMap: { 'pipeline:traces': { healthy: true, statusTimeUnixNano: time } },
    });
    const before = agent({ health: health(1n) });
    expect(tell({ sequenceNum: 1n, health: health(2n) }, { before }).changed).toBe(false);
    expect(kinds(tell({ sequenceNum: 1n, health: health(2n, false) }, { before }))).toEqual(['health']);
  });

  it('OAP-439 that ask for a uid get a fresh one and make no record', () => {
    const asked = tell({ flags: BigInt(AgentToServerFlags.REQUEST_INSTANCE_UID) });
    expect(asked.reply.agentIdentification?.newInstanceUid).toHaveLength(16);
    expect([asked.reply.instanceUid, asked.record]).toEqual([UID, undefined]);
  });

  it('OAP-424 with capabilities and fields of the future are read as far as they are known', () => {
    const bytes = toBinary(
      AgentToServerSchema,
      create(AgentToServerSchema, { instanceUid: UID, capabilities: 1n << 40n }),
    );
    const future = decodeBody(Uint8Array.from([...bytes, 0xfa, 0x07, 0x02, 0x01, 0x01]));
    expect('message' in future && future.message.instanceUid).toEqual(UID);
    expect(agent({ capabilities: (1n << 40n) | BigInt(SUPERVISOR) }).capabilities).toBe(SUPERVISOR);
  });

  it('OAP-425 of any bytes are read or refused, and nothing is thrown (SEC-68)', () => {
    const runs = process.env['COLLIE_LAWS'] === 'full' ? 50_000 : 500;
    const whole = toBinary(
      AgentToServerSchema,
      create(AgentToServerSchema, {
        instanceUid: UID,
        agentDescription: DESCRIPTION,
        health: { componentHealthMap: { a: { healthy: true }, __proto__: { healthy: true } } },
        effectiveConfig: { configMap: { configMap: { '': { body: UID } } } },
      }),
    );
    const change = fc.record({
      at: fc.nat(whole.length - 1),
      byte: fc.nat(255),
      length: fc.nat(whole.length),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
        const bytes = Uint8Array.from(whole);
        for (const { at, byte } of changes) bytes[at] = byte;
        const decoded = decodeBody(bytes.subarray(0, changes[0]?.length ?? bytes.length));
        if ('problem' in decoded) return;
        const connection = { id: 'x', remoteAddress: '', labels: '' };
        foldMessage(undefined, decoded.message, connection, 1, UID);
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      { numRuns: runs },
    );
  });
});

describe('components', () => {
  const COMPONENTS = BigInt(SUPERVISOR | C.REPORTS_AVAILABLE_COMPONENTS);

  it('OAP-334 known by their hash alone are asked for once', () => {
    const hashed = tell({
      capabilities: COMPONENTS,
      agentDescription: DESCRIPTION,
      availableComponents: { hash: UID },
    });
    expect(asksComponents(hashed)).toBe(true);
    const later = tell({ sequenceNum: 1n, capabilities: COMPONENTS }, { before: hashed.record });
    expect(asksComponents(later)).toBe(false);
  });

  it('OAP-440 are not asked for where the agent does not report them', () => {
    expect(asksComponents(tell({ agentDescription: DESCRIPTION, availableComponents: { hash: UID } }))).toBe(
      false,
    );
  });
});

describe('capabilities', () => {
  it('OAP-306 that an agent gives up stop what needs them', () => {
    const before = agent();
    expect(isManaged(before)).toBe(true);
    const gone = tell({ sequenceNum: 1n, capabilities: BigInt(C.REPORTS_STATUS) }, { before });
    expect(gone.record && isManaged(gone.record)).toBe(false);
    expect(gone.record && configOffer(gone.record, config('receivers: {}'), UID)).toHaveProperty('refused');
    expect(asksFull(gone)).toBe(true);
  });

  it('OAP-403 may come later', () => {
    const before = agent({ capabilities: BigInt(C.REPORTS_STATUS) });
    expect(isManaged(before)).toBe(false);
    const able = tell({ sequenceNum: 1n, agentDescription: DESCRIPTION }, { before });
    expect(able.record && isManaged(able.record)).toBe(true);
  });

  it('OAP-202 are asked before each offer: config, restart, settings', () => {
    const only = { client: 'supervisor', capabilities: C.REPORTS_STATUS } as const;
    expect(configOffer(only, config('receivers: {}'), UID)).toHaveProperty('refused');
    expect(restartCommand(only)).toHaveProperty('refused');
    expect(opampOffer(only, CONNECTION)).toHaveProperty('refused');
    expect(ownTelemetryOffer(only.capabilities, { metrics: 'http://x/v1/metrics' })).toBeUndefined();
  });

  it('OAP-413 to take a config without saying what became of it are not enough', () => {
    const silent = { client: 'supervisor', capabilities: C.ACCEPTS_REMOTE_CONFIG } as const;
    expect(isManaged(silent)).toBe(false);
    expect(configOffer(silent, config('receivers: {}'), UID)).toHaveProperty('refused');
  });

  it('OAP-428 of the server are those it has: packages are never offered, settings only by policy', () => {
    const plain = Number(serverCapabilities(PLAIN_POLICY));
    expect(plain & ServerCapabilities.OFFERS_PACKAGES).toBe(0);
    expect(plain & ServerCapabilities.OFFERS_CONNECTION_SETTINGS).toBe(0);
    const signing = Number(serverCapabilities({ ...PLAIN_POLICY, signsCertificates: true }));
    expect(signing & ServerCapabilities.OFFERS_CONNECTION_SETTINGS).not.toBe(0);
    expect(signing & ServerCapabilities.ACCEPTS_CONNECTION_SETTINGS_REQUEST).not.toBe(0);
  });
});

const CONNECTION = {
  endpoint: 'wss://collie.example.com/v1/opamp',
  headers: { Authorization: 'Bearer own' },
  heartbeatSeconds: 30,
  certificate: { certificate: 'CERT', authority: 'CA' },
};

describe('offers', () => {
  it.each(['', ' \n ', '---\n', '# a comment\n', 'null\n'])(
    'OAP-320 of a blank body are refused (SEC-76): %j',
    (body) => {
      expect(configOffer(agent(), config(body), UID)).toHaveProperty('refused');
      expect(offerProblem(body)).toContain('never offered');
    },
  );

  it('OAP-319 of an empty map cannot be made: each has its one entry (SEC-76)', () => {
    expect(configOffer(agent(), config('{}'), UID)).toHaveProperty('refused');
    const offer = configOffer(agent(), config('receivers: {}\n'), UID);
    const map = 'message' in offer ? offer.message.remoteConfig?.config?.configMap : {};
    expect(Object.keys(map ?? {})).toEqual(['']);
  });

  it('OAP-203 are named by their content: the same text, the same hash and the same bytes for all agents', () => {
    const offer = (text: string, uid = UID) => {
      const made = configOffer(agent(), config(text), uid);
      return 'message' in made ? made.message.remoteConfig : undefined;
    };
    expect(offer('receivers: {}')).toEqual(offer('receivers: {}', new Uint8Array(16)));
    expect(offer('receivers: {}')?.configHash).not.toEqual(offer('exporters: {}')?.configHash);
  });

  it('OAP-114 of more than 8 MiB are never sent; of exactly that they are', () => {
    const offer = (size: number) => configOffer(agent(), config('a'.repeat(size)), UID);
    expect(offer(LIMITS.opamp.offerBytes)).toHaveProperty('message');
    expect(offer(LIMITS.opamp.offerBytes + 1)).toHaveProperty('refused');
  });

  it('OAP-404 that wait are the newest of each kind', () => {
    const hash = (byte: number) =>
      create(ServerToAgentSchema, { remoteConfig: { configHash: UID.map(() => byte) } });
    const waiting = pend(pend(undefined, hash(1)), hash(2));
    const { message, left } = withPending(
      create(ServerToAgentSchema, { instanceUid: UID, flags: 1n }),
      waiting,
    );
    expect(message.remoteConfig?.configHash[0]).toBe(2);
    expect([message.flags, message.instanceUid, left]).toEqual([1n, UID, undefined]);
  });

  it('OAP-326 wait on where the answer is an error, which stands alone', () => {
    const waiting = create(ServerToAgentSchema, { remoteConfig: { configHash: UID } });
    const refused = tell({ instanceUid: new Uint8Array(2) }).reply;
    expect(withPending(refused, waiting)).toEqual({ message: refused, left: waiting });
    expect(refused.errorResponse?.type).toBe(ServerErrorResponseType.BAD_REQUEST);
    expect([refused.capabilities, refused.flags]).toEqual([0n, 0n]);
  });

  it('OAP-325 of a restart stand alone', () => {
    const restart = restartCommand({ capabilities: C.ACCEPTS_RESTART_COMMAND });
    if ('refused' in restart) throw new Error(restart.refused);
    const waiting = pend(create(ServerToAgentSchema, { remoteConfig: { configHash: UID } }), restart.message);
    const { message, left } = withPending(
      create(ServerToAgentSchema, { instanceUid: UID, flags: 1n }),
      waiting,
    );
    expect(Object.entries(message).filter(([, value]) => value !== undefined && value !== 0n)).toEqual([
      ['$typeName', 'opamp.proto.v1.ServerToAgent'],
      ['instanceUid', UID],
      ['command', expect.anything()],
    ]);
    expect([left?.remoteConfig?.configHash, left?.flags]).toEqual([UID, 1n]);
  });
});

describe('connection settings', () => {
  const OWN = { metrics: 'http://o/v1/metrics', traces: 'http://o/v1/traces', logs: 'http://o/v1/logs' };
  const ALL = C.REPORTS_OWN_METRICS | C.REPORTS_OWN_TRACES | C.REPORTS_OWN_LOGS;

  it('OAP-206 for own telemetry are offered by policy with the first answer, once over a socket', () => {
    const policy = { ...PLAIN_POLICY, ownTelemetry: OWN };
    const capabilities = BigInt(SUPERVISOR | ALL);
    const first = tell({ capabilities, agentDescription: DESCRIPTION }, { policy });
    expect(first.reply.connectionSettings?.ownMetrics?.destinationEndpoint).toBe(OWN.metrics);
    expect(first.reply.connectionSettings?.opamp).toBeUndefined();
    const second = tell({ capabilities, sequenceNum: 1n }, { policy, before: first.record });
    expect(second.reply.connectionSettings).toBeUndefined();
    const back = tell({ capabilities, sequenceNum: 2n }, { policy, before: second.record, socket: 'two' });
    expect(back.reply.connectionSettings?.hash).toEqual(first.reply.connectionSettings?.hash);
    expect(tell({ capabilities, agentDescription: DESCRIPTION }).reply.connectionSettings).toBeUndefined();
  });

  it('OAP-441 are not offered again to an agent that says it has them', () => {
    const policy = { ...PLAIN_POLICY, ownTelemetry: OWN };
    const capabilities = BigInt(SUPERVISOR | ALL);
    const first = tell({ capabilities, agentDescription: DESCRIPTION }, { policy });
    const hash = first.reply.connectionSettings?.hash ?? UID;
    const told = tell(
      {
        capabilities,
        sequenceNum: 1n,
        connectionSettingsStatus: { lastConnectionSettingsHash: hash, status: RemoteConfigStatuses.APPLIED },
      },
      { policy, before: first.record, socket: 'two' },
    );
    expect(kinds(told)).toContain('connection-settings');
    expect(told.reply.connectionSettings).toBeUndefined();
    expect(told.record?.connectionSettings?.state).toBe('applied');
  });

  it('OAP-324 name all three signals, those that are not wanted with an empty endpoint', () => {
    const offer = ownTelemetryOffer(ALL, { metrics: OWN.metrics });
    expect(
      [offer?.ownMetrics, offer?.ownTraces, offer?.ownLogs].map((one) => one?.destinationEndpoint),
    ).toEqual([OWN.metrics, '', '']);
  });

  it('OAP-323 have a hash, which is the same for the same settings and never empty', () => {
    const hash = (metrics: string) => ownTelemetryOffer(ALL, { metrics })?.hash;
    expect(hash('http://a')).toHaveLength(32);
    expect(hash('http://a')).toEqual(hash('http://a'));
    expect(hash('http://a')).not.toEqual(hash('http://b'));
  });

  it('OAP-322 for OpAMP itself are whole: endpoint, headers, certificate, heartbeat', () => {
    const capable = { capabilities: C.ACCEPTS_OPAMP_CONNECTION_SETTINGS };
    const offer = opampOffer(capable, CONNECTION);
    const opamp = 'offers' in offer ? offer.offers.opamp : undefined;
    expect(opamp).toMatchObject({
      destinationEndpoint: CONNECTION.endpoint,
      heartbeatIntervalSeconds: 30n,
      headers: { headers: [{ key: 'Authorization', value: 'Bearer own' }] },
      certificate: { cert: new TextEncoder().encode('CERT'), caCert: new TextEncoder().encode('CA') },
    });
    for (const endpoint of ['', 'collie.example.com', 'file:///etc']) {
      expect(opampOffer(capable, { ...CONNECTION, endpoint })).toHaveProperty('refused');
    }
  });

  it('OAP-321 never switch heartbeats off', () => {
    const capable = { capabilities: C.ACCEPTS_OPAMP_CONNECTION_SETTINGS };
    for (const heartbeatSeconds of [0, -1, 0.5, Number.NaN]) {
      expect(opampOffer(capable, { ...CONNECTION, heartbeatSeconds })).toHaveProperty('refused');
    }
  });

  it('OAP-442 that an agent asks a certificate for are a bad request where nobody signs', () => {
    const asked = tell({
      agentDescription: DESCRIPTION,
      connectionSettingsRequest: { opamp: { certificateRequest: { csr: UID } } },
    });
    expect(asked.reply.errorResponse?.errorMessage).toContain('signs no certificates');
    expect(asked.record?.described).toBe(true);
  });

  it('OAP-443 of a certificate request at the limit are handed on; of one byte more they are a bad request', () => {
    const ask = (size: number) =>
      tell(
        {
          agentDescription: DESCRIPTION,
          connectionSettingsRequest: { opamp: { certificateRequest: { csr: new Uint8Array(size) } } },
        },
        { policy: { ...PLAIN_POLICY, signsCertificates: true } },
      );
    expect(kinds(ask(LIMITS.opamp.certificateRequestBytes))).toContain('certificate-request');
    expect(ask(LIMITS.opamp.certificateRequestBytes + 1).reply.errorResponse).toBeDefined();
  });
});

describe('what else agents say', () => {
  it('OAP-414 in custom messages of BindPlane is taken in, once; of unknown capabilities it is passed over', () => {
    const say = (capability: string, before: AgentRecord | undefined) =>
      tell({ sequenceNum: 1n, customMessage: { capability, type: 'report', data: UID } }, { before });
    const measured = say('com.bindplane.measurements.v1', agent());
    expect(measured.facts).toEqual([
      { kind: 'custom-message', capability: 'com.bindplane.measurements.v1', type: 'report', data: UID },
    ]);
    expect(measured.changed).toBe(false);
    expect(measured.reply.errorResponse).toBeUndefined();
    expect(kinds(say('com.bindplane.measurements.v1', measured.record))).toEqual([]);
    expect(kinds(say('com.example.other', agent()))).toEqual([]);
  });

  it('OAP-415 of packages is kept to be shown, and answered with no offer', () => {
    const packages = {
      'observiq-otel-collector': { agentHasVersion: '1.80.1', status: PackageStatusEnum.INSTALLED },
      plugin: { agentHasVersion: '2', status: PackageStatusEnum.INSTALL_FAILED, errorMessage: 'no space' },
    };
    const told = tell({ sequenceNum: 1n, packageStatuses: { packages } }, { before: agent() });
    expect(told.record?.packages).toEqual([
      { name: 'observiq-otel-collector', version: '1.80.1', state: 'installed', message: '' },
      { name: 'plugin', version: '2', state: 'failed', message: 'no space' },
    ]);
    expect(Object.keys(told.reply)).not.toContain('packagesAvailable');
    expect(tell({ sequenceNum: 2n, packageStatuses: { packages } }, { before: told.record }).changed).toBe(
      false,
    );
  });

  it('OAP-411 of a config status that is unset with an empty hash means that it has none of ours', () => {
    const applied = agent({
      remoteConfigStatus: { lastRemoteConfigHash: UID, status: RemoteConfigStatuses.APPLIED },
    });
    const reinstalled = tell(
      { sequenceNum: 0n, agentDescription: DESCRIPTION, remoteConfigStatus: {} },
      { before: disconnected(applied, 1), socket: 'two' },
    );
    expect(reinstalled.record?.config).toMatchObject({ state: 'unset', hash: '' });
    expect(kinds(reinstalled)).toContain('config-status');
  });
});

describe('what is kept of an agent (SEC-68)', () => {
  const limits = LIMITS.opamp;

  it('error texts at the limit whole, beyond it cut', () => {
    const failed = (size: number) =>
      agent({
        remoteConfigStatus: { status: RemoteConfigStatuses.FAILED, errorMessage: 'e'.repeat(size) },
      }).config?.message.length;
    expect([failed(limits.errorMessageCharacters), failed(limits.errorMessageCharacters + 1)]).toEqual([
      limits.errorMessageCharacters,
      limits.errorMessageCharacters,
    ]);
  });

  it('effective configs at the limit whole, beyond it cut', () => {
    const kept = (size: number): number => {
      const body = new Uint8Array(size).fill(35);
      const folded = tell({
        agentDescription: DESCRIPTION,
        effectiveConfig: { configMap: { configMap: { '': { body } } } },
      });
      const fact = folded.facts.find(({ kind }) => kind === 'effective-config');
      return fact?.kind === 'effective-config' ? fact.text.length : 0;
    };
    expect([kept(limits.effectiveConfigBytes), kept(limits.effectiveConfigBytes + 1)]).toEqual([
      limits.effectiveConfigBytes,
      limits.effectiveConfigBytes,
    ]);
  });

  it('attributes up to the limit', () => {
    const labels = (count: number): number => {
      const nonIdentifyingAttributes = Array.from({ length: count }, (_, index) => text(`l${index}`, 'v'));
      return Object.keys(agent({ agentDescription: { nonIdentifyingAttributes } }).labels).length;
    };
    expect([labels(limits.attributes), labels(limits.attributes + 1)]).toEqual([
      limits.attributes,
      limits.attributes,
    ]);
  });

  it('health up to so many nodes and so deep: what lies beyond is no news', () => {
    const wide = (count: number, last: string) => ({
      componentHealthMap: Object.fromEntries(
        Array.from({ length: count }, (_, index) => [
          `n${index}`,
          { status: index === count - 1 ? last : '' },
        ]),
      ),
    });
    const digest = (health: Message['health']): string | undefined =>
      agent({ ...(health && { health }) }).health?.digest;
    // The root is a node too.
    expect(digest(wide(limits.healthNodes - 1, 'a'))).not.toBe(digest(wide(limits.healthNodes - 1, 'b')));
    expect(digest(wide(limits.healthNodes, 'a'))).toBe(digest(wide(limits.healthNodes, 'b')));
    const deep = (levels: number, status: string): NonNullable<Message['health']> =>
      levels === 0 ? { status } : { componentHealthMap: { x: deep(levels - 1, status) } };
    expect(digest(deep(limits.healthDepth, 'a'))).not.toBe(digest(deep(limits.healthDepth, 'b')));
    expect(digest(deep(limits.healthDepth + 1, 'a'))).toBe(digest(deep(limits.healthDepth + 1, 'b')));
  });

  it('names like __proto__ as names, and nobody else’s objects change', () => {
    const name = new TextEncoder().encode('__proto__');
    // health { component_health_map { key: "__proto__" value { healthy: true } } }
    const entry = [0x0a, name.length, ...name, 0x12, 2, 8, 1];
    const decoded = decodeBody(Uint8Array.from([0x2a, entry.length + 2, 0x32, entry.length, ...entry]));
    if ('problem' in decoded) throw new Error(decoded.problem);
    decoded.message.instanceUid = UID;
    foldMessage(undefined, decoded.message, { id: 'x', remoteAddress: '', labels: '' }, 1, UID);
    expect('healthy' in {}).toBe(false);
  });
});
