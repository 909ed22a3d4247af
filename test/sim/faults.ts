import type { SimulatedAgent } from './agents/agent.ts';
import type { Cluster } from './cluster.ts';
import type { Operator } from './operator.ts';
import type { FaultRates } from './plan.ts';
import type { Random } from './random.ts';
import type { StoreFault } from './store/connection.ts';
import type { World } from './world.ts';

const MINUTE_MS = 60_000;

/** What goes wrong at the calls of one run's store: slowness, errors, deaths, and windows in which nothing works. */
export class StoreFaults {
  /** Until when every call fails, and until when every commit of something written does. */
  awayUntil = 0;
  fullUntil = 0;
  readonly #world: World;
  readonly #rates: FaultRates;
  readonly #random: Random;
  readonly #shared: boolean;
  readonly #freeze: (name: string, ms: number) => void;
  /** Calls so far, while faults are on. */
  calls = 0;
  /** The process that makes this call dies at it. */
  fatal: { readonly call: number; readonly late: boolean } | undefined;

  /** `freeze` makes the process of this name stand still. */
  constructor(
    world: World,
    rates: FaultRates,
    { shared, freeze }: { readonly shared: boolean; readonly freeze: (name: string, ms: number) => void },
  ) {
    this.#world = world;
    this.#rates = rates;
    this.#random = world.random.fork();
    this.#shared = shared;
    this.#freeze = freeze;
  }

  /** What goes wrong with a call of the process `by`. */
  at(by: string, call: string): StoreFault | undefined {
    const { faults, now } = this.#world;
    if (!faults) return undefined;
    const random = this.#random;
    this.calls += 1;
    if (this.calls === this.fatal?.call) {
      const { late } = this.fatal;
      this.#world.tell(by, 'dies at', call, late ? 'after it' : 'before it');
      return { kind: 'crash', late };
    }
    if (now < this.awayUntil) return { kind: 'error', error: new Error('the store does not answer') };
    if (now < this.fullUntil && (call === 'commit' || isWrite(call))) {
      return { kind: 'error', error: new Error('database or disk is full') };
    }
    const { fatalCall, failedCall, slowCall, frozenCall } = this.#rates;
    if (random.chance(frozenCall)) {
      this.#freeze(by, 3000 + random.below(20_000));
      return { kind: 'slow', ms: 1 };
    }
    if (random.chance(fatalCall)) {
      const late = random.chance(0.5);
      this.#world.tell(by, 'dies at', call, late ? 'after it' : 'before it');
      return { kind: 'crash', late };
    }
    if (random.chance(failedCall)) {
      // Only a database over the network can have done what it says it could not.
      const late = this.#shared && random.chance(0.3);
      this.#world.tell(by, 'is let down at', call, late ? 'after it' : 'before it');
      return { kind: 'error', error: new Error('the connection to the store was lost'), late };
    }
    return random.chance(slowCall) ? { kind: 'slow', ms: 1 + random.below(50) } : undefined;
  }
}

function isWrite(call: string): boolean {
  return /\.(?:put|add|set|clear|delete|count|accept|done|fail|forget|append|revoke)/.test(call);
}

export interface Victims {
  readonly world: World;
  readonly cluster: Cluster;
  readonly operator: Operator;
  readonly agents: readonly SimulatedAgent[];
  readonly configurations: readonly string[];
  readonly store: StoreFaults;
}

/** Starts everything that goes wrong by itself, at its rate, for as long as faults are on. */
export function unleash(victims: Victims, rates: FaultRates): void {
  const { world, cluster, operator, agents, store, configurations } = victims;
  const random = world.random.fork();
  const someProcess = (): number => random.pick(cluster.processes.map(({ place }) => place));
  const happens = (rate: number, what: () => void): void => {
    if (rate <= 0) return;
    const next = (): void => {
      // Times between events that happen by chance at this rate.
      const waitMs = (-Math.log(1 - random.unit()) * MINUTE_MS) / rate;
      world.after(Math.ceil(waitMs), () => {
        if (!world.faults) return;
        what();
        next();
      });
    };
    next();
  };
  const onProcess = (what: (place: number) => void): (() => void) => {
    return () => {
      if (cluster.processes.length > 0) what(someProcess());
    };
  };
  happens(
    rates.crashes,
    onProcess((place) => cluster.crash(place)),
  );
  happens(
    rates.stops,
    onProcess((place) => cluster.stop(place)),
  );
  happens(
    rates.pauses,
    onProcess((place) => {
      const process = cluster.processes.find((one) => one.place === place);
      process?.pause(random.below(rates.longestPauseMs));
    }),
  );
  happens(rates.outages, () => {
    const until = world.now + random.below(random.chance(0.8) ? 20_000 : 10 * MINUTE_MS);
    const isFull = random.chance(0.5);
    world.tell('store', isFull ? 'is full for' : 'is away for', until - world.now, 'ms');
    if (isFull) store.fullUntil = until;
    else store.awayUntil = until;
  });
  happens(
    rates.partitions,
    onProcess((place) => {
      const some = agents.filter(() => random.chance(0.4));
      cluster.partition(some, place, random.below(2 * MINUTE_MS));
    }),
  );
  happens(rates.breaks, () => {
    const { line } = random.pick(agents);
    if (line !== undefined && 'break' in line && typeof line.break === 'function') line.break();
  });
  happens(rates.restarts, () => random.pick(agents).restart());
  happens(rates.churn, () => {
    const agent = random.pick(agents);
    if (agent.isOn) agent.switchOff();
    else agent.switchOn();
  });
  happens(rates.sites, () => {
    const away = agents.filter((agent) => agent.isOn && random.chance(0.3));
    for (const agent of away) agent.switchOff();
    world.after(random.below(10 * MINUTE_MS), () => {
      for (const agent of away) agent.switchOn();
    });
  });
  happens(rates.labelEdits, () => {
    const { id } = random.pick(agents);
    const configuration = random.pick([...configurations, '', 'none']);
    operator.label(id, configuration === '' ? {} : { configuration });
  });
}
