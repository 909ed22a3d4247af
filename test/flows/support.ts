import { review, type Review, type ReviewInput } from '../../src/flows/review.ts';
import { loadCatalogue } from '../../src/io/files.ts';
import type { CommitStatus, Conversation } from '../../src/ports/conversation.ts';
import { OperationError } from '../../src/ports/operation-error.ts';
import type { Repository } from '../../src/ports/repository.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { builtInTypes } from '../support/repository.ts';

type Files = Readonly<Record<string, string>>;

/** Revisions as maps of files. */
export function repositoryOf(revisions: Readonly<Record<string, Files>>): Repository {
  return {
    resolve: async (revision) => (revision in revisions ? revision : undefined),
    mergeBase: async (a) => a,
    files: async (revision) =>
      Object.entries(revisions[revision] ?? {}).map(([path, text]) => {
        const bytes = Buffer.from(text);
        return { path, bytes, size: bytes.length };
      }),
  };
}

export async function reviewOfFiles(
  base: Files,
  head: Files,
  more: Partial<ReviewInput> = {},
): Promise<Review> {
  return review({
    repository: repositoryOf({ base, head }),
    base: 'base',
    head: 'head',
    paths: [],
    types: builtInTypes(),
    catalogue: await loadCatalogue(),
    ...more,
  });
}

/** Time that passes without waiting; what was waited for is kept. */
export function virtualClock(): Clock & { readonly waits: number[] } {
  let time = Date.parse('2026-01-01T00:00:00Z');
  const waits: number[] = [];
  return {
    waits,
    now: () => time,
    wait: async (durationMs) => {
      waits.push(durationMs);
      time += durationMs;
    },
  };
}

export interface ToldConversation extends Conversation {
  readonly comments: string[];
  readonly statuses: CommitStatus[];
  readonly attempts: number;
}

/** A conversation that keeps what it is told, or refuses it as GitHub would. */
export function conversation(
  refuse: { readonly maxBytes?: number; readonly readOnly?: boolean } = {},
): ToldConversation {
  const comments: string[] = [];
  const statuses: CommitStatus[] = [];
  let attempts = 0;
  const check = (body: string): void => {
    attempts += 1;
    if (refuse.readOnly === true) {
      throw new OperationError({ code: 'forbidden', message: '403', hint: 'needs write' });
    }
    if (Buffer.byteLength(body) > (refuse.maxBytes ?? Infinity)) {
      throw new OperationError({ code: 'too-large', message: '422', hint: '' });
    }
  };
  return {
    repository: 'o/r',
    comments,
    statuses,
    get attempts() {
      return attempts;
    },
    async upsertComment(_, marker, body) {
      check(body);
      const index = comments.findIndex((comment) => comment.startsWith(marker));
      if (index === -1) comments.push(body);
      else comments[index] = body;
      return 'https://github.com/o/r/pull/5#issuecomment-1';
    },
    async upsertSoleComment() {
      throw new Error('nobody asks for it here');
    },
    async replaceComments(_, marker, body, earlier) {
      check(body);
      if (earlier === 'delete') {
        comments.splice(0, comments.length, ...comments.filter((comment) => !comment.startsWith(marker)));
      }
      comments.push(body);
      return { url: 'https://github.com/o/r/pull/5#issuecomment-2' };
    },
    async hasComment(_, marker) {
      return comments.some((comment) => comment.startsWith(marker));
    },
    async comment(_, body) {
      check(body);
      comments.push(body);
      return '';
    },
    async setStatus(_, status) {
      check('');
      statuses.push(status);
    },
    status: async () => undefined,
    mergedPullRequest: async () => undefined,
    pullRequest: async () => undefined,
    upsertCheck: async () => undefined,
  };
}
