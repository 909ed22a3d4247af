import type { AgentDirectory } from '../api/dependencies.ts';
import type { Engine } from '../engine/engine.ts';
import type { Store } from '../store/store.ts';

/** The agents as the API sees and changes them: in memory for reading, through the engine's queue for writing. */
export function directory(engine: Engine, store: Store): AgentDirectory {
  const { agents } = engine;
  return {
    list: () => [...agents.all()].toSorted((a, b) => (a.record.uid < b.record.uid ? -1 : 1)),
    get: (uid) => agents.get(uid),
    setLabels: (uid, labels) =>
      engine.exclusively(() => store.record((tables) => agents.putLabels(tables, uid, labels))),
    delete: (uid) => engine.exclusively(() => store.transaction((tables) => agents.delete(tables, uid))),
  };
}
