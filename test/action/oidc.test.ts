import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../src/io/clock.ts';
import { API_KEY, TestApp, rawConfiguration, scratchFolder } from '../support/app.ts';
import { action, inputVariables, type ActionResult } from './support.ts';

const AUDIENCE = 'https://collie.shop.example';
const scratch = scratchFolder();
const work = join(scratch.path, 'work');
let issuer: Server;
let issuerUrl: string;
let server: TestApp;
let keys: Awaited<ReturnType<typeof generateKeyPair>>;

beforeAll(async () => {
  keys = await generateKeyPair('RS256');
  const set = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }] };
  issuer = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(set));
  }).listen(0, '127.0.0.1');
  await once(issuer, 'listening');
  const address = issuer.address();
  issuerUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  const config = join(scratch.path, 'serve.yaml');
  const rule = {
    repository: 'shop/fleet',
    repositoryId: '4711',
    ref: 'refs/heads/main',
    scopes: ['apply', 'rollout'],
  };
  const github = { issuer: issuerUrl, audience: AUDIENCE, rules: [rule] };
  writeFileSync(config, JSON.stringify({ identity: { github } }));
  server = await TestApp.start(join(scratch.path, 'store'), {}, { config });
  mkdirSync(work);
  writeFileSync(join(work, 'node.yaml'), JSON.stringify(rawConfiguration('node', 'one')));
  const git = (...args: readonly string[]): void => void execFileSync('git', [...args], { cwd: work });
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('-c', 'user.name=t', '-c', 'user.email=t@shop.example', 'commit', '-q', '-m', 'one');
});

afterAll(async () => {
  await server.close();
  issuer.close();
  scratch.remove();
});

/** GitHub's token for a job of a branch. */
async function token(audience: string, ref: string): Promise<string> {
  return new SignJWT({
    repository: 'shop/fleet',
    repository_id: '4711',
    ref,
    event_name: 'push',
    jti: crypto.randomUUID(),
  })
    .setProtectedHeader({ alg: 'RS256', kid: 'one' })
    .setIssuer(issuerUrl)
    .setAudience(audience)
    .setIssuedAt()
    .setNotBefore('-1m')
    .setExpirationTime('5m')
    .sign(keys.privateKey);
}

function apply(
  idToken?: (audience: string) => Promise<string>,
  to: Readonly<Record<string, string>> = { 'control-plane': server.url, 'oidc-audience': AUDIENCE },
): Promise<ActionResult> {
  const inputs = { mode: 'apply', wait: '0', ...to };
  const sha = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: work, encoding: 'utf8' }).trim();
  return action({
    environment: {
      GITHUB_EVENT_NAME: 'push',
      GITHUB_REPOSITORY: 'shop/fleet',
      GITHUB_REF: 'refs/heads/main',
      GITHUB_SHA: sha,
      GITHUB_WORKSPACE: work,
      ...inputVariables(inputs),
    },
    event: { repository: { default_branch: 'main' } },
    clock: systemClock,
    ...(idToken === undefined ? {} : { idToken }),
  });
}

it('a job applies with GitHub’s own token, and no key is kept anywhere', async () => {
  let given = '';
  const result = await apply(async (audience) => (given = await token(audience, 'refs/heads/main')));
  expect(result.log.filter((line) => line.startsWith('error'))).toEqual([]);
  expect(result.code).toBe(0);
  expect((await server.call('GET', '/v1/configurations')).body.configurations).toHaveLength(1);
  const [shownToken, key] = result.masked;
  expect(shownToken).toBe(given);
  expect(key).toMatch(/^collie_/);
  expect(JSON.stringify([result.log, result.outputs, result.summary])).not.toContain(key);
  const { body } = await server.call('GET', '/v1/collie/audit');
  const actors = body.entries.map(({ actor }: { actor: { name: string } }) => actor.name);
  expect(new Set(actors)).toEqual(new Set(['shop/fleet refs/heads/main']));
});

it('a job of another branch is told why not', async () => {
  const result = await apply((audience) => token(audience, 'refs/heads/topic'));
  expect(result.code).toBe(1);
  expect(result.log.join('\n')).toContain(
    'no rule lets shop/fleet refs/heads/topic on push do anything here',
  );
});

it('a key that is an input is masked before anything else is said', async () => {
  const inputs = { mode: 'lint', 'api-key': 'key-of-an-input', password: 'password-of-an-input' };
  const { masked } = await action({
    environment: { GITHUB_EVENT_NAME: 'push', GITHUB_WORKSPACE: work, ...inputVariables(inputs) },
    event: {},
  });
  expect(masked).toEqual(['key-of-an-input', 'password-of-an-input']);
});

it('a job without the right to a token is told which', async () => {
  const result = await apply(() =>
    Promise.reject(new Error('Unable to get ACTIONS_ID_TOKEN_REQUEST_URL env variable')),
  );
  expect(result.code).toBe(1);
  expect(result.log.join('\n')).toContain('Give the job `permissions: {id-token: write}`');
});

it('a job with app-url asks for a token for the app’s own address, unless it has a key', async () => {
  const asked: string[] = [];
  const idToken = async (audience: string): Promise<string> => {
    asked.push(audience);
    return token(AUDIENCE, 'refs/heads/main');
  };
  const { masked } = await apply(idToken, { 'app-url': `${server.url}/` });
  expect(asked).toEqual([server.url]);
  expect(masked[1]).toMatch(/^collie_/);
  await apply(idToken, { 'app-url': server.url, 'oidc-audience': AUDIENCE });
  expect(asked).toEqual([server.url, AUDIENCE]);
  await apply(idToken, { 'app-url': server.url, 'api-key': API_KEY });
  expect(asked).toHaveLength(2);
});

it('a job with app-url and neither a key nor the right to a token is told what it lacks', async () => {
  const result = await apply(() => Promise.reject(new Error('Unable to get ACTIONS_ID_TOKEN_REQUEST_URL')), {
    'app-url': server.url,
  });
  expect(result.code).toBe(1);
  expect(result.outputs['reason-code']).toBe('unauthorized');
  expect(result.log.find((line) => line.startsWith('warning'))).toContain(
    'Give the job `permissions: {id-token: write}`, or set the input api-key',
  );
});
