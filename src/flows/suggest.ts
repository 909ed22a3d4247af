import { gitBlobId } from '../core/document/digest.ts';
import type { Redactor } from '../core/report/redact.ts';
import { markerKey } from '../core/report/marker.ts';
import { hasEdits, suggestionsOf } from '../core/report/suggestions.ts';
import type { CodeReview } from '../ports/code-review.ts';
import type { Review } from './review.ts';

/** How the comments of fixes on other runs begin, whatever their key. */
const START = '<!-- collie:fix v1 key=';

export interface SuggestOptions {
  readonly pullRequest: number;
  readonly headSha: string;
  readonly redactor: Redactor;
}

export interface Suggested {
  readonly posted: number;
  /** Those of earlier runs that still hold. */
  readonly kept: number;
  /** Those of earlier runs that hold no longer: taken away, or said to be done where somebody had answered. */
  readonly ended: number;
}

/**
 * Patches of files whose content at the pull request's head is what was planned. What is checked out is a merge with the base: where that
 * changed a file, lines have moved, and a suggestion would be put on others.
 */
async function patchesOf(
  codeReview: CodeReview,
  review: Review,
  pullRequest: number,
): Promise<ReadonlyMap<string, string>> {
  const planned = new Map(review.headFiles.map(({ path, bytes }) => [path, bytes]));
  const files = await codeReview.changedFiles(pullRequest);
  return new Map(
    files.flatMap(({ path, blob, patch }) => {
      const bytes = planned.get(path);
      const same = bytes !== undefined && patch !== undefined && gitBlobId(bytes) === blob;
      return same ? [[path, patch] as const] : [];
    }),
  );
}

/**
 * Offers the fixes of a plan's findings as suggestions on the pull request's lines: one review with those that are new. One that is there
 * already, resolved or not, is left as it is; one that no finding has any more goes. Rejects with OperationError.
 */
export async function publishSuggestions(
  codeReview: CodeReview,
  review: Review,
  { pullRequest, headSha, redactor }: SuggestOptions,
): Promise<Suggested> {
  const findings = review.plan.findings.filter(hasEdits);
  const [known, patches] = await Promise.all([
    codeReview.lineComments(pullRequest, START),
    findings.length === 0 ? new Map<string, string>() : patchesOf(codeReview, review, pullRequest),
  ]);
  const { suggestions } = suggestionsOf({
    findings,
    texts: review.head.repository.texts,
    patches,
    redactor,
    headSha,
  });
  const there = new Set(known.map(({ body }) => markerKey(body, 'fix')));
  const fresh = suggestions.filter(({ key }) => !there.has(key));
  if (fresh.length > 0) await codeReview.review(pullRequest, headSha, fresh);
  const wanted = new Map(suggestions.map((suggestion) => [suggestion.key, suggestion]));
  let ended = 0;
  for (const { id, body, answered } of known) {
    const again = wanted.get(markerKey(body, 'fix') ?? '');
    const over = endedBody(body);
    if (again !== undefined && body === over) await codeReview.editLineComment(id, again.body);
    if (again !== undefined || body === over) continue;
    await (answered ? codeReview.editLineComment(id, over) : codeReview.deleteLineComment(id));
    ended += 1;
  }
  return { posted: fresh.length, kept: suggestions.length - fresh.length, ended };
}

/** What stays of a suggestion that people talked about: its marker, and that it is over. */
function endedBody(body: string): string {
  const [first = ''] = body.split(/\r?\n/, 1);
  return `${first}\nThis fix is not needed any more.\n`;
}
