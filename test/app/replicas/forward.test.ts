import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { forwardWrites, type HolderOf } from '../../../app/replicas/forward.ts';
import { whileLeading } from '../../../app/replicas/while-leading.ts';
import { openSqliteStore } from '../../../app/store/sqlite.ts';

let servers: Server[] = [];

afterEach(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  servers = [];
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

type Respond = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

function serve(respond: Respond): Promise<number> {
  return listening(createServer((request, response) => void respond(request, response)));
}

/** A server that decides: it answers with what it was asked. */
async function leader(status = 202): Promise<string> {
  const port = await serve(async (request, response) => {
    const body = await textOf(request);
    const { method, url, headers } = request;
    response.writeHead(status, { 'content-type': 'application/json', 'x-from': 'leader' });
    response.end(JSON.stringify({ method, url, headers, body }));
  });
  return `http://127.0.0.1:${port}`;
}

/** A server that does not: it hands on what changes something, and says "here" to the rest. */
function follower(
  to: string | undefined,
  leads = false,
  holderOf: HolderOf = () => undefined,
): Promise<number> {
  const handle = forwardWrites({ leads, leader: to }, holderOf, { timeoutMs: 500 });
  return serve(async (request, response) => {
    if (!(await handle(request, response))) response.end('here');
  });
}

async function ask(
  port: number,
  method: string,
  path: string,
  body = '',
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; headers: IncomingMessage['headers']; text: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      void textOf(response).then((text) =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

describe('a request at a replica that does not decide', () => {
  it('goes to the one that does, with its body and credentials, and its answer comes back', async () => {
    const port = await follower(await leader());
    const answer = await ask(port, 'POST', '/v1/apply?x=1', '{"resources":[]}', {
      'x-bindplane-api-key': 'key',
      'content-type': 'application/json',
    });
    expect(answer.status).toBe(202);
    expect(answer.headers['x-from']).toBe('leader');
    expect(JSON.parse(answer.text)).toMatchObject({
      method: 'POST',
      url: '/v1/apply?x=1',
      body: '{"resources":[]}',
      headers: {
        'x-bindplane-api-key': 'key',
        'content-type': 'application/json',
        'x-collie-forwarded': '1',
      },
    });
  });

  it("goes to the one that does where it brings a collector's own metrics", async () => {
    const port = await follower(await leader(200));
    const headers = { authorization: 'Secret-Key key', 'content-type': 'application/json' };
    const answer = await ask(port, 'POST', '/v1/metrics', '{}', headers);
    expect([answer.status, answer.headers['x-from']]).toEqual([200, 'leader']);
    expect(JSON.parse(answer.text)).toMatchObject({ headers, body: '{}' });
  });

  it('keeps the status of a refusal', async () => {
    const port = await follower(await leader(409));
    expect((await ask(port, 'DELETE', '/v1/sources/a')).status).toBe(409);
  });

  it('is answered there when it only reads, or is not for the API', async () => {
    const port = await follower(await leader());
    expect((await ask(port, 'GET', '/v1/agents')).text).toBe('here');
    expect((await ask(port, 'POST', '/webhooks')).text).toBe('here');
  });

  it('is answered there when it decides after all', async () => {
    expect((await ask(await follower(undefined, true), 'POST', '/v1/apply')).text).toBe('here');
  });

  it('goes to the one that holds the agent’s socket when it is told over that', async () => {
    const at = await leader(204);
    const holderOf: HolderOf = (uid) => (uid === 'there' ? { at } : uid === 'here' ? 'here' : undefined);
    const port = await follower(await leader(202), false, holderOf);
    const status = async (method: string, path: string): Promise<number> =>
      (await ask(port, method, path)).status;
    expect(await status('PUT', '/v1/agents/there/restart')).toBe(204);
    expect(await status('DELETE', '/v1/collie/agents/there/credential?x')).toBe(204);
    expect((await ask(port, 'PUT', '/v1/agents/here/restart')).text).toBe('here');
    expect(await status('PUT', '/v1/agents/unknown/restart'), 'whoever decides says why not').toBe(202);
    expect(await status('PATCH', '/v1/agents/there/labels'), 'no matter of the socket').toBe(202);
    const deciding = await follower(undefined, true, holderOf);
    expect((await ask(deciding, 'PUT', '/v1/agents/there/restart')).status).toBe(204);
  });

  it('cannot be sent anywhere else by what stands in the request line', async () => {
    const port = await follower(await leader());
    expect((await ask(port, 'POST', 'http://127.0.0.1:1/v1/apply')).text, 'an absolute form').toBe('here');
    expect(JSON.parse((await ask(port, 'POST', '/v1/..//127.0.0.1:1/')).text).url).toBe(
      '/v1/..//127.0.0.1:1/',
    );
  });

  it.each([
    ['nobody decides', undefined, {}],
    ['it was handed on before', 'http://127.0.0.1:1', { 'x-collie-forwarded': '1' }],
  ])('is refused when %s: 503, to be sent again', async (_, to, headers) => {
    const answer = await ask(await follower(to), 'POST', '/v1/apply', '{}', headers);
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('1');
    expect(JSON.parse(answer.text).errors).toEqual([
      'no replica of this server decides at the moment; nothing was changed',
    ]);
  });

  it('is answered with 503 when the one that decides is away or takes too long', async () => {
    const silent = await listening(createServer(() => undefined));
    for (const to of ['http://127.0.0.1:1', `http://127.0.0.1:${silent}`]) {
      const answer = await ask(await follower(to), 'POST', '/v1/apply', '{}');
      expect(answer.status).toBe(503);
      expect(JSON.parse(answer.text).errors[0]).toMatch(/did not answer/);
    }
  });
});

describe('work that one process does at a time', () => {
  it('is there only while it decides; webhooks are taken in everywhere', async () => {
    const store = await openSqliteStore(':memory:', () => 1);
    const duty = { leads: false };
    const seen = whileLeading(store, duty);
    expect(await seen.deliveries.accept('d1', 'push', '{}')).toBe('new');
    await seen.outbox.put('comment', 'one');
    expect(await seen.deliveries.next()).toBeUndefined();
    expect(await store.outbox.pending()).toEqual([]);
    duty.leads = true;
    await seen.outbox.put('comment', 'one');
    expect((await seen.deliveries.next())?.id).toBe('d1');
    duty.leads = false;
    expect(await seen.outbox.pending()).toEqual([]);
    expect(await store.outbox.pending()).toHaveLength(1);
    await store.close();
  });
});
