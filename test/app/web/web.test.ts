import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConversationView } from '../../../app/conversation-view.ts';
import { pageAccess } from '../../../app/web/access.ts';
import { webPages } from '../../../app/web/web.ts';
import { HandFeed, rollout, view } from '../reporter/rollouts.ts';

let server: Server;
let feed: HandFeed;

const CONVERSATION: ConversationView = {
  repository: 'shop/collectors',
  number: 42,
  title: 'Watch <volumes>',
  author: 'ada',
  standing: 'open',
  headRef: 'change',
  baseRef: 'main',
  body: 'Because.',
  createdAt: '2026-01-02T03:04:05Z',
  headSha: 'a'.repeat(40),
  comments: [],
  checks: [],
  statuses: [],
};

async function start(onlyLocal: boolean): Promise<void> {
  feed = new HandFeed();
  const pages = webPages({
    feed,
    mayRead: pageAccess(onlyLocal, { apiKey: 'key-of-the-api', username: 'ada', password: 'pass' }),
    github: {
      pullRequestOf: (_repository, commit) =>
        commit === 'gone'
          ? Promise.reject(new Error('GitHub is down'))
          : Promise.resolve(commit === 'known' ? 7 : undefined),
      conversation: (repository, number) =>
        Promise.resolve(repository === 'shop/collectors' && number === 42 ? CONVERSATION : undefined),
    },
  });
  server = createServer((request, response) => {
    void pages(request, response).then((taken) => taken || response.writeHead(404).end());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
}

beforeEach(() => start(true));

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

function get(path = '/', method = 'GET'): Promise<Response> {
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { method });
}

describe('the overview', () => {
  it('lists pull requests with their rollouts and leads to the conversation', async () => {
    feed.tell(
      rollout(view('rolled-back', { offered: 1, refused: 1, restored: 1, neverSaw: 2 }), {
        repository: 'shop/collectors',
        pullRequest: 42,
        commit: 'a'.repeat(40),
      }),
      rollout({ ...view('stable'), configuration: 'by-hand' }),
    );
    const html = await (await get()).text();
    expect(html).toContain('<a href="/shop/collectors/pull/42">shop/collectors #42</a>');
    expect(html).toContain('<strong>shop-node</strong> version 4 · Rolled back');
    expect(html).toContain('offered 1 · applied 0 · refused 1 · restored 1 · never saw it 2');
    expect(html).toMatch(/Without a pull request.*by-hand/s);
  });

  it('finds the pull request of a commit, and goes without it when nobody knows', async () => {
    const of = (commit: string): Parameters<HandFeed['tell']>[0] =>
      rollout({ ...view('stable'), configuration: `c-${commit}` }, { repository: 'shop/collectors', commit });
    feed.tell(of('known'), of('gone'), of('direct'));
    const html = await (await get()).text();
    expect(html).toMatch(/shop\/collectors #7<\/a>.*c-known.*Without a pull request.*c-gone.*c-direct/s);
  });

  it('says so when there is nothing yet', async () => {
    expect(await (await get()).text()).toContain('No rollouts yet');
  });

  it('shows what comes from outside as text', async () => {
    const evil = '<img src=x onerror=alert(1)>"\'&';
    const hostile = {
      ...view('failed', { refused: 1 }),
      configuration: evil,
      errors: [{ message: evil, agents: [], findings: [] }],
    };
    feed.tell(rollout(hostile, { repository: `shop/${evil}`, pullRequest: 1, commit: evil }));
    const html = await (await get()).text();
    expect(html).not.toContain('<img');
    expect(
      html.match(/&lt;img src=x onerror=alert\(1\)&gt;&quot;&#39;&amp;/g)?.length,
    ).toBeGreaterThanOrEqual(3);
  });

  it('runs no script, is framed nowhere, and leaves other paths and methods alone', async () => {
    const answer = await get();
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await answer.text()).not.toMatch(/<script|\son\w+=/);
    expect((await get('/v1/version')).status).toBe(404);
    expect((await get('/', 'POST')).status).toBe(404);
    expect(await (await get('/', 'HEAD')).text()).toBe('');
  });
});

describe('a conversation', () => {
  it('is shown at the path that GitHub gives it', async () => {
    const html = await (await get('/shop/collectors/pull/42')).text();
    expect(html).toContain('Watch &lt;volumes&gt; <span class="number">#42</span>');
    expect(html).toContain('Because.');
  });

  it('is not there when GitHub has none, or the path is no such path', async () => {
    expect((await get('/shop/collectors/pull/43')).status).toBe(404);
    expect(await (await get('/shop/collectors/pull/43')).text()).toContain('No such pull request');
    expect(await (await get('/shop/collectors/pull/42/files')).text()).toBe('');
  });
});

describe('who may see pages', () => {
  const basic = (user: string, password: string): Record<string, string> => ({
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  });
  const hosts = { local: 'localhost:3001', other: 'collie.example' };
  const ask = (onlyLocal: boolean, headers: Record<string, string>): boolean =>
    pageAccess(onlyLocal, { apiKey: 'key-of-the-api', username: 'ada', password: 'pass' })(
      Object.assign(Object.create(null), { headers }),
    );

  it.each([
    ['everybody on a listener of this machine', true, { host: hosts.local }, true],
    ['nobody through another name (rebinding, a proxy)', true, { host: hosts.other }, false],
    ['nobody from elsewhere who only says it is local', false, { host: hosts.local }, false],
    ['a user of the API', false, { host: hosts.other, ...basic('ada', 'pass') }, true],
    ['whoever has the key', false, { host: hosts.other, ...basic('', 'key-of-the-api') }, true],
    ['no wrong password', false, { host: hosts.other, ...basic('ada', 'word') }, false],
    ['no empty one', false, { host: hosts.other, ...basic('', '') }, false],
  ] as const)('%s', (_who, onlyLocal, headers, allowed) => {
    expect(ask(onlyLocal, headers)).toBe(allowed);
  });

  it('opens no page to a user without a password when there is none', () => {
    const may = pageAccess(false, { apiKey: '', username: '', password: '' });
    expect(may(Object.assign(Object.create(null), { headers: basic('', '') }))).toBe(false);
  });
});

it('asks for the password where the server can be reached from elsewhere', async () => {
  server.close();
  await start(false);
  const answer = await get();
  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toContain('Basic');
});
