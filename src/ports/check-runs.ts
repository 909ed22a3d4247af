import type { CheckAnnotation } from '../core/report/annotations.ts';

/** One check run of this process: what it is found by again. */
export interface CheckIdentity {
  /** Full commit id. */
  readonly sha: string;
  readonly name: string;
  /** Ours alone, so that no other run takes it for its own. */
  readonly externalId: string;
  readonly detailsUrl?: string;
}

export interface CheckText {
  readonly title: string;
  readonly summary: string;
}

export interface CheckConclusion extends CheckText {
  readonly conclusion: 'success' | 'failure' | 'neutral' | 'cancelled' | 'action_required';
  /** Lists of as many as one request takes, worst first. */
  readonly annotations: readonly (readonly CheckAnnotation[])[];
}

/** Check runs of one repository on GitHub. Every one that is begun has to be completed, else it blocks the pull request for two weeks. */
export interface CheckRuns {
  /** A new run, in progress; its id. Rejects with OperationError; `forbidden` is a token without `checks: write`. */
  begin(check: CheckIdentity, text: CheckText): Promise<number>;
  complete(id: number, end: CheckConclusion): Promise<void>;
  /** Id of the run with this identity that is not completed; undefined when there is none. */
  open(check: CheckIdentity): Promise<number | undefined>;
}
