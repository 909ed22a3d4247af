/** A pull request's conversation as a page shows it: what GitHub keeps, nothing of its form. Times are ISO 8601. */
export interface ConversationView {
  /** `owner/name`. */
  readonly repository: string;
  readonly number: number;
  readonly title: string;
  readonly author: string;
  readonly standing: 'open' | 'closed' | 'merged';
  readonly headRef: string;
  readonly baseRef: string;
  readonly body: string;
  readonly createdAt: string;
  readonly headSha: string;
  readonly merge?: { readonly by: string; readonly at: string; readonly sha: string };
  readonly comments: readonly CommentView[];
  /** Of the head commit and of the merge commit. */
  readonly checks: readonly CheckView[];
  /** Newest first, as GitHub lists them. */
  readonly statuses: readonly StatusView[];
}

export interface CommentView {
  readonly id: number;
  readonly author: string;
  readonly isBot: boolean;
  /** `file:line` of a comment on the diff. */
  readonly place?: string;
  /** Markdown. */
  readonly body: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly isMinimized: boolean;
}

export interface CheckView {
  readonly id: number;
  readonly sha: string;
  readonly name: string;
  /** The conclusion, or the status of a check that has none yet. */
  readonly state: string;
  readonly title: string;
  /** Markdown. */
  readonly summary: string;
  /** Markdown. */
  readonly text: string;
  readonly annotations: readonly AnnotationView[];
}

export interface AnnotationView {
  readonly path: string;
  readonly line: number;
  readonly level: string;
  readonly title: string;
  readonly message: string;
}

export interface StatusView {
  readonly sha: string;
  readonly state: string;
  readonly context: string;
  readonly description: string;
}
