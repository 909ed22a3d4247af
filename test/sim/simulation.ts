import { hasEnded } from '../../src/core/rollout/rollout.ts';
import { SimulatedAgent, type Surroundings } from './agents/agent.ts';
import { modelOf } from './agents/models.ts';
import { Cluster } from './cluster.ts';
import { StoreFaults, unleash } from './faults.ts';
import { SimulatedGitHub } from './github.ts';
import type { Forge } from './handovers.ts';
import { InvariantList } from './invariants/index.ts';
import { agentsIn, rolloutsIn } from './invariants/invariant.ts';
import { Onlookers } from './onlookers.ts';
import { Operator } from './operator.ts';
import { type Plan, planOf, type Wishes, withoutStoreFaults, calmed } from './plan.ts';
import { preparedApi } from './own-api.ts';
import type { Backing } from './process.ts';
import type { Random } from './random.ts';
import { type SqliteBacking, sqliteBacking } from './store/sqlite.ts';
import { Connection } from './store/connection.ts';
import { Database, type RowChange } from './store/database.ts';
import { type InvariantBroken, type Line, lineText, World } from './world.ts';

const MINUTE_MS = 60_000;

export interface RunOptions extends Wishes {
  readonly seed: number;
  /**
   * Where data is kept: the simulator's own store, or SQLite in memory. With `sqlite`, and with `plain`, there is one process
   * and nothing goes wrong with the store, so that both may be compared.
   */
  readonly store?: 'memory' | 'plain' | 'sqlite';
  /** A calm story in which the process that makes this call of the store dies at it, before its effect or (`late`) after it. */
  readonly fatal?: { readonly call: number; readonly late: boolean };
  /** Told each line of the story as it happens. */
  readonly onLine?: (line: Line) => void;
}

/** What came of a run. */
export interface Outcome {
  readonly seed: number;
  readonly plan: Plan;
  readonly broken: InvariantBroken | undefined;
  /** The last lines of its story. */
  readonly lines: readonly Line[];
  readonly events: number;
  /** A number that is another one when anything happened otherwise; the same for what agents did and were sent alone. */
  readonly digest: number;
  readonly agentsDigest: number;
  /** Calls of the store while faults were on. */
  readonly calls: number;
  /** Virtual time that it took, in milliseconds. */
  readonly tookMs: number;
  /** How often what happened, to see that a run was about something. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Runs one seed: a story with faults, then without them until everything is at rest. */
export async function runSeed(options: RunOptions): Promise<Outcome> {
  const { store = 'memory' } = options;
  const sqlite = store === 'sqlite' ? await sqliteBacking(() => world.now) : undefined;
  const server = await preparedApi();
  const world = new World(options.seed);
  const simulation = new Simulation(world, options, { sqlite, server });
  const outcome = await simulation.run();
  await sqlite?.close();
  return outcome;
}

class Simulation {
  readonly world: World;
  readonly plan: Plan;
  readonly database: Database;
  readonly agents: SimulatedAgent[] = [];
  readonly cluster: Cluster;
  readonly operator: Operator;
  readonly invariants: InvariantList;
  readonly #random: Random;
  readonly #onlookers: Onlookers;
  readonly #github: SimulatedGitHub | undefined;
  readonly #storeFaults: StoreFaults;
  readonly #sqlite: SqliteBacking | undefined;
  readonly #connections = new Map<string, Connection>();
  readonly #begunAt = new Map<string, number>();

