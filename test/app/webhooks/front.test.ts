import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { APP_LIMITS } from '../../../app/limits.ts';
import { isSigned, WEBHOOK_PATH, webhookFront } from '../../../app/webhooks/front.ts';
import { ManualClock } from '../manual-clock.ts';

const SECRET = 'b3f1c2d4e5a697887766554433221100';
const EARLIER = '00112233445566778899aabbccddeeff';

let server: Server;
let clock: ManualClock;
let stored: { id: string; event: string; payload: string }[];
let accepted: number;
let refusals: string[];
let broken: boolean;

beforeEach(async () => {
  clock = new ManualClock();
  [stored, refusals, accepted, broken] = [[], [], 0, false];
  const front = webhookFront({
    secrets: [SECRET, EARLIER],
    events: new Set(['pull_request']),
    clock,
    deliveries: {
      async accept(id, event, payload) {
        if (broken) throw new Error('disk full: secret payload');
        if (stored.some((delivery) => delivery.id === id)) return 'duplicate';
        stored.push({ id, event, payload });
        return 'new';
      },
    },
    onAccepted: () => {
      accepted += 1;
    },
    onRefused: (status, reason) => refusals.push(`${status} ${reason}`),
  });
  server = createServer((request, response) => {
    void front(request, response).then((taken) => taken || response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

function port(): number {
  return (server.address() as AddressInfo).port;
}

function sign(body: string | Buffer, secret = SECRET): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

async function post(
  body: string | Buffer,
  headers: Record<string, string | undefined> = {},
): Promise<{ status: number; message: string }> {
  const given = {
    'content-type': 'application/json',
    'x-github-event': 'pull_request',
    'x-github-delivery': 'd-1',
    'x-hub-signature-256': sign(body),
    ...headers,
  };
  const present = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const answer = await fetch(`http://127.0.0.1:${port()}${WEBHOOK_PATH}`, {
    method: 'POST',
    body: new Uint8Array(Buffer.from(body)),
    headers: present,
  });
  const { message } = (await answer.json()) as { message: string };
  return { status: answer.status, message };
}

/** Sends bytes as they are and gives the status line of the answer. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port(), '127.0.0.1', () => socket.write(text));
    socket.setEncoding('utf8');
    socket.on('data', (data: string) => {
      resolve(data.split('\r\n', 1)[0] ?? '');
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

function head(lines: readonly string[]): string {
  const all = [
    `POST ${WEBHOOK_PATH} HTTP/1.1`,
    'host: localhost',
    'content-type: application/json',
    'x-github-event: pull_request',
    'x-github-delivery: d-1',
    `x-hub-signature-256: ${sign('')}`,
    ...lines,
  ];
  return `${all.join('\r\n')}\r\n\r\n`;
}

describe('a webhook', () => {
  it('is stored word for word before it is answered, and wakes the worker', async () => {
    const body = '{"action":"closed", "number": 7, "title": "naïve ✓"}';
    expect(await post(body)).toEqual({ status: 202, message: 'new' });
    expect(stored).toEqual([{ id: 'd-1', event: 'pull_request', payload: body }]);
    expect(accepted).toBe(1);
  });

  it('is stored once, however often it comes (SEC-45)', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => post('{}')));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(19);
    expect(stored).toHaveLength(1);
    expect(accepted).toBe(1);
  });

  it('is answered 500 when it could not be stored, so that GitHub lists it as failed (SEC-46)', async () => {
    broken = true;
    expect(await post('{}')).toEqual({ status: 500, message: 'the delivery could not be stored' });
    expect(refusals.join()).not.toContain('secret payload');
  });

  it('of an event nobody handles is acknowledged and forgotten', async () => {
    expect(await post('{}', { 'x-github-event': 'star' })).toEqual({ status: 200, message: 'ignored' });
    expect(await post('{}', { 'x-github-event': 'ping' })).toEqual({ status: 200, message: 'pong' });
    expect(stored).toEqual([]);
  });

  it('leaves every other path to others', async () => {
    expect((await fetch(`http://127.0.0.1:${port()}/v1/version`)).status).toBe(204);
    expect((await fetch(`http://127.0.0.1:${port()}${WEBHOOK_PATH}/x`, { method: 'POST' })).status).toBe(204);
  });
});

describe('signatures (SEC-40)', () => {
  it('fit GitHub’s own example', () => {
    const told = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    const body = Buffer.from('Hello, World!');
    expect(isSigned(body, told, ["It's a Secret to Everybody"])).toBe(true);
    expect(isSigned(body, told, ["It's a secret to everybody"])).toBe(false);
  });

  it('of the earlier secret are taken while it is being changed', async () => {
    expect(await post('{}', { 'x-hub-signature-256': sign('{}', EARLIER) })).toMatchObject({ status: 202 });
  });

  it.each([
    ['missing', undefined],
    ['of another secret', sign('{"a":1}', 'x'.repeat(32))],
    ['in upper case', sign('{"a":1}').toUpperCase().replace('SHA', 'sha')],
    ['cut short', sign('{"a":1}').slice(0, -1)],
    ['SHA-1', `sha1=${createHmac('sha1', SECRET).update('{"a":1}').digest('hex')}`],
    ['of the same value written otherwise', sign('{"a": 1}')],
    ['of one byte changed', sign('{"a":2}')],
    ['without its prefix', sign('{"a":1}').slice(7)],
  ])('%s are refused', async (_what, signature) => {
    expect(await post('{"a":1}', { 'x-hub-signature-256': signature })).toMatchObject({ status: 401 });
    expect(stored).toEqual([]);
  });

  it('are checked before anything is parsed: bad JSON unsigned is 401, signed it is 400', async () => {
    expect(await post('{', { 'x-hub-signature-256': sign('[') })).toMatchObject({ status: 401 });
    for (const body of ['{', '[]', 'null', '"x"']) expect(await post(body)).toMatchObject({ status: 400 });
    expect(await post(Buffer.from([0x7b, 0xff, 0x7d]))).toMatchObject({ status: 400 });
    expect(stored).toEqual([]);
  });

  it('are named in no refusal, nor is the body', async () => {
    await post('{"canary":"tell-nobody"}', { 'x-hub-signature-256': sign('other') });
    expect(refusals).toEqual(['401 the signature does not fit']);
  });
});

describe('limits (SEC-43)', () => {
  it('refuse by Content-Length before a byte of the body is read', async () => {
    const line = await raw(head([`content-length: ${APP_LIMITS.webhookBodyBytes + 1}`]));
    expect(line).toBe('HTTP/1.1 413 Payload Too Large');
  });

  it('count the bytes where no length is told', async () => {
    const chunk = `100000\r\n${'x'.repeat(1024 * 1024)}\r\n`;
    let sent = 0;
    await new Promise<void>((resolve) => {
      const socket = connect(port(), '127.0.0.1');
      const more = (): void => {
        for (let free = true; free && sent < 64; sent += 1) free = socket.write(chunk);
      };
      socket.write(head(['transfer-encoding: chunked']));
      socket.on('drain', more);
      // Who goes on sending sees the connection end, with or without the answer.
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
      more();
    });
    expect(refusals).toEqual(['413 the body is too large']);
    expect(sent).toBeLessThan(64);
  });

  it('end a body that does not come', async () => {
    const answer = raw(head(['content-length: 10']));
    while (clock.waits.length === 0) await new Promise((resolve) => void setImmediate(resolve));
    clock.advance(APP_LIMITS.webhookReadMs);
    expect(await answer).toBe('HTTP/1.1 408 Request Timeout');
  });

  it('take so many at once and send the next away with Retry-After', async () => {
    const sockets = Array.from({ length: APP_LIMITS.webhooksInFlight }, () => {
      const socket = connect(port(), '127.0.0.1', () => socket.write(head(['content-length: 10'])));
      return socket;
    });
    while (clock.waits.length < sockets.length) await new Promise((resolve) => void setImmediate(resolve));
    expect(await post('{}')).toMatchObject({ status: 503 });
    for (const socket of sockets) socket.destroy();
    // Room is made as soon as the others are gone.
    let status = 503;
    while (status === 503) ({ status } = await post('{}'));
    expect(status).toBe(202);
  });

  it.each([
    ['another method', 'GET', 405],
    ['a form', 'POST', 415],
  ])('refuse %s', async (_what, method, status) => {
    const answer = await fetch(`http://127.0.0.1:${port()}${WEBHOOK_PATH}`, {
      method,
      headers: { 'x-github-event': 'push', 'x-github-delivery': 'd', 'x-hub-signature-256': sign('') },
    });
    expect(answer.status).toBe(status);
  });
});
