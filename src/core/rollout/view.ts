import type { Finding } from '../document/finding.ts';

/** What a rollout looks like to people, made from our own engine's records or from what a BindPlane server answers. */
export interface RolloutView {
  readonly configuration: string;
  readonly fromVersion?: number;
  readonly toVersion: number;
  readonly state: RolloutState;
  readonly waves: readonly WaveView[];
  readonly totals: RolloutTotals;
  readonly errors: readonly AgentErrorGroup[];
  /** ISO 8601 times. */
  readonly timeline: readonly { readonly at: string; readonly text: string }[];
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** Who watches: our engine restores agents itself, a BindPlane server only stops. */
  readonly engine: 'collie' | 'bindplane';
  /** Why it was stopped or is held, for people; absent while nothing is wrong. */
  readonly reason?: string;
  /** Gates that had something to say, of all there are. */
  readonly gates?: GatesView;
  /** How it was undone on a server that has no rollback of its own. */
  readonly undo?: UndoView;
}

/** What a rollout was held to. Absent results are gates that could not run, each group with its reason. */
export interface GatesView {
  readonly total: number;
  readonly ran: readonly {
    readonly title: string;
    readonly verdict: 'pass' | 'fail' | 'inconclusive';
    readonly evidence: string;
  }[];
  readonly missing: readonly { readonly titles: readonly string[]; readonly why: string }[];
}

/** The previous spec, applied again as a version of its own. */
export interface UndoView {
  /** The version whose spec it is. */
  readonly of: number;
  /** Absent when it was not applied; `obstacle` says why. */
  readonly version?: number;
  readonly obstacle?: string;
  /** Agents that are to run it, and those that do. BindPlane gives it to all of them, the untouched ones too. */
  readonly agents: number;
  readonly applied: number;
  readonly refused: number;
  /** Names of agents that have not confirmed it, or are still down for the version that was given up. */
  readonly missing: readonly string[];
}

export const ROLLOUT_STATES = [
  'pending',
  'started',
  'paused',
  'rolling-back',
  'rolled-back',
  'failed',
  'stable',
  'replaced',
  'aborted',
  'no-agents',
] as const;

export type RolloutState = (typeof ROLLOUT_STATES)[number];

export interface RolloutTotals {
  readonly agents: number;
  readonly offered: number;
  readonly applied: number;
  readonly refused: number;
  readonly restored: number;
  readonly neverSaw: number;
}

export interface WaveView {
  readonly name: string;
  readonly agents: number;
  readonly applied: number;
  readonly refused: number;
  readonly restored: number;
  readonly pending: number;
  readonly note: string;
}

/** Agents that said the same. `message` is word for word; `findings` are where it was caused, when that is known. */
export interface AgentErrorGroup {
  readonly message: string;
  readonly agents: readonly { readonly name: string; readonly version: string; readonly note?: string }[];
  readonly findings: readonly Finding[];
}
