import { create } from '@bufbuild/protobuf';
import { LIMITS } from '../document/limits.ts';
import { acceptsConfig, knownCapabilities, reportsComponents } from './capabilities.ts';
import { ownTelemetryOffer, settingsHash } from './connection-settings.ts';
import { readDescription } from './description.ts';
import { badRequest } from './framing.ts';
import type { AgentToServer, ServerToAgent } from './gen/opamp_pb.ts';
import {
  AgentIdentificationSchema,
  AgentToServerFlags,
  CustomCapabilitiesSchema,
  ServerToAgentFlags,
  ServerToAgentSchema,
} from './gen/opamp_pb.ts';
import { PLAIN_POLICY, serverCapabilities } from './policy.ts';
import type { ServerPolicy } from './policy.ts';
import type { AgentFact, AgentRecord } from './record.ts';
import { applyReports } from './reports.ts';
import { uidText } from './uid.ts';

/** What the transport knows about the socket a message came in on; over HTTP, about the polls of one agent. */
export interface Connection {
  /** Unlike for every socket. */
  readonly id: string;
  readonly remoteAddress: string;
  /** Labels given by header (`X-Bindplane-Labels: a=b`); empty when there are none. */
  readonly labels: string;
  readonly transport?: 'websocket' | 'http';
}

export interface Folded {
  /** Undefined when the message cannot be attributed to an agent (bad uid, or a new uid is being handed out). */
  readonly record?: AgentRecord;
  readonly reply: ServerToAgent;
  readonly facts: readonly AgentFact[];
  /** False for heartbeats: nothing worth storing happened. */
  readonly changed: boolean;
}

/**
 * One message folded into what is known: the new record, the answer every message must get (spec: also duplicates), and
 * what changed. Fields a message omits keep their last value (top-level replace). A sequence gap without a description,
 * or an agent never described, is answered with ReportFullState, once per socket. Idempotent: a repeated message
 * changes nothing. `freshUid` is used only when the agent asks for a uid. `policy` is what the server does beside configs.
 * Pure and total.
 */
export function foldMessage(
  before: AgentRecord | undefined,
  message: AgentToServer,
  connection: Connection,
  now: number,
  freshUid: Uint8Array,
  policy: ServerPolicy = PLAIN_POLICY,
): Folded {
  const uid = uidText(message.instanceUid);
  if (uid === undefined) {
    const text = `instance_uid has ${message.instanceUid.length} bytes; it must be 16 bytes (or a ULID of 26 characters)`;
    return { reply: badRequest(message.instanceUid, text), facts: [], changed: false };
  }
  if ((message.flags & BigInt(AgentToServerFlags.REQUEST_INSTANCE_UID)) !== 0n) {
    return identify(message, freshUid, policy);
  }

  const isNew = isOpened(before, message, connection);
  const base = openRecord(isNew, before, uid, message, connection, now);
  const facts: AgentFact[] = [];
  const described = applyDescription(base, message, connection, facts);
  const reported = applyReports(described, message, now, facts);
  const { record, flags } = askForMissing(reported, before, message, connection);
  if (isNew) facts.unshift({ kind: 'connected' });
  const requested = readRequests(message, before, record, policy, facts);
  const left = message.agentDisconnect === undefined ? record : disconnected(record, now);
  if (left !== record) facts.push({ kind: 'disconnected' });
  // That the full state came counts, also where it brought nothing new: until then others take the agent as away.
  const changed =
    facts.some(({ kind }) => kind !== 'custom-message') ||
    (before?.awaitsFullState === true) !== record.awaitsFullState;
  if (requested !== undefined) return { record: left, reply: requested, facts, changed };
  const reply = answer(message, flags, policy);
  if (isNew && policy.customCapabilities.length > 0) {
    reply.customCapabilities = create(CustomCapabilitiesSchema, {
      capabilities: [...policy.customCapabilities],
    });
  }
  return { record: offerSettings(left, reply, policy), reply, facts, changed };
}

