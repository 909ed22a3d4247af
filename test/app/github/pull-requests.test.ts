import { describe, expect, it } from 'vitest';
import { eachInItsWorld, failure, octokit, pullRequest, WHERE, world } from './clients.ts';
import { REPOSITORY } from './world.ts';

eachInItsWorld();

describe('pull requests', () => {
  it('are read with files, commits and mergeability', async () => {
    const { number } = await pullRequest();
    const pull = await octokit().request('GET /repos/{owner}/{repo}/pulls/{pull_number}', {
      ...WHERE,
      pull_number: number,
    });
    expect(pull.data).toMatchObject({
      number: 1,
      state: 'open',
      mergeable: true,
      changed_files: 1,
      additions: 1,
      deletions: 1,
      base: { ref: 'main' },
    });
    const files = await octokit().request('GET /repos/{owner}/{repo}/pulls/{pull_number}/files', {
      ...WHERE,
      pull_number: number,
    });
    expect(files.data).toMatchObject([
      {
        filename: 'bindplane/sources.yaml',
        status: 'modified',
        patch: '@@ -1,3 +1,3 @@\n one\n-two\n+2\n three',
      },
    ]);
    const commits = await octokit().request('GET /repos/{owner}/{repo}/pulls/{pull_number}/commits', {
      ...WHERE,
      pull_number: number,
    });
    expect(commits.data.map((item) => item.commit.message)).toEqual(['Change a source']);
  });

  it.each(['merge', 'squash', 'rebase'] as const)(
    'are merged by %s, and the commit leads back to them',
    async (method) => {
      const { number, headSha } = await pullRequest();
      const merged = await octokit().request('PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge', {
        ...WHERE,
        pull_number: number,
        merge_method: method,
        sha: headSha,
      });
      expect(await world.git.commitOf('refs/heads/main')).toBe(merged.data.sha);
      const commit = await world.git.commit(merged.data.sha);
      expect(commit.parents).toHaveLength(method === 'merge' ? 2 : 1);
      const found = await octokit().request('GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls', {
        ...WHERE,
        commit_sha: merged.data.sha,
      });
      expect(found.data).toMatchObject([{ number, merge_commit_sha: merged.data.sha, state: 'closed' }]);
      expect(found.data[0]?.merged_at).toBe('2026-01-02T03:04:05Z');
    },
  );

  it('are not merged when the head moved or they conflict', async () => {
    const { number } = await pullRequest();
    const merge = { ...WHERE, pull_number: number };
    const stale = octokit().request('PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge', {
      ...merge,
      sha: '0'.repeat(40),
    });
    expect(await failure(stale)).toMatchObject({ status: 409 });
    await world.commit('main', 'Conflict', { 'bindplane/sources.yaml': 'one\nzwei\nthree\n' });
    await world.server.pushed(REPOSITORY, 'ada');
    const { data } = await octokit().request('GET /repos/{owner}/{repo}/pulls/{pull_number}', merge);
    expect(data).toMatchObject({ mergeable: false, mergeable_state: 'dirty' });
    expect(
      await failure(octokit().request('PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge', merge)),
    ).toMatchObject({ status: 405 });
  });

  it('gives nobody a second pull request for a branch, nor one without commits', async () => {
    await pullRequest();
    const open = (head: string): Promise<unknown> =>
      octokit().request('POST /repos/{owner}/{repo}/pulls', { ...WHERE, title: 'Again', head, base: 'main' });
    expect(await failure(open('change'))).toMatchObject({ status: 422 });
    expect(await failure(open('main'))).toMatchObject({ status: 422 });
    expect(await failure(open('nowhere'))).toMatchObject({ status: 422 });
  });
});

