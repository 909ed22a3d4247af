import type { Rollout } from '../../src/core/rollout/rollout.ts';
import { hasEnded } from '../../src/core/rollout/rollout.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { AppLimits, RolloutTimings } from '../limits.ts';
import type { AgentTarget, ConfigName, Hold, Refusal, StoredConfig, StoreTables } from '../store/store.ts';
import type { Agents, LiveAgent } from './agents.ts';
import { confirmations, lateRefusals, lateTargets, type AssignmentView } from './assignments.ts';
import { lackedComponents, type KnownConfigFacts } from './config-facts.ts';
import { isHeld } from './gatekeeper.ts';
import type { Ledger } from './ledger.ts';
import type { Assigned, Remembered } from './remembered.ts';

export interface SteadyParts {
  readonly agents: Agents;
  readonly ledger: Ledger;
  readonly remembered: Remembered;
  readonly limits: AppLimits;
  readonly clock: Pick<Clock, 'now'>;
  readonly timings: Pick<RolloutTimings, 'deadlineMs'>;
  readonly facts: KnownConfigFacts;
  /** As `EngineDependencies.guards`. */
  readonly guards?: (config: StoredConfig) => boolean;
}

/** What agents outside rollouts are to run from now on, and what they refused. */
export interface SteadyChanges {
  readonly targets: ReadonlyMap<string, AgentTarget>;
  readonly refusals: readonly Refusal[];
}

/** What the last look was made with; while it stays the same, agents that did not change need nothing new. */
interface World {
  readonly assigned: Assigned;
  readonly current: ReadonlyMap<string, ConfigName>;
  readonly guarded: ReadonlySet<string>;
  readonly rollouts: readonly Rollout[];
  readonly busy: ReadonlySet<string>;
}

/**
 * Agents outside rollouts: refusals are remembered, newcomers and those left behind get their current version. Looks at the agents that changed
 * since the last look and at those that wait for others; at all of them when something else changed, or the last look came to nothing.
 */
export class Steady {
  readonly #parts: SteadyParts;
  #world: World | undefined;
  #waiting: readonly string[] = [];
  /** Agents whose collectors lack something of a config, with what they said they have. */
  readonly #unfit = new Map<string, { readonly hash: string; readonly components: object }>();

  constructor(parts: SteadyParts) {
    this.#parts = parts;
  }

  /** The next look is at everything: what the last one found was not stored. */
  forget(): void {
    this.#world = undefined;
  }

  async look(
    tables: StoreTables,
    rollouts: readonly Rollout[],
    holds: readonly Hold[] = [],
  ): Promise<SteadyChanges> {
    const { agents, ledger, remembered, limits, guards, clock, timings } = this.#parts;
    const current = await remembered.current(tables);
    const last = this.#world;
    const world: World = {
      assigned: await remembered.assigned(tables),
      current,
      guarded: last?.current === current ? last.guarded : await remembered.guarded(tables, guards),
      rollouts,
      busy: this.#busy(rollouts),
    };
    const { stored: looked, unstored } = this.#looked(world);
    this.#world = world;
    const targets = new Map<string, AgentTarget>(confirmations(looked));
    const refusals = lateRefusals(looked, world.busy, ledger, targets, clock.now());
    const known = await this.#known(tables, looked);
    const view: AssignmentView = {
      nameFor: world.assigned.nameFor,
      guarded: world.guarded,
      current,
      busy: world.busy,
      decided: targets,
      limits,
      now: clock.now(),
      deadlineMs: timings.deadlineMs,
      isKnown: (hash) => known.has(hash),
      held: (configuration) => isHeld(holds, configuration),
      refused: (agent, hash) => ledger.refused(agent, hash) || this.#isUnfit(agent, hash),
      lateRefusals: (hash) => ledger.outsideRollouts(hash),
    };
    let late = lateTargets(looked, agents.all(), view);
    // Who turns out to lack something leaves its turn to somebody else.
    while (await this.#findUnfit(tables, late.targets)) late = lateTargets(looked, agents.all(), view);
    this.#waiting = [...late.waiting, ...unstored];
    for (const [uid, target] of late.targets) if (!targets.has(uid)) targets.set(uid, target);
    return { targets, refusals };
  }

  #isUnfit(uid: string, hash: string): boolean {
    const known = this.#unfit.get(uid);
    return known?.hash === hash && known.components === this.#parts.agents.get(uid)?.record.components;
  }

  /** Notes those of the agents whose collectors lack components of their new target; false where none does. */
  async #findUnfit(tables: StoreTables, targets: ReadonlyMap<string, AgentTarget>): Promise<boolean> {
    const { agents, remembered, facts } = this.#parts;
    let found = false;
    for (const [uid, { hash }] of targets) {
      const components = agents.get(uid)?.record.components;
      const config = components === undefined ? undefined : await remembered.config(tables, hash);
      if (components === undefined || config === undefined) continue;
      if (lackedComponents(facts.read(hash, config.text), components).length === 0) continue;
      this.#unfit.set(uid, { hash, components });
      found = true;
    }
    return found;
  }

  /** Agents to look at now, and those that have to wait until they are stored: a target without a row would be known to this process alone. */
  #looked(world: World): { readonly stored: readonly LiveAgent[]; readonly unstored: readonly string[] } {
    const { agents } = this.#parts;
    const candidates = this.#candidates(world);
    const stored = candidates.filter(({ record }) => agents.isStored(record.uid));
    const unstored = candidates.flatMap(({ record }) => (agents.isStored(record.uid) ? [] : [record.uid]));
    return { stored, unstored };
  }

  #candidates({ assigned, current, busy }: World): readonly LiveAgent[] {
    const { agents } = this.#parts;
    const last = this.#world;
    const unlooked = agents.takeUnlooked();
    const same = last?.assigned === assigned && last.current === current && last.busy === busy;
    if (!same) return [...agents.all()];
    const waiting = this.#waiting.flatMap((uid) => agents.get(uid) ?? []);
    return [...new Set([...unlooked, ...waiting])];
  }

  /** Agents that a rollout still decides about; the same value as long as they are the same. */
  #busy(rollouts: readonly Rollout[]): ReadonlySet<string> {
    const last = this.#world;
    if (last !== undefined && sameItems(last.rollouts, rollouts)) return last.busy;
    const active = rollouts.filter(({ state }) => !hasEnded(state));
    const busy = new Set(active.flatMap(({ members }) => members.map(({ agent }) => agent)));
    const restoring = rollouts.flatMap(({ members }) => members.filter(({ state }) => state === 'restoring'));
    for (const { agent } of restoring) busy.add(agent);
    const same = last?.busy.size === busy.size && [...busy].every((uid) => last.busy.has(uid));
    return same ? last.busy : busy;
  }

  /** Those of the hashes that these agents report that this server made. */
  async #known(tables: StoreTables, looked: readonly LiveAgent[]): Promise<ReadonlySet<string>> {
    const hashes = new Set(looked.map(({ record }) => record.config?.hash ?? ''));
    for (const hash of hashes) {
      const config = hash === '' ? undefined : await this.#parts.remembered.config(tables, hash);
      if (config === undefined) hashes.delete(hash);
    }
    return hashes;
  }
}

function sameItems<T>(one: readonly T[], other: readonly T[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}
