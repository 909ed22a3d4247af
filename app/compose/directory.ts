import { restartCommand } from '../../src/core/opamp/command.ts';
import type { AgentLink } from '../../src/ports/agent-link.ts';
import type { AgentDirectory } from '../api/dependencies.ts';
import type { Engine } from '../engine/engine.ts';
import type { Store } from '../store/store.ts';

/**
 * The agents as the API sees and changes them: in memory for reading, through the engine's queue for writing. They are told to restart where
 * the policy allows it; `link` is asked for only when agents are there.
 */
export function directory(
  engine: Engine,
  store: Store,
  policy: { readonly restart: boolean },
  link: () => Pick<AgentLink, 'send'>,
): AgentDirectory {
  const { agents } = engine;
  return {
    list: () => [...agents.all()].toSorted((a, b) => (a.record.uid < b.record.uid ? -1 : 1)),
    get: (uid) => agents.get(uid),
    setLabels: (uid, labels) =>
      engine.exclusively(() => agents.putLabels((work) => store.record(work), new Map([[uid, labels]]))),
    setLabelsOf: (changes) =>
      engine.exclusively(async () => {
        await agents.putLabels((work) => store.transaction(work), new Map(changes));
      }),
    restart: (uid) => {
      const record = agents.get(uid)?.record;
      if (record === undefined) return 'there is no such agent';
      if (!policy.restart) {
        return 'agents are restarted by whoever runs them: no restart is sent unless the settings allow it (opamp: {restart: true})';
      }
      const command = restartCommand(record);
      if ('refused' in command) return command.refused;
      return link().send(uid, command.message) ? undefined : 'the agent is not connected here';
    },
    delete: (uid) => engine.exclusively(() => agents.delete((work) => store.transaction(work), uid)),
  };
}
