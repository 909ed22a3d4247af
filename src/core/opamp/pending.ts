import { create } from '@bufbuild/protobuf';
import type { ServerToAgent } from './gen/opamp_pb.ts';
import { ServerToAgentSchema } from './gen/opamp_pb.ts';

/**
 * Messages for one agent that wait for their turn: the newest of each kind, no history (spec "the Server SHOULD keep only the latest"). A
 * newer config takes the place of an older one that was not sent yet, so memory for an agent that does not read is bounded by one of each.
 */
export function pend(waiting: ServerToAgent | undefined, next: ServerToAgent): ServerToAgent {
  if (waiting === undefined) return next;
  return create(ServerToAgentSchema, {
    instanceUid: next.instanceUid,
    capabilities: next.capabilities === 0n ? waiting.capabilities : next.capabilities,
    flags: waiting.flags | next.flags,
    ...picked(waiting),
    ...picked(next),
  });
}

/**
 * An answer with what waits for the agent added, and what must wait on. An error or a command stands alone in its message and goes
 * first, in the place of the answer.
 */
export function withPending(
  answer: ServerToAgent,
  waiting: ServerToAgent,
): { readonly message: ServerToAgent; readonly left?: ServerToAgent } {
  if (answer.errorResponse !== undefined) return { message: answer, left: waiting };
  const { command, errorResponse, ...others } = picked(waiting);
  if (command === undefined && errorResponse === undefined) {
    const message = pend(waiting, answer);
    return { message: { ...message, instanceUid: answer.instanceUid } };
  }
  const { instanceUid, capabilities, flags } = answer;
  const message = create(
    ServerToAgentSchema,
    errorResponse === undefined
      ? { instanceUid, capabilities, ...(command === undefined ? {} : { command }) }
      : { instanceUid, errorResponse },
  );
  const later = {
    ...others,
    ...(errorResponse === undefined || command === undefined ? {} : { command }),
  };
  const rest = pend(create(ServerToAgentSchema, later), answer);
  const isEmpty = flags === 0n && Object.keys({ ...later, ...picked(answer) }).length === 0;
  return isEmpty ? { message } : { message, left: rest };
}

type Kinds = Partial<
  Pick<
    ServerToAgent,
    | 'remoteConfig'
    | 'connectionSettings'
    | 'agentIdentification'
    | 'command'
    | 'errorResponse'
    | 'customCapabilities'
    | 'customMessage'
  >
>;

function picked(message: ServerToAgent): Kinds {
  const { remoteConfig, connectionSettings, agentIdentification, command } = message;
  const { customCapabilities, customMessage, errorResponse } = message;
  const all = {
    remoteConfig,
    connectionSettings,
    agentIdentification,
    command,
    customCapabilities,
    customMessage,
    errorResponse,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
