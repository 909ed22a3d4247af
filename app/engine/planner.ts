import { sha256 } from '../../src/core/document/digest.ts';
import { stampsIn } from '../../src/core/collector/metrics-reader.ts';
import { NO_OP_CONFIG } from '../../src/core/opamp/no-op.ts';
import { policyFor, type PolicySpec } from '../../src/core/rollout/policy.ts';
import { policyOf } from '../../src/core/rollout/policy-use.ts';
import type { Member, Rollout } from '../../src/core/rollout/rollout.ts';
import { hasEnded } from '../../src/core/rollout/rollout.ts';
import type { RolloutOptions } from '../../src/core/rollout/options.ts';
import type { Store, StoredConfig } from '../store/store.ts';
import { factsOf } from './config-facts.ts';
import type { Engine } from './engine.ts';
import { membersOf } from './membership.ts';

/** States of members on which nothing was tried. */
const UNTRIED: readonly Member['state'][] = ['waiting', 'skipped'];

/** Who takes part in a rollout, how it goes about it, and what was found before anybody is offered anything (REL-33). */
type Plan = Pick<Rollout, 'members' | 'policy' | 'unstartable'>;

/** Who takes part in a rollout that is about to begin, and how it goes about it. */
export class Planner {
  readonly #engine: Engine;
  readonly #store: Store;
  readonly #guards: ((config: StoredConfig) => boolean) | undefined;

  /** `guards`: as in `EngineDependencies`. */
  constructor(engine: Engine, store: Store, guards?: (config: StoredConfig) => boolean) {
    this.#engine = engine;
    this.#store = store;
    this.#guards = guards;
  }

  /** `replaced` is the rollout of the same configuration that this one takes the place of. */
  async plan(
    config: StoredConfig,
    options: RolloutOptions | null,
    replaced: Rollout | undefined,
  ): Promise<Plan> {
    const spec = await this.#policyOf(config.configuration);
    const members = await this.#members(config, replaced, spec);
    const { retryMs, unstartable } = factsOf(config.text);
    const policy = policyFor({
      agents: members.length,
      timings: this.#engine.timings,
      options,
      retryMs,
      ...(spec === undefined ? {} : { spec }),
    });
    // A stamp was put in by this server, with the reader that sends metrics here.
    const expectsMetrics = stampsIn(config.text).length > 0;
    return {
      members,
      policy: expectsMetrics ? { ...policy, expectsMetrics } : policy,
      ...(unstartable.length === 0 ? {} : { unstartable }),
    };
  }

  /** The policy that the configuration names by its label, else a fleet that gives it to agents; undefined: the built-in one. */
  async #policyOf(configuration: string): Promise<PolicySpec | undefined> {
    const { configurations, fleets } = await this.#engine.assigned();
    const named = policyOf(configuration, configurations, fleets);
    return named === undefined ? undefined : this.#store.policies.get(named.policy);
  }

  async #members(
    config: StoredConfig,
    replaced: Rollout | undefined,
    spec: PolicySpec | undefined,
  ): Promise<readonly Member[]> {
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
    const elsewhere = await this.#busyElsewhere(configuration);
    const agents = [...this.#engine.agents.all()].filter(({ record }) => !elsewhere.has(record.uid));
    return membersOf(agents, {
      ...(this.#guards?.(config) === true ? { guarded: new Set([configuration]) } : {}),
      ...(await this.#engine.assigned()),
      configuration,
      targetHash: hash,
      ...(current === undefined ? {} : { currentHash: current.hash }),
      noOpHash: sha256(NO_OP_CONFIG),
      isKnown: (candidate) => known.has(candidate),
      refused: (agent, candidate) => this.#engine.ledger.refused(agent, candidate),
      ...(replaced === undefined ? {} : { replaced }),
      ...(spec === undefined ? {} : { spec }),
    });
  }

  /**
   * Agents on which rollouts of other configurations tried something and still decide: their labels moved meanwhile, and two rollouts
   * do not try their configs on one agent (INV-07). They get the proven version when those are over (REL-13). Those that still wait there are let go.
   */
  async #busyElsewhere(configuration: string): Promise<ReadonlySet<string>> {
    const others = (await this.#engine.openRollouts()).filter((one) => one.configuration !== configuration);
    return new Set(
      others.flatMap(({ state, members }) =>
        members.flatMap((member) =>
          member.state === 'restoring' || (!hasEnded(state) && !UNTRIED.includes(member.state))
            ? [member.agent]
            : [],
        ),
      ),
    );
  }
}
