import type { Resource } from '../../src/core/bindplane/resource.ts';
import { sha256 } from '../../src/core/document/digest.ts';
import { NO_OP_CONFIG } from '../../src/core/opamp/no-op.ts';
import { configOffer } from '../../src/core/opamp/offer.ts';
import { decide, heldAgents, nextDeadline } from '../../src/core/rollout/decide.ts';
import type { Effect, Member, ObservedAgent, Rollout } from '../../src/core/rollout/rollout.ts';
import { hasEnded } from '../../src/core/rollout/rollout.ts';
import type { AgentLink } from '../../src/ports/agent-link.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { AppLimits, RolloutTimings } from '../limits.ts';
import type { AgentTarget, ConfigName, Refusal, Store, StoredConfig, StoreTables } from '../store/store.ts';
import type { LiveAgent } from './agents.ts';
import { Agents, observed } from './agents.ts';
import type { AssignmentView } from './assignments.ts';
import { lateTargets, nameOf, targetAfter } from './assignments.ts';
import { dueOffers } from './delivery.ts';
import { Ledger } from './ledger.ts';
import { WorkQueue } from './queue.ts';
import { resourcesOf } from './resources.ts';

export interface EngineDependencies {
  readonly store: Store;
  readonly clock: Clock;
  readonly limits: AppLimits;
  readonly timings: RolloutTimings;
  /** Something went wrong that nobody waits for; the loop goes on. */
  readonly warn: (message: string, error: unknown) => void;
}

/**
 * The loop: observe, let the core decide, store, act; then again when something happens or a deadline comes. Everything
 * that changes state runs in one queue. What is sent follows from what is stored (each agent's target), so that a crash
 * at any point is made good by the next round.
 */
export class Engine {
  readonly agents: Agents;
  readonly timings: RolloutTimings;
  readonly #dependencies: EngineDependencies;
  readonly #queue = new WorkQueue();
  readonly #listeners = new Set<() => void>();
  readonly #ledger = new Ledger();
  readonly #configs = new Map<string, StoredConfig>();
  #link: AgentLink | undefined;
  #beforeRound: () => Promise<void> = () => Promise.resolve();
  #wake: (() => void) | undefined;
  #kicked = false;
  #stopped = new AbortController();
  #running: Promise<void> | undefined;

  constructor(dependencies: EngineDependencies) {
    this.#dependencies = dependencies;
    this.timings = dependencies.timings;
    this.agents = new Agents(dependencies.clock, () => this.kick());
  }

  /** Recovers what was stored and starts the loop; agents may connect afterwards. */
  async start(link: AgentLink): Promise<void> {
    await this.recover(link);
    this.#running = this.#loop();
  }

  /** Reads what was stored; nothing is decided yet. */
  async recover(link: AgentLink): Promise<void> {
    const { store } = this.#dependencies;
    this.#link = link;
    const hash = sha256(NO_OP_CONFIG);
    await store.configs.put({ hash, text: NO_OP_CONFIG, raw: NO_OP_CONFIG, configuration: '', version: 0 });
    await this.agents.load(store);
    this.#ledger.load(await store.refusals.all());
  }

  /** Ends the loop after the round under way; everything that happened until then is stored. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#wake?.();
    await this.#running;
    await this.#queue.run(() => this.#flush());
  }

  /** Work that each round begins with, inside the queue. */
  beforeRound(work: () => Promise<void>): void {
    this.#beforeRound = work;
  }

  /** Something happened: look again soon. */
  kick(): void {
    this.#kicked = true;
    this.#wake?.();
  }

