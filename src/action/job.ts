import type { ComponentCatalogue } from '../core/collector/catalogue.ts';
import type { CommentContext } from '../core/report/comment-context.ts';
import type { CodeReview } from '../ports/code-review.ts';
import type { Conversation } from '../ports/conversation.ts';
import type { ControlPlane } from '../ports/control-plane.ts';
import type { Repository } from '../ports/repository.ts';
import type { ReviewInput } from '../flows/review.ts';
import type { ActionEvent } from './event.ts';
import type { ActionHost } from './host.ts';
import type { Inputs } from './inputs.ts';
import type { Ends } from './revisions.ts';
import type { Outputs, Reason } from './outputs.ts';
import type { RunRecord } from './record.ts';

/** Everything one run of the Action works with. */
export interface Job {
  readonly host: ActionHost;
  readonly inputs: Inputs;
  readonly event: ActionEvent;
  readonly ends: Ends;
  readonly repository: Repository;
  readonly catalogue: ComponentCatalogue;
  readonly types: ReviewInput['types'];
  readonly controlPlane?: ControlPlane;
  /** Undefined without a token: then nothing is told on GitHub. */
  readonly conversation?: Conversation;
  /** Beside `conversation` on a pull request. */
  readonly codeReview?: CodeReview;
  /** What has to be put out and completed however the run ends. */
  readonly record: RunRecord;
}

/** How a mode ended by itself. `reason` is one word that does not change between versions. */
export interface JobResult {
  readonly failed: boolean;
  readonly reason: Reason;
  readonly outputs: Outputs;
}

/** What a review of this job looks at. */
export function reviewInputOf(job: Job): ReviewInput {
  const { inputs, controlPlane } = job;
  return {
    repository: job.repository,
    base: job.ends.base,
    head: job.ends.head,
    paths: inputs.paths,
    types: job.types,
    catalogue: job.catalogue,
    ...(inputs.collectorVersion === undefined ? {} : { collectorVersion: inputs.collectorVersion }),
    ...(controlPlane === undefined ? {} : { controlPlane }),
  };
}

/** Where reports of this job are read. */
export function commentContextOf({ event, ends }: Job, pullRequest?: number): CommentContext {
  const headSha = event.pullRequest?.headSha ?? ends.head;
  const baseRef = event.pullRequest?.baseRef ?? event.mergeGroup?.baseRef ?? event.branch;
  return {
    repositoryUrl: `${event.serverUrl}/${event.owner}/${event.repo}`,
    repository: `${event.owner}/${event.repo}`,
    headSha,
    ...(/^[0-9a-f]{40,64}$/.test(ends.base) ? { baseSha: ends.base } : {}),
    ...(baseRef === undefined ? {} : { baseRef }),
    ...(pullRequest === undefined ? {} : { pullRequest }),
    ...(event.runUrl === undefined ? {} : { fullPlanUrl: event.runUrl }),
  };
}
