import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { ownMetrics } from '../../../app/compose/own-metrics.ts';
import { readConfig } from '../../../app/config.ts';
import { Engine } from '../../../app/engine/engine.ts';
import type { RequestHandler } from '../../../app/http.ts';
import { openSqliteStore } from '../../../app/store/sqlite.ts';
import { scratchFolder } from '../../support/app.ts';
import { ManualClock } from '../manual-clock.ts';

it('an export goes first where other requests go that change something: to the process that decides', async () => {
  const config = readConfig({ environment: {}, readFile: () => undefined });
  const { limits, timings } = config;
  const scratch = scratchFolder();
  const clock = new ManualClock();
  const store = await openSqliteStore(scratch.path, () => clock.now());
  const engine = new Engine({ store, clock, limits, timings, warn: () => undefined });
  const admission = { admit: () => ({ credential: 'key-1' }), speaksFor: () => true, reportsFor: () => true };
  const asked: (string | undefined)[] = [];
  const handlers: readonly RequestHandler[] = [
    async (request, response) => {
      asked.push(request.url);
      response.end('handed on');
      return true;
    },
  ];
  const metrics = await ownMetrics({ config, store, clock }, { engine, admission, shared: { handlers } });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!(await metrics.handler(request, response))) response.end('not for it');
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await (await fetch(`${url}/v1/metrics`, { method: 'POST', body: 'x' })).text()).toBe('handed on');
  expect(await (await fetch(`${url}/v1/traces`, { method: 'POST', body: 'x' })).text()).toBe('not for it');
  expect(asked).toEqual(['/v1/metrics']);
  server.close();
  server.closeAllConnections();
  await store.close();
  scratch.remove();
});
