import { afterAll, beforeAll, expect, it } from 'vitest';
import { APP_COMMANDS } from '../../../app/cli.ts';
import { runCli } from '../../../src/cli/index.ts';
import { systemClock } from '../../../src/io/clock.ts';
import { API_KEY, TestApp, scratchFolder } from '../../support/app.ts';

const scratch = scratchFolder();
let server: TestApp;

beforeAll(async () => {
  server = await TestApp.start(scratch.path);
});

afterAll(async () => {
  await server.close();
  scratch.remove();
});

async function collie(line: string, key = API_KEY): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const terminal = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    isTerminal: false,
    colour: false,
    columns: 100,
    environment: { BINDPLANE_REMOTE_URL: server.url, BINDPLANE_API_KEY: key },
    directory: scratch.path,
    clock: systemClock,
    input: async () => '',
  };
  const code = await runCli(line.split(' '), terminal, APP_COMMANDS);
  return { code, out, err };
}

it('makes a token, lists it without its key, uses it, and takes it away', async () => {
  const made = await collie('tokens create ci-plan --scope read --days 30');
  expect(made.err).toBe('This is the only time the key is shown.\n');
  const key = made.out.trim();
  const listed = await collie('tokens list');
  expect(listed.out).toMatch(/^ID +NAME +SCOPES +STATE .*\n[0-9a-f]{16} +ci-plan +read +good +API key /);
  expect(listed.out).not.toContain(key.split('_').at(-1));
  expect((await collie('tokens list', key)).err).toContain(
    'forbidden: this needs the scope admin; ci-plan has read',
  );
  expect((await server.call('GET', '/v1/agents', undefined, { 'x-bindplane-api-key': key })).status).toBe(
    200,
  );
  expect(await collie(`tokens revoke ${key.split('_')[1]}`)).toMatchObject({ code: 0 });
  expect((await server.call('GET', '/v1/agents', undefined, { 'x-bindplane-api-key': key })).status).toBe(
    401,
  );
  expect((await collie(`tokens revoke ${key.split('_')[1]}`)).code).toBe(1);
});

it('a revoked token is told nothing more, also by answers that never end', async () => {
  const { body } = await server.call('POST', '/v1/collie/tokens', { name: 'watcher', scopes: ['read'] });
  const headers = { 'x-bindplane-api-key': body.key };
  const events = await fetch(`${server.url}/v1/collie/events`, { headers });
  const ended = events.text().then(
    () => 'ended',
    () => 'ended',
  );
  await server.call('DELETE', `/v1/collie/tokens/${body.token.id}`);
  expect(await ended).toBe('ended');
});

it('prints every route with the scopes that may use it', async () => {
  const { out } = await collie('tokens routes');
  const line = (route: string): string | undefined =>
    out.split('\n').find((text) => text.startsWith(`${route} `));
  expect(out.split('\n')[0]).toMatch(/^ROUTE +NOBODY +READ +APPLY +ROLLOUT +ADMIN$/);
  expect(line('GET /health')).toMatch(/ yes +yes +yes +yes +yes$/);
  expect(line('POST /v1/apply')).toMatch(/^POST \/v1\/apply {20,}yes {13}yes$/);
  expect(line('GET /v1/collie/tokens')).toMatch(/^GET \/v1\/collie\/tokens {20,}yes$/);
});

it.each([
  ['tokens create ci', /required option '--scope/],
  ['tokens create ci --scope root', /Allowed choices are read, apply, rollout, admin/],
])('%s is wrong usage', async (line, words) => {
  const { code, err } = await collie(line);
  expect(code).toBe(64);
  expect(err).toMatch(words);
});
