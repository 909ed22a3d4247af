import { setImmediate as yieldToSockets } from 'node:timers/promises';
import { sha256 } from '../../src/core/document/digest.ts';
import { NO_OP_CONFIG } from '../../src/core/opamp/no-op.ts';
import { decide, nextDeadline } from '../../src/core/rollout/decide.ts';
import type { Effect, ObservedAgent, Rollout } from '../../src/core/rollout/rollout.ts';
import type { AgentLink } from '../../src/ports/agent-link.ts';
import type { RolloutTimings } from '../limits.ts';
import type { AgentTarget, Refusal, StoredConfig, StoreTables } from '../store/store.ts';
import { Agents } from './agents.ts';
import { observed } from './observed-agent.ts';
import { nameOf, targetAfter } from './assignments.ts';
import type { Duty } from './duty.ts';
import { KnownConfigFacts } from './config-facts.ts';
import { ALONE, isNotLeading, Term } from './duty.ts';
import type { EngineDependencies } from './engine-dependencies.ts';
import { Gatekeeper, type GatekeeperParts } from './gatekeeper.ts';
import { KnownDrifts } from './known-drifts.ts';
import { giveUpAgents } from './given-up.ts';
import { Ledger } from './ledger.ts';
import { Loop } from './loop.ts';
import { writeNews } from './news.ts';
import { Postman } from './postman.ts';
import { WorkQueue } from './queue.ts';
import { Remembered, type Assigned } from './remembered.ts';
import { Steady } from './steady.ts';

/** From so many agents on, a part of a round takes longer than a request should wait: tens of milliseconds. */
const MANY = 1000;

/**
 * The loop: observe, let the core decide, store, act; then again when something happens or a deadline comes. Everything
 * that changes state runs in one queue. What is sent follows from what is stored (each agent's target), so that a crash
 * at any point is made good by the next round.
 */
export class Engine {
  readonly agents: Agents;
  readonly timings: RolloutTimings;
  readonly drifts: KnownDrifts;
  readonly term: Term;
  readonly #dependencies: EngineDependencies;
  readonly #queue = new WorkQueue();
  readonly #listeners = new Set<() => void>();
  readonly #ledger = new Ledger();
  readonly #remembered = new Remembered();
  readonly #duty: Duty;
  readonly #postman: Postman;
  /** What is known of the changes of others: up to which one, and what has to be read anew. */
  readonly #seen = { revision: 0, agents: true, refusals: true };
  #link: AgentLink | undefined;
  #beforeRound: () => Promise<void> = () => Promise.resolve();
  readonly #loop: Loop;
  readonly #steady: Steady;
  readonly #gatekeeper: Gatekeeper;

