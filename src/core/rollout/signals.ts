/**
 * What an agent's collector says of itself by its own metrics, in windows of this length, by the server's clock
 * (reference/rollouts.md §5.8: intervals of different agents are brought to the time at which the server received them).
 */
export const SIGNAL_WINDOW_MS = 10_000;

/** A telemetry signal, as pipelines are named by. */
export type Signal = 'traces' | 'metrics' | 'logs' | 'profiles';

/**
 * Items in one window (differences of the counters, not their values). What happened between two messages is shared by time
 * between the windows it spans, in whole items.
 */
export interface ReceiverFlow {
  readonly signal: Signal;
  readonly accepted: number;
  /** The pipeline behind it said no: a memory limiter, a full queue. */
  readonly refused: number;
}

/** Items in one window, and where gauges stood at its end. Absent: the collector does not report it. */
export interface ExporterFlow {
  readonly signal: Signal;
  readonly sent: number;
  /** Given up for good; with retries it moves only after their time is over. */
  readonly sendFailed: number;
  readonly enqueueFailed: number;
  readonly queueSize?: number;
  readonly queueCapacity?: number;
  readonly inFlight?: number;
}

export interface Usage {
  readonly rssBytes?: number;
  /** CPU seconds used in the window. */
  readonly cpuSeconds?: number;
}

/**
 * One window of one collector process. Components by their id as the config writes it; one that takes several signals has
 * one entry a signal. A window in which nothing arrived is absent, never zero.
 */
export interface SignalWindow {
  /** Its start, milliseconds since the epoch; a multiple of `SIGNAL_WINDOW_MS`. */
  readonly at: number;
  /** Names one process: another one after each start of the collector. */
  readonly incarnation: string;
  /** Hash of the config that the process says it runs, where the config carries that stamp. */
  readonly stamp?: string;
  readonly receivers: ReadonlyMap<string, readonly ReceiverFlow[]>;
  readonly exporters: ReadonlyMap<string, readonly ExporterFlow[]>;
  readonly usage: Usage;
}

/** An agent's own metrics: the newest windows, oldest first. */
export interface AgentSignals {
  /** Length of its windows where it is another one than `SIGNAL_WINDOW_MS`: laboratories have shorter ones. */
  readonly windowMs?: number;
  readonly windows: readonly SignalWindow[];
}
