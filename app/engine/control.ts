import { LIMITS } from '../../src/core/document/limits.ts';
import { leaveUnconfirmed, rollBack } from '../../src/core/rollout/decide.ts';
import type { Member, Rollout } from '../../src/core/rollout/rollout.ts';
import { hasEnded } from '../../src/core/rollout/rollout.ts';
import {
  checked,
  isQuarantined,
  promoted,
  reopened,
  resumed,
  retried,
} from '../../src/core/rollout/commands.ts';
import { isManaged } from '../../src/core/opamp/capabilities.ts';
import type { RolloutOptions } from '../../src/core/rollout/options.ts';
import { OperationError } from '../../src/ports/operation-error.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { AgentTarget, Hold, Store, StoredConfig, StoreTables } from '../store/store.ts';
import { nameOf, targetAfter } from './assignments.ts';
import type { Engine } from './engine.ts';
import { Planner } from './planner.ts';

/** What people and clients do to rollouts. Every call is stored when it resolves (REL-11). */
export class RolloutControl {
  readonly #engine: Engine;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #planner: Planner;

  /** `guards`: as in `EngineDependencies`. */
  constructor(engine: Engine, store: Store, clock: Clock, guards?: (config: StoredConfig) => boolean) {
    this.#engine = engine;
    this.#store = engine.term.over(store);
    this.#clock = clock;
    this.#planner = new Planner(engine, store, guards);
    engine.beforeRound(() => this.#reopen());
  }

  /**
   * Starts the newest version's rollout; one that is started or stable already stays as it is, a paused one goes on.
   * A new start of a version that failed is a new decision: its hash may be offered again. One that was taken back from
   * agents because it did harm is in quarantine: only `retry` begins it again. Rejects with OperationError `not-found` or
   * `conflict`.
   */
  start(configuration: string, options: RolloutOptions | null): Promise<Rollout> {
    return this.#engine.exclusively(async () => {
      const { version, config } = await this.#newest(configuration);
      const latest = await this.#store.rollouts.latest(configuration);
      if (latest?.version === version) {
        if (latest.state === 'paused') return this.#resumed(latest);
        if (latest.state === 'rolling-back') {
          throw conflict(`${configuration}:${version} is being rolled back`);
        }
        if (['started', 'stable', 'no-agents'].includes(latest.state)) return latest;
        if (isQuarantined(latest)) throw quarantined(latest);
      }
      return this.#begin(config, options, latest);
    });
  }

  /**
   * Gives agents that failed another turn, all of them or one. Of a rollout that has ended it begins the newest version
   * anew, also one in quarantine. Rejects as `start`.
   */
  retry(configuration: string, agent?: string): Promise<Rollout> {
    return this.#engine.exclusively(async () => {
      const latest = await this.#latest(configuration);
      if (latest.state === 'rolling-back') throw conflict(`${latest.id} is being rolled back`);
      if (hasEnded(latest.state)) {
        const { config } = await this.#newest(configuration);
        return this.#begin(config, null, latest);
      }
      const next = retried(latest, agent);
      if (next === latest) return latest;
      const again = next.members.filter((member, index) => member !== latest.members[index]);
      const told = this.#told(next, `another turn for ${again.map(({ name }) => name).join(', ')}`);
      await this.#commit(async (tables) => {
        for (const { agent: uid } of again) await tables.refusals.clear(latest.targetHash, uid);
        await this.#engine.putRollout(tables, told, latest);
        return again.map(
          ({ agent: uid }) =>
            () =>
              this.#engine.ledger.clear(latest.targetHash, uid),
        );
      });
      return told;
    });
  }

  /** Goes on in spite of what it stands still for, or ends the watch of the present phase; as it is where it has ended. */
  promote(configuration: string): Promise<Rollout> {
    return this.#change(configuration, (rollout) => {
      const next = promoted(rollout);
      return next === rollout ? rollout : this.#told(next, 'promoted');
    });
  }

  /** What a check outside says of the present phase; the gate on such checks looks at it at once. */
  check(configuration: string, result: Parameters<typeof checked>[1]): Promise<Rollout> {
    return this.#change(configuration, (rollout) => checked(rollout, result));
  }

  /** Nothing new is offered of a configuration, or of all (empty), until that is lifted. */
  async hold(hold: Hold): Promise<void> {
    await this.#engine.exclusively(() => this.#store.transaction((tables) => tables.holds.put(hold)));
    this.#engine.holdsChanged();
  }

  /** False where nothing held it. */
  async lift(configuration: string): Promise<boolean> {
    const lifted = await this.#engine.exclusively(() =>
      this.#store.transaction((tables) => tables.holds.lift(configuration)),
    );
    this.#engine.holdsChanged();
    this.#engine.kick();
    return lifted;
  }

  pause(configuration: string): Promise<Rollout> {
    return this.#change(configuration, (rollout) =>
      rollout.state === 'started'
        ? this.#told({ ...rollout, state: 'paused', pause: { kind: 'user', text: 'by request' } }, 'paused')
        : rollout,
    );
  }

  /** A paused rollout goes on; one that stopped with errors gets room for one more and goes on (reference/bindplane.md §5). */
  resume(configuration: string): Promise<Rollout> {
    return this.#change(configuration, (rollout) => {
      if (rollout.state === 'paused') return this.#told(resumed(rollout), 'resumed');
      if (rollout.state !== 'failed') return rollout;
      return this.#told(reopened(rollout), 'resumed');
    });
  }

  /** Ends it where it stands: agents that confirmed the version keep it, those in the middle of it go back. */
  abort(configuration: string): Promise<Rollout> {
    return this.#engine.exclusively(async () => {
      const rollout = await this.#latest(configuration);
      if (hasEnded(rollout.state)) return rollout;
      const now = this.#clock.now();
      const left = leaveUnconfirmed({ ...rollout, state: 'aborted', endedAt: now }, now);
      const next = this.#told(left, 'aborted');
      await this.#commit(async (tables) => {
        await this.#engine.putRollout(tables, next, rollout);
        const back = left.members.filter((member, index) => member !== rollout.members[index]);
        return this.#sendBack(tables, back, rollout);
      });
      return next;
    });
  }

  /** Brings every touched agent back to its own previous config, also after the rollout was stable. */
  rollback(configuration: string): Promise<Rollout> {
    return this.#engine.exclusively(async () => {
      const rollout = await this.#latest(configuration);
      if (['rolling-back', 'rolled-back', 'replaced'].includes(rollout.state)) return rollout;
      const now = this.#clock.now();
      const { endedAt: _endedAt, ...open } = rollout;
      const back = this.#told(
        rollBack({ ...open, reason: 'rolled back by request' }, now),
        'rollback asked for',
      );
      const status = await this.#store.configs.status(configuration);
      const current = rollout.fromVersion;
      await this.#commit(async (tables) => {
        await this.#engine.putRollout(tables, back, rollout);
        if (status.current === rollout.version) {
          const { current: _current, ...rest } = status;
          await tables.configs.setStatus(current === undefined ? rest : { ...rest, current });
        }
        return this.#sendBack(
          tables,
          back.members.filter(({ state }) => state === 'restoring' || state === 'left'),
          rollout,
        );
      });
      return back;
    });
  }

  /** A rollout that found no agent begins as soon as one is there: its canary is the first proof of the version. */
  async #reopen(): Promise<void> {
    const open = await this.#engine.openRollouts();
    for (const waiting of open.filter(({ state }) => state === 'no-agents')) {
      const config = await this.#store.configs.byVersion(waiting.configuration, waiting.version);
      const latest = await this.#store.rollouts.latest(waiting.configuration);
      if (config === undefined || latest?.id !== waiting.id) continue;
      const plan = await this.#planner.plan(config, null, undefined);
      const { members } = plan;
      if (!members.some(({ agent }) => this.#isReady(agent))) continue;
      const { endedAt: _endedAt, ...rest } = waiting;
      const begun = this.#told(
        { ...rest, ...plan, state: 'started' },
        `started for ${members.length} agents that came`,
      );
      await this.#store.transaction((tables) => this.#engine.putRollout(tables, begun));
    }
  }

  #isReady(uid: string): boolean {
    const record = this.#engine.agents.get(uid)?.record;
    return record?.connected === true && isManaged(record);
  }

  async #newest(configuration: string): Promise<{ version: number; config: StoredConfig }> {
    const resource = await this.#store.resources.get('Configuration', configuration);
    if (resource === undefined) throw notFound();
    const config = await this.#store.configs.byVersion(configuration, resource.version);
    if (config === undefined) {
      throw conflict(
        `${configuration}:${resource.version} could not be rendered, so it cannot be rolled out`,
      );
    }
    return { version: resource.version, config };
  }

  async #begin(
    config: StoredConfig,
    options: RolloutOptions | null,
    latest: Rollout | undefined,
  ): Promise<Rollout> {
    const { configuration, version, hash } = config;
    const status = await this.#store.configs.status(configuration);
    const replaced = latest !== undefined && !hasEnded(latest.state) ? latest : undefined;
    const plan = await this.#planner.plan(config, options, replaced);
    const { members } = plan;
    const now = this.#clock.now();
    const rollout: Rollout = {
      id: await this.#freeId(`${configuration}:${version}`),
      configuration,
      version,
      ...(status.current === undefined ? {} : { fromVersion: status.current }),
      targetHash: hash,
      state: 'started',
      phase: 0,
      ...plan,
      timeline: [
        { at: now, text: `started for ${members.length} ${members.length === 1 ? 'agent' : 'agents'}` },
      ],
      startedAt: now,
    };
    await this.#commit(async (tables) => {
      const after = replaced === undefined ? [] : await this.#replace(tables, replaced, rollout, now);
      await tables.refusals.clear(hash);
      await this.#engine.putRollout(tables, rollout);
      await tables.configs.setStatus({ ...status, pending: version });
      return [...after, () => this.#engine.ledger.clear(hash)];
    });
    return rollout;
  }

  /**
   * The older rollout ends. Agents that had not confirmed its version go back at once; those that had keep it until their
   * turn in the newer one, unless that does not reach them (INV-07, REL-12).
   */
  async #replace(tables: StoreTables, older: Rollout, newer: Rollout, now: number): Promise<(() => void)[]> {
    const ended = this.#told(older, `replaced by version ${newer.version}`);
    await this.#engine.putRollout(tables, { ...ended, state: 'replaced', endedAt: now }, older);
    const taken = new Set(newer.members.map(({ agent }) => agent));
    const confirmed = (member: Member): boolean => member.state === 'done' || member.state === 'soaking';
    const back = older.members.filter(
      (member) => member.offeredAt !== undefined && !(confirmed(member) && taken.has(member.agent)),
    );
    return this.#sendBack(tables, back, older);
  }

  /** Members of a rollout are to run what they ran before; those that ran nothing from here are not to be sent its target any more. */
  async #sendBack(
    tables: StoreTables,
    members: readonly Member[],
    { targetHash }: Rollout,
  ): Promise<(() => void)[]> {
    const targets = new Map<string, AgentTarget | undefined>();
    const now = this.#clock.now();
    for (const { agent, previousHash } of members) {
      const config = previousHash === undefined ? undefined : await this.#engine.config(previousHash, tables);
      const live = this.#engine.agents.get(agent);
      if (live === undefined) continue;
      if (config !== undefined) targets.set(agent, targetAfter(live.target, nameOf(config), now));
      else if (live.target?.hash === targetHash) targets.set(agent, undefined);
    }
    return [await this.#engine.agents.putTargets(tables, targets)];
  }

  async #freeId(base: string): Promise<string> {
    for (let attempt = 1; ; attempt += 1) {
      const id = attempt === 1 ? base : `${base}.${attempt}`;
      if ((await this.#store.rollouts.get(id)) === undefined) return id;
    }
  }

  async #latest(configuration: string): Promise<Rollout> {
    const rollout = await this.#store.rollouts.latest(configuration);
    if (rollout !== undefined) return rollout;
    const resource = await this.#store.resources.get('Configuration', configuration);
    throw resource === undefined ? notFound() : conflict(`${configuration} has no rollout`);
  }

  #change(configuration: string, change: (rollout: Rollout) => Rollout): Promise<Rollout> {
    return this.#engine.exclusively(async () => {
      const rollout = await this.#latest(configuration);
      const next = change(rollout);
      if (next !== rollout) await this.#save(next, rollout);
      return next;
    });
  }

  async #resumed(rollout: Rollout): Promise<Rollout> {
    const next = this.#told(resumed(rollout), 'resumed');
    await this.#save(next, rollout);
    return next;
  }

  #save(next: Rollout, before: Rollout): Promise<void> {
    return this.#commit(async (tables) => {
      await this.#engine.putRollout(tables, next, before);
      return [];
    });
  }

  /** Stores in one transaction, then brings memory in line and tells people. */
  async #commit(work: (tables: StoreTables) => Promise<readonly (() => void)[]>): Promise<void> {
    const after = await this.#store.transaction(work);
    for (const apply of after) apply();
    this.#engine.report();
  }

  #told(rollout: Rollout, text: string): Rollout {
    const timeline = [...rollout.timeline, { at: this.#clock.now(), text }].slice(
      -LIMITS.rollout.timelineEntries,
    );
    return { ...rollout, timeline };
  }
}

function quarantined({ id, configuration, reason }: Rollout): OperationError {
  return new OperationError({
    code: 'conflict',
    message: `${id} was rolled back (${reason ?? 'it did harm'}); its config is in quarantine`,
    hint: `Apply a version that is mended, or begin this one again on purpose: collie rollout retry ${configuration}`,
  });
}

function notFound(): OperationError {
  return new OperationError({ code: 'not-found', message: 'resource not found', hint: '' });
}

function conflict(message: string): OperationError {
  return new OperationError({ code: 'conflict', message, hint: '' });
}
