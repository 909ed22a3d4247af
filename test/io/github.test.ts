import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/core/document/finding.ts';
import { gitHubConversation } from '../../src/io/github.ts';
import type { GitHubClient } from '../../src/io/github-client.ts';
import type { Clock } from '../../src/ports/clock.ts';

/** GitHub's answers in the order of calls; what was asked is kept. */
class Recorded implements GitHubClient {
  readonly calls: [route: string, parameters: Record<string, unknown>][] = [];
  readonly #answers: ((route: string, parameters: Record<string, unknown>) => unknown)[];

  constructor(...answers: unknown[]) {
    this.#answers = answers.map((answer) =>
      typeof answer === 'function' ? (answer as never) : () => answer,
    );
  }

  async request(
    route: string,
    parameters: Record<string, unknown> = {},
  ): Promise<{ status: number; data: unknown }> {
    this.calls.push([route, parameters]);
    const answer = this.#answers.shift();
    if (answer === undefined) throw new Error(`no answer left for ${route}`);
    return { status: 200, data: answer(route, parameters) };
  }

  get routes(): string[] {
    return this.calls.map(([route, { page }]) =>
      page === undefined || page === 1 ? route : `${route} page ${page as number}`,
    );
  }
}

function failure(status: number, message: string, headers: Record<string, string> = {}): () => never {
  return () => {
    throw Object.assign(new Error(message), { status, response: { headers } });
  };
}

const waits: number[] = [];
const clock: Clock = {
  now: () => 1_000_000,
  wait: async (ms) => {
    waits.push(ms);
  },
};
const options = { owner: 'o', repo: 'r', clock, author: 'bot[bot]' };
const COMMENTS = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
const CREATE = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
const EDIT = 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}';
const DELETE = 'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}';

function comment(id: number, body: string, login = 'bot[bot]'): object {
  return { id, body, user: { login }, html_url: `https://x/${id}` };
}

