import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needOf } from '../../../app/api/access.ts';
import { API_KEY, SECRET_KEY, TestApp, scratchFolder } from '../../support/app.ts';

/** SEC-83: every route that is served × everybody who may knock. Who is not named gets 401. */
const EXPECTED: Readonly<Record<string, Readonly<Record<string, 'yes' | 401 | 403>>>> = {
  public: {
    nobody: 'yes',
    wrong: 'yes',
    revoked: 'yes',
    'agent key': 'yes',
    read: 'yes',
    apply: 'yes',
    rollout: 'yes',
    admin: 'yes',
    'API key': 'yes',
  },
  read: { read: 'yes', apply: 'yes', rollout: 'yes', admin: 'yes', 'API key': 'yes' },
  apply: { read: 403, apply: 'yes', rollout: 403, admin: 'yes', 'API key': 'yes' },
  rollout: { read: 403, apply: 403, rollout: 'yes', admin: 'yes', 'API key': 'yes' },
  admin: { read: 403, apply: 403, rollout: 403, admin: 'yes', 'API key': 'yes' },
};

const scratch = scratchFolder();
let server: TestApp;
const roles: [string, Readonly<Record<string, string>>][] = [];
let routes: readonly { readonly route: string; readonly need: string }[] = [];

async function tokenOf(...scopes: readonly string[]): Promise<string> {
  const { body } = await server.call('POST', '/v1/collie/tokens', { name: scopes.join('-'), scopes });
  return body.key;
}

beforeAll(async () => {
  const config = join(scratch.path, 'serve.yaml');
  writeFileSync(config, 'limits: {authFailuresPerMinute: 100000}\n');
  server = await TestApp.start(scratch.path, {}, { config });
  const bearer = async (...scopes: string[]) => ({ authorization: `Bearer ${await tokenOf(...scopes)}` });
  const revoked = await server.call('POST', '/v1/collie/tokens', { name: 'old', scopes: ['admin'] });
  await server.call('DELETE', `/v1/collie/tokens/${revoked.body.token.id}`);
  roles.push(
    ['nobody', {}],
    ['wrong', { 'x-bindplane-api-key': `${API_KEY}x` }],
    ['revoked', { 'x-bindplane-api-key': revoked.body.key }],
    ['agent key', { authorization: `Secret-Key ${SECRET_KEY}`, 'x-bindplane-api-key': SECRET_KEY }],
    ['read', await bearer('read')],
    ['apply', await bearer('apply')],
    ['rollout', await bearer('rollout')],
    ['admin', await bearer('admin')],
    ['API key', { 'x-bindplane-api-key': API_KEY }],
  );
  routes = (await server.call('GET', '/v1/collie/access')).body.routes;
});

afterAll(async () => {
  await server.close();
  scratch.remove();
});

async function statusOf(route: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const [method = '', path = ''] = route.split(' ');
  const abort = new AbortController();
  const response = await fetch(`${server.url}${path.replaceAll(/:\w+/g, 'absent')}`, {
    method,
    headers,
    signal: abort.signal,
  });
  // Some answers never end by themselves.
  abort.abort();
  return response.status;
}

describe('routes and roles', () => {
  it('every route has a row of its own', () => {
    const missing = routes.filter(({ route }) => {
      const [method = '', path = ''] = route.split(' ');
      return needOf(method, path) === undefined;
    });
    expect(missing, 'add a row to app/api/access.ts').toEqual([]);
    expect(routes.length).toBeGreaterThan(50);
  });

  it('every cell is what the row says', async () => {
    const wrong: string[] = [];
    for (const { route, need } of routes) {
      const asked = roles.map(async ([role, headers]) => {
        const status = await statusOf(route, headers);
        const expected = EXPECTED[need]?.[role] ?? 401;
        const seen = status === 401 || status === 403 ? status : 'yes';
        if (seen !== expected) wrong.push(`${route} as ${role}: ${status}, and the row says ${expected}`);
      });
      await Promise.all(asked);
    }
    expect(wrong).toEqual([]);
  }, 30_000);

  it('a stranger learns nothing: no path under /v1 answers otherwise than 401', async () => {
    expect(await statusOf('GET /v1/nothing/here', {})).toBe(401);
    expect(await statusOf('GET /v1/nothing/here', roles[4]![1])).toBe(404);
  });
});
