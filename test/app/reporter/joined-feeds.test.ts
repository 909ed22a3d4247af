import { describe, expect, it } from 'vitest';
import { joinFeeds } from '../../../app/reporter/joined-feeds.ts';
import { HandFeed, rollout, view } from './rollouts.ts';

/** A feed that has not asked anybody yet. */
class LateFeed extends HandFeed {
  override complete = false;

  override rollouts(): ReturnType<HandFeed['rollouts']> {
    return this.complete ? super.rollouts() : Promise.reject(new Error('not asked yet'));
  }
}

const at = (startedAt: string): ReturnType<typeof rollout> => rollout(view('started', {}, { startedAt }));

describe('joined feeds', () => {
  it('tell the rollouts of all, the newest first', async () => {
    const [one, other] = [new HandFeed(), new HandFeed()];
    const [early, middle, late] = [at('2026-01-01'), at('2026-01-02'), at('2026-01-03')];
    one.told = [late, early];
    other.told = [middle];
    const joined = joinFeeds([one, other]);
    expect(await joined.rollouts()).toEqual([late, middle, early]);
    expect(joined.isComplete?.()).toBe(true);
  });

  it('wait for none that knows nothing yet, and say so', async () => {
    const [ready, late] = [new HandFeed(), new LateFeed()];
    ready.told = [at('2026-01-01')];
    late.told = [at('2026-01-02')];
    const joined = joinFeeds([ready, late]);
    expect(await joined.rollouts()).toEqual(ready.told);
    expect(joined.isComplete?.()).toBe(false);
    late.complete = true;
    expect(await joined.rollouts()).toHaveLength(2);
    expect(joined.isComplete?.()).toBe(true);
  });

  it('pass on that one cannot be read', async () => {
    const broken = new LateFeed();
    broken.isComplete = () => true;
    await expect(joinFeeds([new HandFeed(), broken]).rollouts()).rejects.toThrow('not asked yet');
  });

  it('pass on the hints of each until nobody listens', () => {
    const feeds = [new HandFeed(), new HandFeed()];
    let hints = 0;
    const unsubscribe = joinFeeds(feeds).subscribe(() => {
      hints += 1;
    });
    for (const feed of feeds) feed.tell();
    expect(hints).toBe(2);
    unsubscribe();
    for (const feed of feeds) feed.tell();
    expect(hints).toBe(2);
  });
});