describe('the sticky comment', () => {
  it('is the one with our author and our marker, on whatever page it is', async () => {
    const others = Array.from({ length: 100 }, (_, index) => comment(index, 'hello', 'somebody'));
    const pasted = comment(200, '<!-- m --> pasted by somebody', 'somebody');
    const quoting = comment(201, 'we once wrote <!-- m -->');
    const client = new Recorded(
      others,
      [pasted, quoting, comment(202, '<!-- m --> old')],
      comment(202, '<!-- m --> new'),
    );
    const url = await gitHubConversation(client, options).upsertComment(5, '<!-- m -->', '<!-- m --> new');
    expect(url).toBe('https://x/202');
    expect(client.routes).toEqual([COMMENTS, `${COMMENTS} page 2`, EDIT]);
    expect(client.calls.at(-1)?.[1]).toMatchObject({ comment_id: 202, body: '<!-- m --> new' });
  });

  it('is left alone when nothing changed', async () => {
    const client = new Recorded([comment(1, '<!-- m --> same')]);
    await gitHubConversation(client, options).upsertComment(5, '<!-- m -->', '<!-- m --> same');
    expect(client.routes).toEqual([COMMENTS]);
  });

  it('stays one when two jobs create it at once', async () => {
    const theirs = comment(7, '<!-- m --> theirs');
    const ours = comment(8, '<!-- m --> ours');
    const client = new Recorded([], ours, [theirs, ours], {}, comment(7, '<!-- m --> ours'));
    const url = await gitHubConversation(client, options).upsertComment(5, '<!-- m -->', '<!-- m --> ours');
    expect(url).toBe('https://x/7');
    expect(client.routes).toEqual([COMMENTS, CREATE, COMMENTS, DELETE, EDIT]);
    expect(client.calls[3]?.[1]).toMatchObject({ comment_id: 8 });
  });

  it("belongs to github-actions[bot] where a workflow's token may not ask who it is", async () => {
    const mine = comment(3, '<!-- m --> old', 'github-actions[bot]');
    const client = new Recorded([mine], failure(403, 'Resource not accessible by integration'), mine);
    const { author: _, ...unknownAuthor } = options;
    await gitHubConversation(client, unknownAuthor).upsertComment(5, '<!-- m -->', '<!-- m --> new');
    expect(client.routes).toEqual([COMMENTS, 'GET /user', EDIT]);
  });

  it('that is the first tells who we are, so that nobody is asked', async () => {
    const ours = comment(8, '<!-- m --> ours', 'shop-bot');
    const client = new Recorded([], ours, [comment(7, '<!-- m --> not ours', 'eve'), ours]);
    const { author: _, ...unknownAuthor } = options;
    await gitHubConversation(client, unknownAuthor).upsertComment(5, '<!-- m -->', '<!-- m --> ours');
    expect(client.routes).toEqual([COMMENTS, CREATE, COMMENTS]);
  });

  it.each([
    ['keep', [CREATE]],
    ['delete', [COMMENTS, CREATE, DELETE, DELETE]],
    ['hide', [COMMENTS, CREATE, 'graphql A', 'graphql B']],
  ] as const)('gives way to a new one: earlier ones to %s', async (earlier, routes) => {
    const old = ['A', 'B'].map((id, index) => ({ ...comment(index, '<!-- m -->'), node_id: id }));
    const answers = earlier === 'keep' ? [] : [[...old, comment(9, 'no marker')]];
    const client = new Recorded(...answers, comment(10, 'new'), {}, {});
    const asked: GitHubClient = {
      request: (route, parameters) => client.request(route, parameters),
      graphql: (_query, { id }) => client.request(`graphql ${String(id)}`),
    };
    const { url } = await gitHubConversation(asked, options).replaceComments(5, '<!-- m -->', 'new', earlier);
    expect(url).toBe('https://x/10');
    expect(client.routes).toEqual(routes);
  });

  it('says in a sentence when an earlier one cannot be hidden', async () => {
    const client = new Recorded([comment(1, '<!-- m -->')], comment(2, 'new'));
    const asked: GitHubClient = {
      request: (route, parameters) => client.request(route, parameters),
      graphql: () => Promise.reject(new Error('Resource not accessible by integration')),
    };
    const replaced = await gitHubConversation(asked, options).replaceComments(5, '<!-- m -->', 'new', 'hide');
    expect(replaced.url).toBe('https://x/2');
    expect(replaced.leftover).toMatch(/The new comment stands.*not accessible/);
  });

  it('that is too long is told by its code, so that a shorter one can be tried', async () => {
    const client = new Recorded(
      [],
      failure(422, 'Validation Failed: body is too long (maximum is 65536 characters)'),
    );
    await expect(gitHubConversation(client, options).upsertComment(5, 'm', 'm')).rejects.toMatchObject({
      code: 'too-large',
    });
  });

  it('of a read-only token names the missing permission', async () => {
    const client = new Recorded([], failure(403, 'Resource not accessible by integration'));
    await expect(gitHubConversation(client, options).upsertComment(5, 'm', 'm')).rejects.toMatchObject({
      code: 'forbidden',
      hint: expect.stringContaining('pull-requests: write'),
    });
  });
});

