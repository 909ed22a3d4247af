import { describe, expect, it } from 'vitest';
import type { CommentRecord } from '../../../app/demo/github/state.ts';
import { APP_LIMITS } from '../../../app/limits.ts';
import { REPOSITORY } from '../github/world.ts';
import {
  checks,
  clock,
  comments,
  restart,
  feed,
  origin,
  reporter,
  reportToGitHub,
  round,
  store,
  warnings,
  world,
  writes,
} from './reporting.ts';
import { rollout, view } from './rollouts.ts';

reportToGitHub();

describe('when GitHub does not take it', () => {
  it.each([
    ['500', { status: 500 }],
    ['502, its answer lost after it was carried out', { status: 502, afterwards: true }],
    [
      'a secondary limit without a header',
      { status: 403, message: 'You have exceeded a secondary rate limit', times: 4 },
    ],
    ['429 with Retry-After', { status: 429, headers: { 'retry-after': '30' }, times: 4 }],
  ])('tries again after %s, and says it once', async (_what, fault) => {
    world.server.fail({ method: 'POST', path: /\/issues\/\d+\/comments$/, ...fault });
    feed.tell(rollout(view('stable', { offered: 3, applied: 3 }), origin));
    await round();
    const entry = await store.outbox.get(`comment ${REPOSITORY}#1 shop-node`);
    expect(entry).toMatchObject({ state: 'pending', attempts: 1 });
    await round();
    expect((await store.outbox.get(`comment ${REPOSITORY}#1 shop-node`))?.attempts).toBe(1);
    clock.advance(1000);
    await round();
    expect(comments()).toHaveLength(1);
    expect(await store.outbox.get(`comment ${REPOSITORY}#1 shop-node`)).toMatchObject({
      state: 'done',
      reference: `${world.server.url}/${REPOSITORY}/pull/1#issuecomment-${comments()[0]?.id}`,
    });
  });

  it('waits longer each time, and the last state arrives when it is back (SEC-50)', async () => {
    world.server.fail({ path: /\/(?:issues|check-runs|commits)/, status: 503, times: 1000 });
    const states = [
      view('started', { offered: 1 }),
      view('rolling-back', { offered: 1, refused: 1 }),
      view('rolled-back', { offered: 1, refused: 1, restored: 1 }),
    ];
    for (let hour = 0; hour < 6; hour += 1) {
      feed.tell(rollout(states[Math.min(hour, 2)] ?? view('started'), origin));
      for (let minute = 0; minute < 60; minute += 20) {
        clock.advance(20 * 60_000);
        await round();
      }
    }
    expect([comments().length, checks().length]).toEqual([0, 0]);
    world.server.heal();
    clock.advance(APP_LIMITS.reportRetryMs);
    await round();
    expect(comments().map(({ body }) => body.includes('Rolled back'))).toEqual([true]);
    expect(checks()).toMatchObject([{ conclusion: 'failure' }]);
  });

  it('gives up what is refused for good, until it changes', async () => {
    world.server.fail({
      method: 'POST',
      path: /\/issues\/\d+\/comments$/,
      status: 403,
      message: 'Resource not accessible by integration',
      times: 3,
    });
    feed.tell(rollout(view('started', { offered: 1 }), origin));
    for (let attempt = 0; attempt < 6; attempt += 1) {
      await round();
      clock.advance(APP_LIMITS.reportRetryMs);
    }
    expect(comments()).toHaveLength(0);
    expect(warnings.filter((warning) => warning.includes('given up'))).toHaveLength(1);
    // The check was allowed.
    expect(checks()).toHaveLength(1);
    feed.tell(rollout(view('stable', { offered: 3, applied: 3 }), origin));
    await round();
    expect(comments()).toHaveLength(1);
  });

  it('a repository where the app is not installed holds up no other', async () => {
    const elsewhere = { repository: 'other/place', pullRequest: 1, commit: origin.commit };
    feed.tell(
      rollout(view('started'), elsewhere),
      rollout({ ...view('stable'), configuration: 'shop-gateway' }, origin),
    );
    await round();
    expect(comments()).toHaveLength(1);
    expect(warnings.join('\n')).toContain('other/place#1');
  });
});

describe('restarts', () => {
  it('send what was stored and not sent, and write nothing twice', async () => {
    world.server.fail({ method: 'POST', path: /comments$|check-runs$/, status: 500, times: 2 });
    feed.tell(rollout(view('stable', { offered: 3, applied: 3 }), origin));
    await round();
    await reporter.stop();
    expect(comments()).toEqual([]);

    restart();
    await round();
    expect([comments().length, checks().length]).toEqual([1, 1]);
    await reporter.stop();

    restart();
    const before = writes();
    await round();
    expect(writes()).toBe(before);
  });

  it('find their comment again when the answer to its creation was lost', async () => {
    world.server.fail({ method: 'POST', path: /comments$/, status: 502, afterwards: true });
    feed.tell(rollout(view('started', { offered: 1 }), origin));
    await round();
    await reporter.stop();
    restart();
    feed.tell(rollout(view('stable', { offered: 3, applied: 3 }), origin));
    await round();
    expect(comments()).toHaveLength(1);
    expect(comments()[0]?.body).toContain('Stable');
  });

  it('complete checks whose rollout nobody knows any more', async () => {
    feed.tell(rollout(view('started', { offered: 1 }), origin));
    await round();
    expect(checks()[0]?.status).toBe('in_progress');
    await reporter.stop();
    restart();
    feed.tell();
    await round();
    expect(checks()).toMatchObject([{ status: 'completed', conclusion: 'neutral' }]);
    const before = writes();
    await round();
    expect(writes()).toBe(before);
  });
});

/** Lets everything that is under way take one step. */
function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

describe('the loop', () => {
  it('reports on a hint, without waiting for the next look', async () => {
    reporter.start();
    while (clock.waits.length === 0) await turn();
    feed.tell(rollout(view('stable', { offered: 3, applied: 3 }), origin));
    while (checks().length * comments().length === 0) await turn();
    expect(clock.now()).toBe(Date.parse('2026-01-02T03:04:05Z'));
  });

  it('somebody’s comment with our marker is left alone', async () => {
    feed.tell(rollout(view('started', { offered: 1 }), origin));
    await round();
    const marker = (comments()[0]?.body ?? '').split('\n', 1)[0] ?? '';
    world.server.state.comments.unshift({
      ...(comments()[0] as CommentRecord),
      id: 1,
      author: { id: 7, login: 'mallory', type: 'User' },
      body: `${marker}\nmine`,
    });
    feed.tell(rollout(view('stable', { offered: 3, applied: 3 }), origin));
    await round();
    expect(comments()[0]?.body).toBe(`${marker}\nmine`);
    expect(comments()[1]?.body).toContain('Stable');
  });
});
