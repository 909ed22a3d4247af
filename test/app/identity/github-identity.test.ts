import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SignJWT, UnsecuredJWT, exportJWK, exportSPKI, generateKeyPair } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../../app/config.ts';
import { GitHubIdentity } from '../../../app/identity/github-identity.ts';
import type { GitHubTrust } from '../../../app/identity-settings.ts';
import { TestApp, scratchFolder } from '../../support/app.ts';
import { ManualClock } from '../manual-clock.ts';

const ISSUER = 'https://token.actions.githubusercontent.com';
const AUDIENCE = 'https://collie.shop.example';
const TRUST: GitHubTrust = {
  issuer: ISSUER,
  audience: AUDIENCE,
  rules: [
    {
      repository: 'shop/fleet',
      repositoryId: '4711',
      ref: 'refs/heads/main',
      environment: 'production',
      workflow: 'shop/fleet/.github/workflows/apply.yml@refs/heads/main',
      scopes: ['apply', 'rollout'],
    },
    { repository: 'shop/fleet', repositoryId: '4711', scopes: ['read'] },
    { repository: 'shop/other', repositoryId: '4712', ref: 'refs/heads/main', scopes: ['apply'] },
  ],
};
const CLAIMS = {
  repository: 'shop/fleet',
  repository_id: '4711',
  ref: 'refs/heads/main',
  environment: 'production',
  job_workflow_ref: 'shop/fleet/.github/workflows/apply.yml@refs/heads/main',
  event_name: 'push',
  run_id: '17',
};

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;
let keys: Keys;
let strangers: Keys;
let spki: string;
const clock = new ManualClock();

beforeAll(async () => {
  keys = await generateKeyPair('RS256', { extractable: true });
  strangers = await generateKeyPair('RS256', { extractable: true });
  spki = await exportSPKI(keys.publicKey);
});

interface Change {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly without?: string;
  readonly key?: Parameters<SignJWT['sign']>[0];
  readonly alg?: string;
  readonly kid?: string;
  /** Seconds from now. */
  readonly times?: { readonly iat?: number; readonly nbf?: number; readonly exp?: number };
  readonly issuer?: string;
  readonly audience?: string | readonly string[];
}

let tokens = 0;

/** A token as GitHub makes it, but for what a test changes. */
function token({
  claims,
  without,
  key,
  alg = 'RS256',
  kid = 'one',
  times = {},
  ...change
}: Change = {}): Promise<string> {
  const now = Math.floor(clock.now() / 1000);
  const { iat = 0, nbf = -300, exp = 300 } = times;
  const payload: Record<string, unknown> = {
    ...CLAIMS,
    jti: `token-${(tokens += 1)}`,
    iss: change.issuer ?? ISSUER,
    aud: change.audience ?? AUDIENCE,
    iat: now + iat,
    nbf: now + nbf,
    exp: now + exp,
    ...claims,
  };
  if (without !== undefined) delete payload[without];
  return new SignJWT(payload).setProtectedHeader({ alg, kid }).sign(key ?? keys.privateKey);
}

async function keySet(kid = 'one', pair = keys): Promise<object> {
  return { keys: [{ ...(await exportJWK(pair.publicKey)), kid, alg: 'RS256', use: 'sig' }] };
}

/** What becomes of a token: the scopes, or why not. */
async function verdict(text: string, identity?: GitHubIdentity): Promise<string> {
  const known = identity ?? new GitHubIdentity(TRUST, () => keySet(), clock);
  const run = await known.identify(text);
  return 'refused' in run ? `${run.refused}: ${run.why}` : run.scopes.join(' ');
}

