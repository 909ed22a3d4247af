import { create } from '@bufbuild/protobuf';
import { sha256 } from '../document/digest.ts';
import { LIMITS } from '../document/limits.ts';
import { SERVER_CAPABILITIES, knownCapabilities, reportsComponents } from './capabilities.ts';
import { readDescription } from './description.ts';
import { badRequest } from './framing.ts';
import type {
  AgentConfigMap,
  AgentToServer,
  AvailableComponents,
  RemoteConfigStatus,
  ServerToAgent,
} from './gen/opamp_pb.ts';
import {
  AgentIdentificationSchema,
  AgentToServerFlags,
  RemoteConfigStatuses,
  ServerToAgentFlags,
  ServerToAgentSchema,
} from './gen/opamp_pb.ts';
import { readHealth } from './health.ts';
import type { AgentFact, AgentRecord, ConfigState, ConfigStatus } from './record.ts';
import { hexText, uidText } from './uid.ts';

/** What the transport knows about the socket a message came in on. */
export interface Connection {
  /** Unlike for every socket. */
  readonly id: string;
  readonly remoteAddress: string;
  /** Labels given by header (`X-Bindplane-Labels: a=b`); empty when there are none. */
  readonly labels: string;
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
 * changes nothing. `freshUid` is used only when the agent asks for a uid. Pure and total.
 */
export function foldMessage(
  before: AgentRecord | undefined,
  message: AgentToServer,
  connection: Connection,
  now: number,
  freshUid: Uint8Array,
): Folded {
  const uid = uidText(message.instanceUid);
  if (uid === undefined) {
    const text = `instance_uid has ${message.instanceUid.length} bytes; it must be 16 bytes (or a ULID of 26 characters)`;
    return { reply: badRequest(message.instanceUid, text), facts: [], changed: false };
  }
  if ((message.flags & BigInt(AgentToServerFlags.REQUEST_INSTANCE_UID)) !== 0n) {
    return identify(message, freshUid);
  }

  const base = openRecord(before, uid, message, connection, now);
  const facts: AgentFact[] = [];
  const described = applyDescription(base, message, connection, facts);
  const reported = applyReports(described, message, now, facts);
  const { record, flags } = askForMissing(reported, before, message, connection);
  if (before?.connected !== true || before.connection !== connection.id) facts.unshift({ kind: 'connected' });
  const left = message.agentDisconnect === undefined ? record : disconnected(record, now);
  if (left !== record) facts.push({ kind: 'disconnected' });
  return { record: left, reply: answer(message, flags), facts, changed: facts.length > 0 };
}

/** The record of an agent whose socket closed, with or without an AgentDisconnect. */
export function disconnected(record: AgentRecord, now: number): AgentRecord {
  return { ...record, connected: false, connection: '', disconnectedAt: now };
}

function identify(message: AgentToServer, freshUid: Uint8Array): Folded {
  const reply = answer(message, 0);
  reply.agentIdentification = create(AgentIdentificationSchema, { newInstanceUid: freshUid });
  return { reply, facts: [], changed: false };
}

function answer(message: AgentToServer, flags: number): ServerToAgent {
  return create(ServerToAgentSchema, {
    instanceUid: message.instanceUid,
    capabilities: SERVER_CAPABILITIES,
    flags: BigInt(flags),
  });
}

function openRecord(
  before: AgentRecord | undefined,
  uid: string,
  message: AgentToServer,
  connection: Connection,
  now: number,
): AgentRecord {
  const opened = before?.connected !== true || before.connection !== connection.id;
  const known: AgentRecord = before ?? {
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
  return {
    ...known,
    capabilities: knownCapabilities(message.capabilities),
    sequence: Number(BigInt.asUintN(53, message.sequenceNum)),
    connection: connection.id,
    connected: true,
    remoteAddress: connection.remoteAddress,
    connectedAt: opened ? now : known.connectedAt,
    lastSeenAt: now,
    askedFullState: opened ? false : known.askedFullState,
  };
}

function applyDescription(
  record: AgentRecord,
  message: AgentToServer,
  connection: Connection,
  facts: AgentFact[],
): AgentRecord {
  if (message.agentDescription === undefined) return record;
  const described = readDescription(message.agentDescription, record.capabilities, connection.labels);
  const next: AgentRecord = { ...record, ...described, name: described.name || record.uid, described: true };
  const before = new Map<string, unknown>(Object.entries(record));
  const same = Object.entries(described).every(([key, value]) => sameValue(before.get(key), value));
  if (!same || !record.described) facts.push({ kind: 'described' });
  return next;
}

function sameValue(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function applyReports(
  record: AgentRecord,
  message: AgentToServer,
  now: number,
  facts: AgentFact[],
): AgentRecord {
  let next = record;
  if (message.health !== undefined) {
    const health = readHealth(message.health);
    if (health.digest !== next.health?.digest) facts.push({ kind: 'health' });
    next = { ...next, health };
  }
  if (message.remoteConfigStatus !== undefined) {
    const config = readStatus(message.remoteConfigStatus, now);
    if (!sameStatus(next.config, config)) {
      facts.push({ kind: 'config-status' });
      next = { ...next, config };
    }
  }
  const text = effectiveText(message.effectiveConfig?.configMap);
  if (text !== undefined) {
    const hash = sha256(text);
    if (hash !== next.effectiveHash) facts.push({ kind: 'effective-config', hash, text });
    next = { ...next, effectiveHash: hash };
  }
  if (message.availableComponents !== undefined) {
    const components = readComponents(message.availableComponents);
    const known = components.componentsHash === next.componentsHash && next.components !== undefined;
    if (!known && components.components !== undefined) facts.push({ kind: 'components' });
    next = known ? next : { ...next, ...components, askedComponents: false };
  }
  return next;
}

function readStatus(status: RemoteConfigStatus, now: number): ConfigStatus {
  return {
    hash: hexText(status.lastRemoteConfigHash.subarray(0, LIMITS.opamp.hashBytes)),
    state: stateOf(status.status),
    message: status.errorMessage.slice(0, LIMITS.opamp.errorMessageCharacters),
    at: now,
  };
}

function stateOf(status: number): ConfigState {
  if (status === RemoteConfigStatuses.APPLIED) return 'applied';
  if (status === RemoteConfigStatuses.APPLYING) return 'applying';
  return status === RemoteConfigStatuses.FAILED ? 'failed' : 'unset';
}

function sameStatus(a: ConfigStatus | undefined, b: ConfigStatus): boolean {
  return a !== undefined && a.hash === b.hash && a.state === b.state && a.message === b.message;
}

/**
 * The collector config among the entries: BindPlane's `collector.yaml`, else the spec's `""`, else the only one there is.
 * BindPlane's `manager.yaml` (it holds the secret key) and `logging.yaml` are never kept.
 */
function effectiveText(map: AgentConfigMap | undefined): string | undefined {
  const entries = map?.configMap ?? {};
  const names = Object.keys(entries).filter((name) => name !== 'manager.yaml' && name !== 'logging.yaml');
  const object =
    entries['collector.yaml'] ?? entries[''] ?? (names.length === 1 ? entries[names[0] ?? ''] : undefined);
  if (object === undefined) return undefined;
  return new TextDecoder().decode(object.body.subarray(0, LIMITS.opamp.effectiveConfigBytes));
}

function readComponents(available: AvailableComponents): Pick<AgentRecord, 'componentsHash' | 'components'> {
  const componentsHash = hexText(available.hash.subarray(0, LIMITS.opamp.hashBytes));
  const classes = Object.entries(available.components);
  if (classes.length === 0) return { componentsHash };
  const components = classes.map(([name, details]): [string, string[]] => [
    name,
    Object.keys(details.subComponentMap).slice(0, LIMITS.opamp.componentsPerClass).toSorted(),
  ]);
  return { componentsHash, components: Object.fromEntries(components) };
}

/** Which flags the answer carries, each asked once per socket so that nobody loops. */
function askForMissing(
  record: AgentRecord,
  before: AgentRecord | undefined,
  message: AgentToServer,
  connection: Connection,
): { record: AgentRecord; flags: number } {
  const repeated = before?.connection === connection.id && before.sequence === record.sequence;
  const gap = before === undefined || (!repeated && record.sequence !== before.sequence + 1);
  const missing = !record.described || (gap && message.agentDescription === undefined);
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
