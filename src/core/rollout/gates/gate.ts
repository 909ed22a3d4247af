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
  /** `max_elapsed_time` of each exporter's retries, milliseconds; 0 where retries are off; absent: it has none. */
  readonly retryMs: ReadonlyMap<string, number>;
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
  /** What it ran before. */
  readonly previous?: PipelineTopology;
}

/** Settings of one gate in a policy; what is absent is the gate's own default. */
export interface GateSetting {
  readonly shadow?: boolean;
  readonly off?: boolean;
  readonly action?: GateAction;
  /** The gate's own numbers, by the names in its `settings`. */
  readonly values?: Readonly<Record<string, number>>;
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
  readonly target: PipelineTopology;
}

/** One member of the family of gates. */
export interface Gate {
  readonly id: string;
  readonly title: string;
  readonly needs: GateNeeds;
  readonly action: GateAction;
  /** New gates start so: told, not acted upon. */
  readonly shadow: boolean;
  /** Numbers that a policy may set, with their defaults and what they mean. */
  readonly settings: Readonly<Record<string, { readonly value: number; readonly what: string }>>;
  /**
   * Judges a wave. Pure: the same context gives the same verdict. Undefined: the gate has nothing to say here (no agent
   * was touched, the config has nothing it looks at).
   */
  judge(
    context: GateContext,
    values: Readonly<Record<string, number>>,
  ): Pick<GateResult, 'verdict' | 'evidence' | 'agents'> | undefined;
}