describe('SEC-12: a token of GitHub', () => {
  it('gives what the rules say', async () => {
    expect(await verdict(await token())).toBe('apply rollout read');
    expect(await verdict(await token({ claims: { event_name: 'workflow_dispatch' } }))).toBe(
      'apply rollout read',
    );
    expect(await verdict(await token({ times: { exp: -59 } })), 'a minute of grace').toContain('apply');
    expect(await verdict(await token({ audience: [AUDIENCE, 'https://elsewhere'] }))).toContain('apply');
  });

  it.each<[string, string, () => string | Promise<string>]>([
    [
      'without a signature',
      'unknown',
      () =>
        new UnsecuredJWT({ ...CLAIMS, jti: 'x' })
          .setIssuer(ISSUER)
          .setAudience(AUDIENCE)
          .setExpirationTime('5m')
          .encode(),
    ],
    [
      'signed with the public key as a secret',
      'unknown',
      () => token({ alg: 'HS256', key: new TextEncoder().encode(spki) }),
    ],
    [
      'signed by another RSA scheme',
      'unknown',
      async () => token({ alg: 'PS256', key: (await generateKeyPair('PS256')).privateKey }),
    ],
    ['signed by a stranger', 'unknown', () => token({ key: strangers.privateKey })],
    ['that names no known key', 'unknown', () => token({ kid: 'two' })],
    ['of another issuer', 'unknown', () => token({ issuer: `${ISSUER}.evil.example` })],
    ['of an enterprise’s issuer', 'unknown', () => token({ issuer: `${ISSUER}/shop` })],
    ['for another audience', 'unknown', () => token({ audience: 'https://github.com/shop' })],
    ['for no audience', 'unknown', () => token({ without: 'aud' })],
    ['that ended a minute and a second ago', 'unknown', () => token({ times: { exp: -61 } })],
    ['that begins in ten minutes', 'unknown', () => token({ times: { nbf: 600 } })],
    ['without an end', 'unknown', () => token({ without: 'exp' })],
    ['without an id', 'unknown', () => token({ without: 'jti' })],
    ['without a repository’s number', 'unknown', () => token({ without: 'repository_id' })],
    ['of another repository', 'forbidden', () => token({ claims: { repository: 'evil/fleet' } })],
    ['of a new repository of the same name', 'forbidden', () => token({ claims: { repository_id: '9999' } })],
    ['whose number is no text', 'forbidden', () => token({ claims: { repository_id: 4711 } })],
    ['with a claim that is a list', 'forbidden', () => token({ claims: { repository: ['shop/fleet'] } })],
    [
      'with one bit changed',
      'unknown',
      async () => {
        const text = await token();
        const at = text.length - 9;
        return `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
      },
    ],
    [
      'with another payload',
      'unknown',
      async () => {
        const [head, , tail] = (await token()).split('.');
        const body = Buffer.from(JSON.stringify({ ...CLAIMS, repository: 'evil/fleet' })).toString(
          'base64url',
        );
        return `${head}.${body}.${tail}`;
      },
    ],
    ['cut off', 'unknown', async () => (await token()).slice(0, 200)],
    ['that is none', 'unknown', () => 'a.b.c'],
    ['of 64 KiB', 'unknown', () => 'a'.repeat(65_536)],
  ])('%s is refused as %s', async (_, refused, make) => {
    expect((await verdict(await make())).split(':')[0]).toBe(refused);
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['another branch', { ref: 'refs/heads/feature' }],
    ['a tag of that name', { ref: 'refs/tags/main' }],
    ['no environment', { environment: undefined }],
    ['another workflow', { job_workflow_ref: 'shop/fleet/.github/workflows/test.yml@refs/heads/main' }],
    [
      'that workflow of another branch',
      { job_workflow_ref: 'shop/fleet/.github/workflows/apply.yml@refs/heads/x' },
    ],
    ['a pull request', { event_name: 'pull_request' }],
    ['a pull request’s target', { event_name: 'pull_request_target' }],
    ['a comment', { event_name: 'issue_comment' }],
    ['what follows another run', { event_name: 'workflow_run' }],
  ])('from %s may read, and no more', async (_, claims) => {
    expect(await verdict(await token({ claims }))).toBe('read');
  });

  it('of a pull request gets nothing where no rule lets it read', async () => {
    const claims = { repository: 'shop/other', repository_id: '4712', event_name: 'pull_request' };
    expect(await verdict(await token({ claims }))).toBe(
      'forbidden: no rule lets shop/other refs/heads/main on pull_request do anything here',
    );
  });
});

describe('the keys of the issuer', () => {
  it('are read once an hour, again for a new key, and not for each stranger', async () => {
    let reads = 0;
    let set = await keySet();
    const identity = new GitHubIdentity(TRUST, async () => ((reads += 1), set), clock);
    for (let turn = 0; turn < 5; turn += 1) await verdict(await token(), identity);
    expect(reads).toBe(1);
    const stranger = await token({ key: strangers.privateKey, kid: 'two' });
    for (let turn = 0; turn < 5; turn += 1) expect(await verdict(stranger, identity)).toContain('unknown');
    expect(reads, 'asked half a minute ago').toBe(1);
    clock.advance(30_000);
    set = await keySet('two', strangers);
    expect(await verdict(stranger, identity)).toContain('apply');
    expect(reads).toBe(2);
    clock.advance(3_600_000);
    await verdict(await token({ key: strangers.privateKey, kid: 'two' }), identity);
    expect(reads).toBe(3);
  });

  it('stay good while GitHub does not answer; without any nobody is let in', async () => {
    let answers = true;
    const read = async (): Promise<object> => {
      if (!answers) throw new Error('502');
      return keySet();
    };
    const identity = new GitHubIdentity(TRUST, read, clock);
    expect(await verdict(await token(), identity)).toContain('apply');
    answers = false;
    clock.advance(86_400_000);
    expect(await verdict(await token(), identity)).toContain('apply');
    const fresh = new GitHubIdentity(TRUST, read, clock);
    await expect(fresh.identify(await token())).rejects.toThrow('cannot be read, so nobody can be known');
  });
});

describe('a workflow run', () => {
  const scratch = scratchFolder();
  let issuer: Server;
  let server: TestApp;

  beforeAll(async () => {
    const set = JSON.stringify(await keySet());
    issuer = createServer((request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(request.url === '/.well-known/jwks' ? set : '{}');
    }).listen(0, '127.0.0.1');
    await once(issuer, 'listening');
    const address = issuer.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const config = join(scratch.path, 'serve.yaml');
    const trust = { ...TRUST, issuer: `http://127.0.0.1:${port}` };
    writeFileSync(config, JSON.stringify({ identity: { github: trust } }));
    server = await TestApp.start(scratch.path, {}, { config, clock: undefined as never });
    (server as { issuer?: string }).issuer = trust.issuer;
  });

  afterAll(async () => {
    await server.close();
    issuer.close();
    scratch.remove();
  });

  function current(claims = {}): Promise<string> {
    const shift = Math.floor((Date.now() - clock.now()) / 1000);
    const times = { iat: shift, nbf: shift - 60, exp: shift + 300 };
    return token({ issuer: (server as { issuer?: string }).issuer ?? '', times, claims });
  }

  const exchange = (text: string) => server.call('POST', '/v1/collie/github-tokens', { token: text }, {});

  it('gets a key for its token, once, and with it what the rules say', async () => {
    const text = await current();
    const first = await exchange(text);
    expect(first).toMatchObject({ status: 201, body: { scopes: ['apply', 'rollout', 'read'] } });
    const headers = { 'x-bindplane-api-key': first.body.key };
    expect((await server.call('GET', '/v1/agents', undefined, headers)).status).toBe(200);
    expect((await server.call('POST', '/v1/apply', { resources: [] }, headers)).status).toBe(202);
    expect((await server.call('GET', '/v1/collie/tokens', undefined, headers)).status).toBe(403);
    const again = await exchange(text);
    expect(again).toEqual({
      status: 401,
      body: { errors: ["GitHub's token is refused: it was used before"] },
    });
    const { body } = await server.call('GET', '/v1/collie/audit');
    expect(body.entries.map(({ actor, action }: any) => `${actor.kind} ${actor.name}: ${action}`)).toEqual([
      'github shop/fleet refs/heads/main run 17: POST /v1/apply',
      'github shop/fleet refs/heads/main run 17: POST /v1/collie/github-tokens',
    ]);
  });

  it('is told what is wrong, and slowed down when it guesses', async () => {
    const other = await exchange(await current({ repository: 'evil/fleet' }));
    expect(other.status).toBe(403);
    expect(other.body.errors[0]).toContain(
      'no rule lets evil/fleet refs/heads/main on push do anything here',
    );
    for (let guess = 0; guess < 10; guess += 1) await exchange(`guess-${guess}`);
    expect((await exchange(await current())).status).toBe(429);
  });
});

it.each([
  ['{audience: a, rules: []}', /identity\.github\.rules must NOT have fewer than 1 items/],
  [
    '{rules: [{repository: a/b, repositoryId: "1", scopes: [read]}]}',
    /must have required property 'audience'/,
  ],
  ['{audience: a, rules: [{repository: a/b, scopes: [read]}]}', /must have required property 'repositoryId'/],
  [
    '{audience: a, rules: [{repository: a/b, repositoryId: "1", scopes: [apply]}]}',
    /name its ref or its environment/,
  ],
  [
    '{audience: a, rules: [{repository: a/b, repositoryId: "1", scopes: [root]}]}',
    /must be equal to one of the allowed values/,
  ],
  [
    '{audience: a, admin: true, rules: [{repository: a/b, repositoryId: "1", scopes: [read]}]}',
    /must NOT have additional properties admin/,
  ],
])('settings that mean nothing are refused: %s', (text, words) => {
  const file = { name: 'serve.yaml', text: `identity: {github: ${text}}\n` };
  expect(() => readConfig({ environment: {}, file, readFile: () => undefined })).toThrow(words);
});
