import type { SimulatedAgent } from './agents/agent.ts';
import { rolloutsIn } from './invariants/invariant.ts';
import type { Operator } from './operator.ts';
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';
import type { RowChange } from './store/database.ts';
import type { World } from './world.ts';

export interface Scenery {
  readonly world: World;
  readonly plan: Plan;
  readonly operator: Operator;
  readonly agents: readonly SimulatedAgent[];
}

/** People who see a wave begin and do at once what is hardest to bear then; chance alone would rarely do it in time. */
export class Onlookers {
  readonly #scenery: Scenery;
  readonly #random: Random;

  constructor(scenery: Scenery) {
    this.#scenery = scenery;
    this.#random = scenery.world.random.fork();
  }

  see(changes: readonly RowChange[]): void {
    const { world, plan } = this.#scenery;
    if (!world.faults || plan.reflex + plan.moves <= 0) return;
    for (const { before, after } of rolloutsIn(changes)) {
      const { phase, configuration, members } = after.rollout;
      if (phase <= (before?.rollout.phase ?? 0)) continue;
      const offered = members.flatMap(({ agent, state }) => (state === 'offered' ? [agent] : []));
      if (this.#random.chance(plan.reflex)) this.#stop(configuration, new Set(offered));
      if (offered.length > 0 && this.#random.chance(plan.moves)) this.#move(configuration, offered);
    }
  }

  /** The wave is stopped; agents of it may lose their connection at the same moment. */
  #stop(configuration: string, offered: ReadonlySet<string>): void {
    const { world, agents, operator } = this.#scenery;
    world.after(this.#random.below(30), () => operator.change('pause', configuration));
    for (const agent of agents) {
      if (offered.has(agent.id) && this.#random.chance(0.3)) world.after(1, () => agent.restart());
    }
  }

  /** An agent that is under way is given to another configuration, which is rolled out soon after. */
  #move(configuration: string, offered: readonly string[]): void {
    const { world, plan, operator } = this.#scenery;
    const others = plan.configurations.filter((name) => name !== configuration);
    if (others.length === 0) return;
    const [uid, other] = [this.#random.pick(offered), this.#random.pick(others)];
    world.after(this.#random.below(2000), () => operator.label(uid, { configuration: other }));
    world.after(2000 + this.#random.below(3000), () => operator.start(other, operator.options(true)));
  }
}