/** The record of an agent whose socket closed, with or without an AgentDisconnect. */
export function disconnected(record: AgentRecord, now: number): AgentRecord {
  return { ...record, connected: false, connection: '', disconnectedAt: now };
}

/** The answer that gives an agent another uid, addressed to the one it used (spec "AgentIdentification"). */
export function identify(
  message: AgentToServer,
  freshUid: Uint8Array,
  policy: ServerPolicy = PLAIN_POLICY,
): Folded {
  const reply = plainAnswer(message, policy);
  reply.agentIdentification = create(AgentIdentificationSchema, { newInstanceUid: freshUid });
  return { reply, facts: [], changed: false };
}

/** The least answer that a message must get: its uid and what the server does. */
export function plainAnswer(message: AgentToServer, policy: ServerPolicy = PLAIN_POLICY): ServerToAgent {
  return answer(message, 0, policy);
}

function answer(message: AgentToServer, flags: number, policy: ServerPolicy): ServerToAgent {
  return create(ServerToAgentSchema, {
    instanceUid: message.instanceUid,
    capabilities: serverCapabilities(policy),
    flags: BigInt(flags),
  });
}

/**
 * Custom messages and requests for certificates. Gives an answer of its own where the request cannot be carried out (spec: a BadRequest, which
 * stands alone). A custom message that comes twice is told once.
 */
function readRequests(
  message: AgentToServer,
  before: AgentRecord | undefined,
  record: AgentRecord,
  policy: ServerPolicy,
  facts: AgentFact[],
): ServerToAgent | undefined {
  const { customMessage } = message;
  const repeated = before?.connection === record.connection && before.sequence === record.sequence;
  if (customMessage !== undefined && policy.customCapabilities.includes(customMessage.capability)) {
    const { capability, type, data } = customMessage;
    if (!repeated) facts.push({ kind: 'custom-message', capability, type, data });
  }
  const request = message.connectionSettingsRequest?.opamp?.certificateRequest;
  if (request === undefined) return undefined;
  if (policy.signsCertificates !== true) {
    return badRequest(message.instanceUid, 'this server signs no certificates');
  }
  if (request.csr.length > LIMITS.opamp.certificateRequestBytes) {
    return badRequest(
      message.instanceUid,
      `the certificate request has ${request.csr.length} bytes; at most ${LIMITS.opamp.certificateRequestBytes} are read`,
    );
  }
  facts.push({ kind: 'certificate-request', csr: new TextDecoder().decode(request.csr) });
  return undefined;
}

/** Adds the offer of own telemetry to an answer: once over a socket, and not where the agent says it has it. */
function offerSettings(record: AgentRecord, reply: ServerToAgent, policy: ServerPolicy): AgentRecord {
  const { ownTelemetry } = policy;
  if (ownTelemetry === undefined || !record.connected || !record.described || record.client === 'other') {
    return record;
  }
  const offers = ownTelemetryOffer(record.capabilities, ownTelemetry);
  if (offers === undefined) return record;
  const hash = settingsHash(offers);
  const status = record.connectionSettings;
  if (record.offeredSettings === hash || (status?.hash === hash && status.state !== 'unset')) return record;
  reply.connectionSettings = offers;
  return { ...record, offeredSettings: hash };
}

/**
 * Whether the agent comes over a new connection. Its polls are one as long as they come, but a process that counts from the beginning again, and
 * tells everything, is another one than before: what the last one was sent, it may not have (spec "AgentToServer.sequence_num").
 */
function isOpened(
  before: AgentRecord | undefined,
  { sequenceNum, agentDescription }: AgentToServer,
  { id, transport }: Connection,
): boolean {
  if (before?.connected !== true || before.connection !== id) return true;
  return transport === 'http' && agentDescription !== undefined && sequenceNum < BigInt(before.sequence);
}

