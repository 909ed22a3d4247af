import { create } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import {
  AgentCapabilities,
  AgentToServerFlags,
  AgentToServerSchema,
  RemoteConfigStatuses,
  ServerErrorResponseType,
  ServerToAgentFlags,
} from '../../../src/core/opamp/gen/opamp_pb.ts';
import type { AgentRecord } from '../../../src/core/opamp/record.ts';
import type { Folded } from '../../../src/core/opamp/session.ts';
import { disconnected, foldMessage } from '../../../src/core/opamp/session.ts';

type Message = MessageInitShape<typeof AgentToServerSchema>;

const UID = Uint8Array.from({ length: 16 }, (_, index) => index);
const FRESH = new Uint8Array(16).fill(7);
const SUPERVISOR = BigInt(
  AgentCapabilities.REPORTS_STATUS |
    AgentCapabilities.ACCEPTS_REMOTE_CONFIG |
    AgentCapabilities.REPORTS_REMOTE_CONFIG |
    AgentCapabilities.REPORTS_HEALTH |
    AgentCapabilities.REPORTS_AVAILABLE_COMPONENTS,
);

const text = (key: string, value: string) => ({
  key,
  value: { value: { case: 'stringValue' as const, value } },
});
const DESCRIPTION = {
  identifyingAttributes: [text('service.name', 'otelcol'), text('service.version', 'v0.158.0')],
  nonIdentifyingAttributes: [text('host.name', 'edge-01'), text('os.type', 'linux'), text('tier', 'canary')],
};

function fold(
  before: AgentRecord | undefined,
  message: Message,
  connection = 'socket-1',
  now = 1000,
  transport: 'websocket' | 'http' = 'websocket',
): Folded {
  const full = create(AgentToServerSchema, { instanceUid: UID, capabilities: SUPERVISOR, ...message });
  const from = { id: connection, remoteAddress: '127.0.0.1:1', labels: '', transport };
  return foldMessage(before, full, from, now, FRESH);
}

function connectedAgent(): AgentRecord {
  const { record } = fold(undefined, { sequenceNum: 0n, agentDescription: DESCRIPTION });
  if (record === undefined) throw new Error('no record');
  return record;
}

const kinds = (folded: Folded): string[] => folded.facts.map(({ kind }) => kind);
const asksFull = (folded: Folded): boolean =>
  (folded.reply.flags & BigInt(ServerToAgentFlags.REPORT_FULL_STATE)) !== 0n;

describe('polls', () => {
  const poll = (before: AgentRecord | undefined, message: Message): Folded =>
    fold(before, message, 'polls-1', 1000, 'http');

  it('are one connection until a process counts from the beginning again and tells everything', () => {
    const first = poll(undefined, { sequenceNum: 0n, agentDescription: DESCRIPTION });
    const later = poll(first.record, { sequenceNum: 7n });
    expect([kinds(first), kinds(later)]).toEqual([['connected', 'described'], []]);
    expect(kinds(poll(later.record, { sequenceNum: 8n, agentDescription: DESCRIPTION }))).toEqual([]);
    const anew = poll(later.record, { sequenceNum: 0n, agentDescription: DESCRIPTION });
    expect(kinds(anew)).toEqual(['connected']);
    expect(kinds(poll(later.record, { sequenceNum: 3n })), 'a late one').toEqual([]);
  });
});

