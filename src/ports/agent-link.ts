import type { AgentToServer, ServerToAgent } from '../core/opamp/gen/opamp_pb.ts';
import type { Connection } from '../core/opamp/session.ts';

/** The way out to agents: one writer for each socket, whatever the transport is. */
export interface AgentLink {
  /** Queues a message on the agent's present socket; false when it has none or the socket takes no more. */
  send(uid: string, message: ServerToAgent): boolean;
  /** Ends the agent's socket. */
  disconnect(uid: string, reason: string): void;
}

/** Who listens to agents. Calls for one socket come one after another, in the order of its messages. */
export interface AgentSessions {
  /** Takes a message in and gives the answer that must be sent. Never throws. */
  receive(message: AgentToServer, connection: Connection): ServerToAgent;
  /** The socket that these agents spoke over is gone. */
  closed(connection: string, uids: readonly string[]): void;
}