  /** Runs work that changes state between two rounds. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.run(work).finally(() => this.kick());
  }

  /** Calls `listener` when people may want to be told something new. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells subscribers. */
  report(): void {
    for (const listener of this.#listeners) listener();
  }

  get ledger(): Ledger {
    return this.#ledger;
  }

  /** A stored config by its hash, remembered once read. */
  async config(hash: string): Promise<StoredConfig | undefined> {
    const known = this.#configs.get(hash);
    if (known !== undefined) return known;
    const found = await this.#dependencies.store.configs.byHash(hash);
    if (found !== undefined) this.#configs.set(hash, found);
    return found;
  }

  /** Configurations and fleets as assignment sees them. */
  async assigned(): Promise<{
    readonly configurations: readonly Resource[];
    readonly fleets: readonly Resource[];
  }> {
    return resourcesOf(this.#dependencies.store);
  }

  async #loop(): Promise<void> {
    const { clock, warn } = this.#dependencies;
    while (!this.#stopped.signal.aborted) {
      this.#kicked = false;
      const deadline = await this.round().catch((error: unknown) => {
        warn('a round of the engine failed; it is tried again', error);
        return undefined;
      });
      if (this.#kicked) continue;
      const tick = clock.now() + this.timings.tickMs;
      await this.#sleep(Math.max(1, Math.min(deadline ?? tick, tick) - clock.now()));
    }
  }

  async #sleep(durationMs: number): Promise<void> {
    const timer = new AbortController();
    const stop = (): void => timer.abort();
    this.#wake = stop;
    this.#stopped.signal.addEventListener('abort', stop, { once: true });
    await this.#dependencies.clock.wait(durationMs, timer.signal).catch(() => undefined);
    this.#stopped.signal.removeEventListener('abort', stop);
    this.#wake = undefined;
  }

  /** One look at everything: observe, decide, store, send. Gives the next moment something could be due. */
  round(): Promise<number | undefined> {
    return this.#queue.run(() => this.#round());
  }

  async #round(): Promise<number | undefined> {
    const { store, clock, warn } = this.#dependencies;
    await this.#flush();
    await this.#beforeRound();
    const rollouts = await store.rollouts.open();
    const seen = new Map<string, ObservedAgent>();
    for (const agent of this.agents.all()) seen.set(agent.record.uid, observed(agent));
    const decided: Rollout[] = [];
    for (const rollout of rollouts) {
      // One broken record must not stop the others (REL-34).
      try {
        decided.push(await this.#settle(rollout, seen, clock.now()));
      } catch (error) {
        warn(`rollout ${rollout.id} cannot be decided`, error);
      }
    }
    await this.#steady(decided);
    await this.#deliver(decided);
    const deadlines = decided.flatMap((rollout) => nextDeadline(rollout, seen, clock.now()) ?? []);
    return deadlines.length === 0 ? undefined : Math.min(...deadlines);
  }

  async #flush(): Promise<void> {
    if (this.agents.hasChanges) {
      await this.#dependencies.store.transaction((tables) => this.agents.flush(tables));
    }
  }

