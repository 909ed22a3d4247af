import { MockAgent } from 'undici';
import { beforeEach, describe, expect, it } from 'vitest';
import { httpClient, retryAfterMs, type HttpClient } from '../../src/io/http.ts';
import type { Clock } from '../../src/ports/clock.ts';

const ORIGIN = 'https://control.example';
let agent: MockAgent;
let waits: number[];

const clock: Clock = {
  now: () => Date.parse('2026-01-01T00:00:00Z'),
  wait: async (durationMs) => {
    waits.push(durationMs);
  },
};

function client(): HttpClient {
  return httpClient({
    url: `${ORIGIN}/`,
    name: 'The control plane',
    headers: { 'x-key': 'secret-value' },
    secrets: ['secret-value'],
    clock,
    dispatcher: agent,
  });
}

function reply(
  method: string,
  path: string,
  status: number,
  body: string | object,
  headers: Record<string, string> = {},
): void {
  agent
    .get(ORIGIN)
    .intercept({ method, path })
    .reply(status, body, { headers: { 'content-type': 'application/json', ...headers } });
}

beforeEach(() => {
  agent = new MockAgent();
  agent.disableNetConnect();
  waits = [];
});

describe('reads', () => {
  it('are tried again after what Retry-After asks for', async () => {
    reply('GET', '/x', 429, {}, { 'retry-after': '7' });
    reply('GET', '/x', 503, {}, { 'retry-after': 'Thu, 01 Jan 2026 00:00:03 GMT' });
    reply('GET', '/x', 200, { ok: true });
    expect((await client().request('GET', '/x')).json).toEqual({ ok: true });
    expect(waits).toEqual([7000, 3000]);
  });

  it('give up in words when the server asks for more than a minute', async () => {
    reply('GET', '/x', 429, { errors: ['slow down'] }, { 'retry-after': '3600' });
    await expect(client().request('GET', '/x')).rejects.toMatchObject({
      code: 'rate-limited',
      message: 'The control plane answered 429 for /x: slow down',
    });
    expect(waits).toEqual([]);
  });

  it('are tried again when the connection breaks, then say why', async () => {
    agent
      .get(ORIGIN)
      .intercept({ path: '/x' })
      .replyWithError(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))
      .times(4);
    await expect(client().request('GET', '/x')).rejects.toMatchObject({
      code: 'unreachable',
      retryable: true,
    });
    expect(waits).toEqual([500, 1000, 2000]);
  });
});

describe('writes', () => {
  it('are never sent twice', async () => {
    reply('POST', '/apply', 503, { errors: ['busy'] });
    reply('POST', '/apply', 200, {});
    await expect(client().request('POST', '/apply', {})).rejects.toMatchObject({ code: 'server-error' });
    expect(waits).toEqual([]);
  });
});

describe('messages', () => {
  it('name the variable to look at when the key is refused, and never the key', async () => {
    reply('GET', '/x', 401, { errors: ['bad key secret-value'] });
    const failure = await client()
      .request('GET', '/x')
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'unauthorized',
      hint: expect.stringContaining('BINDPLANE_API_KEY'),
    });
    expect(String(failure)).not.toContain('secret-value');
  });

  it('show a web page as words, not as tags', async () => {
    reply('GET', '/x', 500, '<html><body><h1>Bad   gateway</h1></body></html>', {
      'content-type': 'text/html',
    });
    await expect(client().request('GET', '/x')).rejects.toMatchObject({
      message: expect.stringMatching(/: Bad gateway$/),
    });
  });
});

describe('Retry-After', () => {
  it.each([
    ['3', 3000],
    ['0', 0],
    ['-5', 0],
    ['Thu, 01 Jan 2026 00:00:10 GMT', 10_000],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s → %s ms', (header, expected) => {
    expect(retryAfterMs(header, clock.now())).toBe(expected);
  });
});