  constructor(
    world: World,
    options: RunOptions,
    { sqlite, server }: { readonly sqlite: SqliteBacking | undefined; readonly server: Forge['server'] },
  ) {
    this.world = world;
    this.#sqlite = sqlite;
    if (options.onLine !== undefined) world.onLine = options.onLine;
    this.#random = world.random.fork();
    const isPlain = options.store === 'plain' || options.store === 'sqlite';
    const drawn = planOf(world.random.fork(), { ...options, ...(isPlain ? { replicas: 1 } : {}) });
    const told = options.fatal === undefined ? drawn : calmed(drawn);
    const plan = isPlain ? withoutStoreFaults(told) : told;
    this.plan = plan;
    const { replicas, rates, timings } = plan;
    this.database = new Database(() => world.now);
    const github =
      plan.github === undefined
        ? undefined
        : new SimulatedGitHub(world, () => this.cluster, plan.github, server);
    this.#github = github;
    this.#storeFaults = new StoreFaults(world, rates, {
      shared: replicas > 1,
      freeze: (name, ms) => this.cluster.processes.find((one) => one.name === name)?.pause(ms),
    });
    this.#storeFaults.fatal = options.fatal;
    this.invariants = new InvariantList({
      world,
      plan,
      database: this.database,
      agents: this.agents,
      cluster: () => this.cluster,
      operator: () => this.operator,
      begunAt: (by) => this.#begunAt.get(by) ?? world.now,
      isBlind: sqlite !== undefined,
      ...(github === undefined || sqlite !== undefined ? {} : { github }),
    });
    const { invariants } = this;
    this.database.committed = (by, changes) => {
      this.#tellRollouts(by, changes);
      invariants.committed(by, changes);
      this.#onlookers.see(changes);
    };
    this.database.strayed = (rollout) =>
      world.violate('INV-20', `the log of ${rollout} does not tell what the rollout is`);
    this.database.collided = (rollout) => {
      // Two replicas that were asked at once may both try; then the store is what holds them to it.
      if (replicas > 1) return;
      world.violate('INV-07', `${rollout} was to decide beside another rollout of its configuration`);
    };
    this.database.announced = (by, change) => this.#announce(by, change);
    this.cluster = new Cluster({
      world,
      replicas,
      timings,
      rates,
      ...(github === undefined ? {} : { github }),
      open: (name, crash) => this.#open(name, crash),
      sent: (sending) => {
        world.tell(sending.process.name, 'sends', sending.hash.slice(0, 8), 'to', this.#nameOf(sending.uid));
        invariants.sent(sending);
      },
    });
    this.operator = new Operator(world, this.cluster, (command) => invariants.answered(command));
    this.#onlookers = new Onlookers(this);
    this.#populate();
  }

