import type { Drift } from '../collector/drift/drift.ts';
import type { Finding } from '../document/finding.ts';
import type { Agent } from './agent.ts';

/** A version of a configuration; `hash` is what an agent calls it. */
export interface ConfigVersion {
  readonly configuration: string;
  readonly version: number;
}

/** Why an agent is to run what it is to run. */
export interface AssignedTo {
  readonly configuration: string;
  readonly by: 'fleet' | 'label' | 'selector';
  /** The fleet, the label or the selector, as people write it. */
  readonly match: string;
  /** Configurations that select the agent too and lose. */
  readonly others: readonly string[];
  /** Why it is not given it all the same, in words. */
  readonly withheld?: string;
}

/** A version that the agent refused, in its own words. It is not offered it again without a new decision. */
export interface RefusedVersion extends ConfigVersion {
  readonly message: string;
  /** ISO 8601. */
  readonly at: string;
}

/** A rollout that an agent takes part in, and how far it is there. */
export interface AgentRollout extends ConfigVersion {
  readonly state: string;
  /** The agent's own part: waiting, offered, applying, soaking, done, failed … */
  readonly member: string;
  /** What went wrong with this agent. */
  readonly fault?: string;
  /** Why the rollout ended as it did. */
  readonly reason?: string;
}

/** What goes through one pipeline by the collector's own metrics, items a second. What cannot be told is absent. */
export interface PipelineThroughput {
  readonly pipeline: string;
  /** What its receivers handed on; a receiver of several pipelines counts fully in each. */
  readonly inPerSecond?: number;
  /** What its exporters sent, added up. */
  readonly outPerSecond?: number;
  /** What its receivers refused, its exporters gave up, or did not fit into their queues. */
  readonly lostPerSecond: number;
}

/** What a collector's own metrics say of the time between two moments (ISO 8601). */
export interface Throughput {
  readonly from: string;
  readonly until: string;
  readonly pipelines: readonly PipelineThroughput[];
  readonly rssBytes?: number;
}

/**
 * All there is to say about one agent: what it is, what it is to run and why, what it runs, and what is wrong. What a server does not know is
 * absent. `drift` is absent where it cannot be judged, for the reason in `driftUnknown`.
 */
export interface AgentState {
  readonly agent: Agent;
  /** What kind of OpAMP client it is: `supervisor`, `bindplane-agent`, `bridge`, `extension` or `other`. */
  readonly client?: string;
  readonly transport?: 'websocket' | 'http';
  /** ISO 8601. */
  readonly connectedAt?: string;
  readonly lastSeenAt?: string;
  /** Why nothing is pushed to it, in words; absent where configs are. */
  readonly unmanaged?: string;
  readonly assigned?: AssignedTo;
  /** `silentSince` (ISO 8601) is there when it should have said by now what became of it, and did not. */
  readonly target?: ConfigVersion & { readonly offers: number; readonly silentSince?: string };
  readonly running?: Partial<ConfigVersion> & {
    readonly state: 'unset' | 'applying' | 'applied' | 'failed';
    readonly hash: string;
  };
  readonly rollout?: AgentRollout;
  readonly refused: readonly RefusedVersion[];
  /** The last thing it said that went wrong, word for word. */
  readonly lastError?: string;
  /** The version it said that of; absent where it spoke of its health. */
  readonly lastErrorAbout?: ConfigVersion;
  /** Where that was caused. */
  readonly findings: readonly Finding[];
  readonly healthy?: boolean;
  readonly pools?: Readonly<Record<string, { readonly healthy: boolean; readonly status: string }>>;
  readonly packages?: readonly {
    readonly name: string;
    readonly version: string;
    readonly state: string;
  }[];
  /** Absent where the collector's own metrics do not arrive, or not at the process that was asked. */
  readonly throughput?: Throughput;
  /** Why there is none although its config asks for them, in words. */
  readonly throughputUnknown?: string;
  readonly drift?: readonly Drift[];
  readonly driftUnknown?: string;
}
