import { create } from '@bufbuild/protobuf';
import { has } from './capabilities.ts';
import type { ServerToAgent } from './gen/opamp_pb.ts';
import {
  AgentCapabilities,
  CommandType,
  ServerToAgentCommandSchema,
  ServerToAgentSchema,
} from './gen/opamp_pb.ts';
import type { AgentRecord } from './record.ts';

/** The message that restarts an agent, or why none may be sent. A command stands alone in its message (spec "command"). */
export function restartCommand(
  record: Pick<AgentRecord, 'capabilities'>,
): { readonly message: ServerToAgent } | { readonly refused: string } {
  if (!has(record.capabilities, AgentCapabilities.ACCEPTS_RESTART_COMMAND)) {
    return { refused: 'the agent does not accept the restart command' };
  }
  const command = create(ServerToAgentCommandSchema, { type: CommandType.RESTART });
  return { message: create(ServerToAgentSchema, { command }) };
}
