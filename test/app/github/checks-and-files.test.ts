import { describe, expect, it } from 'vitest';
import { eachInItsWorld, failure, octokit, pullRequest, WHERE, world } from './clients.ts';

eachInItsWorld();

describe('checks', () => {
  const create = 'POST /repos/{owner}/{repo}/check-runs';
  const annotation = {
    path: 'bindplane/sources.yaml',
    start_line: 2,
    end_line: 2,
    annotation_level: 'failure',
    message: 'unknown key',
  } as const;
  const output = { title: 'Title', summary: 'Summary' };

  it('are created, completed and read with annotations that add up', async () => {
    const { headSha } = await pullRequest();
    const { data } = await octokit().request(create, {
      ...WHERE,
      name: 'rollout',
      head_sha: headSha,
      status: 'in_progress',
      output: { ...output, annotations: [annotation] },
    });
    expect(data).toMatchObject({ status: 'in_progress', conclusion: null });
    const done = await octokit().request('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', {
      ...WHERE,
      check_run_id: data.id,
      conclusion: 'failure',
      output: { ...output, annotations: [annotation, annotation] },
    });
    expect(done.data).toMatchObject({
      status: 'completed',
      conclusion: 'failure',
      completed_at: '2026-01-02T03:04:05Z',
    });
    expect(done.data.output.annotations_count).toBe(3);
    const list = await octokit().request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
      ...WHERE,
      ref: headSha,
    });
    expect(list.data.check_runs.map((check) => check.name)).toEqual(['rollout']);
    const annotations = await octokit().request(
      'GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations',
      { ...WHERE, check_run_id: data.id },
    );
    expect(annotations.data).toHaveLength(3);
  });

  it.each([
    [
      'a summary of 65,536 characters',
      { output: { ...output, summary: 'x'.repeat(65_536) } },
      '65536 were supplied',
    ],
    [
      'a text of 65,536 characters',
      { output: { ...output, text: 'x'.repeat(65_536) } },
      '65536 were supplied',
    ],
    [
      '51 annotations',
      { output: { ...output, annotations: Array.from({ length: 51 }, () => annotation) } },
      '51 were supplied',
    ],
    [
      'columns over several lines',
      { output: { ...output, annotations: [{ ...annotation, end_line: 3, start_column: 1 }] } },
      'columns',
    ],
    [
      'four buttons',
      { actions: Array.from({ length: 4 }, () => ({ label: 'a', description: 'b', identifier: 'c' })) },
      '3 actions',
    ],
    [
      'a button label of 21 characters',
      { actions: [{ label: 'x'.repeat(21), description: 'b', identifier: 'c' }] },
      'label is too long',
    ],
    ['completion without a conclusion', { status: 'completed' as const }, 'conclusion'],
  ])('refuse %s', async (_what, fields, words) => {
    const { headSha } = await pullRequest();
    const refused = await failure(
      octokit().request(create, { ...WHERE, name: 'rollout', head_sha: headSha, ...fields } as never),
    );
    expect(refused).toMatchObject({ status: 422, message: expect.stringContaining(words) as unknown });
    expect(world.server.state.checks).toEqual([]);
  });

  it('take exactly the limits', async () => {
    const { headSha } = await pullRequest();
    const annotations = Array.from({ length: 50 }, () => annotation);
    const full = { ...output, summary: 'x'.repeat(65_535), text: 'x'.repeat(65_535), annotations };
    const { status } = await octokit().request(create, {
      ...WHERE,
      name: 'rollout',
      head_sha: headSha,
      output: full,
    });
    expect(status).toBe(201);
  });

  it('are written by apps only', async () => {
    const { headSha } = await pullRequest();
    const byPerson = octokit('ada').request(create, { ...WHERE, name: 'rollout', head_sha: headSha });
    expect(await failure(byPerson)).toMatchObject({
      status: 403,
      message: expect.stringContaining('GitHub App') as unknown,
    });
  });
});

