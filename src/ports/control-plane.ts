import type { RolloutOptions } from '../core/rollout/options.ts';
import type { RolloutTotals, RolloutView } from '../core/rollout/view.ts';
import type { Agent } from '../core/fleet/agent.ts';
import type { AgentState } from '../core/fleet/agent-state.ts';
import type { Kind, Resource } from '../core/bindplane/resource.ts';
import type { PolicyTimings } from '../core/rollout/policy.ts';
import type { Json, JsonMap } from '../core/document/node.ts';
import type { AgentError, RolloutAgent, ServerRollout } from '../core/rollout/server-rollout/counts.ts';
import type { Handover, Merge } from './handover.ts';

export type {
  AgentError,
  RolloutAgent,
  ServerRollout,
  ServerRolloutStatus,
} from '../core/rollout/server-rollout/counts.ts';

export interface ServerConfiguration {
  readonly resource: Resource;
  readonly version: number;
  /** The config text as the server renders it without an agent. */
  readonly raw: string;
  readonly rollout: ServerRollout;
}

/** One entry of a Collie server's log of a rollout. */
export interface RolloutLogEvent {
  readonly seq: number;
  /** ISO 8601. */
  readonly at: string;
  /** The state that was entered, `planned`, `told` or `changed`. */
  readonly type: string;
  /** Uid and name of the agent it is about; absent where it is about the rollout. */
  readonly agent?: string;
  readonly name?: string;
  /** Who asked for it; absent where the server decided. */
  readonly by?: string;
  readonly text: string;
}

/** A rollout as it was at the end of its log, or at a moment. */
export interface RolloutLog {
  readonly rollout: {
    readonly id: string;
    readonly configuration: string;
    readonly version: number;
    readonly state: string;
    readonly reason?: string;
  };
  readonly totals: RolloutTotals;
  readonly events: readonly RolloutLogEvent[];
}

/** What an agent was in one rollout at a moment. */
export interface AgentPast {
  readonly rollout: string;
  readonly configuration: string;
  readonly version: number;
  /** The rollout's state then, and the agent's own part. */
  readonly state: string;
  readonly member: string;
  readonly fault?: string;
  readonly reason?: string;
  readonly events: readonly RolloutLogEvent[];
}

/** What keeps anything new from being offered on a Collie server. Going back is never held. */
export interface RolloutHold {
  /** Absent: everything is held. */
  readonly configuration?: string;
  readonly reason: string;
  /** Who asked for it. */
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
}

/** What a check outside (a test run, an alert) says of the phase of a rollout that is under way. */
export interface CheckWord {
  readonly name: string;
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  /** What it goes by, for people; may be empty. */
  readonly evidence: string;
}

/** A rollout after a check spoke. Where nothing is decided any more, or nothing was offered yet, its word is not kept. */
export interface CheckedPhase {
  /** The rollout's id, like `edge:3`. */
  readonly rollout: string;
  readonly state: string;
  /** The phase that is under way, from 1; 0 before anything was offered. */
  readonly phase: number;
  /** The last word of each check about this phase. */
  readonly checks: readonly CheckWord[];
}

/** How a Collie server's rollouts go about it. */
export interface KeptPolicies {
  readonly documents: readonly JsonMap[];
  /** What it is set to where no policy says; absent where it does not tell. */
  readonly timings?: PolicyTimings;
}

/** What a Collie server can do to a rollout beyond BindPlane's API. */
export type RolloutCommand = 'abort' | 'rollback' | 'promote' | 'retry';

/** One version of a configuration that a server keeps. */
export interface StoredVersion {
  readonly resource: Resource;
  readonly version: number;
  readonly rollout: ServerRollout;
}

export interface ApplyUpdate {
  readonly kind: string;
  readonly name: string;
  readonly version?: number;
  readonly status: string;
  readonly reason?: string;
}

/** Places that travel with an apply (DESIGN §4.3). */
export interface Origins {
  readonly repository: string;
  readonly pullRequest?: number;
  readonly commit: string;
  readonly digest: string;
  readonly configurations: Readonly<
    Record<string, { readonly renderHash: string; readonly sourceMap: Json }>
  >;
}

/** What a Collie server says to places. */
export interface OriginsAnswer {
  /** True where its app is installed on the repository: it keeps the rollouts' comments and checks, and nobody else should. */
  readonly reported: boolean;
}

/**
 * A BindPlane-compatible server. Every call rejects with OperationError (src/io/http.ts) carrying what happened, where and
 * what to do; nothing is retried here but 429, 503 and connection errors on reads.
 */
