import { describe, expect, it } from 'vitest';
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
  warnings,
  world,
  writes,
} from './reporting.ts';
import { rollout, view } from './rollouts.ts';

reportToGitHub();

describe('a rollout', () => {
  it('is one comment and one check, from its start to its end', async () => {
    const steps = [
      view('pending'),
      view('started', { offered: 1 }),
      view('started', { offered: 2, applied: 1 }),
      view('stable', { offered: 3, applied: 3, neverSaw: 0 }),
    ];
    for (const step of steps) {
      feed.tell(rollout(step, origin));
      await round();
      clock.advance(APP_LIMITS.reportIntervalMs);
    }
    expect(comments()).toHaveLength(1);
    expect(comments()[0]).toMatchObject({ number: 1, author: { login: 'collie[bot]' } });
    expect(comments()[0]?.body).toContain('### 🟢 Stable');
    expect(checks()).toHaveLength(1);
    expect(checks()[0]).toMatchObject({
      sha: origin.commit,
      name: 'Rollout: shop-node',
      status: 'completed',
      conclusion: 'success',
    });
    expect(warnings).toEqual([]);
  });

  it('that is refused shows the agent’s own words, its line, and an annotation there', async () => {
    feed.tell(rollout(view('rolled-back', { offered: 1, refused: 1, restored: 1, neverSaw: 2 }), origin));
    await round();
    const body = comments()[0]?.body ?? '';
    expect(body).toContain("```text\n'metrics' has invalid keys: k8s.pod.volume.usage @shop/everybody\n```");
    expect(body).toContain(
      `${world.server.url}/${REPOSITORY}/blob/${origin.commit}/bindplane/sources.yaml#L2`,
    );
    const [check] = checks();
    expect(check).toMatchObject({ status: 'completed', conclusion: 'failure' });
    expect(check?.annotations).toMatchObject([
      { path: 'bindplane/sources.yaml', startLine: 2, level: 'failure' },
    ]);
  });

  it('of several configurations has a comment and a check each', async () => {
    const other = { ...view('started', { offered: 1 }), configuration: 'shop-gateway' };
    feed.tell(rollout(view('started', { offered: 1 }), origin), rollout(other, origin));
    await round();
    expect(comments()).toHaveLength(2);
    expect(
      checks()
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['Rollout: shop-gateway', 'Rollout: shop-node']);
  });

  it('that was begun anew takes the place of the earlier one, in whatever order they are told', async () => {
    const earlier = rollout(view('failed', { refused: 1 }, { toVersion: 4 }), origin);
    const later = rollout(view('started', { offered: 1 }, { toVersion: 5 }), origin);
    feed.tell(earlier, later);
    await round();
    expect(comments()[0]?.body).toContain('3 → 5');
    feed.tell(later, earlier);
    await round();
    expect(comments()).toHaveLength(1);
    expect(checks()).toHaveLength(1);
    expect(checks()[0]).toMatchObject({ status: 'in_progress', conclusion: null });
  });

  it('without an origin is nobody’s on GitHub', async () => {
    feed.tell(rollout(view('started')));
    await round();
    expect(writes()).toBe(0);
  });

  it('of a commit alone finds its pull request; of a direct push it is a check only', async () => {
    const direct = await world.commit('main', 'Direct', { 'README.md': 'changed\n' });
    feed.tell(
      rollout(view('started'), { repository: REPOSITORY, commit: origin.commit }),
      rollout(
        { ...view('started'), configuration: 'shop-gateway' },
        { repository: REPOSITORY, commit: direct },
      ),
    );
    await round();
    expect(comments().map(({ number }) => number)).toEqual([1]);
    expect(checks().map(({ sha }) => sha)).toEqual([origin.commit, direct]);
  });
});

