import { RolloutControl } from '../../app/engine/control.ts';
import { ALONE } from '../../app/engine/duty.ts';
import { Engine } from '../../app/engine/engine.ts';
import { APP_LIMITS, type RolloutTimings } from '../../app/limits.ts';
import { OpampServer } from '../../app/opamp/server.ts';
import { Replica } from '../../app/replicas/replica.ts';
import type { Store } from '../../app/store/store.ts';
import type { AgentLink } from '../../src/ports/agent-link.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { errorText } from '../../src/ports/operation-error.ts';
import { sharedKeys } from '../../app/opamp/admission.ts';
import { Audit } from '../../app/identity/audit.ts';
import { Redaction } from '../../app/identity/redaction.ts';
import { type GitHubSide, gitHubSide, type SimulatedGitHub } from './github.ts';
import type { World } from './world.ts';

/** Where a process keeps its data: the simulator's own store, or a real one. */
export interface Backing {
  readonly store: Store;
  /** The process is gone: its calls resolve no more. */
  kill(): void;
}

export interface ProcessOptions {
  readonly world: World;
  /** `r1.3`: the third process in the place of the first replica. */
  readonly name: string;
  readonly place: number;
  readonly timings: RolloutTimings;
  /** How far its wall clock was off when it started. */
  readonly clockOffsetMs: number;
  readonly backing: Backing;
  /** GitHub, where rollouts are told. */
  readonly github?: SimulatedGitHub;
  /** Sees every message that leaves for an agent. */
  readonly link: (process: ServerProcess, inner: AgentLink) => AgentLink;
}

/**
 * One run of `collie serve`, as far as it decides and speaks with agents: the real engine with its loop, its control, its
 * OpAMP switchboard and its part among replicas, over one connection to the store, on its own clock. It can be paused
 * (SIGSTOP), killed, and told to go.
 */
export class ServerProcess {
  readonly name: string;
  readonly place: number;
  readonly engine: Engine;
  readonly control: RolloutControl;
  readonly opamp: OpampServer;
  readonly replica: Replica | undefined;
  readonly store: Store;
  /** Writes down what is changed on behalf of people. */
  readonly audit: Audit;
  /** Takes secrets out of what agents say. */
  readonly redaction: Redaction = new Redaction([]);
  readonly github: GitHubSide | undefined;
  readonly clock: Clock;
  isAlive = true;
  /** Takes connections of agents. */
  takesAgents = false;
  readonly #world: World;
  readonly #backing: Backing;
  readonly #link: AgentLink;
  #isPaused = false;
  #late: (() => void)[] = [];

  constructor(options: ProcessOptions) {
    const { world, name, place, timings, clockOffsetMs, backing, link, github } = options;
    this.name = name;
    this.place = place;
    this.#world = world;
    this.#backing = backing;
    this.clock = {
      now: () => Math.floor(world.now + clockOffsetMs),
      wait: (ms, signal) => this.#wait(ms, signal),
    };
    this.audit = new Audit(this.clock);
    const store = this.audit.over(this.redaction.over(backing.store));
    this.store = store;
    const warn = (message: string, error: unknown): void => {
      this.note(message, error === undefined ? '' : errorText(error));
    };
    const { clock } = this;
    this.replica =
      store.shared === undefined
        ? undefined
        : new Replica({
            shared: store.shared,
            clock,
            leaseMs: APP_LIMITS.leaseMs,
            giveUp: (uids) => this.engine.giveUp(uids),
            warn,
          });
    const duty = this.replica ?? ALONE;
    this.engine = new Engine({ store, clock, limits: APP_LIMITS, timings, warn, duty });
    this.control = new RolloutControl(this.engine, store, clock);
    const settings = { admission: sharedKeys(['key']), limits: APP_LIMITS, clock };
    this.opamp = new OpampServer(settings, this.engine.agents);
    this.github = github === undefined ? undefined : gitHubSide(this, github);
    this.replica?.onHeard((change) => {
      this.engine.heard(change);
      this.redaction.heard(change);
      this.github?.reporter.hint();
      this.github?.worker.wake();
      this.github?.handovers.wake();
    });
    this.#link = link(this, this.opamp);
  }

  /** Something that is only noted. */
  note(message: string, why = ''): void {
    this.#world.tell(this.name, 'warns', message, why);
  }

  get leads(): boolean {
    return this.replica?.leads ?? true;
  }

  /** Comes up as `app/main.ts` does; agents are taken after it has read what is stored. */
  async start(): Promise<void> {
    await this.replica?.join();
    await this.engine.start(this.#link);
    await this.replica?.answersAt(this.name);
    this.takesAgents = true;
    this.github?.worker.wake();
    this.github?.handovers.wake();
    this.github?.reporter.start();
    this.#world.tell(this.name, 'is up');
  }

  /** Goes as `app/main.ts` does after SIGTERM. */
  async stop(endSockets: () => void): Promise<void> {
    this.takesAgents = false;
    await this.replica?.resign();
    endSockets();
    const { github } = this;
    await Promise.all([github?.worker.stop(), github?.reporter.stop(), github?.handovers.stop()]);
    await this.engine.stop();
    await this.replica?.leave();
    this.kill();
  }

  /** `kill -9`. */
  kill(): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    this.takesAgents = false;
    this.#late = [];
    this.#backing.kill();
    this.#world.tell(this.name, 'is gone');
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Stands still (SIGSTOP, a long garbage collection); what comes meanwhile is taken up afterwards. */
  pause(ms: number): void {
    if (this.#isPaused || !this.isAlive) return;
    this.#isPaused = true;
    this.#world.tell(this.name, 'stands still for', ms, 'ms');
    this.#world.after(ms, () => {
      this.#isPaused = false;
      if (!this.isAlive) return;
      this.#world.tell(this.name, 'goes on');
      for (const run of this.#late.splice(0)) this.hand(run);
    });
  }

  /** Hands something to the process: at once, when it goes on, or never. */
  hand(run: () => void): void {
    if (!this.isAlive) return;
    if (this.#isPaused) {
      this.#late.push(run);
      return;
    }
    this.#world.isTouched = true;
    run();
  }

  #wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      const event = this.#world.after(ms, () => {
        signal?.removeEventListener('abort', abort);
        this.hand(resolve);
      });
      const abort = (): void => {
        event.off = true;
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', abort, { once: true });
    });
  }
}
