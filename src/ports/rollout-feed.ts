import type { RolloutView } from '../core/rollout/view.ts';

/** Where a rollout came from. */
export interface RolloutOrigin {
  readonly repository: string;
  readonly pullRequest?: number;
  readonly commit: string;
}

/** A rollout as the reporter tells it. `id` is stable over restarts (`configuration:version` plus the commit). */
export interface ReportableRollout {
  readonly id: string;
  readonly view: RolloutView;
  readonly origin?: RolloutOrigin;
}

/** Rollouts to report on: our engine's own, or those of a watched BindPlane server. */
export interface RolloutFeed {
  rollouts(): Promise<readonly ReportableRollout[]>;
  /**
   * False while rollouts may be missing because somebody was not asked yet: what is not told then is not gone. Once true it stays
   * true. Absent: always true.
   */
  isComplete?(): boolean;
  /** Calls `listener` when something may have changed (a hint; state is re-read). Returns the unsubscribe function. */
  subscribe(listener: () => void): () => void;
}
