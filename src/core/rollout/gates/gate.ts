import type { Drift } from '../../collector/drift/drift.ts';
import type { Fault, ObservedAgent } from '../rollout.ts';
import type { AgentSignals } from '../signals.ts';

/** `inconclusive`: there is not enough to say; it is never taken for a pass. */
export type GateVerdict = 'pass' | 'fail' | 'inconclusive';

/** What a failed gate asks for. */
export type GateAction = 'rollback' | 'pause';

/** Where a gate's knowledge comes from: says which gates can run against which control plane. */
export type GateNeeds = 'status' | 'health' | 'effective-config' | 'metrics' | 'external';

export interface GateResult {
  readonly gate: string;
  readonly verdict: GateVerdict;
  readonly action: GateAction;
  /** Told and not acted upon. */
  readonly shadow: boolean;
  /** One sentence with numbers, for people. */
  readonly evidence: string;
  /** Agents that show it (their uids); empty for what concerns the wave as a whole. */
  readonly agents: readonly string[];
}

/** A pipeline as the gates look at it; ids as the config writes them. */
export interface PipelineTopology {
  readonly pipelines: readonly {
    readonly id: string;
    readonly signal: string;
    readonly receivers: readonly string[];
    readonly processors: readonly string[];
    readonly exporters: readonly string[];
  }[];
  /** Ids that are connectors: exporter of one pipeline and receiver of another. */
  readonly connectors: ReadonlySet<string>;
  /**
   * `max_elapsed_time` of each exporter's retries, milliseconds; 0 where retries are off, Infinity where they never end;
   * absent: it has none.
   */
  readonly retryMs: ReadonlyMap<string, number>;
  /** `sending_queue::num_consumers` of each exporter: its requests under way at the most. Absent: the helper's default, 10. */
  readonly consumers?: ReadonlyMap<string, number>;
  /** Processors that let other amounts out than came in (filters, samplers …), each with its settings as text. */
  readonly reducers?: ReadonlyMap<string, string>;
}

/** One moment at which an agent's health went bad. */
export interface ProcessExit {
  readonly at: number;
  /** The agent's words; where they tell of the end of a process they carry its id, so that each end has words of its own. */
  readonly message: string;
}

/** What a check outside answered: a webhook, a check run. */
export interface ExternalResult {
  readonly name: string;
  readonly verdict: GateVerdict;
  readonly evidence: string;
}

/** One agent as gates see it. */
export interface JudgedAgent {
  readonly agent: string;
  readonly name: string;
  /** Collector version, components, OS and role: agents of one stratum are compared with each other. */
  readonly stratum: string;
  /** When it was offered the target, and when it said APPLIED; absent for controls. */
  readonly offeredAt?: number;
  readonly appliedAt?: number;
  readonly fault?: Fault;
  readonly observed: ObservedAgent | undefined;
  readonly signals?: AgentSignals;
  /** Its windows from before the offer where they were kept apart: what is kept of an agent may be shorter than a soak. */
  readonly baseline?: AgentSignals;
  /** What it ran before. */
  readonly previous?: PipelineTopology;
  /** What windows under that config are stamped with: those of yet another config are no past to compare with. */
  readonly previousStamp?: string;
  /** Since when it has said that it is not healthy; absent while it is, or where nobody kept it. */
  readonly unhealthySince?: number;
  /** Whether it was healthy when it was offered the target; absent where it did not say. */
  readonly healthyBefore?: boolean;
  /** When it was last sent connection settings: until its collector starts anew its health says nothing (contrib#51009). */
  readonly settingsSentAt?: number;
  /** When its health went bad, oldest first; those count whose words tell of an unexpected end of its collector. */
  readonly exits?: readonly ProcessExit[];
  /** How what it reports to run differs from the target; absent where it reports no config. */
  readonly drift?: readonly Drift[];
}

/** What the gates of one wave look at. */
export interface GateContext {
  readonly now: number;
  /** The first wave: a single agent's failure is enough. */
  readonly canary: boolean;
  /** Nothing measured before this long after APPLIED counts, milliseconds. */
  readonly settleMs: number;
  /** When the wave's soak is over. */
  readonly soakEndsAt: number;
  readonly wave: readonly JudgedAgent[];
  /** Agents of the same configuration that were not offered the target: they run what the wave ran before. */
  readonly controls: readonly JudgedAgent[];
  /** With fewer controls than this statistics compare the wave with its own past; absent: five. */
  readonly leastControls?: number;
  readonly target: PipelineTopology;
  /** Length of the windows of signals, milliseconds; absent: what the signals say, else `SIGNAL_WINDOW_MS`. */
  readonly windowMs?: number;
  /** What windows of the target are stamped with; those with another stamp are of another config and do not count. */
  readonly stamp?: string;
  /**
   * Whether the target makes collectors send their own metrics here. Absent: they are expected of a wave of which some
   * agent sent them before its offer.
   */
  readonly metricsExpected?: boolean;
  /** What checks outside said of this wave. */
  readonly external?: readonly ExternalResult[];
  /** Those of them that have to say yes, by name. */
  readonly awaitedChecks?: readonly string[];
}

/** A number that a policy may set. */
export interface GateNumber {
  /** Its default. */
  readonly value: number;
  readonly what: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** What one gate says of one wave; `action` where the finding asks for another one than the gate usually does. */
export interface Judgement extends Pick<GateResult, 'verdict' | 'evidence' | 'agents'> {
  readonly action?: GateAction;
  /** This finding is told and not acted upon, even where the gate is enforced. */
  readonly shadow?: true;
}

/** One member of the family of gates. */
export interface Gate {
  readonly id: string;
  readonly title: string;
  readonly needs: GateNeeds;
  readonly action: GateAction;
  /** New gates start so: told, not acted upon. */
  readonly shadow: boolean;
  /** What it fails a wave for, in one sentence for people who write a policy. */
  readonly rule: string;
  /** Numbers that a policy may set, with their defaults and what they mean. */
  readonly settings: Readonly<Record<string, GateNumber>>;
  /**
   * Judges a wave. Pure: the same context gives the same verdict, in whatever order agents are. Undefined: the gate has
   * nothing to say here (no agent was touched, the config has nothing it looks at, no metrics are there).
   */
  judge(context: GateContext, values: Readonly<Record<string, number>>): Judgement | undefined;
}
