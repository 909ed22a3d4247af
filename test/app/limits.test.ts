import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APP_LIMITS } from '../../app/limits.ts';
import { API_KEY, TestApp, scratchFolder } from '../support/app.ts';

/** Limits of requests over HTTP, each at the limit and one beyond it (reference/reliability-security.md §3.3). */
const folders = [scratchFolder(), scratchFolder()] as const;
let server: TestApp;
/** One without patience. */
let hasty: TestApp;

beforeAll(async () => {
  const start = (folder: string, limits: string): Promise<TestApp> => {
    const config = join(folder, 'serve.yaml');
    writeFileSync(config, `limits: ${limits}\n`);
    return TestApp.start(folder, {}, { config });
  };
  const [usual, other] = folders;
  server = await start(usual.path, '{authFailuresPerMinute: 1000}');
  hasty = await start(other.path, '{headersTimeoutMs: 200, requestTimeoutMs: 400}');
});

afterAll(async () => {
  await server.close();
  await hasty.close();
  for (const folder of folders) folder.remove();
});

it('have their stated defaults', () => {
  expect(APP_LIMITS).toMatchObject({
    restBodyBytes: 10 * 1024 * 1024,
    smallBodyBytes: 2 * 1024 * 1024,
    webhookBodyBytes: 26 * 1024 * 1024,
    webhooksInFlight: 64,
    webhookReadMs: 10_000,
    headerBytes: 8192,
    headersTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
    queryCharacters: 1024,
    authFailuresPerMinute: 10,
    retryAfterMinSeconds: 30,
    retryAfterMaxSeconds: 120,
  });
});

/** JSON of so many bytes that asks for nothing. */
function bodyOf(bytes: number, start: string, end: string): string {
  return `${start}${' '.repeat(bytes - start.length - end.length)}${end}`;
}

async function post(
  path: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<number> {
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : new Uint8Array(body),
    headers: { 'x-bindplane-api-key': API_KEY, 'content-type': 'application/json', ...headers },
  });
  await response.text();
  return response.status;
}

describe('a body', () => {
  it.each([
    ['/v1/apply', APP_LIMITS.restBodyBytes, 202],
    ['/v1/collie/tokens', APP_LIMITS.smallBodyBytes, 400],
    ['/v1/collie/github-tokens', APP_LIMITS.smallBodyBytes, 404],
  ])('of %s has %i bytes at most, and one more gets 413', async (path, limit, taken) => {
    const [start, end] = path === '/v1/apply' ? ['{"resources":[', ']}'] : ['{"token":"x"', '}'];
    expect(await post(path, bodyOf(limit, start, end))).toBe(taken);
    expect(await post(path, bodyOf(limit + 1, start, end))).toBe(413);
  });

  it('counts after inflating', async () => {
    const gzip = { 'content-encoding': 'gzip' };
    const packed = (bytes: number): Buffer => gzipSync(bodyOf(bytes, '{"resources":[', ']}'));
    expect(await post('/v1/apply', packed(APP_LIMITS.restBodyBytes), gzip)).toBe(202);
    expect(await post('/v1/apply', packed(APP_LIMITS.restBodyBytes + 1), gzip)).toBe(413);
  });
});

/** Sends raw bytes and gives the status of the answer; 0 when the connection ends without one. */
async function raw(text: string, port = server.app.http.port): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(text);
  return statusOn(socket);
}

async function statusOn(socket: Socket): Promise<number> {
  let answer = '';
  for await (const chunk of socket) {
    answer += String(chunk);
    if (answer.includes('\r\n')) break;
  }
  socket.destroy();
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
}

describe('headers', () => {
  it('have 8 KiB in all, and one more byte gets 431', async () => {
    // Node counts names and values.
    const sent = (padding: number): string =>
      `GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Pad: ${'a'.repeat(padding)}\r\n\r\n`;
    let [fits, over] = [0, APP_LIMITS.headerBytes * 2];
    while (over - fits > 1) {
      const middle = Math.floor((fits + over) / 2);
      if ((await raw(sent(middle))) === 200) fits = middle;
      else over = middle;
    }
    expect(await raw(sent(over))).toBe(431);
    expect(sent(fits).length).toBeGreaterThan(APP_LIMITS.headerBytes - 256);
    expect(sent(fits).length).toBeLessThan(APP_LIMITS.headerBytes + 256);
  });

  it.each([
    ['that do not come', ''],
    ['that do not end', 'GET /health HTTP/1.1\r\nHost: a\r\n'],
  ])('%s end the connection (SEC-69)', async (_, text) => {
    expect([0, 408]).toContain(await raw(text, hasty.app.http.port));
    expect([0, 408]).toContain(await raw(text, hasty.app.opamp.port));
  });
});

it('a body that does not end is cut off (SEC-69)', async () => {
  const head = `POST /v1/apply HTTP/1.1\r\nHost: a\r\nX-Bindplane-Api-Key: ${API_KEY}\r\nContent-Length: 100\r\n\r\n{`;
  expect([0, 408]).toContain(await raw(head, hasty.app.http.port));
});

it('SEC-70: connections beyond a tenth more than agents may have end before anything is said', async () => {
  const folder = scratchFolder();
  const config = join(folder.path, 'serve.yaml');
  writeFileSync(config, 'limits: {connections: 10}\n');
  const small = await TestApp.start(folder.path, {}, { config });
  const held: Socket[] = [];
  for (const port of [small.app.http.port, small.app.opamp.port]) {
    for (let count = 0; count < 11; count += 1) {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      held.push(socket);
    }
    expect(await raw('GET /livez HTTP/1.1\r\nHost: a\r\n\r\n', port)).toBe(0);
    held.pop()?.destroy();
    while ((await raw('GET /livez HTTP/1.1\r\nHost: a\r\n\r\n', port)) !== 200);
  }
  for (const socket of held) socket.destroy();
  await small.close();
  folder.remove();
});

describe('texts in a request', () => {
  const get = (path: string): Promise<number> => server.call('GET', path).then(({ status }) => status);
  const token = (name: string): Promise<number> =>
    server.call('POST', '/v1/collie/tokens', { name, scopes: ['read'] }).then(({ status }) => status);

  it.each([
    ['a query', (size: number) => get(`/v1/agents?query=${'a'.repeat(size)}`), 1024, 200],
    ['a selector', (size: number) => get(`/v1/agents?selector=a=${'a'.repeat(size - 2)}`), 1024, 200],
    ['the name of a token', (size: number) => token('a'.repeat(size)), 63, 201],
    ['a page of the audit log', (size: number) => get(`/v1/collie/audit?limit=${size}`), 9999, 200],
  ])('%s has its limit, and one more is refused', async (_, ask, limit, status) => {
    expect(await ask(limit)).toBe(status);
    expect([400, 404, 414]).toContain(await ask(limit + 1));
  });
});
