import { createHash } from 'node:crypto';
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { WebSocket } from 'ws';
import {
  AgentCapabilities,
  type AgentRemoteConfig,
  type AgentToServer,
  AgentToServerSchema,
  RemoteConfigStatuses,
  ServerToAgentFlags,
  type ServerToAgent,
  ServerToAgentSchema,
} from '../../../src/core/opamp/gen/opamp_pb.ts';
import { judge } from './judge.ts';

/** One simulated agent: speaks OpAMP over a real socket as a BindPlane agent v1 does, and runs no collector. */
export interface SimulatedOptions {
  readonly name: string;
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly endpoint: string;
  readonly secretKey: string;
}

export interface SimulatedAgent {
  readonly name: string;
  stop(): void;
}

/** A BindPlane agent restarts its collector on each new config; this stands for that time. */
const APPLY_MS = 250;
const REFUSE_MS = 60;
const RECONNECT_MS = 500;
const HEARTBEAT_MS = 30_000;
const BOOTSTRAP = 'receivers:\n    nop: null\nexporters:\n    nop: null\nservice:\n    pipelines: {}\n';

const CAPABILITIES = BigInt(
  AgentCapabilities.REPORTS_STATUS |
    AgentCapabilities.ACCEPTS_REMOTE_CONFIG |
    AgentCapabilities.REPORTS_EFFECTIVE_CONFIG |
    AgentCapabilities.REPORTS_REMOTE_CONFIG,
);

interface State {
  sequence: bigint;
  config: string;
  lastHash: Uint8Array;
  status: RemoteConfigStatuses;
  errorMessage: string;
  socket?: WebSocket;
  stopped: boolean;
}

/** Starts the agent; it connects by itself, again after each loss, and keeps its config and status meanwhile. */
export function startSimulated(options: SimulatedOptions): SimulatedAgent {
  const state: State = {
    sequence: 0n,
    config: BOOTSTRAP,
    lastHash: new Uint8Array(),
    status: RemoteConfigStatuses.UNSET,
    errorMessage: '',
    stopped: false,
  };
  const timers = new Set<NodeJS.Timeout>();
  const later = (delayMs: number, action: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      if (!state.stopped) action();
    }, delayMs);
    timers.add(timer);
  };
  const connect = (): void => {
    const socket = new WebSocket(options.endpoint, { headers: headers(options), perMessageDeflate: false });
    state.socket = socket;
    const heartbeat = setInterval(() => send(options, state, {}), HEARTBEAT_MS);
    socket.on('open', () => send(options, state, full(options, state)));
    socket.on('message', (data: Buffer) => receive(options, state, data, later));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      clearInterval(heartbeat);
      later(RECONNECT_MS, connect);
    });
  };
  connect();
  return {
    name: options.name,
    stop: () => {
      state.stopped = true;
      for (const timer of timers) clearTimeout(timer);
      state.socket?.terminate();
    },
  };
}

function headers(options: SimulatedOptions): Record<string, string> {
  return {
    Authorization: `Secret-Key ${options.secretKey}`,
    'User-Agent': `observiq-otel-collector/v${options.version}`,
    'OpAMP-Version': 'v0.9.0',
    'Agent-ID': identity(options).toString('hex'),
    'Agent-Version': `v${options.version}`,
    'Agent-Hostname': options.name,
  };
}

/** A stable uid, so that a restarted demo meets its own agents again. */
function identity(options: SimulatedOptions): Buffer {
  return createHash('sha256').update(`collie demo ${options.name}`).digest().subarray(0, 16);
}

type Fields = Exclude<MessageInitShape<typeof AgentToServerSchema>, AgentToServer>;

function send(options: SimulatedOptions, state: State, fields: Fields): void {
  if (state.socket?.readyState !== WebSocket.OPEN) return;
  const message: AgentToServer = create(AgentToServerSchema, {
    instanceUid: identity(options),
    sequenceNum: state.sequence,
    capabilities: CAPABILITIES,
    ...fields,
  });
  state.sequence += 1n;
  state.socket.send(Buffer.concat([Buffer.of(0), toBinary(AgentToServerSchema, message)]));
}

function full(options: SimulatedOptions, state: State): Fields {
  const labels = Object.entries(options.labels).map(([key, value]) => `${key}=${value}`);
  return {
    agentDescription: {
      identifyingAttributes: attributes({
        'service.instance.id': options.name,
        'service.instance.name': options.name,
        'service.name': 'com.observiq.collector',
        'service.version': `v${options.version}`,
      }),
      nonIdentifyingAttributes: attributes({
        'host.name': options.name,
        'os.family': 'linux',
        'os.arch': 'amd64',
        'service.labels': labels.join(','),
      }),
    },
    ...effective(state),
    ...status(state),
  };
}

function attributes(pairs: Readonly<Record<string, string>>): {
  key: string;
  value: { value: { case: 'stringValue'; value: string } };
}[] {
  return Object.entries(pairs).map(([key, value]) => ({
    key,
    value: { value: { case: 'stringValue', value } },
  }));
}

function effective(state: State): Fields {
  const body = new TextEncoder().encode(state.config);
  return {
    effectiveConfig: { configMap: { configMap: { 'collector.yaml': { body, contentType: 'text/yaml' } } } },
  };
}

function status(state: State): Fields {
  if (state.status === RemoteConfigStatuses.UNSET) return {};
  return {
    remoteConfigStatus: {
      lastRemoteConfigHash: state.lastHash,
      status: state.status,
      errorMessage: state.errorMessage,
    },
  };
}

function receive(
  options: SimulatedOptions,
  state: State,
  data: Buffer,
  later: (delayMs: number, action: () => void) => void,
): void {
  const message: ServerToAgent = fromBinary(ServerToAgentSchema, data[0] === 0 ? data.subarray(1) : data);
  if ((message.flags & BigInt(ServerToAgentFlags.REPORT_FULL_STATE)) !== 0n) {
    send(options, state, full(options, state));
  }
  if (message.remoteConfig !== undefined) offered(options, state, message.remoteConfig, later);
}

/** Like the real one: no APPLYING, keys other than its own are ignored, a refused config leaves the old one running. */
function offered(
  options: SimulatedOptions,
  state: State,
  offer: AgentRemoteConfig,
  later: (delayMs: number, action: () => void) => void,
): void {
  const body = offer.config?.configMap['collector.yaml']?.body;
  const config = body === undefined ? undefined : new TextDecoder().decode(body);
  const refusal = config === undefined ? undefined : judge(config, options.version);
  later(refusal === undefined ? APPLY_MS : REFUSE_MS, () => {
    state.lastHash = offer.configHash;
    state.status = refusal === undefined ? RemoteConfigStatuses.APPLIED : RemoteConfigStatuses.FAILED;
    state.errorMessage = refusal ?? '';
    if (refusal === undefined && config !== undefined) state.config = config;
    send(options, state, { ...status(state), ...effective(state) });
  });
}
