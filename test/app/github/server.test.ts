import { createSign, generateKeyPairSync } from 'node:crypto';
import { getOctokit } from '@actions/github';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openApiProblems } from '../../support/openapi.ts';
import { APP_KEYS, createWorld, REPOSITORY, type World } from './world.ts';

const WHERE = { owner: 'shop', repo: 'collectors' };
const WRITE = {
  contents: 'write',
  pull_requests: 'write',
  issues: 'write',
  checks: 'write',
  statuses: 'write',
} as const;

const OTHER_KEY = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
}).privateKey;

let world: World;

beforeEach(async () => {
  world = await createWorld();
});

afterEach(async () => {
  // Whatever a test called, requests and answers had GitHub's shape.
  const outside = /^\/(?:graphql|users\/)|\/pulls\/(?:\d+\/merge|comments\/\d+)$/;
  const problems = world.server.state.exchanges
    .filter(({ path, status }) => !outside.test(path) && status < 500)
    .flatMap(openApiProblems);
  await world.close();
  if (problems.length > 0) throw new Error(problems.join('\n'));
});

function octokit(
  login = 'github-actions[bot]',
  permissions: Record<string, 'read' | 'write'> = WRITE,
): ReturnType<typeof getOctokit> {
  return client(world.server.createToken(login, permissions));
}

function client(token: string): ReturnType<typeof getOctokit> {
  return getOctokit(token, { baseUrl: world.server.url });
}

async function pullRequest(): Promise<{ number: number; headSha: string }> {
  await world.commit('change', 'Change a source', { 'bindplane/sources.yaml': 'one\n2\nthree\n' });
  return world.server.openPullRequest(REPOSITORY, { title: 'Change', head: 'change', login: 'ada' });
}

async function failure(call: Promise<unknown>): Promise<{ status: number; message: string }> {
  return call.then(
    () => ({ status: 0, message: 'it worked' }),
    (error: { status: number; message: string }) => ({ status: error.status, message: error.message }),
  );
}

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

describe('identity', () => {
  it('tokens reach what they were given and nothing else', async () => {
    const { number } = await pullRequest();
    const comment = { ...WHERE, issue_number: number, body: 'hello' };
    const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
    expect(
      await failure(octokit('github-actions[bot]', { contents: 'read' }).request(route, comment)),
    ).toMatchObject({
      status: 403,
      message: expect.stringContaining('Resource not accessible by integration') as unknown,
    });
    const nobody = await fetch(`${world.server.url}/repos/shop/collectors/issues/1/comments`, {
      method: 'POST',
    });
    expect(nobody.status).toBe(401);
    expect(await failure(client('ghp_nothing').request('GET /user'))).toMatchObject({ status: 401 });
  });

  it('a workflow’s token may not ask who it is, a person’s may', async () => {
    expect(await failure(octokit().request('GET /user'))).toMatchObject({ status: 403 });
    expect((await octokit('ada').request('GET /user')).data).toMatchObject({ login: 'ada', type: 'User' });
    const permission = await octokit().request(
      'GET /repos/{owner}/{repo}/collaborators/{username}/permission',
      { ...WHERE, username: 'eve' },
    );
    expect(permission.data).toMatchObject({ permission: 'read' });
  });

  it('serves the Action’s own client', async () => {
    const { number } = await pullRequest();
    const { rest, paginate } = octokit();
    await rest.issues.createComment({ ...WHERE, issue_number: number, body: 'from the Action' });
    const comments = await paginate(rest.issues.listComments, {
      ...WHERE,
      issue_number: number,
    });
    expect(comments).toMatchObject([
      { body: 'from the Action', user: { login: 'github-actions[bot]', type: 'Bot' } },
    ]);
  });
});

describe('apps', () => {
  const now = Math.floor(Date.now() / 1000);
  const good = { iss: 4242, iat: now - 60, exp: now + 540 };
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const jwt = (claims: unknown, key: string, alg = 'RS256'): string => {
    const text = `${part({ alg, typ: 'JWT' })}.${part(claims)}`;
    return `${text}.${createSign('RSA-SHA256').update(text).sign(key).toString('base64url')}`;
  };
  const ask = (token: string, path = '/app', method = 'GET'): Promise<Response> =>
    fetch(`${world.server.url}${path}`, { method, headers: { authorization: `bearer ${token}` } });

  it('prove themselves by a JWT and get tokens of their installations', async () => {
    const answer = await ask(jwt(good, APP_KEYS.privateKey));
    expect(await answer.json()).toMatchObject({ id: 4242, slug: 'collie' });
    const [installation] = world.server.state.installations;
    const path = `/app/installations/${installation?.id}/access_tokens`;
    const created = (await (await ask(jwt(good, APP_KEYS.privateKey), path, 'POST')).json()) as {
      token: string;
    };
    const { data } = await client(created.token).request('GET /installation/repositories');
    expect(data.repositories.map((repository) => repository.full_name)).toEqual([REPOSITORY]);
    // A token that ran out is none any more.
    world.tick(3_600_000);
    expect(await failure(client(created.token).request('GET /installation/repositories'))).toMatchObject({
      status: 401,
    });
  });

  it.each([
    ['of another key', () => jwt(good, OTHER_KEY)],
    ['that says it is unsigned', () => jwt(good, APP_KEYS.privateKey, 'none')],
    ['that ran out', () => jwt({ ...good, exp: now - 1 }, APP_KEYS.privateKey)],
    ['that lasts too long', () => jwt({ ...good, exp: now + 3600 }, APP_KEYS.privateKey)],
    [
      'with other claims below the same signature',
      () => {
        const [head, , signature] = jwt(good, APP_KEYS.privateKey).split('.');
        return `${head}.${part({ ...good, iat: now - 59 })}.${signature}`;
      },
    ],
  ])('are refused with a JWT %s', async (_what, make) => {
    expect((await ask(make())).status).toBe(401);
  });
});

describe('faults', () => {
  it('meet the next matching requests only', async () => {
    world.server.fail({
      path: /\/rate_limit$/,
      status: 403,
      headers: { 'retry-after': '7' },
      message: 'You have exceeded a secondary rate limit',
    });
    const refused = await failure(octokit().request('GET /rate_limit'));
    expect(refused).toMatchObject({ status: 403, message: expect.stringContaining('secondary') as unknown });
    expect((await octokit().request('GET /rate_limit')).status).toBe(200);
  });
});
