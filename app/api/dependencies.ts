import type { JsonMap } from '../../src/core/document/node.ts';
import type { AgentCertificate } from '../../src/core/opamp/connection-settings.ts';
import type { Resource } from '../../src/core/bindplane/resource.ts';
import type { TypeCatalogue } from '../../src/core/bindplane/types.ts';
import type { AgentRollout } from '../../src/core/fleet/agent-state.ts';
import type { LogEntry } from '../../src/core/rollout/log-entries.ts';
import type { PolicyTimings } from '../../src/core/rollout/policy.ts';
import type { Rollout } from '../../src/core/rollout/rollout.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { RolloutOptions } from '../../src/core/rollout/options.ts';
import type { RolloutFeed } from '../../src/ports/rollout-feed.ts';
import type { Wish } from '../identity/agent-credentials.ts';
import type { GitHubIdentity } from '../identity/github-identity.ts';
import type { Redaction } from '../identity/redaction.ts';
import type { Audit } from '../identity/audit.ts';
import type { AgentStateSource } from './agent-state.ts';
import type { AppLimits } from '../limits.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Hold, Store, StoredAgent } from '../store/store.ts';

/** Who may use the REST API; an empty value means that this way in is closed. */
export interface ApiCredentials {
  readonly apiKey: string;
  readonly username: string;
  readonly password: string;
}

/** What the API asks of whoever runs rollouts. All reject with OperationError `not-found` or `conflict`. */
export interface RolloutCommands {
  start(configuration: string, options: RolloutOptions | null): Promise<Rollout>;
  pause(configuration: string): Promise<Rollout>;
  resume(configuration: string): Promise<Rollout>;
  abort(configuration: string): Promise<Rollout>;
  rollback(configuration: string): Promise<Rollout>;
  promote(configuration: string): Promise<Rollout>;
  /** All agents that failed, or the one with this uid. */
  retry(configuration: string, agent?: string): Promise<Rollout>;
  /** What a check outside says of the present phase. */
  check(
    configuration: string,
    result: {
      readonly name: string;
      readonly verdict: 'pass' | 'fail' | 'inconclusive';
      readonly evidence: string;
    },
  ): Promise<Rollout>;
  /** Nothing new is offered of a configuration, or of all (empty), until that is lifted. */
  hold(hold: Hold): Promise<void>;
  /** False where nothing held it. */
  lift(configuration: string): Promise<boolean>;
}

/** What the API asks of whoever knows what became of rollouts. */
export interface RolloutPastSource {
  of(
    configuration: string,
    options: { readonly version?: number; readonly at?: number; readonly agent?: string },
  ): Promise<{ readonly rollout: Rollout; readonly entries: readonly LogEntry[] } | undefined>;
  ofAgent(
    agent: string,
    at: number,
  ): Promise<readonly (AgentRollout & { readonly rollout: string; readonly entries: readonly LogEntry[] })[]>;
}

/** What the API asks of whoever knows the agents. */
export interface AgentDirectory {
  /** All agents, by uid. */
  list(): readonly StoredAgent[];
  get(uid: string): StoredAgent | undefined;
  /** Replaces the labels set through the API; false when there is no such agent. */
  setLabels(uid: string, labels: Readonly<Record<string, string>>): Promise<boolean>;
  /** The same for several agents, by uid: all of them or none. */
  setLabelsOf(labels: ReadonlyMap<string, Readonly<Record<string, string>>>): Promise<void>;
  delete(uid: string): Promise<StoredAgent | undefined>;
  /** Tells an agent to restart; why it was not told, in words, or undefined when it was. */
  restart(uid: string): string | undefined;
}

/** What the API asks of whoever knows how agents prove themselves. */
export interface AgentKeys {
  /** Offers an agent a new credential, with this certificate where one is given, as soon as nothing stands against it. */
  renew(uid: string, certificate?: AgentCertificate): Promise<Wish>;
  /** Takes all its credentials away at once; gives how many there were. */
  revoke(uid: string): Promise<number>;
  /** What a connected agent showed; undefined where another process holds its connection. */
  presented(uid: string): string | undefined;
  /** Why an agent can take no credential of its own. */
  refusal(uid: string): string | undefined;
  /** Ends the connections that showed a credential. */
  disconnect(credential: string): void;
}

/**
 * The config that agents are offered for one version's render: the render itself, or what is added to it for all agents alike.
 * `withheld` says why nothing was.
 */
export type OfferedText = (
  configuration: Resource,
  version: number,
  text: string,
) => { readonly text: string; readonly withheld?: string };

/** A resource type that comes with the program, as a document and read. */
export interface BuiltInTypes {
  readonly documents: readonly JsonMap[];
  readonly catalogue: TypeCatalogue;
}

export interface ApiDependencies {
  readonly store: Store;
  /** Writes down who changed what. */
  readonly audit: Audit;
  readonly telemetry: Telemetry;
  /** Takes secrets out of what was said. */
  readonly redaction: Redaction;
  readonly types: BuiltInTypes;
  readonly offered: OfferedText;
  readonly clock: Clock;
  readonly limits: AppLimits;
  readonly credentials: ApiCredentials;
  /** Addresses and networks that are believed on where a request comes from. */
  readonly trustedProxies: readonly string[];
  /** What `GET /v1/version` answers. */
  readonly version: { readonly tag: string; readonly commit: string };
  /** Knows workflow runs of GitHub; undefined where none are trusted. */
  readonly gitHub: Pick<GitHubIdentity, 'identify'> | undefined;
  readonly control: RolloutCommands;
  /** Works off merges that are handed over; undefined where none are taken. */
  readonly handovers: { wake(): void } | undefined;
  readonly agents: AgentDirectory;
  /** What agents are to run, and run. */
  readonly states: AgentStateSource;
  readonly agentKeys: AgentKeys;
  readonly feed: RolloutFeed;
  readonly history: RolloutPastSource;
  /** What rollouts are set to where no policy says. */
  readonly timings: PolicyTimings;
  /** Whether rollouts that came from this repository are reported on its pull requests by this program. */
  readonly reports: (repository: string) => Promise<boolean>;
  /** Runs work between two rounds of the engine, which looks again afterwards. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>;
  /** One look of the engine at everything, now: what a command led to is in the answers that follow. */
  readonly advance: () => Promise<void>;
  /** The enrolment key that install commands name; empty when it is not known here. */
  readonly enrolmentKey: string;
  /** Hears of errors that are answered with 500. */
  readonly failed: (error: unknown) => void;
}
