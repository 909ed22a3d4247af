import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conversationPage } from '../../../app/web/conversation.ts';
import { readConversation } from '../../../app/webhooks/read-conversation.ts';
import { octokit } from '../../../src/action/octokit.ts';
import { ManualClock } from '../manual-clock.ts';
import { createWorld, REPOSITORY, type World } from './world.ts';

const READ = { pull_requests: 'read', checks: 'read', statuses: 'read' } as const;

describe('pages', () => {
  let world: World;

  beforeAll(async () => {
    world = await createWorld();
    await world.commit('change', 'Change', { 'bindplane/sources.yaml': 'one\n2\nthree\n' });
    const pull = await world.server.openPullRequest(REPOSITORY, {
      title: 'Watch <volumes>',
      body: 'Because.',
      head: 'change',
      login: 'ada',
    });
    const token = world.server.createToken('github-actions[bot]', {
      pull_requests: 'write',
      checks: 'write',
      statuses: 'write',
    });
    const call = (path: string, body: unknown): Promise<Response> =>
      fetch(`${world.server.url}/repos/${REPOSITORY}${path}`, {
        method: 'POST',
        headers: { authorization: `token ${token}` },
        body: JSON.stringify(body),
      });
    await call('/issues/1/comments', {
      body: '### 🔴 2 of 3 will refuse\n\n| a | b |\n|---|---|\n| 1 | 2 |',
    });
    await call(`/statuses/${pull.headSha}`, {
      state: 'success',
      context: 'collie/reviewed',
      description: 'plan <1>',
    });
    await call('/check-runs', {
      name: 'Rollout: shop-node',
      head_sha: pull.headSha,
      conclusion: 'failure',
      output: {
        title: 'Rolled back',
        summary: '**no**',
        annotations: [
          {
            path: 'bindplane/sources.yaml',
            start_line: 2,
            end_line: 2,
            annotation_level: 'failure',
            message: 'bad <key>',
          },
        ],
      },
    });
    world.tick(60_000);
    await world.server.mergePullRequest(REPOSITORY, 1, 'ada');
  });

  afterAll(async () => {
    await world.close();
  });

  it('show the conversation, checks with annotations, statuses and the merge', async () => {
    const answer = await fetch(`${world.server.url}/${REPOSITORY}/pull/1`);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = await answer.text();
    expect(html).toContain('Watch &lt;volumes&gt; <span class="number">#1</span>');
    expect(html).toContain('<span class="badge merged">merged</span>');
    expect(html).toMatch(/Because\..*github-actions\[bot\].*2 of 3 will refuse.*<td>1<\/td>.*merged commit/s);
    expect(html).toMatch(
      /badge failure">failure<\/span> <strong>Rollout: shop-node.*sources.yaml:2.*bad &lt;key&gt;/s,
    );
    expect(html).toMatch(
      /badge success">success<\/span> <strong>collie\/reviewed<\/strong> · plan &lt;1&gt;/,
    );
    expect(html).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
    expect(html).not.toContain('<script');
  });

  it('are the same when an app reads the conversation through the API', async () => {
    const own = await (await fetch(`${world.server.url}/${REPOSITORY}/pull/1`)).text();
    const client = octokit(world.server.createToken('collie[bot]', READ), world.server.url);
    const view = await readConversation(client, REPOSITORY, 1, new ManualClock());
    expect(view?.comments).toHaveLength(1);
    expect(view?.checks[0]?.annotations).toHaveLength(1);
    expect(view === undefined ? '' : conversationPage(view)).toBe(own);
    expect(await readConversation(client, REPOSITORY, 9, new ManualClock())).toBeUndefined();
  });

  it('go without checks and statuses that the app may not read', async () => {
    const token = world.server.createToken('collie[bot]', { pull_requests: 'read' });
    const client = octokit(token, world.server.url);
    const view = await readConversation(client, REPOSITORY, 1, new ManualClock());
    expect(view).toMatchObject({ checks: [], statuses: [], comments: [{ isBot: true }] });
  });

  it('have an index that leads there, and nothing for what is not', async () => {
    const index = await (await fetch(`${world.server.url}/`)).text();
    expect(index).toContain(`<a href="/${REPOSITORY}/pull/1">Watch &lt;volumes&gt;</a>`);
    expect((await fetch(`${world.server.url}/${REPOSITORY}/pull/9`)).status).toBe(404);
  });
});
