import type { Store } from '../store/store.ts';
import type { Agents } from './agents.ts';

/**
 * Writes what agents said until now, some of them in one transaction; `between` lets others have their turn. What is said
 * meanwhile waits for the next time. Rejects with the store's error; what was not written is news still.
 */
export async function writeNews(
  agents: Agents,
  store: Store,
  between: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  for (let left = agents.unwritten; ; await between()) {
    const news = agents.takeNews();
    if (news === undefined) return;
    try {
      await store.record((tables) => agents.write(tables, news));
    } catch (error) {
      agents.putBack(news);
      throw error;
    }
    left -= news.records.length;
    if (left <= 0) return;
  }
}
