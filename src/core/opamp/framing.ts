import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { AgentRemoteConfig, AgentToServer, ServerToAgent } from './gen/opamp_pb.ts';
import {
  AgentToServerSchema,
  ServerErrorResponseSchema,
  ServerErrorResponseType,
  ServerToAgentSchema,
} from './gen/opamp_pb.ts';

/** The WebSocket message header: a varint that must be zero, so one byte (spec "WebSocket Message Format"). */
const HEADER = 0;

export type Decoded = { readonly message: AgentToServer } | { readonly problem: string };

/**
 * One WebSocket payload as a message. A payload without the header byte is read as a bare protobuf: old clients send it
 * so, and no AgentToServer starts with a zero byte. No bytes after the header is a valid, empty message. Never throws.
 */
export function decodeFrame(payload: Uint8Array): Decoded {
  const body = payload[0] === HEADER ? payload.subarray(1) : payload;
  const decoded = decodeBody(body);
  if ('message' in decoded) return decoded;
  return { problem: `the message of ${payload.length} bytes is no AgentToServer (protobuf decoding failed)` };
}

/** The body of a plain HTTP request as a message: a bare protobuf, and no bytes are an empty message. Never throws. */
export function decodeBody(body: Uint8Array): Decoded {
  try {
    return { message: fromBinary(AgentToServerSchema, body) };
  } catch {
    return { problem: `the body of ${body.length} bytes is no AgentToServer (protobuf decoding failed)` };
  }
}

/**
 * One ServerToAgent as a WebSocket payload, header byte included. A config that many agents are offered is one value, and is encoded once: it
 * stands behind the other fields, as protobuf allows ("parsers must accept fields in any order").
 */
export function encodeFrame(message: ServerToAgent): Uint8Array {
  const { remoteConfig, ...rest } = message;
  const body = toBinary(ServerToAgentSchema, rest);
  const config = remoteConfig === undefined ? NOTHING : configBytes(remoteConfig);
  const frame = new Uint8Array(1 + body.length + config.length);
  frame.set(body, 1);
  frame.set(config, 1 + body.length);
  return frame;
}

const NOTHING = new Uint8Array();
const CONFIG_BYTES = new WeakMap<AgentRemoteConfig, Uint8Array>();

/** The bytes of a message that holds this config alone. */
function configBytes(remoteConfig: AgentRemoteConfig): Uint8Array {
  const bytes =
    CONFIG_BYTES.get(remoteConfig) ??
    toBinary(ServerToAgentSchema, create(ServerToAgentSchema, { remoteConfig }));
  CONFIG_BYTES.set(remoteConfig, bytes);
  return bytes;
}

/** An answer that refuses a message. The spec allows no other field beside `error_response` and the uid. */
export function badRequest(instanceUid: Uint8Array, text: string): ServerToAgent {
  return create(ServerToAgentSchema, {
    instanceUid,
    errorResponse: create(ServerErrorResponseSchema, {
      type: ServerErrorResponseType.BAD_REQUEST,
      errorMessage: text,
    }),
  });
}
