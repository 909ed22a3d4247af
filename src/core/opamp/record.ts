import type { Distribution } from '../collector/distribution.ts';

/**
 * Who speaks OpAMP, as far as it decides what may be sent (reference/opamp.md §3.7): the BindPlane agent takes
 * `collector.yaml`, a supervisor takes the key `""`, the collector's own extension only reports.
 */
export type ClientKind = 'bindplane-agent' | 'supervisor' | 'extension' | 'bridge' | 'other';

export type ConfigState = 'unset' | 'applying' | 'applied' | 'failed';

/** The last RemoteConfigStatus. `hash` is hex and empty where the agent knows none. */
export interface ConfigStatus {
  readonly hash: string;
  readonly state: ConfigState;
  /** The agent's own words, word for word, cut at LIMITS.opamp.errorMessageCharacters. */
  readonly message: string;
  readonly at: number;
}

/** Health without its times: those move every second with a memory_limiter and mean nothing (reference/lab-opamp.md §1). */
export interface AgentHealth {
  readonly healthy: boolean;
  readonly lastError: string;
  readonly status: string;
  readonly digest: string;
}

/** Everything known about one agent. Plain data; times are milliseconds since the epoch, by the server's clock. */
export interface AgentRecord {
  readonly uid: string;
  readonly client: ClientKind;
  readonly name: string;
  /** `service.name`. */
  readonly type: string;
  readonly version: string;
  readonly distribution: Distribution;
  readonly hostname: string;
  readonly os: string;
  readonly osDetails: string;
  readonly arch: string;
  readonly macAddress: string;
  readonly platform: string;
  /** As the agent says; a label set through the API wins (kept elsewhere). */
  readonly labels: Readonly<Record<string, string>>;
  readonly capabilities: number;
  readonly sequence: number;
  /** Names the socket that spoke last; empty when none does. */
  readonly connection: string;
  readonly connected: boolean;
  readonly remoteAddress: string;
  readonly connectedAt: number;
  readonly disconnectedAt?: number;
  readonly lastSeenAt: number;
  /** True once an AgentDescription was seen. */
  readonly described: boolean;
  readonly askedFullState: boolean;
  /** The full state was asked for and the next message has not come: what is known may be old. */
  readonly awaitsFullState: boolean;
  readonly askedComponents: boolean;
  readonly health?: AgentHealth;
  readonly config?: ConfigStatus;
  readonly effectiveHash?: string;
  readonly componentsHash?: string;
  /** Component types by class (`receivers` …). */
  readonly components?: Readonly<Record<string, readonly string[]>>;
}

/** What a message changed, for whoever reacts. Nothing changed: no fact. */
export type AgentFact =
  | { readonly kind: 'connected' }
  | { readonly kind: 'described' }
  | { readonly kind: 'health' }
  | { readonly kind: 'config-status' }
  | { readonly kind: 'effective-config'; readonly hash: string; readonly text: string }
  | { readonly kind: 'components' }
  | { readonly kind: 'disconnected' };
