import { disconnected } from '../../src/core/opamp/session.ts';
import type { Store } from '../store/store.ts';

/** Frees the rows of agents whose process is gone: nobody is connected to them. Those that came to `own` meanwhile stay. Rejects with the store's error. */
export async function giveUpAgents(
  store: Store,
  uids: readonly string[],
  own: string,
  now: number,
): Promise<void> {
  await store.transaction(async (tables) => {
    for (const uid of uids) {
      const agent = await tables.agents.get(uid);
      if (agent?.owner === undefined || agent.owner === own) continue;
      const record = disconnected(agent.record, now);
      await tables.agents.putRecords([{ record, claim: false }], agent.owner);
    }
  });
}