describe('a first message', () => {
  it('with a description makes an agent and asks for nothing', () => {
    const folded = fold(undefined, { sequenceNum: 0n, agentDescription: DESCRIPTION });
    expect(kinds(folded)).toEqual(['connected', 'described']);
    expect(asksFull(folded)).toBe(false);
    expect(folded.record).toMatchObject({
      uid: '00010203-0405-0607-0809-0a0b0c0d0e0f',
      client: 'supervisor',
      version: '0.158.0',
      labels: { tier: 'canary' },
    });
  });

  it('without one (a server that lost its memory) asks for the full state once', () => {
    const first = fold(undefined, { sequenceNum: 41n });
    expect(asksFull(first)).toBe(true);
    expect(asksFull(fold(first.record, { sequenceNum: 42n }))).toBe(false);
    expect(asksFull(fold(first.record, { sequenceNum: 42n }, 'socket-2'))).toBe(true);
  });

  it('is answered with the very uid bytes, also those of a ULID', () => {
    const ulid = new TextEncoder().encode('01ARZ3NDEKTSV4RRFFQ69G5FAV');
    const folded = fold(undefined, { instanceUid: ulid, agentDescription: DESCRIPTION });
    expect(folded.reply.instanceUid).toEqual(ulid);
    expect(folded.record?.uid).toBe('01563e3a-b5d3-d676-4c61-efb99302bd5b');
  });

  it('with a uid of a wrong length is a bad request and makes no agent', () => {
    const folded = fold(undefined, { instanceUid: new Uint8Array(15) });
    expect(folded.reply.errorResponse?.type).toBe(ServerErrorResponseType.BAD_REQUEST);
    expect(folded.reply.capabilities).toBe(0n);
    expect(folded.record).toBeUndefined();
  });

  it('that asks for a uid gets one', () => {
    const folded = fold(undefined, { flags: BigInt(AgentToServerFlags.REQUEST_INSTANCE_UID) });
    expect(folded.reply.agentIdentification?.newInstanceUid).toEqual(FRESH);
    expect(folded.reply.instanceUid).toEqual(UID);
  });
});

describe('later messages', () => {
  it('that say nothing change nothing', () => {
    const folded = fold(connectedAgent(), { sequenceNum: 1n });
    expect([folded.changed, folded.facts, asksFull(folded)]).toEqual([false, [], false]);
    expect(folded.record?.labels).toEqual({ tier: 'canary' });
  });

  it('after a gap in the sequence are answered with ReportFullState', () => {
    expect(asksFull(fold(connectedAgent(), { sequenceNum: 3n }))).toBe(true);
  });

  it('repeated are answered and change nothing', () => {
    const status = { status: RemoteConfigStatuses.FAILED, lastRemoteConfigHash: UID, errorMessage: 'no' };
    const once = fold(connectedAgent(), { sequenceNum: 1n, remoteConfigStatus: status });
    const twice = fold(once.record, { sequenceNum: 1n, remoteConfigStatus: status });
    expect(kinds(once)).toEqual(['config-status']);
    expect([twice.facts, asksFull(twice), twice.reply.instanceUid]).toEqual([[], false, UID]);
  });

  it('compare health without its times', () => {
    const health = (seconds: bigint, status: string) => ({
      healthy: true,
      statusTimeUnixNano: seconds,
      startTimeUnixNano: seconds,
      componentHealthMap: { 'pipeline:traces': { status, statusTimeUnixNano: seconds } },
    });
    const once = fold(connectedAgent(), { sequenceNum: 1n, health: health(1n, 'StatusOK') });
    expect(kinds(once)).toEqual(['health']);
    expect(kinds(fold(once.record, { sequenceNum: 2n, health: health(9n, 'StatusOK') }))).toEqual([]);
    expect(kinds(fold(once.record, { sequenceNum: 2n, health: health(9n, 'StatusPermanentError') }))).toEqual(
      ['health'],
    );
  });

  it('keep the collector config by hash, and never the manager file with its key', () => {
    const object = (body: string) => ({ body: new TextEncoder().encode(body) });
    const configMap = {
      configMap: { 'manager.yaml': object('secret_key: x'), 'collector.yaml': object('receivers: {}') },
    };
    const folded = fold(connectedAgent(), { sequenceNum: 1n, effectiveConfig: { configMap } });
    expect(folded.facts).toEqual([
      expect.objectContaining({ kind: 'effective-config', text: 'receivers: {}' }),
    ]);
    const manager = { configMap: { 'manager.yaml': object('secret_key: x') } };
    expect(
      fold(connectedAgent(), { sequenceNum: 1n, effectiveConfig: { configMap: manager } }).facts,
    ).toEqual([]);
  });

  it('with only the hash of the components are asked for them once', () => {
    const hashed = fold(connectedAgent(), { sequenceNum: 1n, availableComponents: { hash: UID } });
    expect(hashed.reply.flags).toBe(BigInt(ServerToAgentFlags.REPORT_AVAILABLE_COMPONENTS));
    expect(fold(hashed.record, { sequenceNum: 2n }).reply.flags).toBe(0n);
    const components = { receivers: { subComponentMap: { otlp: {}, nop: {} } } };
    const told = fold(hashed.record, { sequenceNum: 2n, availableComponents: { hash: UID, components } });
    expect(told.record?.components).toEqual({ receivers: ['nop', 'otlp'] });
  });
});

