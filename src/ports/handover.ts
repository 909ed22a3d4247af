/** What a job may ask of an apply that it hands over; absent: the Action's own defaults. */
export interface HandoverOptions {
  readonly paths?: readonly string[];
  readonly rollout?: 'auto' | 'manual' | 'none';
  readonly prune?: boolean;
  readonly requireReviewed?: boolean;
  readonly failOn?: 'error' | 'warning' | 'notice' | 'never';
  readonly collectorVersion?: string;
}

/** A merge that is handed to the app of a Collie server. */
export interface Merge {
  /** `owner/name`. */
  readonly repository: string;
  readonly branch: string;
  readonly commit: string;
  readonly options?: HandoverOptions;
}

/**
 * `included` is the good end of a merge that a later one brought with it; `stopped` was not begun, `failed` was begun and did not come to a
 * good end.
 */
export type HandoverState = 'queued' | 'applying' | 'applied' | 'included' | 'stopped' | 'failed';

/** One step of it that ended, in words. */
export interface HandoverStep {
  /** What was to be done, as the plan says it. */
  readonly text: string;
  /** As `StepState` of src/flows/steps.ts. */
  readonly state: 'done' | 'unchanged' | 'external' | 'failed' | 'skipped';
  /** What happened, in a sentence. */
  readonly said: string;
}

/** A merge that was handed over, and how far it is. */
export interface Handover {
  readonly id: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly branch: string;
  readonly commit: string;
  readonly pullRequest?: number;
  readonly state: HandoverState;
  /** When it was handed over, ISO 8601. */
  readonly at: string;
  /** ISO 8601; absent while it is not over. */
  readonly endedAt?: string;
  /** Handed-over merges that are worked off before it. */
  readonly waitsFor: number;
  /** The later merge that was applied and has this one in it. */
  readonly includedIn?: string;
  /**
   * One word why it stopped or failed (`plan-differs`, `not-reviewed`, `not-applyable`, `findings`, `new-errors`, `gate-zero`,
   * `apply-failed`, `not-on-branch`, …), and a sentence for people.
   */
  readonly reason?: string;
  readonly sentence?: string;
  readonly steps: readonly HandoverStep[];
  /** `configuration:version` of rollouts that were started. */
  readonly started: readonly string[];
  /** Configurations whose server render is not what was reviewed. */
  readonly differences: readonly string[];
}
