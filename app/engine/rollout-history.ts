import { replay, until, type RolloutEvent } from '../../src/core/rollout/events.ts';
import type { AgentRollout } from '../../src/core/fleet/agent-state.ts';
import { logEntries, type LogEntry } from '../../src/core/rollout/log-entries.ts';
import type { Rollout } from '../../src/core/rollout/rollout.ts';
import type { Store } from '../store/store.ts';

/** A rollout as it was at a moment, and what had happened until then. */
export interface RolloutPast {
  readonly rollout: Rollout;
  readonly entries: readonly LogEntry[];
}

/** What an agent was at a moment in one rollout. */
export interface AgentPast extends AgentRollout {
  readonly rollout: string;
  readonly entries: readonly LogEntry[];
}

/** Rollouts that are looked through for one agent. */
const LOOKED = 100;

/** Answers from the logs of rollouts: what ran where, when, and who had asked for it. */
export class RolloutHistory {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * The newest rollout of a configuration (of one version where it is named) that had begun by `at`, as it was then; now
   * where no moment is named. `agent` leaves out what befell other agents.
   */
  async of(
    configuration: string,
    { version, at, agent }: { readonly version?: number; readonly at?: number; readonly agent?: string },
  ): Promise<RolloutPast | undefined> {
    for (const { id } of await this.#store.rollouts.recentRevisions(LOOKED)) {
      const events = await this.#store.rollouts.events(id);
      const past = this.#past(events, at);
      const isMeant =
        past?.configuration === configuration && (version === undefined || past.version === version);
      if (past === undefined || !isMeant) continue;
      const known = at === undefined ? events : until(events, at);
      return { rollout: past, entries: logEntries(known, agent) };
    }
    return undefined;
  }

  /** What an agent (by uid) was at a moment in the rollouts that had begun by then, the newest of each configuration, newest first. */
  async ofAgent(agent: string, at: number): Promise<readonly AgentPast[]> {
    const found: AgentPast[] = [];
    const seen = new Set<string>();
    for (const { id } of await this.#store.rollouts.recentRevisions(LOOKED)) {
      const events = until(await this.#store.rollouts.events(id), at);
      const past = replay(events);
      const member = past?.members.find((one) => one.agent === agent);
      if (past === undefined || member === undefined || seen.has(past.configuration)) continue;
      seen.add(past.configuration);
      found.push({
        rollout: id,
        configuration: past.configuration,
        version: past.version,
        state: past.state,
        member: member.state,
        ...(member.fault === undefined ? {} : { fault: member.fault.message }),
        ...(past.reason === undefined ? {} : { reason: past.reason }),
        entries: logEntries(events, agent),
      });
    }
    return found;
  }

  #past(events: readonly RolloutEvent[], at: number | undefined): Rollout | undefined {
    return replay(at === undefined ? events : until(events, at));
  }
}