describe('leaving', () => {
  it('an AgentDisconnect is answered and marks the agent', () => {
    const folded = fold(connectedAgent(), { sequenceNum: 1n, agentDisconnect: {} });
    expect(kinds(folded)).toEqual(['disconnected']);
    expect(folded.record).toMatchObject({ connected: false, disconnectedAt: 1000 });
    expect(folded.reply.instanceUid).toEqual(UID);
  });

  it('are asked again over the next socket for the full state that they owe, also without a gap', () => {
    const before = connectedAgent();
    const asked = fold(before, { sequenceNum: 7n }, 'socket-2');
    expect(asksFull(asked)).toBe(true);
    const again = fold(disconnected(asked.record ?? before, 2000), { sequenceNum: 8n }, 'socket-3', 3000);
    expect(asksFull(again)).toBe(true);
    expect(again.record?.awaitsFullState).toBe(true);
    const told = fold(again.record, { sequenceNum: 9n, agentDescription: DESCRIPTION }, 'socket-3', 3001);
    expect([asksFull(told), told.record?.awaitsFullState]).toEqual([false, false]);
  });

  it('and coming back with the next number needs no full state', () => {
    const gone = disconnected(connectedAgent(), 2000);
    const back = fold(gone, { sequenceNum: 1n }, 'socket-2', 3000);
    expect([kinds(back), asksFull(back), back.record?.connectedAt]).toEqual([['connected'], false, 3000]);
  });
});

describe('kinds of clients', () => {
  const describeAs = (service: string, capabilities: bigint, labels = '') =>
    fold(undefined, {
      capabilities,
      agentDescription: {
        identifyingAttributes: [text('service.name', service), text('service.labels', labels)],
      },
    }).record;

  it('a BindPlane agent, with its labels; those that break the rules are left out', () => {
    const record = describeAs('com.observiq.collector', SUPERVISOR, 'configuration=node,bad key=x,env=a b');
    expect(record).toMatchObject({
      client: 'bindplane-agent',
      distribution: 'bindplane-agent',
      labels: { configuration: 'node' },
    });
  });

  it('an extension reports and takes nothing', () => {
    expect(describeAs('otelcol-contrib', BigInt(AgentCapabilities.REPORTS_HEALTH))).toMatchObject({
      client: 'extension',
      distribution: 'otelcol-contrib',
    });
  });

  it('an SDK stays one, whatever it says it runs; a program of any name that runs a collector config is a supervisor', () => {
    const effectiveConfig = {
      configMap: { configMap: { '': { body: new TextEncoder().encode('service:\n  pipelines: {}\n') } } },
    };
    const told = (attributes: [string, string][]) =>
      fold(undefined, {
        agentDescription: { identifyingAttributes: attributes.map(([key, value]) => text(key, value)) },
        effectiveConfig,
      }).record?.client;
    expect(told([['service.name', 'checkout']])).toBe('supervisor');
    expect(
      told([
        ['service.name', 'checkout'],
        ['telemetry.sdk.language', 'nodejs'],
      ]),
    ).toBe('other');
  });

  it('labels of the upgrade header count too', () => {
    const message = create(AgentToServerSchema, { instanceUid: UID, agentDescription: DESCRIPTION });
    const folded = foldMessage(
      undefined,
      message,
      { id: 's', remoteAddress: '', labels: 'fleet=edge' },
      1,
      FRESH,
    );
    expect(folded.record?.labels).toEqual({ tier: 'canary', fleet: 'edge' });
  });
});