  async #settle(rollout: Rollout, seen: ReadonlyMap<string, ObservedAgent>, now: number): Promise<Rollout> {
    const effects = decide(rollout, seen, now);
    if (effects.length === 0) return rollout;
    const after = await this.#dependencies.store.transaction(async (tables) => {
      const applied: (() => void)[] = [];
      for (const effect of effects) applied.push(await this.#store(tables, rollout, effect, now));
      return applied;
    });
    for (const apply of after) apply();
    if (effects.some(({ kind }) => kind === 'report')) this.report();
    const saved = effects.find((effect) => effect.kind === 'save');
    return saved?.rollout ?? rollout;
  }

  /** Stores one effect; what it gives back brings memory in line after the commit. */
  async #store(tables: StoreTables, before: Rollout, effect: Effect, now: number): Promise<() => void> {
    switch (effect.kind) {
      case 'save':
        await tables.rollouts.put(effect.rollout, changedMembers(before, effect.rollout));
        return () => undefined;
      case 'refuse': {
        const refusal: Refusal = {
          agent: effect.agent,
          hash: effect.hash,
          message: effect.message,
          at: now,
          rollout: before.id,
        };
        await tables.refusals.add(refusal);
        return () => this.#ledger.add(refusal);
      }
      case 'offer':
      case 'restore': {
        const config = await tables.configs.byHash(effect.hash);
        const agent = this.agents.get(effect.agent);
        if (config === undefined || agent === undefined) return () => undefined;
        return this.agents.putTarget(tables, effect.agent, targetAfter(agent.target, nameOf(config)));
      }
      case 'withdraw':
        return this.agents.clearTarget(tables, effect.agent);
      case 'promote': {
        const status = await tables.configs.status(effect.configuration);
        await tables.configs.setStatus({ ...status, current: effect.version });
        return () => undefined;
      }
      case 'report':
      default:
        return () => undefined;
    }
  }

  /** Agents outside rollouts: refusals are remembered, newcomers and those left behind get their current version. */
  async #steady(rollouts: readonly Rollout[]): Promise<void> {
    const active = rollouts.filter(({ state }) => !hasEnded(state));
    const busy = new Set(active.flatMap(({ members }) => members.map(({ agent }) => agent)));
    const restoring = rollouts.flatMap(({ members }) => members.filter(({ state }) => state === 'restoring'));
    for (const { agent } of restoring) busy.add(agent);
    const changes = new Map<string, AgentTarget>(this.#confirmations());
    const refusals = this.#refusals(busy, changes);
    const view = await this.#assignmentView(busy);
    for (const [uid, target] of lateTargets(this.agents.all(), view)) {
      if (!changes.has(uid)) changes.set(uid, target);
    }
    if (changes.size === 0 && refusals.length === 0) return;
    const after = await this.#dependencies.store.transaction(async (tables) => {
      for (const refusal of refusals) await tables.refusals.add(refusal);
      const applied: (() => void)[] = [];
      for (const [uid, target] of changes) applied.push(await this.agents.putTarget(tables, uid, target));
      return applied;
    });
    for (const refusal of refusals) this.#ledger.add(refusal);
    for (const apply of after) apply();
  }

  /** Offers count anew once the agent confirmed its target: a later restart of a forgetful agent is no crash loop. */
  *#confirmations(): Iterable<[string, AgentTarget]> {
    for (const { record, target } of this.agents.all()) {
      if (target === undefined || target.offers === 0) continue;
      if (record.config?.hash === target.hash && record.config.state === 'applied') {
        yield [record.uid, { ...target, offers: 0 }];
      }
    }
  }

  #refusals(busy: ReadonlySet<string>, changes: Map<string, AgentTarget>): Refusal[] {
    const refusals: Refusal[] = [];
    for (const { record, target } of this.agents.all()) {
      if (target === undefined || busy.has(record.uid) || record.config?.state !== 'failed') continue;
      if (record.config.hash !== target.hash || this.#ledger.refused(record.uid, target.hash)) continue;
      refusals.push({
        agent: record.uid,
        hash: target.hash,
        message: record.config.message,
        at: record.config.at,
      });
      const { previous } = target;
      if (previous !== undefined && !this.#ledger.refused(record.uid, previous.hash)) {
        changes.set(record.uid, { ...previous, offers: 0 });
      }
    }
    return refusals;
  }

  async #assignmentView(busy: ReadonlySet<string>): Promise<AssignmentView> {
    const { store, limits } = this.#dependencies;
    const current = new Map<string, ConfigName>();
    for (const status of await store.configs.statuses()) {
      const config =
        status.current === undefined ? undefined : await store.configs.byVersion(status.name, status.current);
      if (config !== undefined) current.set(status.name, nameOf(config));
    }
    const reported = new Set<string>();
    for (const { record } of this.agents.all()) {
      const hash = record.config?.hash ?? '';
      if (hash !== '' && (await this.config(hash)) !== undefined) reported.add(hash);
    }
    return {
      ...(await this.assigned()),
      current,
      busy,
      limits,
      isKnown: (hash) => reported.has(hash),
      refused: (agent, hash) => this.#ledger.refused(agent, hash),
      lateRefusals: (hash) => this.#ledger.outsideRollouts(hash),
    };
  }

  /** Sends each agent its target where it is due; the count of offers is stored before anything leaves (REL-01). */
  async #deliver(rollouts: readonly Rollout[]): Promise<void> {
    const { store, limits, warn } = this.#dependencies;
    const held = new Set(rollouts.flatMap((rollout) => [...heldAgents(rollout)]));
    const due = dueOffers(this.agents.all(), {
      held,
      tried: triedAgents(rollouts),
      limits,
      refused: (uid, hash) => this.#ledger.refused(uid, hash),
    });
    if (due.length === 0) return;
    const after = await store.transaction(async (tables) => {
      const applied: (() => void)[] = [];
      for (const { uid, target } of due) {
        applied.push(await this.agents.putTarget(tables, uid, { ...target, offers: target.offers + 1 }));
      }
      return applied;
    });
    for (const apply of after) apply();
    for (const { uid, target } of due) {
      const config = await this.config(target.hash);
      const agent = this.agents.get(uid);
      if (config === undefined || agent === undefined) continue;
      this.#send(agent, config, warn);
    }
  }

  #send(agent: LiveAgent, config: StoredConfig, warn: EngineDependencies['warn']): void {
    const offer = configOffer(agent.record, config, new Uint8Array(), this.agents.policy);
    if ('refused' in offer) {
      warn(
        `${agent.record.name} is not sent ${config.configuration}:${config.version}: ${offer.refused}`,
        undefined,
      );
      return;
    }
    if (this.#link?.send(agent.record.uid, offer.message) === true) {
      this.agents.noteSent(agent.record.uid, config.hash);
    }
  }
}

/** Agents on which a rollout under way tries its target. */
function triedAgents(rollouts: readonly Rollout[]): ReadonlySet<string> {
  const states: readonly Member['state'][] = ['offered', 'applying', 'soaking'];
  const active = rollouts.filter(({ state }) => !hasEnded(state));
  return new Set(
    active.flatMap(({ members }) =>
      members.flatMap(({ agent, state }) => (states.includes(state) ? [agent] : [])),
    ),
  );
}

function changedMembers(before: Rollout, after: Rollout): readonly Member[] {
  return after.members.filter((member, index) => member !== before.members[index]);
}
