/** A file of a pull request, as GitHub compares its head with where it left the base. */
export interface ChangedFile {
  readonly path: string;
  /** Git's id of its content at the head. */
  readonly blob: string;
  /** Unified diff without the file header; absent where it is too large or binary. */
  readonly patch?: string;
}

/** A review comment on whole lines of the new side of a pull request's diff. */
export interface LineComment {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly body: string;
}

/** A comment of ours that is there already. */
export interface KnownLineComment {
  readonly id: number;
  readonly body: string;
  /** Whether somebody answered: then it is not ours alone any more. */
  readonly answered: boolean;
}

/** Comments on the lines of a pull request. All reject with OperationError. */
export interface CodeReview {
  /** At most as many as GitHub lists (3,000). */
  changedFiles(pullRequest: number): Promise<readonly ChangedFile[]>;
  /** Comments by us whose text begins like this, on all commits of a pull request. */
  lineComments(pullRequest: number, start: string): Promise<readonly KnownLineComment[]>;
  /** One review that neither approves nor asks for changes; it is made whole or not at all. */
  review(pullRequest: number, headSha: string, comments: readonly LineComment[]): Promise<void>;
  editLineComment(id: number, body: string): Promise<void>;
  deleteLineComment(id: number): Promise<void>;
}