describe('how often', () => {
  it('counts wait for the interval and only the newest are written', async () => {
    feed.tell(rollout(view('started', { offered: 1 }), origin));
    await round();
    const before = writes();
    for (let applied = 0; applied < 50; applied += 1) {
      feed.tell(rollout(view('started', { agents: 99, offered: applied + 1, applied }), origin));
      await round();
    }
    expect(writes()).toBe(before);
    clock.advance(APP_LIMITS.reportIntervalMs);
    await round();
    expect(writes()).toBe(before + 2);
    expect(comments()[0]?.body).toContain('49 of 99 agents applied it');
  });

  it('the first refusal and every change of state go out at once', async () => {
    const states = [
      view('started', { offered: 1 }),
      view('started', { offered: 2, refused: 1 }),
      view('rolling-back', { offered: 2, refused: 1 }),
      view('rolled-back', { offered: 2, refused: 1, restored: 2 }),
    ];
    for (const [index, state] of states.entries()) {
      feed.tell(rollout(state, origin));
      await round();
      expect(writes()).toBe(2 * (index + 1));
    }
    expect(checks()[0]?.conclusion).toBe('failure');
  });

  it('nothing is written when nothing changed', async () => {
    feed.tell(rollout(view('started', { offered: 1 }), origin));
    await round();
    clock.advance(10 * APP_LIMITS.reportIntervalMs);
    const before = writes();
    await round();
    expect(writes()).toBe(before);
  });

  it('stays below the writes a minute, keeps room for what is urgent, and tells the last state (SEC-25)', async () => {
    restart({ ...APP_LIMITS, reportsPerMinute: 4, urgentReportsPerMinute: 6 });
    const all = (state: 'started' | 'stable', applied: number): void =>
      feed.tell(
        ...['a', 'b', 'c', 'd', 'e'].map((configuration) =>
          rollout({ ...view(state, { offered: 3, applied }), configuration }, origin),
        ),
      );
    const minute = async (): Promise<number> => {
      const before = writes();
      clock.advance(60_000);
      await round();
      return writes() - before;
    };
    all('started', 0);
    await round();
    expect(writes()).toBe(6);
    expect(await minute()).toBe(4);
    all('started', 1);
    expect(await minute()).toBe(4);
    all('stable', 3);
    await round();
    // Two more fit at once, because they are urgent.
    expect([await minute(), await minute()]).toEqual([6, 2]);
    expect(comments().filter(({ body }) => body.includes('### 🟢 Stable'))).toHaveLength(5);
    expect(checks().filter(({ conclusion }) => conclusion === 'success')).toHaveLength(5);
  });
});

describe('a rollout of a BindPlane server', () => {
  const started = view('started', { offered: 1 }, { engine: 'bindplane' });

  /** The Action's comment on the same rollout. */
  function actionWrites(): void {
    const body = '<!-- collie:rollout v1 key=shop%2Dnode head=abc -->\nby the Action';
    const author = { id: 7, login: 'github-actions[bot]', type: 'Bot' as const };
    const [repository] = world.server.state.repositories;
    if (repository === undefined) throw new Error('no repository');
    const at = '2026-01-02T03:04:05Z';
    const number = origin.pullRequest ?? 0;
    const comment = { id: 2, repository, number, author, body, createdAt: at, updatedAt: at, reactions: [] };
    world.server.state.comments.push(comment);
  }

  it('is left to the Action where that tells it; the app keeps the check', async () => {
    actionWrites();
    feed.tell(rollout(started, origin));
    await round();
    expect(comments().map(({ author }) => author.login)).toEqual(['github-actions[bot]']);
    expect(checks()).toHaveLength(1);
    expect(warnings).toEqual([]);
  });

  it('is told by the app until the Action does', async () => {
    feed.tell(rollout(started, origin));
    await round();
    expect(comments().map(({ author }) => author.login)).toEqual(['collie[bot]']);
    actionWrites();
    feed.tell(rollout({ ...started, state: 'failed' }, origin));
    await round();
    expect(comments().map(({ author }) => author.login)).toEqual(['github-actions[bot]']);
    expect(checks()).toMatchObject([{ conclusion: 'failure' }]);
  });

  it('of our own engine is told beside any other comment', async () => {
    actionWrites();
    feed.tell(rollout(view('started', { offered: 1 }), origin));
    await round();
    expect(comments()).toHaveLength(2);
  });

  it('that was not asked for yet after a restart leaves its check open', async () => {
    feed.tell(rollout(started, origin));
    await round();
    await reporter.stop();
    restart();
    feed.complete = false;
    feed.tell();
    await round();
    expect(checks()).toMatchObject([{ status: 'in_progress' }]);
    feed.complete = true;
    await round();
    expect(checks()).toMatchObject([{ status: 'completed', conclusion: 'neutral' }]);
  });
});
