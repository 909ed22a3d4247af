import { sha256 } from '../../src/core/document/digest.ts';
import { LIMITS } from '../../src/core/document/limits.ts';
import { NO_OP_CONFIG } from '../../src/core/opamp/no-op.ts';
import { leaveUnconfirmed, rollBack } from '../../src/core/rollout/decide.ts';
import type { Member, Rollout, RolloutPolicy } from '../../src/core/rollout/rollout.ts';
import { hasEnded } from '../../src/core/rollout/rollout.ts';
import { phasesFor } from '../../src/core/rollout/waves.ts';
import { isManaged } from '../../src/core/opamp/capabilities.ts';
import type { RolloutOptions } from '../../src/ports/control-plane.ts';
import { OperationError } from '../../src/ports/operation-error.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { RolloutTimings } from '../limits.ts';
import type { AgentTarget, Store, StoredConfig, StoreTables } from '../store/store.ts';
import { nameOf, targetAfter } from './assignments.ts';
import type { Engine } from './engine.ts';
import { membersOf } from './membership.ts';

/** What people and clients do to rollouts. Every call is stored when it resolves (REL-11). */
export class RolloutControl {
  readonly #engine: Engine;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #guards: ((config: StoredConfig) => boolean) | undefined;
  readonly #timings: RolloutTimings;

  /** `guards`: as in `EngineDependencies`. */
  constructor(engine: Engine, store: Store, clock: Clock, guards?: (config: StoredConfig) => boolean) {
    this.#engine = engine;
    this.#store = store;
    this.#clock = clock;
    this.#guards = guards;
    this.#timings = engine.timings;
    engine.beforeRound(() => this.#reopen());
  }

  /**
   * Starts the newest version's rollout; one that is started or stable already stays as it is, a paused one goes on.
   * A new start of a version that failed is a new decision: its hash may be offered again. Rejects with OperationError
   * `not-found` or `conflict`.
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
      }
      return this.#begin(config, options, latest);
    });
  }

  pause(configuration: string): Promise<Rollout> {
    return this.#change(configuration, (rollout) =>
      rollout.state === 'started' ? this.#told({ ...rollout, state: 'paused' }, 'paused') : rollout,
    );
  }

  /** A paused rollout goes on; one that stopped with errors gets room for one more and goes on (reference/bindplane.md §5). */
  resume(configuration: string): Promise<Rollout> {
    return this.#change(configuration, (rollout) => {
      if (rollout.state === 'paused') return this.#told({ ...rollout, state: 'started' }, 'resumed');
      if (rollout.state !== 'failed') return rollout;
      const errors = rollout.members.filter(({ fault }) => fault !== undefined).length;
      const { endedAt: _endedAt, ...open } = rollout;
      return this.#told(
        { ...open, state: 'started', policy: { ...rollout.policy, maxErrors: errors + 1 } },
        'resumed',
      );
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
      const members = await this.#members(config, undefined);
      if (!members.some(({ agent }) => this.#isReady(agent))) continue;
      const { endedAt: _endedAt, ...rest } = waiting;
      const policy = { ...waiting.policy, ...phasesFor(undefined, members.length) };
      const begun = this.#told(
        { ...rest, policy, members, state: 'started' },
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
    const members = await this.#members(config, replaced);
    const now = this.#clock.now();
    const rollout: Rollout = {
      id: await this.#freeId(`${configuration}:${version}`),
      configuration,
      version,
      ...(status.current === undefined ? {} : { fromVersion: status.current }),
      targetHash: hash,
      state: 'started',
      policy: policyFor(options, members.length, this.#timings),
      phase: 0,
      members,
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

  async #members(config: StoredConfig, replaced: Rollout | undefined): Promise<readonly Member[]> {
    const { configuration, hash } = config;
    const status = await this.#store.configs.status(configuration);
    const current =
      status.current === undefined
        ? undefined
        : await this.#store.configs.byVersion(configuration, status.current);
    const known = new Set<string>([sha256(NO_OP_CONFIG)]);
    for (const { record, target } of this.#engine.agents.all()) {
      for (const candidate of [record.config?.hash, target?.hash]) {
        if (candidate !== undefined && (await this.#engine.config(candidate)) !== undefined) {
          known.add(candidate);
        }
      }
    }
    if (current !== undefined) known.add(current.hash);
    for (const { previousHash } of replaced?.members ?? []) {
      if (previousHash !== undefined) known.add(previousHash);
    }
    return membersOf(this.#engine.agents.all(), {
      ...(this.#guards?.(config) === true ? { guarded: new Set([configuration]) } : {}),
      ...(await this.#engine.assigned()),
      configuration,
      targetHash: hash,
      ...(current === undefined ? {} : { currentHash: current.hash }),
      noOpHash: sha256(NO_OP_CONFIG),
      isKnown: (candidate) => known.has(candidate),
      refused: (agent, candidate) => this.#engine.ledger.refused(agent, candidate),
      ...(replaced === undefined ? {} : { replaced }),
    });
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
    for (const { agent, previousHash } of members) {
      const config = previousHash === undefined ? undefined : await this.#engine.config(previousHash, tables);
      const live = this.#engine.agents.get(agent);
      if (live === undefined) continue;
      if (config !== undefined) targets.set(agent, targetAfter(live.target, nameOf(config)));
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
    const next = this.#told({ ...rollout, state: 'started' }, 'resumed');
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

/**
 * The policy of a rollout. All-zero options, which the BindPlane Action always sends, mean the defaults throughout, so
 * also `rollbackOnFailure` (reference/lab-bindplane.md §4).
 */
function policyFor(options: RolloutOptions | null, agents: number, timings: RolloutTimings): RolloutPolicy {
  const count = options?.phaseAgentCount;
  const phases = count ?? { initial: 0, multiplier: 0, maximum: 0 };
  const silent = phases.initial <= 0 && phases.multiplier <= 0 && phases.maximum <= 0;
  const maxErrors = options?.maxErrors ?? 0;
  const allZero = options === null || (silent && maxErrors === 0 && count !== undefined);
  return {
    ...phasesFor(phases, agents),
    maxErrors: Math.max(0, Math.floor(maxErrors)),
    rollbackOnFailure: allZero || (options.rollbackOnFailure ?? true),
    deadlineMs: timings.deadlineMs,
    soakMs: timings.soakMs,
    unhealthyMs: timings.unhealthyMs,
    absenceMs: timings.absenceMs,
  };
}

function notFound(): OperationError {
  return new OperationError({ code: 'not-found', message: 'resource not found', hint: '' });
}

function conflict(message: string): OperationError {
  return new OperationError({ code: 'conflict', message, hint: '' });
}
