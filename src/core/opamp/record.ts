import type { Distribution } from '../collector/distribution.ts';

/**
 * Who speaks OpAMP, as far as it decides what may be sent (reference/opamp.md §3.7): the BindPlane agent takes
 * `collector.yaml`, a supervisor takes the key `""`, an operator's bridge takes whole resources under `namespace/name`, the collector's
 * own extension only reports. Others (SDKs with remote config, unknown programs) are shown and sent nothing.
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

/** A package as an agent says it has it. Shown, never offered (SEC-91). */
export interface AgentPackage {
  readonly name: string;
  readonly version: string;
  readonly state: 'installed' | 'pending' | 'installing' | 'failed' | 'downloading';
  /** The agent's own words where it failed. */
  readonly message: string;
}

/** The last ConnectionSettingsStatus; like ConfigStatus. */
export interface ConnectionSettingsState {
  readonly hash: string;
  readonly state: ConfigState;
  readonly message: string;
}

/** A collector resource as an operator's bridge reports it: `status` counts replicas, like `2/3`. */
export interface PoolHealth {
  readonly healthy: boolean;
  readonly status: string;
  readonly lastError: string;
}

/** Health without its times: those move every second with a memory_limiter and mean nothing (reference/lab-opamp.md §1). */
export interface AgentHealth {
  readonly healthy: boolean;
  readonly lastError: string;
  readonly status: string;
  readonly digest: string;
  /** By `namespace/name`; bridges only. */
  readonly pools?: Readonly<Record<string, PoolHealth>>;
}

/** Everything known about one agent. Plain data; times are milliseconds since the epoch, by the server's clock. */
export interface AgentRecord {
  readonly uid: string;
  readonly client: ClientKind;
  /** It describes itself as an SDK (`telemetry.sdk.*`, `telemetry.distro.name`). */
  readonly sdk?: boolean;
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
  readonly transport?: 'websocket' | 'http';
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
  readonly packages?: readonly AgentPackage[];
  /** Custom messages it understands. */
  readonly customCapabilities?: readonly string[];
  readonly connectionSettings?: ConnectionSettingsState;
  /** Hash (hex) of the connection settings that were offered over the present socket. */
  readonly offeredSettings?: string;
  /** Keys (`namespace/name`) of the collector resources that a bridge manages: leaving one out of an offer deletes it. */
  readonly managed?: readonly string[];
}

/** What a message changed, for whoever reacts. Nothing changed: no fact. */
export type AgentFact =
  | { readonly kind: 'connected' }
  | { readonly kind: 'described' }
  | { readonly kind: 'health' }
  | { readonly kind: 'config-status' }
  | { readonly kind: 'effective-config'; readonly hash: string; readonly text: string }
  | { readonly kind: 'components' }
  | { readonly kind: 'packages' }
  | { readonly kind: 'connection-settings' }
  | { readonly kind: 'custom-capabilities' }
  | {
      readonly kind: 'custom-message';
      readonly capability: string;
      readonly type: string;
      readonly data: Uint8Array;
    }
  /** It asks for a certificate: PKCS#10 as PEM. Whoever signs answers with an offer, or with a bad request. */
  | { readonly kind: 'certificate-request'; readonly csr: string }
  | { readonly kind: 'disconnected' };