  async run(): Promise<Outcome> {
    const { world, plan } = this;
    const began = world.now;
    const isBroken = (): boolean => world.broken !== undefined;
    await world.run(world.now + 10_000);
    const { cluster, operator, agents } = this;
    const { configurations, rates } = plan;
    unleash({ world, cluster, operator, agents, configurations, store: this.#storeFaults }, rates);
    this.#command();
    for (let turn = 0; turn < plan.versions && !isBroken(); turn += 1) {
      const configuration = this.#random.pick(configurations);
      await this.#newVersion(configuration);
      await world.run(world.now + this.#random.below(plan.paceMs));
    }
    await this.#comeToRest();
    const outcome = {
      seed: world.seed,
      plan,
      broken: world.broken,
      lines: world.lines(60),
      events: world.events,
      calls: this.#storeFaults.calls,
      digest: world.digest,
      agentsDigest: world.agentsDigest,
      tookMs: world.now - began,
      counts: this.invariants.counts(),
    };
    for (const process of cluster.processes) process.kill();
    return outcome;
  }

  #open(name: string, crash: () => void): Backing {
    const { world, plan } = this;
    if (this.#sqlite !== undefined) return this.#sqlite.connect();
    const connection = new Connection(this.database, {
      name,
      shared: plan.replicas > 1,
      fault: (call) => {
        if (call === 'begin') this.#begunAt.set(name, world.now);
        return this.#storeFaults.at(name, call);
      },
      crash,
      wait: (ms) =>
        new Promise((resolve) => {
          world.after(ms, () => {
            const process = this.cluster.processes.find((one) => one.name === name);
            // What a process that stands still waits for, it hears of afterwards.
            if (process !== undefined) process.hand(resolve);
            else resolve();
          });
        }),
    });
    this.#connections.set(name, connection);
    return { store: connection.store, kill: () => connection.kill() };
  }

  /** What one process announces the others hear soon after, each at its time. */
  #announce(by: string, change: string): void {
    for (const [name, connection] of this.#connections) {
      if (!connection.isAlive) this.#connections.delete(name);
      else if (name !== by) {
        const process = this.cluster.processes.find((one) => one.name === name);
        this.world.after(1 + this.#random.below(20), () => process?.hand(() => connection.hear(change)));
      }
    }
  }

  /** What was decided, as the logs of rollouts say it. */
  #tellRollouts(by: string, changes: readonly RowChange[]): void {
    for (const { before, after } of rolloutsIn(changes)) {
      const { id } = after.rollout;
      for (const event of after.log.slice(before?.log.length ?? 0)) {
        if ('text' in event) continue;
        const who = 'agent' in event ? this.#nameOf(event.agent) : '';
        const wave = 'agent' in event && event.set.wave !== undefined ? `wave ${event.set.wave}` : '';
        this.world.tell(by, 'decides', id, event.type, who, wave);
      }
    }
    for (const { uid, before, after } of agentsIn(changes)) {
      const hash = after.target?.hash;
      if (before?.target?.hash === hash) continue;
      this.world.tell(by, 'wants', this.#nameOf(uid), 'to run', hash?.slice(0, 8) ?? 'nothing');
    }
  }

  #nameOf(uid: string): string {
    return this.agents.find(({ id }) => id === uid)?.name ?? uid;
  }

  #populate(): void {
    const { world, plan, agents } = this;
    const random = this.#random;
    const surroundings: Surroundings = {
      world,
      connect: (agent) => this.cluster.connect(agent),
      canRun: (agent, text) => this.operator.made.get(text)?.bad.has(agent.index) !== true,
      observer: this.invariants,
    };
    const siteMs = random.below(plan.versions * plan.paceMs);
    for (let index = 0; index < plan.agents; index += 1) {
      // Twins that poll different replicas take turns for ever; sockets end up at one of them, where they are told apart.
      const before = agents[index - 1];
      const twin = before?.model.transport === 'websocket' && random.chance(0.01) ? before : undefined;
      const isOfSite = random.chance(plan.site);
      const uid =
        twin?.uid ?? new Uint8Array([...Array.from({ length: 14 }, () => 1), index >> 8, index & 255]);
      const agent = new SimulatedAgent(
        index,
        {
          uid,
          model: {
            ...modelOf(random),
            ...(twin === undefined ? {} : { transport: 'websocket' }),
            ...(isOfSite && random.chance(plan.siteMute) ? { isMute: true } : {}),
          },
          version: random.pick(['0.120.0', '0.135.0', '0.135.0', '1.80.1']),
          labels: {
            configuration: random.pick(plan.configurations),
            env: random.pick(['dev', 'prod']),
            zone: random.pick(['a', 'b', 'c']),
          },
        },
        surroundings,
      );
      agents.push(agent);
      // A few come later, or never by themselves.
      if (isOfSite) world.after(siteMs, () => agent.switchOn());
      else if (random.chance(0.9)) world.after(random.below(5000), () => agent.switchOn());
      else if (random.chance(0.7)) world.after(random.below(10 * MINUTE_MS), () => agent.switchOn());
    }
  }

  /** A new version, good or bad for some, all, or one kind; and its rollout. */
  async #newVersion(configuration: string): Promise<void> {
    const { world, operator } = this;
    const config = operator.make(configuration, this.#bad());
    const policy = this.plan.policies[configuration];
    const merge = this.#github?.merge(configuration, config.hash);
    const from = {
      ...(policy === undefined ? {} : { policy }),
      ...(merge === undefined ? {} : { merge }),
    };
    const isDone = await this.#insist(() => operator.apply(configuration, config, from));
    if (!isDone || world.broken !== undefined) return;
    if (this.#random.chance(0.05)) return;
    await this.#insist(() => operator.start(configuration, operator.options(policy !== undefined)));
  }

  #bad(): ReadonlySet<number> {
    const random = this.#random;
    const share = random.weighted({ none: 4, few: 3, half: 2, all: 2 });
    const chance = { none: 0, few: 0.04, half: 0.4, all: 1 }[share];
    return new Set(this.agents.filter(() => random.chance(chance)).map(({ index }) => index));
  }

  /** Asks until somebody says that it is done or refused, or a minute is over; the answer to one try may come later. */
  async #insist(ask: () => ReturnType<Operator['apply']>): Promise<boolean> {
    const { world } = this;
    const until = world.now + MINUTE_MS;
    while (world.now < until && world.broken === undefined) {
      const command = ask();
      const patience = world.now + 5000;
      if (command === undefined) await world.run(world.now + 500);
      else await world.run(patience, () => command.answer !== 'none' || !command.process.isAlive);
      if (command?.answer === 'done') return true;
    }
    return false;
  }

