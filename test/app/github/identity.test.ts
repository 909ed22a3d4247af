import { createSign, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { client, eachInItsWorld, failure, octokit, pullRequest, WHERE, world } from './clients.ts';
import { APP_KEYS, REPOSITORY } from './world.ts';

eachInItsWorld();

const OTHER_KEY = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
}).privateKey;

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