describe('comments', () => {
  const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';

  it('take 262,144 bytes and refuse one more, also on edit, keeping the old body', async () => {
    const { number } = await pullRequest();
    const body = 'é'.repeat(131_072);
    const { data } = await octokit().request(route, { ...WHERE, issue_number: number, body });
    const longer = { ...WHERE, issue_number: number, body: `${body}x` };
    expect(await failure(octokit().request(route, longer))).toMatchObject({ status: 422 });
    const edit = octokit().request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
      ...WHERE,
      comment_id: data.id,
      body: `${body}x`,
    });
    expect((await failure(edit)).message).toContain('Body is too long');
    expect(world.server.state.comments.map((comment) => comment.body)).toEqual([body]);
  });

  it('are paged with GitHub’s links', async () => {
    const { number } = await pullRequest();
    for (let index = 1; index <= 5; index += 1) {
      await octokit().request(route, { ...WHERE, issue_number: number, body: `comment ${index}` });
    }
    const answer = await octokit().request('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
      ...WHERE,
      issue_number: number,
      per_page: 2,
      page: 2,
    });
    expect(answer.data.map((comment) => comment.body)).toEqual(['comment 3', 'comment 4']);
    const rels = [...(answer.headers.link ?? '').matchAll(/[?&]page=(\d+)[^;]*; rel="(\w+)"/g)].map(
      ([, page, rel]) => `${rel} ${page}`,
    );
    expect(rels.toSorted()).toEqual(['first 1', 'last 3', 'next 3', 'prev 1']);
  });

  it('are edited by their author or a writer only', async () => {
    const { number } = await pullRequest();
    const { data } = await octokit().request(route, { ...WHERE, issue_number: number, body: 'mine' });
    const edit = (login: string): Promise<unknown> =>
      octokit(login).request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
        ...WHERE,
        comment_id: data.id,
        body: login,
      });
    expect(await failure(edit('eve'))).toMatchObject({ status: 403 });
    expect(await failure(edit('ada'))).toMatchObject({ status: 0 });
  });

  it('get reactions once each', async () => {
    const { number } = await pullRequest();
    const { data } = await octokit().request(route, { ...WHERE, issue_number: number, body: 'hello' });
    const react = async (): Promise<number> =>
      (
        await octokit().request('POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions', {
          ...WHERE,
          comment_id: data.id,
          content: 'eyes',
        })
      ).status;
    expect([await react(), await react()]).toEqual([201, 200]);
  });
});

describe('review comments', () => {
  const route = 'POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews';
  const list = 'GET /repos/{owner}/{repo}/pulls/{pull_number}/comments';
  const PATH = 'bindplane/sources.yaml';
  const review = (number: number, ...comments: object[]): Promise<unknown> =>
    octokit().request(route, { ...WHERE, pull_number: number, event: 'COMMENT', comments } as never);

  it('come with a review, are listed with their lines, answered, edited and deleted', async () => {
    const { number, headSha } = await pullRequest();
    await review(number, { path: PATH, line: 2, side: 'RIGHT', start_line: 1, body: 'both lines' });
    const { data } = await octokit().request(list, { ...WHERE, pull_number: number });
    const [comment] = data;
    expect(comment).toMatchObject({ path: PATH, start_line: 1, line: 2, commit_id: headSha });
    expect(comment?.diff_hunk).toBe('@@ -1,3 +1,3 @@\n one\n-two\n+2\n three');
    const answer = await octokit('ada').request('POST /repos/{owner}/{repo}/pulls/{pull_number}/comments', {
      ...WHERE,
      pull_number: number,
      body: 'why?',
      path: PATH,
      commit_id: headSha,
      in_reply_to: Number(comment?.id),
    });
    expect(answer.data.in_reply_to_id).toBe(comment?.id);
    const one = { ...WHERE, comment_id: Number(comment?.id) };
    const edit = 'PATCH /repos/{owner}/{repo}/pulls/comments/{comment_id}';
    expect((await octokit().request(edit, { ...one, body: 'new' })).data.body).toBe('new');
    expect(await failure(octokit('ada').request(edit, { ...one, body: 'not mine' }))).toMatchObject({
      status: 403,
    });
    await octokit().request('DELETE /repos/{owner}/{repo}/pulls/comments/{comment_id}', one);
    expect(world.server.state.reviewComments.map(({ body }) => body)).toEqual(['why?']);
  });

  it.each([
    ['a line that the diff does not show', { path: PATH, line: 9, body: 'x' }, 'Line could not be resolved'],
    ['a file that is not changed', { path: 'README.md', line: 1, body: 'x' }, 'Path could not be resolved'],
    ['a range of one line', { path: PATH, line: 2, start_line: 2, body: 'x' }, 'must precede the end line'],
  ])('on %s are refused, and the whole review with them', async (_what, comment, words) => {
    const { number } = await pullRequest();
    const good = { path: PATH, line: 2, body: 'fine' };
    expect(await failure(review(number, good, comment))).toMatchObject({
      status: 422,
      message: expect.stringContaining(words) as unknown,
    });
    expect(world.server.state.reviews).toEqual([]);
    expect(world.server.state.reviewComments).toEqual([]);
  });
});
