import type { ReportContext } from './links.ts';
import type { Sign } from './marker.ts';
import type { Redactor, RedactorOptions } from './redact.ts';

/** Where the comment is read and what may be said there; no times, so that the same plan gives the same text. */
export interface CommentContext extends ReportContext {
  readonly repository?: string;
  readonly pullRequest?: number;
  /** Tells apart comments of several plans on one pull request. */
  readonly key?: string;
  /** Address of the whole plan (run, artifact, page). */
  readonly fullPlanUrl?: string;
  /** True where somebody listens to `/collie` commands. */
  readonly commands?: boolean;
  /** Files of the pull request that the plan looked at. */
  readonly changedFiles?: number;
  /** UTF-8 bytes, LIMITS.report.commentBytes where absent. */
  readonly budgetBytes?: number;
  readonly sign?: Sign;
  readonly redaction?: RedactorOptions | Redactor;
}