describe('a comment that is to be the only one', () => {
  const theirs = {
    id: 3,
    body: '<!-- m --> theirs',
    user: { login: 'github-actions[bot]', type: 'Bot' },
    html_url: 'https://x/3',
  };
  const write = (client: GitHubClient): Promise<string | undefined> =>
    gitHubConversation(client, options).upsertSoleComment(5, '<!-- m -->', '<!-- m --> ours');

  it('is written where no other bot has one; a person cannot keep it away', async () => {
    const person = { ...theirs, user: { login: 'eve', type: 'User' } };
    const other = { ...theirs, body: '<!-- another --> theirs' };
    const ours = comment(9, '<!-- m --> ours');
    const client = new Recorded([person, other], ours, [person, other, ours], [person, other, ours]);
    expect(await write(client)).toBe('https://x/9');
    expect(client.routes).toEqual([COMMENTS, CREATE, COMMENTS, COMMENTS]);
  });

  it('is edited with no more requests than any other', async () => {
    const client = new Recorded([comment(9, '<!-- m --> old')], comment(9, '<!-- m --> ours'));
    expect(await write(client)).toBe('https://x/9');
    expect(client.routes).toEqual([COMMENTS, EDIT]);
  });

  it('is not written beside that of another bot', async () => {
    const client = new Recorded([theirs]);
    expect(await write(client)).toBeUndefined();
    expect(client.routes).toEqual([COMMENTS]);
  });

  it('is taken away when another bot has written one since', async () => {
    const client = new Recorded([comment(2, '<!-- m --> old'), theirs], '');
    expect(await write(client)).toBeUndefined();
    expect(client.routes).toEqual([COMMENTS, DELETE]);
    expect(client.calls[1]?.[1]).toMatchObject({ comment_id: 2 });
  });

  it('is taken away when both were written at once', async () => {
    const ours = comment(2, '<!-- m --> ours');
    const client = new Recorded([], ours, [ours, theirs], [ours, theirs], '');
    expect(await write(client)).toBeUndefined();
    expect(client.routes).toEqual([COMMENTS, CREATE, COMMENTS, COMMENTS, DELETE]);
  });
});