function openRecord(
  opened: boolean,
  before: AgentRecord | undefined,
  uid: string,
  message: AgentToServer,
  connection: Connection,
  now: number,
): AgentRecord {
  const known = before ?? unknownAgent(uid, now);
  const record: AgentRecord = {
    ...known,
    capabilities: knownCapabilities(message.capabilities),
    sequence: Number(BigInt.asUintN(53, message.sequenceNum)),
    connection: connection.id,
    ...(connection.transport === undefined ? {} : { transport: connection.transport }),
    connected: true,
    remoteAddress: connection.remoteAddress,
    connectedAt: opened ? now : known.connectedAt,
    lastSeenAt: now,
    askedFullState: opened ? false : known.askedFullState,
  };
  if (!opened || record.offeredSettings === undefined) return record;
  const { offeredSettings: _offered, ...anew } = record;
  return anew;
}

function unknownAgent(uid: string, now: number): AgentRecord {
  return {
    uid,
    client: 'other',
    name: uid,
    type: '',
    version: '',
    distribution: 'unknown',
    hostname: '',
    os: '',
    osDetails: '',
    arch: '',
    macAddress: '',
    platform: '',
    labels: {},
    capabilities: 0,
    sequence: 0,
    connection: '',
    connected: false,
    remoteAddress: '',
    connectedAt: now,
    lastSeenAt: now,
    described: false,
    askedFullState: false,
    awaitsFullState: false,
    askedComponents: false,
  };
}

function applyDescription(
  record: AgentRecord,
  message: AgentToServer,
  connection: Connection,
  facts: AgentFact[],
): AgentRecord {
  if (message.agentDescription === undefined) return record;
  const read = readDescription(message.agentDescription, record.capabilities, connection.labels);
  // What it showed to be a collector by, it need not show again.
  const stays =
    read.client === 'other' && record.described && record.type === read.type && record.client !== 'other';
  const described = stays && acceptsConfig(record.capabilities) ? { ...read, client: record.client } : read;
  const next: AgentRecord = { ...record, ...described, name: described.name || record.uid, described: true };
  const before = new Map<string, unknown>(Object.entries(record));
  const same = Object.entries(described).every(([key, value]) => sameValue(before.get(key), value));
  if (!same || !record.described) facts.push({ kind: 'described' });
  return next;
}

function sameValue(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/**
 * Which flags the answer carries, each asked once per socket so that nobody loops. An agent that begins or ceases to accept configs is asked
 * for its description as well: what it is hangs on it.
 */
function askForMissing(
  record: AgentRecord,
  before: AgentRecord | undefined,
  message: AgentToServer,
  connection: Connection,
): { record: AgentRecord; flags: number } {
  const repeated = before?.connection === connection.id && before.sequence === record.sequence;
  const gap = before === undefined || (!repeated && record.sequence !== before.sequence + 1);
  const turned =
    before !== undefined && acceptsConfig(before.capabilities) !== acceptsConfig(record.capabilities);
  // It was asked over a socket that ended before it answered: what is known is as old as it was then, gap or not.
  const unanswered = before?.awaitsFullState === true && before.connection !== connection.id;
  const missing =
    !record.described || ((gap || turned || unanswered) && message.agentDescription === undefined);
  const full = missing && !record.askedFullState;
  const components =
    !full &&
    reportsComponents(record.capabilities) &&
    record.componentsHash !== undefined &&
    record.components === undefined;
  const askComponents = components && !record.askedComponents;
  const flags =
    (full ? ServerToAgentFlags.REPORT_FULL_STATE : 0) |
    (askComponents ? ServerToAgentFlags.REPORT_AVAILABLE_COMPONENTS : 0);
  return {
    record: {
      ...record,
      askedFullState: record.askedFullState || full,
      awaitsFullState: full,
      askedComponents: record.askedComponents || askComponents,
    },
    flags,
  };
}
