import { compareText } from '../../src/core/document/finding.ts';
import type { ReportableRollout, RolloutFeed } from '../../src/ports/rollout-feed.ts';

/**
 * Several feeds as one, the rollouts that began last first. A feed that knows nothing yet holds up no other: it is left out, and what is
 * told is then not complete.
 */
export function joinFeeds(feeds: readonly RolloutFeed[]): RolloutFeed {
  const isComplete = (feed: RolloutFeed): boolean => feed.isComplete?.() ?? true;
  return {
    async rollouts() {
      const told = await Promise.all(feeds.filter(isComplete).map((feed) => feed.rollouts()));
      return told.flat().toSorted((a, b) => compareText(startOf(b), startOf(a)));
    },
    isComplete: () => feeds.every(isComplete),
    subscribe(listener) {
      const unsubscribes = feeds.map((feed) => feed.subscribe(listener));
      return () => {
        for (const unsubscribe of unsubscribes) unsubscribe();
      };
    },
  };
}

function startOf({ view }: ReportableRollout): string {
  return view.startedAt ?? '';
}