  /** Commands at random, for as long as faults are on. */
  #command(): void {
    const { world, plan, operator } = this;
    if (plan.commands <= 0) return;
    const random = world.random.fork();
    const next = (): void => {
      world.after(Math.ceil((-Math.log(1 - random.unit()) * MINUTE_MS) / plan.commands), () => {
        if (!world.faults) return;
        const configuration = random.pick(plan.configurations);
        const name = random.weighted({
          pause: 4,
          resume: 4,
          promote: 4,
          abort: 1,
          rollback: 1.5,
          retry: 1.5,
          start: 1.5,
          hold: 1,
          lift: 2,
        });
        if (name === 'start') operator.start(configuration, operator.options(random.chance(0.5)));
        else if (name === 'hold' || name === 'lift') operator[name](random.chance(0.8) ? configuration : '');
        else operator.change(name, configuration);
        next();
      });
    };
    next();
  }

  /** Faults off; what is paused goes on; then everything has to come to rest in time (INV-18). */
  async #comeToRest(): Promise<void> {
    const { world, invariants } = this;
    world.faults = false;
    this.cluster.heal();
    for (const agent of this.agents) agent.switchOn();
    world.tell('', 'faults end');
    // Whoever is paused or on the way out comes back first.
    await world.run(world.now + 2.5 * MINUTE_MS);
    for (const held of ['', ...this.plan.configurations]) await this.#insist(() => this.operator.lift(held));
    const latest = world.now + 180 * MINUTE_MS;
    let isQuiet = false;
    while (world.now < latest && world.broken === undefined) {
      await this.#sqlite?.mirror(this.database);
      for (const configuration of this.#paused()) {
        await this.#insist(() => this.operator.change('promote', configuration));
      }
      // What ended a moment ago is still on its way to GitHub.
      const wasQuiet = isQuiet;
      isQuiet = invariants.unrest() === undefined;
      if (isQuiet && wasQuiet) break;
      await world.run(world.now + 10_000);
    }
    if (world.broken !== undefined) return;
    const unrest = invariants.unrest();
    if (unrest !== undefined) world.violate('INV-18', unrest);
    else invariants.atRest();
  }

  #paused(): readonly string[] {
    const open = [...this.database.rows.rollouts.values()].map(({ rollout }) => rollout);
    return open
      .filter(({ state }) => !hasEnded(state) && state === 'paused')
      .map(({ configuration }) => configuration);
  }
}

/** What somebody has to know who looks for the reason of a broken run; empty where nothing is broken. */
export function brokenText({ seed, plan, broken, lines }: Outcome): string {
  if (broken === undefined) return '';
  const { agents, replicas, github } = plan;
  const more = github === undefined ? '' : ' --github';
  return [
    ...lines.map(lineText),
    '',
    broken.message,
    `again: npm run sim -- --seed ${seed} --agents ${agents} --replicas ${replicas}${more}`,
  ].join('\n');
}