  constructor(dependencies: EngineDependencies) {
    this.#duty = dependencies.duty ?? ALONE;
    this.term = new Term(this.#duty);
    this.#dependencies = { ...dependencies, store: this.term.over(dependencies.store) };
    this.timings = dependencies.timings;
    this.agents = new Agents(dependencies.clock, () => this.kick(), this.#duty.id);
    this.#postman = new Postman({
      ...dependencies,
      agents: this.agents,
      ledger: this.#ledger,
      remembered: this.#remembered,
    });
    this.#loop = new Loop({
      clock: dependencies.clock,
      tickMs: dependencies.timings.tickMs,
      round: () => (dependencies.observed ?? ((round) => round()))(() => this.round()),
      failed: (error) => {
        if (!isNotLeading(error)) dependencies.warn('a round of the engine failed; it is tried again', error);
      },
    });
    const config: GatekeeperParts['config'] = (tables, hash) => this.#remembered.config(tables, hash);
    this.drifts = new KnownDrifts(config);
    const facts = new KnownConfigFacts();
    this.#gatekeeper = new Gatekeeper({
      agents: this.agents,
      config,
      assigned: (tables) => this.#remembered.assigned(tables),
      drifts: this.drifts,
      facts,
      sources: dependencies.gateSources ?? { signalsOf: () => undefined },
    });
    this.#steady = new Steady({
      facts,
      agents: this.agents,
      ledger: this.#ledger,
      remembered: this.#remembered,
      limits: dependencies.limits,
      clock: dependencies.clock,
      timings: dependencies.timings,
      ...(dependencies.guards === undefined ? {} : { guards: dependencies.guards }),
    });
  }

  /** Recovers what was stored and starts the loop; agents may connect afterwards. */
  async start(link: AgentLink): Promise<void> {
    await this.recover(link);
    this.#loop.start();
  }

  /** Reads what was stored; nothing is decided yet. */
  async recover(link: AgentLink): Promise<void> {
    const { store } = this.#dependencies;
    this.#link = link;
    const hash = sha256(NO_OP_CONFIG);
    await store.configs.put({ hash, text: NO_OP_CONFIG, raw: NO_OP_CONFIG, configuration: '', version: 0 });
    if (store.shared === undefined) await this.agents.load(store);
    await this.#observe();
  }

  /**
   * Another process that shares the store wrote to this table (`<table> <operation>`), the duty of this one changed
   * (`duty`), or `everything` may have: look again.
   */
  heard(change: string): void {
    const all = change === 'everything';
    // After a break even the order of changes may be another one: a backup may have been put in place.
    if (all) this.#seen.revision = 0;
    if (all || change === 'agents DELETE') this.#seen.agents = true;
    if (all || change === 'duty' || change.startsWith('refusals')) this.#seen.refusals = true;
    // Whoever decided meanwhile knew what this process did not look at.
    if (all || change === 'duty') this.#steady.forget();
    if (all || change.startsWith('rollout')) this.report();
    if (all || change.startsWith('holds')) this.holdsChanged();
    if (all || change.startsWith('resources') || change.startsWith('config')) this.#remembered.forget();
    this.kick();
  }

  /** Ends the loop after the round under way; everything that happened until then is stored. */
  async stop(): Promise<void> {
    await this.#loop.stop();
    await this.#queue
      .run(() => writeNews(this.agents, this.#dependencies.store))
      .catch((error: unknown) => {
        this.#dependencies.warn(
          'what agents said last could not be stored; they are asked for it again',
          error,
        );
      });
  }

  /** Work that each round begins with, inside the queue. */
  beforeRound(work: () => Promise<void>): void {
    this.#beforeRound = work;
  }

  /** Something happened: look again soon. */
  kick(): void {
    this.#loop.kick();
  }

  /** Runs work that changes state between two rounds, knowing everything that happened until then. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const informed = async (): Promise<T> => {
      this.term.begin();
      await this.#observe();
      return work();
    };
    return this.#queue.run(informed).finally(() => {
      this.#doubt();
      this.#remembered.forget();
      this.#gatekeeper.forget();
      this.kick();
    });
  }

  /** Agents whose process is gone: nobody is connected to them, and their rows are free for whom they come to next. */
  giveUp(uids: readonly string[]): Promise<void> {
    const { store, clock } = this.#dependencies;
    return this.exclusively(() => giveUpAgents(store, uids, this.#duty.id, clock.now()));
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

  /** A stored config by its hash, remembered once read. Inside a transaction its `tables` are asked: the store itself would wait for it to end. */
  async config(
    hash: string,
    tables: StoreTables = this.#dependencies.store,
  ): Promise<StoredConfig | undefined> {
    return this.#remembered.config(tables, hash);
  }

  /** Stores a new value of a rollout inside the caller's transaction. */
  putRollout(tables: StoreTables, rollout: Rollout, before?: Rollout): Promise<void> {
    const at = this.#dependencies.clock.now();
    const by = this.#dependencies.actor?.();
    const who = by === undefined ? {} : { by };
    return this.#remembered.put(tables, rollout, { at, ...who, ...(before === undefined ? {} : { before }) });
  }

  /** A lock or a stop was put or lifted: whoever was held may be brought to its version now. */
  holdsChanged(): void {
    this.#gatekeeper.forget();
    this.#steady.forget();
  }

  /** Rollouts that still need deciding. */
  async openRollouts(): Promise<readonly Rollout[]> {
    return this.#remembered.open(this.#dependencies.store);
  }

  /** Configurations and fleets as assignment sees them. */
  async assigned(): Promise<Assigned> {
    return this.#remembered.assigned(this.#dependencies.store);
  }

  /** Has the loop look at everything now; resolves afterwards. What it decides is its own doing, not the caller's. */
  settle(): Promise<void> {
    return this.#loop.once();
  }

  /** One look at everything: observe, decide, store, send. Gives the next moment something could be due. */
  round(): Promise<number | undefined> {
    return this.#queue.run(() => this.#round());
  }

  async #round(): Promise<number | undefined> {
    this.term.begin();
    await this.#observe();
    if (!this.#duty.leads) {
      await this.#postman.deliver(this.#link, undefined);
      return undefined;
    }
    const { store, clock, warn } = this.#dependencies;
    await this.#beforeRound();
    await this.#breathe();
    const rollouts = await this.#remembered.open(store);
    const seen = this.#seenBy(rollouts);
    this.#gatekeeper.keepOnly(rollouts);
    const decided: Rollout[] = [];
    for (const rollout of rollouts) {
      // One broken record must not stop the others (REL-34).
      try {
        decided.push(await this.#settle(rollout, seen, clock.now()));
      } catch (error) {
        if (isNotLeading(error)) throw error;
        warn(`rollout ${rollout.id} cannot be decided`, error);
        this.#doubt();
        // As it was it still holds: its agents are its own, and a pause is a pause.
        decided.push(rollout);
      }
    }
    // The store may have kept what it said it could not: agents are to run something else then than is known here.
    if (this.#seen.refusals) await this.#observe();
    await this.#breathe();
    await this.#settleOthers(decided);
    await this.#postman.deliver(this.#link, decided);
    const deadlines = decided.flatMap((rollout) => nextDeadline(rollout, seen, clock.now()) ?? []);
    return deadlines.length === 0 ? undefined : Math.min(...deadlines);
  }

  /** The store may have done what it said that it could not: what is refused is read anew before anything else is decided. */
  #doubt(): void {
    this.#seen.refusals = true;
  }

  /** Sockets and requests have their turn in the middle of a round over many agents; one over few is over sooner. */
  async #breathe(): Promise<void> {
    if (this.agents.size > MANY) await yieldToSockets();
  }

  /** What is known now of the agents of these rollouts. */
  #seenBy(rollouts: readonly Rollout[]): ReadonlyMap<string, ObservedAgent> {
    const seen = new Map<string, ObservedAgent>();
    for (const { members } of rollouts) {
      for (const { agent: uid } of members) {
        const agent = this.agents.get(uid);
        if (agent !== undefined) seen.set(uid, observed(agent));
      }
    }
    return seen;
  }

  /** Stores what agents said and reads what other processes wrote. */
  async #observe(): Promise<void> {
    const { store } = this.#dependencies;
    await writeNews(this.agents, store, () => this.#breathe());
    if (store.shared !== undefined) {
      const changes = await store.agents.changedSince(this.#seen.revision, this.#duty.id);
      this.#seen.revision = changes.revision;
      for (const uid of this.agents.follow(changes)) this.#letGo(uid);
      if (this.#seen.agents) {
        this.#seen.agents = false;
        this.agents.keepOnly(new Set(await store.agents.uids()));
      }
    }
    if (this.#seen.refusals) {
      this.#seen.refusals = false;
      this.#ledger.load(await store.refusals.all());
    }
  }

  #letGo(uid: string): void {
    this.#link?.disconnect(uid, 'another connection with this instance uid took its place');
  }

  async #settle(rollout: Rollout, seen: ReadonlyMap<string, ObservedAgent>, now: number): Promise<Rollout> {
    const { store } = this.#dependencies;
    const agents = await this.#gatekeeper.seen(store, rollout, seen);
    const around = await this.#gatekeeper.surroundings(store, rollout, agents, now);
    const effects = decide(rollout, agents, now, around);
    if (effects.length === 0) return rollout;
    await this.#breathe();
    const after = await store.transaction(async (tables) => {
      const targets = new Map<string, AgentTarget | undefined>();
      const applied: (() => void)[] = [];
      for (const effect of effects) applied.push(await this.#store(tables, rollout, effect, now, targets));
      applied.push(await this.agents.putTargets(tables, targets));
      return applied;
    });
    for (const apply of after) apply();
    if (effects.some(({ kind }) => kind === 'report')) this.report();
    const saved = effects.find((effect) => effect.kind === 'save');
    return saved?.rollout ?? rollout;
  }

  /** Stores one effect, or notes it in `targets`; what it gives back brings memory in line after the commit. */
  async #store(
    tables: StoreTables,
    before: Rollout,
    effect: Effect,
    now: number,
    targets: Map<string, AgentTarget | undefined>,
  ): Promise<() => void> {
    switch (effect.kind) {
      case 'save':
        await this.#remembered.put(tables, effect.rollout, { before, at: now });
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
        const config = await this.#remembered.config(tables, effect.hash);
        const agent = this.agents.get(effect.agent);
        if (config !== undefined && agent !== undefined) {
          targets.set(effect.agent, targetAfter(agent.target, nameOf(config), now));
        }
        return () => undefined;
      }
      case 'withdraw':
        targets.set(effect.agent, undefined);
        return () => undefined;
      case 'promote': {
        const status = await tables.configs.status(effect.configuration);
        await tables.configs.setStatus({ ...status, current: effect.version });
        return () => this.#remembered.forgetCurrent();
      }
      case 'report':
      default:
        return () => undefined;
    }
  }

  /** Stores what agents outside rollouts refused and are to run. */
  async #settleOthers(rollouts: readonly Rollout[]): Promise<void> {
    const { store } = this.#dependencies;
    const { targets, refusals } = await this.#steady.look(
      store,
      rollouts,
      await this.#gatekeeper.holds(store),
    );
    if (targets.size === 0 && refusals.length === 0) return;
    const stored = store.transaction(async (tables) => {
      for (const refusal of refusals) await tables.refusals.add(refusal);
      return this.agents.putTargets(tables, targets);
    });
    const after = await stored.catch((error: unknown) => {
      this.#steady.forget();
      this.#doubt();
      throw error;
    });
    for (const refusal of refusals) this.#ledger.add(refusal);
    after();
  }
}