describe('statuses', () => {
  const route = 'POST /repos/{owner}/{repo}/statuses/{sha}';

  it('combine the newest of each context and refuse 141 characters', async () => {
    const { headSha } = await pullRequest();
    const say = (state: 'success' | 'failure', description: string): Promise<unknown> =>
      octokit().request(route, { ...WHERE, sha: headSha, state, context: 'collie/reviewed', description });
    await say('failure', 'first');
    await say('success', 'x'.repeat(140));
    expect(await failure(say('success', 'x'.repeat(141)))).toMatchObject({ status: 422 });
    const combined = await octokit().request('GET /repos/{owner}/{repo}/commits/{ref}/status', {
      ...WHERE,
      ref: headSha,
    });
    expect(combined.data).toMatchObject({ state: 'success', total_count: 1 });
    const all = await octokit().request('GET /repos/{owner}/{repo}/commits/{ref}/statuses', {
      ...WHERE,
      ref: headSha,
    });
    expect(all.data.map((status) => status.state)).toEqual(['success', 'failure']);
  });
});

describe('files and git data', () => {
  it('contents give files, folders and symbolic links as what they are', async () => {
    const link = {
      path: 'link',
      mode: '120000',
      type: 'blob' as const,
      sha: await world.git.writeBlob(Buffer.from('/etc/passwd')),
    };
    const tree = await world.git.writeTree([link]);
    const person = { name: 'ada', email: 'ada@shop.example', date: '2026-01-01T00:00:00Z' };
    const sha = await world.git.writeCommit({
      tree,
      parents: [],
      message: 'link',
      author: person,
      committer: person,
    });
    const read = async (path: string, ref: string): Promise<unknown> =>
      (await octokit().request('GET /repos/{owner}/{repo}/contents/{path}', { ...WHERE, path, ref })).data;
    expect(await read('bindplane/sources.yaml', 'main')).toMatchObject({
      type: 'file',
      content: `${btoa('one\ntwo\nthree\n')}\n`,
    });
    expect(await read('bindplane', 'main')).toMatchObject([{ type: 'file', path: 'bindplane/sources.yaml' }]);
    expect(await read('link', sha)).toMatchObject({ type: 'symlink', target: '/etc/passwd' });
    expect(await failure(read('nothing', 'main'))).toMatchObject({ status: 404 });
  });

  it('a commit is written through blobs, trees, commits and a ref, as a bot does it', async () => {
    const main = (await world.git.commitOf('refs/heads/main')) ?? '';
    const bot = octokit();
    const blob = await bot.request('POST /repos/{owner}/{repo}/git/blobs', { ...WHERE, content: 'new\n' });
    const entry = {
      path: 'bindplane/new/file.yaml',
      mode: '100644',
      type: 'blob',
      sha: blob.data.sha,
    } as const;
    const tree = await bot.request('POST /repos/{owner}/{repo}/git/trees', {
      ...WHERE,
      base_tree: main,
      tree: [entry],
    });
    const commit = await bot.request('POST /repos/{owner}/{repo}/git/commits', {
      ...WHERE,
      message: 'Add',
      tree: tree.data.sha,
      parents: [main],
    });
    await bot.request('POST /repos/{owner}/{repo}/git/refs', {
      ...WHERE,
      ref: 'refs/heads/bot',
      sha: commit.data.sha,
    });
    const read = await bot.request('GET /repos/{owner}/{repo}/git/trees/{tree_sha}', {
      ...WHERE,
      tree_sha: commit.data.sha,
      recursive: '1',
    });
    expect(read.data.tree.map((item) => item.path)).toEqual([
      'README.md',
      'bindplane',
      'bindplane/new',
      'bindplane/new/file.yaml',
      'bindplane/sources.yaml',
    ]);
    const compared = await bot.request('GET /repos/{owner}/{repo}/compare/{basehead}', {
      ...WHERE,
      basehead: 'main...bot',
    });
    expect(compared.data).toMatchObject({
      status: 'ahead',
      ahead_by: 1,
      files: [{ filename: 'bindplane/new/file.yaml', status: 'added' }],
    });
  });

  it('revisions that look like options are not found', async () => {
    const odd = octokit().request('GET /repos/{owner}/{repo}/commits/{ref}', { ...WHERE, ref: '--output=x' });
    expect(await failure(odd)).toMatchObject({ status: 422 });
  });
});
