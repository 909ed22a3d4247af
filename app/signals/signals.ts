import { LIMITS } from '../../src/core/document/limits.ts';
import { SignalHistory } from '../../src/core/rollout/own-metrics/history.ts';
import { SharedTexts } from '../../src/core/rollout/own-metrics/kept.ts';
import type { OwnMetricsReport, Stamp } from '../../src/core/rollout/own-metrics/report.ts';
import { SIGNAL_WINDOW_MS } from '../../src/core/rollout/signals.ts';
import type { AgentSignals, SignalWindow } from '../../src/core/rollout/signals.ts';

/** Agents whose windows stay made between two looks: as many as gates look at. Others' are made when asked for, in about a millisecond. */
const SHOWN_AGENTS = LIMITS.rollout.judgedAgents + LIMITS.rollout.controls;
/** Stamps that are remembered with the config they name: one for each version that anybody runs. */
const REMEMBERED_STAMPS = 10_000;

/** Names of components of which all agents share one copy. */
const SHARED_TEXTS = 20_000;

export interface SignalsOptions {
  /** Whether there is an agent with this instance uid: of nobody else anything is kept. */
  readonly knows: (uid: string) => boolean;
  /** Hash of the offered config that carries this stamp; undefined where the store has none. */
  readonly hashOf: (stamp: Stamp) => Promise<string | undefined>;
  readonly windowMs?: number;
}

/** Windows of one agent as they were last asked for, with stamps as hashes of offered configs. */
interface Shown {
  readonly windows: Map<SignalWindow, SignalWindow>;
}

/**
 * What agents' collectors say of themselves, in memory and bounded for each agent (INV-19). Of this process alone: the one that
 * decides is handed what arrives at the others; after another one took over it fills anew.
 */
export class Signals {
  readonly #options: SignalsOptions;
  readonly #windowMs: number;
  readonly #texts = new SharedTexts(SHARED_TEXTS);
  readonly #histories = new Map<string, SignalHistory>();
  readonly #shown = new Map<string, Shown>();
  /** Agents that were asked for since the last sweep: the windows of others need not stay made. */
  readonly #asked = new Set<string>();
  /** Hash of the offered config by stamp; undefined while it is looked up, the stamp itself where there is none. */
  readonly #hashes = new Map<string, string | undefined>();

  constructor(options: SignalsOptions) {
    this.#options = options;
    this.#windowMs = options.windowMs ?? SIGNAL_WINDOW_MS;
  }

  /** Agents of which something was heard. */
  get size(): number {
    return this.#histories.size;
  }

  /** Whether anything can be kept of this agent. */
  knows(uid: string): boolean {
    return this.#options.knows(uid);
  }

  /** Takes what an agent's collector says, received at this moment. False where it says nothing new. */
  take(uid: string, report: OwnMetricsReport, receivedAt: number): boolean {
    const history = this.#histories.get(uid) ?? new SignalHistory(this.#windowMs, this.#texts);
    this.#histories.set(uid, history);
    if (report.stamp !== undefined) this.#learn(report.stamp);
    return history.take(report, receivedAt);
  }

  /** As `SignalsOf`. The same window is the same object from one call to the next while the agent is asked about. */
  of(uid: string): AgentSignals | undefined {
    const history = this.#histories.get(uid);
    if (history === undefined) return undefined;
    this.#asked.add(uid);
    const shown = this.#shownOf(uid);
    const windows = history.signals().windows.map((window) => {
      const { stamp } = window;
      if (stamp === undefined) return window;
      const known = shown.windows.get(window);
      const hash = this.#hashes.get(stamp);
      if (known !== undefined && known.stamp === hash) return known;
      const { stamp: _stamp, ...rest } = window;
      const named = hash === undefined ? rest : { ...rest, stamp: hash };
      shown.windows.set(window, named);
      return named;
    });
    return this.#windowMs === SIGNAL_WINDOW_MS ? { windows } : { windowMs: this.#windowMs, windows };
  }

  /** Forgets agents that are gone, and what silent ones said so long ago that it counts for nothing. To be called now and then. */
  sweep(now: number): void {
    for (const uid of this.#shown.keys()) {
      if (this.#asked.has(uid)) continue;
      this.#shown.delete(uid);
      this.#histories.get(uid)?.release();
    }
    this.#asked.clear();
    const oldest = now - LIMITS.ownMetrics.windows * this.#windowMs;
    for (const [uid, history] of this.#histories) {
      if (history.receivedAt >= oldest && this.#options.knows(uid)) continue;
      this.#histories.delete(uid);
      this.#shown.delete(uid);
    }
  }

  #shownOf(uid: string): Shown {
    const known = this.#shown.get(uid) ?? { windows: new Map<SignalWindow, SignalWindow>() };
    this.#shown.delete(uid);
    this.#shown.set(uid, known);
    if (known.windows.size > 2 * LIMITS.ownMetrics.windows) known.windows.clear();
    const [longest] = this.#shown.keys();
    if (this.#shown.size > SHOWN_AGENTS && longest !== undefined) {
      this.#shown.delete(longest);
      this.#histories.get(longest)?.release();
    }
    return known;
  }

  #learn(stamp: Stamp): void {
    if (this.#hashes.has(stamp.hash)) return;
    if (this.#hashes.size >= REMEMBERED_STAMPS) this.#hashes.clear();
    this.#hashes.set(stamp.hash, undefined);
    this.#options
      .hashOf(stamp)
      .then((hash) => this.#hashes.set(stamp.hash, hash ?? stamp.hash))
      // Asked again with the next message.
      .catch(() => this.#hashes.delete(stamp.hash));
  }
}