describe('rate limits', () => {
  it('are waited for as GitHub asks', async () => {
    waits.length = 0;
    const client = new Recorded(
      failure(403, 'You have exceeded a secondary rate limit', { 'retry-after': '4' }),
      failure(403, 'API rate limit exceeded', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1009' }),
      { html_url: 'u' },
    );
    expect(await gitHubConversation(client, options).comment(5, 'x')).toBe('u');
    expect(waits).toEqual([4000, 9000]);
  });

  it('that last longer than the job should sleep end in an error', async () => {
    const client = new Recorded(failure(429, 'slow', { 'retry-after': '3600' }));
    await expect(gitHubConversation(client, options).comment(5, 'x')).rejects.toMatchObject({
      message: expect.stringContaining('429'),
    });
  });
});

describe('an answer that is lost', () => {
  const patient = { ...options, retryWrites: true };
  const BODY = '<!-- m --> ours';

  it('to a new comment has it looked for, not written twice', async () => {
    waits.length = 0;
    const made = comment(9, BODY);
    const client = new Recorded([], failure(502, 'Bad gateway'), [made], [made]);
    expect(await gitHubConversation(client, patient).upsertComment(5, '<!-- m -->', BODY)).toBe(
      'https://x/9',
    );
    expect(client.routes).toEqual([COMMENTS, CREATE, COMMENTS, COMMENTS]);
    expect(waits).toEqual([500]);
  });

  it('to one that was not made has it written again, four times at most', async () => {
    const down = failure(500, 'down');
    const client = new Recorded([], down, [], down, [], down, [], down);
    const written = gitHubConversation(client, patient).upsertComment(5, '<!-- m -->', BODY);
    await expect(written).rejects.toMatchObject({ code: 'server-error' });
    expect(client.routes.filter((route) => route === CREATE)).toHaveLength(4);
  });

  it('is never taken from the comment that is to be put away', async () => {
    const old = { ...comment(1, BODY), node_id: 'A' };
    const client = new Recorded([old], failure(500, 'down'), [old], comment(2, BODY), {});
    const replaced = gitHubConversation(client, patient).replaceComments(5, '<!-- m -->', BODY, 'delete');
    expect(await replaced).toEqual({ url: 'https://x/2' });
    expect(client.calls.at(-1)?.[1]).toMatchObject({ comment_id: 1 });
  });

  it('to what does the same twice is asked for again, after the wait that it names', async () => {
    waits.length = 0;
    const busy = failure(503, 'busy', { 'retry-after': '2' });
    const client = new Recorded(failure(500, 'down'), busy, {});
    const status = { context: 'c', state: 'success', description: 'd' } as const;
    await gitHubConversation(client, patient).setStatus('s', status);
    expect(waits).toEqual([500, 2000]);
  });

  it('to a deletion that was carried out is no error', async () => {
    const [first, second] = [comment(1, '<!-- m -->'), comment(2, 'new')];
    const client = new Recorded([first], second, failure(500, 'down'), failure(404, 'Not Found'));
    const replaced = gitHubConversation(client, patient).replaceComments(5, '<!-- m -->', 'new', 'delete');
    expect(await replaced).toEqual({ url: 'https://x/2' });
  });

  it('is left to those who come again by themselves', async () => {
    const client = new Recorded([], failure(502, 'Bad gateway'));
    const written = gitHubConversation(client, options).upsertComment(5, '<!-- m -->', BODY);
    await expect(written).rejects.toMatchObject({ code: 'server-error', retryable: true });
    expect(client.routes).toEqual([COMMENTS, CREATE]);
  });
});

describe('the merged pull request of a commit', () => {
  const pull = (number: number, merge: string, extra: object = {}): object => ({
    number,
    merge_commit_sha: merge,
    merged_at: '2026-01-01T00:00:00Z',
    head: { sha: `head-${number}` },
    base: { ref: 'main' },
    title: 't',
    html_url: 'u',
    ...extra,
  });

  it('is found once GitHub has linked it, the one merged by this very commit first', async () => {
    waits.length = 0;
    const open = pull(3, 'sha', { merged_at: null });
    const elsewhere = pull(4, 'sha', { base: { ref: 'release' } });
    const client = new Recorded([], [open, elsewhere], [pull(1, 'other'), pull(2, 'sha')]);
    const found = await gitHubConversation(client, options).mergedPullRequest('sha', 'main');
    expect(found).toMatchObject({ number: 2, headSha: 'head-2', merged: true });
    expect(waits).toEqual([1000, 3000]);
  });

  it('is undefined for a direct push, after the last look', async () => {
    waits.length = 0;
    const client = new Recorded([], [], [], []);
    expect(await gitHubConversation(client, options).mergedPullRequest('sha', 'main')).toBeUndefined();
    expect(waits).toEqual([1000, 3000, 7000]);
  });
});

describe('a check run', () => {
  const findings = Array.from({ length: 120 }, (_, index): Finding => ({
    rule: 'VER-003',
    severity: 'error',
    message: `finding ${index}`,
    at: { file: 'a.yaml', line: index + 1, column: 3, endLine: index + 1, endColumn: 9 },
  }));
  const check = {
    sha: 's',
    name: 'collie',
    externalId: 'shop:2',
    status: 'completed',
    conclusion: 'failure',
    title: 't',
    summary: 'x'.repeat(70_000),
    annotations: findings,
  } as const;
  const sizes = (client: Recorded): (number | undefined)[] =>
    client.calls
      .slice(1)
      .map(([, parameters]) => (parameters['output'] as { annotations?: unknown[] }).annotations?.length);

  it('gets its annotations in batches of 50 and a summary within the limit', async () => {
    const client = new Recorded({ check_runs: [] }, { id: 9 }, { id: 9 }, { id: 9 });
    await gitHubConversation(client, options).upsertCheck(check);
    expect(sizes(client)).toEqual([50, 50, 20]);
    const [, created] = client.calls;
    const { summary } = (created?.[1] ?? {})['output'] as { summary: string };
    expect(summary).toHaveLength(65_535);
    expect(summary).toMatch(/limit of a check run/);
  });

  it('is sent only the annotations it does not have yet', async () => {
    const existing = { id: 9, name: 'collie', external_id: 'shop:2', output: { annotations_count: 100 } };
    const client = new Recorded({ check_runs: [existing] }, { id: 9 });
    await gitHubConversation(client, options).upsertCheck(check);
    expect(sizes(client)).toEqual([20]);
    expect(client.routes.at(-1)).toBe('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}');
  });
});

describe('a commit status', () => {
  it('is the newest of its context', async () => {
    const client = new Recorded([
      { context: 'ci', state: 'success', description: 'x' },
      { context: 'collie/reviewed', state: 'success', description: 'new' },
      { context: 'collie/reviewed', state: 'failure', description: 'old' },
    ]);
    expect(await gitHubConversation(client, options).status('s', 'collie/reviewed')).toEqual({
      context: 'collie/reviewed',
      state: 'success',
      description: 'new',
    });
  });
});
