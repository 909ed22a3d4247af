import type { Resource } from '../../src/core/bindplane/resource.ts';
import { eventsOf } from '../../src/core/rollout/events.ts';
import type { Rollout } from '../../src/core/rollout/rollout.ts';
import { assigner } from '../../src/core/fleet/assignment.ts';
import { KnownRollouts } from '../store/tables/known-rollouts.ts';
import type { ConfigName, StoredAgent, StoredConfig, StoreTables } from '../store/store.ts';
import { effectiveLabels } from './agents.ts';
import { resourcesOf } from './resources.ts';

/** Configurations and fleets as assignment sees them. */
export interface Assigned {
  readonly configurations: readonly Resource[];
  readonly fleets: readonly Resource[];
  /** The name of the configuration that an agent is to run; labels that were asked about before are not looked at again. */
  readonly nameFor: (agent: StoredAgent) => string | undefined;
}

/** Assignment over resources, remembered for as long as agents keep their labels. */
function assignedBy(resources: Omit<Assigned, 'nameFor'>): Assigned {
  const assign = assigner(resources);
  const known = new WeakMap<object, { readonly labels: object; readonly name: string | undefined }>();
  return {
    ...resources,
    nameFor: (agent) => {
      const { record, labels } = agent;
      const found = known.get(record.labels);
      if (found?.labels === labels) return found.name;
      const name = assign(effectiveLabels(agent))?.configuration.name;
      known.set(record.labels, { labels, name });
      return name;
    },
  };
}

/**
 * What rounds ask the store for again and again, read once. Texts of configs never change under their hash; rollouts are told apart by their
 * last writing; the rest is forgotten (`forget`) whenever this process or another may have written it.
 */
export class Remembered {
  readonly #configs = new Map<string, StoredConfig>();
  readonly #foreign = new Set<string>();
  readonly #rollouts = new KnownRollouts();
  #assigned: Assigned | undefined;
  #current: ReadonlyMap<string, ConfigName> | undefined;

  /** Resources, statuses or configs may have been written. */
  forget(): void {
    this.#assigned = undefined;
    this.#current = undefined;
    this.#foreign.clear();
  }

  /** A version became another one's current version. */
  forgetCurrent(): void {
    this.#current = undefined;
  }

  async config(tables: StoreTables, hash: string): Promise<StoredConfig | undefined> {
    const known = this.#configs.get(hash);
    if (known !== undefined || this.#foreign.has(hash)) return known;
    const found = await tables.configs.byHash(hash);
    if (found === undefined) this.#foreign.add(hash);
    else this.#configs.set(hash, found);
    return found;
  }

  async assigned(tables: StoreTables): Promise<Assigned> {
    return (this.#assigned ??= assignedBy(await resourcesOf(tables)));
  }

  /** The config of each configuration's current version. */
  async current(tables: StoreTables): Promise<ReadonlyMap<string, ConfigName>> {
    this.#current ??= new Map(
      (await tables.configs.currentNames()).map((name) => [name.configuration, name] as const),
    );
    return this.#current;
  }

  /** Configurations whose current version `guards` holds for. */
  async guarded(
    tables: StoreTables,
    guards: ((config: StoredConfig) => boolean) | undefined,
  ): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    if (guards === undefined) return found;
    for (const { hash, configuration } of (await this.current(tables)).values()) {
      const config = await this.config(tables, hash);
      if (config !== undefined && guards(config)) found.add(configuration);
    }
    return found;
  }

  /** Rollouts that still need deciding; those that nobody wrote since they were read or put here are the same values as then. */
  async open(tables: StoreTables): Promise<readonly Rollout[]> {
    return this.#rollouts.of(tables.rollouts, await tables.rollouts.openRevisions());
  }

  /**
   * Writes what became of a rollout since `before` (left out: the whole of it) and remembers it. Where the transaction fails, the writing's name is
   * never met again.
   */
  async put(tables: StoreTables, rollout: Rollout, { before, at, by }: Writing): Promise<void> {
    const events = eventsOf(before, rollout, at, by);
    this.#rollouts.keep(await tables.rollouts.put(rollout, events), rollout);
  }
}

/** What a rollout's log gets with a new value of it: what it was before, when that was, and who asked for it. */
export interface Writing {
  readonly before?: Rollout;
  readonly at: number;
  readonly by?: string;
}
