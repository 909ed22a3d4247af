import type { RolloutTimings } from '../../app/limits.ts';
import type { ServerToAgent } from '../../src/core/opamp/gen/opamp_pb.ts';
import { hexText } from '../../src/core/opamp/uid.ts';
import type { AgentLink } from '../../src/ports/agent-link.ts';
import type { SimulatedAgent } from './agents/agent.ts';
import { type Line, PollLine, PollSessions, SimulatedSocket } from './channels.ts';
import type { SimulatedGitHub } from './github.ts';
import type { FaultRates } from './plan.ts';
import { type Backing, ServerProcess } from './process.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** A config that left a process for an agent. */
export interface Sending {
  readonly process: ServerProcess;
  readonly uid: string;
  readonly hash: string;
  readonly text: string;
}

export interface ClusterOptions {
  readonly world: World;
  readonly replicas: number;
  readonly timings: RolloutTimings;
  readonly rates: FaultRates;
  /** A new connection to the store for a process of this name; `crash` kills that process. */
  readonly open: (name: string, crash: () => void) => Backing;
  readonly sent: (sending: Sending) => void;
  readonly github?: SimulatedGitHub;
}

/** How often each process looks after its polls; often enough for polls that come every 30 s. */
const LOOK_MS = 5000;

/** The server: one process in each place, and what becomes of their sockets when they go. */
export class Cluster {
  readonly #options: ClusterOptions;
  readonly #random: Random;
  readonly #places: (ServerProcess | undefined)[];
  readonly #sockets = new Map<ServerProcess, SimulatedSocket[]>();
  readonly #polls = new Map<ServerProcess, PollSessions>();
  /** Pairs of agent and place that do not reach each other. */
  readonly #cut = new Set<string>();
  #started = 0;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#random = options.world.random.fork();
    this.#places = Array.from({ length: options.replicas }, () => undefined);
    for (let place = 0; place < options.replicas; place += 1) this.boot(place);
  }

  /** Processes that run. */
  get processes(): readonly ServerProcess[] {
    return this.#places.flatMap((process) => (process?.isAlive === true ? [process] : []));
  }

  /** The process that takes commands now: one that leads and is up. */
  get leader(): ServerProcess | undefined {
    return this.processes.find((process) => process.takesAgents && process.leads);
  }

  /** Starts a process in a place that has none. */
  boot(place: number): void {
    if (this.#places[place]?.isAlive === true) return;
    const { world, timings, rates, open, sent, github } = this.#options;
    this.#started += 1;
    const name = `r${place + 1}.${this.#started}`;
    const offset = world.faults ? (this.#random.unit() * 2 - 1) * rates.clockMs : 0;
    const process: ServerProcess = new ServerProcess({
      world,
      name,
      place,
      timings,
      clockOffsetMs: Math.round(offset),
      backing: open(name, () => this.#gone(process)),
      ...(github === undefined ? {} : { github }),
      link: (from, inner) => watched(from, inner, sent),
    });
    this.#places[place] = process;
    this.#sockets.set(process, []);
    this.#polls.set(process, new PollSessions(process));
    world.tell(name, 'starts', offset === 0 ? '' : `with a clock that is ${Math.round(offset)} ms off`);
    world.isTouched = true;
    process.start().catch((error: unknown) => {
      // As the real one: it ends, and whoever looks after it starts it again.
      world.tell(name, 'cannot start', String(error));
      this.crash(place);
    });
    this.#lookAfter(process);
  }

  /** Kills the process in a place; it is started again after a while. */
  crash(place: number): void {
    const process = this.#places[place];
    if (process?.isAlive === true) this.#gone(process);
  }

  /** Tells the process in a place to go, as a rolling update does. */
  stop(place: number): void {
    const process = this.#places[place];
    if (process?.isAlive !== true || !process.takesAgents) return;
    const { world } = this.#options;
    world.tell(process.name, 'is told to go');
    process.hand(() => {
      void process
        .stop(() => this.#endSockets(process))
        .then(() => world.after(this.#random.below(3000), () => this.boot(place)));
    });
  }

  /** A way for an agent to some process; undefined when none takes it. */
  connect(agent: SimulatedAgent): Line | undefined {
    const { world, rates } = this.#options;
    const open = this.processes.filter(
      ({ takesAgents, place }) => takesAgents && !this.#cut.has(`${agent.index} ${place}`),
    );
    if (open.length === 0) return undefined;
    const process = this.#random.pick(open);
    const sessions = this.#polls.get(process);
    if (agent.model.transport === 'http' && sessions !== undefined) {
      return new PollLine(world, process, agent, { faults: rates.network, sessions });
    }
    const socket = new SimulatedSocket(world, process, agent, rates.network);
    const sockets = this.#sockets.get(process) ?? [];
    sockets.push(socket);
    if (sockets.length > 500) sockets.splice(0, sockets.length, ...sockets.filter(({ isOpen }) => isOpen));
    return socket;
  }

  /** Some agents and the process in a place do not reach each other for a while. */
  partition(agents: readonly SimulatedAgent[], place: number, ms: number): void {
    const pairs = agents.map(({ index }) => `${index} ${place}`);
    for (const pair of pairs) this.#cut.add(pair);
    for (const { line } of agents) {
      if (line instanceof SimulatedSocket && line.process.place === place) line.break();
    }
    this.#options.world.after(ms, () => {
      for (const pair of pairs) this.#cut.delete(pair);
    });
  }

  /** Everything is reachable again. */
  heal(): void {
    this.#cut.clear();
  }

  #gone(process: ServerProcess): void {
    process.kill();
    for (const socket of this.#sockets.get(process) ?? []) socket.serverGone();
    this.#sockets.delete(process);
    this.#polls.delete(process);
    this.#options.world.after(200 + this.#random.below(8000), () => this.boot(process.place));
  }

  #endSockets(process: ServerProcess): void {
    for (const socket of this.#sockets.get(process) ?? []) socket.refuse();
  }

  #lookAfter(process: ServerProcess): void {
    this.#options.world.after(LOOK_MS, () => {
      if (!process.isAlive) return;
      process.hand(() => this.#polls.get(process)?.tick());
      this.#lookAfter(process);
    });
  }
}

/** The way out to agents, where everything that leaves is seen. */
function watched(process: ServerProcess, inner: AgentLink, sent: (sending: Sending) => void): AgentLink {
  return {
    send: (uid: string, message: ServerToAgent) => {
      const remote = message.remoteConfig;
      const isSent = inner.send(uid, message);
      if (isSent && remote !== undefined) {
        const body = Object.values(remote.config?.configMap ?? {})[0]?.body ?? new Uint8Array();
        const text = new TextDecoder().decode(body);
        sent({ process, uid, hash: hexText(remote.configHash), text });
      }
      return isSent;
    },
    disconnect: (uid, reason) => inner.disconnect(uid, reason),
  };
}
