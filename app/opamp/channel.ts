import type { AgentToServer, ServerToAgent } from '../../src/core/opamp/gen/opamp_pb.ts';
import type { Connection } from '../../src/core/opamp/session.ts';

/** The way to one or more agents: a socket, or the polls of one agent. */
export interface Channel {
  readonly connection: Connection;
  readonly credential: string;
  /** Hands over a message for one of its agents; false when it cannot take it. */
  send(uid: string, message: ServerToAgent): boolean;
  /** One of its agents has left it, or speaks over another channel now. */
  release(uid: string): void;
  /** Whether the peer still answers. */
  isAlive(): Promise<boolean>;
  /** Ends it, with a reason that the peer may read. */
  refuse(reason: string): void;
}

/** What a channel asks of the server. */
export interface Switchboard {
  /** May this agent speak over this channel? Waits where another channel must be asked for a sign of life first. */
  claim(uid: string, channel: Channel): Claim | Promise<Claim>;
  /** A message of an agent whose claim was granted; the answer to it. */
  receive(message: AgentToServer, channel: Channel): ServerToAgent;
  /** The answer that gives the agent behind a doubtful claim a uid of its own. */
  rename(message: AgentToServer): ServerToAgent;
  /** The agent has left (AgentDisconnect). */
  left(uid: string, channel: Channel): void;
}

/** `duplicate`: an agent that lives has this uid; `foreign`: the credential is not that agent's. */
export type Claim = 'granted' | 'duplicate' | 'foreign';
