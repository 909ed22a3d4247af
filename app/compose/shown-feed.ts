import type { RolloutFeed } from '../../src/ports/rollout-feed.ts';
import { wordsWithout } from '../api/redact-words.ts';
import type { Redaction } from '../identity/redaction.ts';
import type { StoreTables } from '../store/store.ts';

/** Rollouts as pages show them: without secrets in what agents said. */
export function shownFeed(
  feed: RolloutFeed,
  redaction: Redaction,
  store: Pick<StoreTables, 'resources'>,
): RolloutFeed {
  return {
    rollouts: async () => {
      const rollouts = await feed.rollouts();
      await redaction.learn(store);
      return rollouts.map((rollout) => ({
        ...rollout,
        view: wordsWithout(rollout.view, (text) => redaction.text(text)),
      }));
    },
    isComplete: () => feed.isComplete?.() ?? true,
    subscribe: (listener) => feed.subscribe(listener),
  };
}