export interface ControlPlane {
  readonly url: string;
  version(): Promise<string>;
  /** Resources of one kind as stored (sensitive values masked). */
  list(kind: Kind): Promise<readonly Resource[]>;
  /** All `*Type` resources, as documents of the type catalogue. */
  resourceTypes(): Promise<readonly JsonMap[]>;
  /** One configuration; `version` may be a number or latest, current, pending. Undefined on 404. */
  configuration(
    name: string,
    version?: number | 'latest' | 'current' | 'pending',
  ): Promise<ServerConfiguration | undefined>;
  agents(filter?: { readonly selector?: string; readonly query?: string }): Promise<readonly Agent[]>;
  apply(resources: readonly JsonMap[]): Promise<readonly ApplyUpdate[]>;
  delete(
    resources: readonly { readonly kind: Kind; readonly name: string }[],
  ): Promise<readonly ApplyUpdate[]>;
  /** `options` null means the server's defaults; all-zero options are never sent (reference/bindplane.md §5). */
  startRollout(configuration: string, options: RolloutOptions | null): Promise<ServerRollout>;
  rollout(configuration: string): Promise<ServerRollout | undefined>;
  pauseRollout(configuration: string): Promise<ServerRollout>;
  resumeRollout(configuration: string): Promise<ServerRollout>;
  /**
   * A command of Collie's own, on a Collie server; `agent` narrows a retry to one. Rejects with `not-supported` where the server
   * has no such command.
   */
  commandRollout(
    configuration: string,
    command: RolloutCommand,
    options?: { readonly agent?: string },
  ): Promise<ServerRollout>;
  /**
   * The log of a configuration's newest rollout (or of a version's), up to a moment (ISO 8601) and of one agent where they are named.
   * Undefined where there was none then; rejects with `not-supported` where the server keeps no logs.
   */
  rolloutLog(
    configuration: string,
    options?: { readonly at?: string; readonly agent?: string; readonly version?: number },
  ): Promise<RolloutLog | undefined>;
  /** What an agent (by its uid) was in its rollouts at a moment, newest first; rejects with `not-supported` likewise. */
  agentPast(id: string, at: string): Promise<readonly AgentPast[]>;
  /** What is held, by configuration, everything first; undefined when the server is no Collie server. */
  holds(): Promise<readonly RolloutHold[] | undefined>;
  /**
   * Nothing new is offered of a configuration, or of any without one, until it is lifted. Replaces the hold that there is; the server need not
   * have the configuration. Rejects with `not-supported` where the server has no holds.
   */
  hold(reason: string, configuration?: string): Promise<RolloutHold>;
  /** False where nothing held it: a hold of everything and those of configurations are lifted each by itself. Rejects like `hold`. */
  lift(configuration?: string): Promise<boolean>;
  /**
   * What a check outside says of the phase under way; undefined where there is no such configuration. Rejects with `conflict` where it was never
   * rolled out, and with `not-supported` where the server asks no checks.
   */
  checkRollout(configuration: string, word: CheckWord): Promise<CheckedPhase | undefined>;
  /** Agents that refused a version, with their own words. */
  rolloutErrors(configuration: string, version: number): Promise<readonly AgentError[]>;
  /**
   * Agents of a version that somebody has to look at: asked to run it and without an answer, in error over it, or gone
   * since they ran it. Those that run it and are there are only in the counts, unless `everybody` is asked for.
   */
  rolloutAgents(
    configuration: string,
    version: number,
    everybody?: 'everybody',
  ): Promise<readonly RolloutAgent[]>;
  /** Every version of a configuration, newest first; empty where the server has none or keeps no history. */
  history(configuration: string): Promise<readonly StoredVersion[]>;
  /** Rollout policies of a Collie server; undefined when the server is no Collie server. */
  policies(): Promise<KeptPolicies | undefined>;
  /** Creates or replaces a policy on a Collie server. Rejects with `not-supported` where the server keeps none. */
  putPolicy(name: string, document: JsonMap): Promise<'created' | 'configured' | 'unchanged'>;
  /** False where there is none. Rejects like `putPolicy`, and with `conflict` while somebody names it. */
  deletePolicy(name: string): Promise<boolean>;
  /** Sends places to a Collie server; undefined when the server is no Collie server. */
  sendOrigins(origins: Origins): Promise<OriginsAnswer | undefined>;
  /** Rollouts as a Collie server tells them, newest last; undefined when the server is no Collie server. */
  rolloutViews(): Promise<readonly RolloutView[] | undefined>;
  /**
   * Hands a merge to the app of a Collie server, which applies it in its turn; gives the same one again while that is not over, so that asking twice
   * does no harm. Rejects with `not-supported` where the server takes no merges, and with `conflict` where its app is not set up for GitHub
   * or not installed on the repository.
   */
  handOver(merge: Merge): Promise<Handover>;
  /** How far a merge is that was handed over, by its id; undefined where the server knows none like it, or takes none. */
  handover(id: string): Promise<Handover | undefined>;
  /**
   * All there is to say about one agent, by id or by a name that only one has; undefined when there is none. A BindPlane server tells less of
   * it; what it does not tell is absent.
   */
  agentState(id: string): Promise<AgentState | undefined>;
  /** Number of differences between what agents were given and run, by id, for those that were compared; undefined when the server is no Collie server. */
  agentDrifts(): Promise<Readonly<Record<string, number>> | undefined>;
}
