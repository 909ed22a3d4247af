import type { IncomingMessage } from 'node:http';
import { sameSecret } from '../same-secret.ts';
import { shownKey } from './shown-key.ts';

/** Why a connection or a request is not let in, as an HTTP answer. */
export interface Refusal {
  readonly status: number;
  readonly text: string;
  readonly retryAfter?: number;
}

/** Who shows a credential that is known. */
export interface Admitted {
  /** Names the credential, never its secret: what it is bound to and revoked by. */
  readonly credential: string;
  /** It belongs to one agent, so a few connections are all it needs; an enrolment key serves many. */
  readonly isAgentsOwn?: boolean;
}

export type Admission = Admitted | Refusal;

/** Who may speak OpAMP. Asked before the upgrade, and before a body is read (SEC-60). */
export interface AgentAdmission {
  /** By headers and certificate of a request. */
  admit(request: IncomingMessage): Admission | Promise<Admission>;
  /** Whether the credential may speak for this agent (SEC-62); asked once for each agent on a connection. */
  speaksFor(credential: string, uid: string): boolean;
}

/** Everybody who shows one of the enrolment keys, for any agent. */
export function sharedKeys(secretKeys: readonly string[]): AgentAdmission {
  return {
    admit: (request) => {
      const key = shownKey(request.headers) ?? '';
      // Every key is compared, so that the time says nothing about which one matched.
      const matches = secretKeys.map((secret) => sameSecret(key, secret));
      const found = matches.indexOf(true);
      if (found >= 0) return { credential: `key-${found + 1}` };
      return { status: 401, text: 'unauthorized: this needs Authorization: Secret-Key <key>' };
    },
    speaksFor: () => true,
  };
}
