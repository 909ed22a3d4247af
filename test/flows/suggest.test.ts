import { describe, expect, it } from 'vitest';
import { gitBlobId } from '../../src/core/document/digest.ts';
import { createRedactor } from '../../src/core/report/redact.ts';
import { publishSuggestions, type Suggested } from '../../src/flows/suggest.ts';
import type { ChangedFile, CodeReview, LineComment } from '../../src/ports/code-review.ts';
import { reviewOfFiles } from './support.ts';

const FILE = 'bindplane/fleets.yaml';
const WRONG = `apiVersion: bindplane.observiq.com/v1
kind: Fleet
metadata:
  name: node
spec:
  configuration: shop-node
selector:
  matchLabels:
    fleet: node
`;
const RIGHT = WRONG.replace(
  'selector:\n  matchLabels:\n    fleet',
  '  selector:\n    matchLabels:\n      fleet',
);

interface Kept extends LineComment {
  readonly id: number;
  answered: boolean;
}

/** The lines of a pull request, with the comments on them; every call is kept. */
function pullRequestOf(
  head: string,
  blob: string = gitBlobId(Buffer.from(head)),
): CodeReview & {
  readonly kept: Kept[];
  readonly calls: string[];
} {
  const kept: Kept[] = [];
  const calls: string[] = [];
  const lines = head.split('\n').slice(0, -1);
  const patch = [`@@ -0,0 +1,${lines.length} @@`, ...lines.map((line) => `+${line}`)].join('\n');
  const index = (id: number): number => kept.findIndex((comment) => comment.id === id);
  return {
    kept,
    calls,
    async changedFiles(): Promise<ChangedFile[]> {
      calls.push('files');
      return [{ path: FILE, blob, patch }];
    },
    lineComments: async (_, start) => kept.filter(({ body }) => body.startsWith(start)),
    async review(_, headSha, comments) {
      calls.push(`review of ${comments.length} on ${headSha}`);
      for (const comment of comments) kept.push({ ...comment, id: kept.length + 1, answered: false });
    },
    async editLineComment(id, body) {
      calls.push(`edit ${id}`);
      kept.splice(index(id), 1, { ...(kept[index(id)] as Kept), body });
    },
    async deleteLineComment(id) {
      calls.push(`delete ${id}`);
      kept.splice(index(id), 1);
    },
  };
}

async function run(codeReview: CodeReview, head: string): Promise<Suggested> {
  const review = await reviewOfFiles({}, { [FILE]: head });
  return publishSuggestions(codeReview, review, {
    pullRequest: 5,
    headSha: 'abc',
    redactor: createRedactor(),
  });
}

describe('fixes on the lines of a pull request', () => {
  it('are one review; a second run makes none', async () => {
    const pull = pullRequestOf(WRONG);
    expect(await run(pull, WRONG)).toEqual({ posted: 1, kept: 0, ended: 0 });
    expect(await run(pull, WRONG)).toEqual({ posted: 0, kept: 1, ended: 0 });
    expect(pull.calls).toEqual(['files', 'review of 1 on abc', 'files']);
    expect(pull.kept).toMatchObject([{ path: FILE, startLine: 7, endLine: 9 }]);
    expect(pull.kept[0]?.body).toContain('```suggestion\n  selector:\n    matchLabels:\n');
  });

  it('go when they are made', async () => {
    const pull = pullRequestOf(WRONG);
    await run(pull, WRONG);
    expect(await run(pull, RIGHT)).toEqual({ posted: 0, kept: 0, ended: 1 });
    expect(pull.kept).toEqual([]);
    // Nothing to offer: nobody looks at the diff.
    expect(pull.calls.slice(2)).toEqual(['delete 1']);
  });

  it('that somebody answered stay, say that they are over, and come back with the mistake', async () => {
    const pull = pullRequestOf(WRONG);
    await run(pull, WRONG);
    const [first] = pull.kept;
    if (first !== undefined) first.answered = true;
    await run(pull, RIGHT);
    expect(pull.kept[0]?.body).toMatch(/^<!-- collie:fix .*-->\nThis fix is not needed any more\.\n$/);
    expect(await run(pull, RIGHT)).toEqual({ posted: 0, kept: 0, ended: 0 });
    await run(pull, WRONG);
    expect(pull.kept).toHaveLength(1);
    expect(pull.kept[0]?.body).toContain('```suggestion');
  });

  it('are not offered where the head has another content than what was planned', async () => {
    const pull = pullRequestOf(WRONG, gitBlobId(Buffer.from(`# ours\n${WRONG}`)));
    expect(await run(pull, WRONG)).toEqual({ posted: 0, kept: 0, ended: 0 });
  });
});
