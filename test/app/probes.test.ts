import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { probes } from '../../app/probes.ts';

let server: Server | undefined;

afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

async function probed(
  storeAnswers: () => Promise<unknown>,
  takesAgents: boolean,
  path: string,
): Promise<{ status: number; text: string }> {
  const handle = probes({ storeAnswers, takesAgents: () => takesAgents, timeoutMs: 20 });
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!(await handle(request, response))) response.writeHead(404).end();
  };
  server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: response.status, text: await response.text() };
}

const ANSWERS = (): Promise<unknown> => Promise.resolve();
const BROKEN = (): Promise<unknown> => Promise.reject(new Error('password of the store'));
const SILENT = (): Promise<unknown> => new Promise(() => undefined);

it('is ready when the store answers and agents are taken', async () => {
  expect(await probed(ANSWERS, true, '/readyz')).toEqual({ status: 200, text: '{"status":"ok"}' });
});

it.each([
  ['a store that fails', BROKEN, true, 'the store does not answer'],
  ['a store that says nothing', SILENT, true, 'the store does not answer'],
  ['a server that stops', ANSWERS, false, 'agents are not taken: the server is starting or stopping'],
])('is not ready with %s, and says so without a secret', async (_, storeAnswers, takesAgents, problem) => {
  expect(await probed(storeAnswers, takesAgents, '/readyz')).toEqual({
    status: 503,
    text: JSON.stringify({ status: 'not ready', problems: [problem] }),
  });
});

it('is alive whatever the store does: a restart would not help', async () => {
  expect((await probed(BROKEN, false, '/livez')).status).toBe(200);
});

it('leaves other paths alone', async () => {
  expect((await probed(ANSWERS, true, '/v1/agents')).status).toBe(404);
});
