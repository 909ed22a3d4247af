import nock from 'nock';
import pino from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSqliteStore } from '../../../app/store/sqlite.ts';
import type { Store } from '../../../app/store/store.ts';
import { createWebhooks } from '../../../app/webhooks/index.ts';
import { APP_KEYS } from '../github/world.ts';
import { SkippingClock } from '../manual-clock.ts';

/** The same against api.github.com itself, word for word what goes over the wire. */

let store: Store;
const clock = new SkippingClock();

beforeEach(async () => {
  nock.disableNetConnect();
  nock.enableNetConnect('127.0.0.1');
  store = await openSqliteStore(':memory:', () => clock.now());
});

afterEach(async () => {
  nock.cleanAll();
  nock.enableNetConnect();
  await store.close();
});

it('asks GitHub as the installation that the event came from, and for what it needs alone', async () => {
  const github = nock('https://api.github.com', {
    reqheaders: { authorization: /^(bearer eyJ|token ghs_one)/ },
  })
    .get('/app')
    .reply(200, { slug: 'collie' })
    .post('/app/installations/7/access_tokens')
    .reply(201, {
      token: 'ghs_one',
      expires_at: '2099-01-01T00:00:00Z',
      permissions: {},
      repository_selection: 'all',
    })
    .get('/repos/shop/collectors/pulls/41')
    .reply(200, {
      number: 41,
      merged: true,
      merged_at: '2026-01-02T03:04:05Z',
      merge_commit_sha: 'a'.repeat(40),
      head: { sha: 'b'.repeat(40) },
      base: { ref: 'main' },
      title: 'Change',
      html_url: 'https://github.com/shop/collectors/pull/41',
    });
  const side = await createWebhooks({
    appId: 4242,
    privateKey: APP_KEYS.privateKey,
    webhookSecret: 'b3f1c2d4e5a697887766554433221100',
    log: pino({ level: 'silent' }),
    store,
    clock,
    onMerge: () => undefined,
  });
  const repository = { full_name: 'shop/collectors', name: 'collectors', owner: { login: 'shop' } };
  const payload = { action: 'closed', number: 41, repository, installation: { id: 7 } };
  await store.deliveries.accept('d-1', 'pull_request', JSON.stringify(payload));
  side.start();
  await side.idle();
  expect(github.pendingMocks()).toEqual([]);
  expect(await side.merges.find('shop/collectors', 'a'.repeat(40))).toMatchObject({
    pullRequest: 41,
    branch: 'main',
  });
  await side.stop();
});

it('does nothing for a webhook that came from no installation', async () => {
  const side = await createWebhooks({
    appId: 4242,
    privateKey: APP_KEYS.privateKey,
    webhookSecret: 'b3f1c2d4e5a697887766554433221100',
    log: pino({ level: 'silent' }),
    store,
    clock,
    onMerge: () => undefined,
  });
  await store.deliveries.accept('d-1', 'pull_request', JSON.stringify({ action: 'closed', number: 41 }));
  side.start();
  await side.idle();
  expect(await store.deliveries.next()).toBeUndefined();
  await side.stop();
});
