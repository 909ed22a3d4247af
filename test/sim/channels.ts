import { APP_LIMITS } from '../../app/limits.ts';
import type { Channel, Claim } from '../../app/opamp/channel.ts';
import { PollSession } from '../../app/opamp/poll-session.ts';
import type { AgentToServer, ServerToAgent } from '../../src/core/opamp/gen/opamp_pb.ts';
import { identify, plainAnswer, type Connection } from '../../src/core/opamp/session.ts';
import { uidText } from '../../src/core/opamp/uid.ts';
import type { ServerProcess } from './process.ts';
import type { World } from './world.ts';

/** What a connection is to the agent at its other end. */
export interface Peer {
  receive(message: ServerToAgent): void;
  /** The connection ended, as far as the agent can see. */
  ended(): void;
}

/** An agent's way to a server process. */
export interface Line {
  readonly process: ServerProcess;
  tell(message: AgentToServer): void;
  /** The agent ends it. */
  close(): void;
  /** Whether the agent takes it to be open. */
  readonly isOpen: boolean;
  /** Whether the server listens to the agent on it: not to a twin of one that it has. */
  readonly isServed: boolean;
}

/** How bad the network is. */
export interface NetworkFaults {
  /** Chance that a message gets lost; the connection it was on does not survive that (TCP). */
  readonly loss: number;
  /** Chance that the agent sends a message twice. */
  readonly twice: number;
  /** Longest time that a message takes. */
  readonly slowestMs: number;
  /** Chance that an end that breaks is not noticed at once by the other side. */
  readonly halfOpen: number;
}

const CREDENTIAL = 'key-1';

/** Time in which a side that hears nothing takes the other for gone: pings of the server, heartbeats of the agent. */
const UNNOTICED_MS = APP_LIMITS.pingMs + APP_LIMITS.pongMs;

function connectionOf(world: World, transport: 'websocket' | 'http'): Connection {
  return { id: `connection ${world.next()}`, remoteAddress: '10.0.0.1:1', labels: '', transport };
}

/**
 * A WebSocket with one agent behind it, as `app/opamp/socket.ts` treats one: messages in their order, a claim before the
 * first of a uid, a uid of its own for a twin. Either side may be gone without the other knowing.
 */
export class SimulatedSocket implements Channel, Line {
  readonly connection: Connection;
  readonly credential: string = CREDENTIAL;
  readonly process: ServerProcess;
  readonly #world: World;
  readonly #peer: Peer;
  readonly #faults: NetworkFaults;
  readonly #uids = new Map<string, Uint8Array>();
  readonly #refused = new Set<string>();
  readonly #inbox: AgentToServer[] = [];
  #isWorking = false;
  #isAgentThere = true;
  #isServerThere = true;
  #isCut = false;
  #lastUp = 0;
  #lastDown = 0;

  constructor(world: World, process: ServerProcess, peer: Peer, faults: NetworkFaults) {
    this.#world = world;
    this.process = process;
    this.#peer = peer;
    this.#faults = faults;
    this.connection = connectionOf(world, 'websocket');
  }

  get isOpen(): boolean {
    return this.#isAgentThere;
  }

  get isServed(): boolean {
    return this.#isServerThere && this.#uids.size > 0;
  }

  send(uid: string, message: ServerToAgent): boolean {
    const spelled = this.#uids.get(uid);
    return spelled !== undefined && this.#down({ ...message, instanceUid: spelled });
  }

  /** From the agent: arrives after what it sent before, or the connection breaks on the way. */
  tell(message: AgentToServer): void {
    if (!this.#isAgentThere) return;
    if (this.#isLost()) {
      this.break();
      return;
    }
    const { random } = this.#world;
    const times = this.#world.faults && random.chance(this.#faults.twice) ? 2 : 1;
    for (let time = 0; time < times; time += 1) {
      this.#lastUp = Math.max(this.#lastUp, this.#world.now + this.#delay());
      this.#world.after(this.#lastUp - this.#world.now, () =>
        this.process.hand(() => {
          if (!this.#isServerThere) return;
          this.#inbox.push(message);
          if (!this.#isWorking) void this.#work();
        }),
      );
    }
  }

  #down(message: ServerToAgent): boolean {
    if (!this.#isServerThere) return false;
    if (this.#isLost()) {
      this.break();
      return true;
    }
    this.#lastDown = Math.max(this.#lastDown, this.#world.now + this.#delay());
    this.#world.after(this.#lastDown - this.#world.now, () => {
      if (this.#isAgentThere) this.#peer.receive(message);
    });
    return true;
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    for (let message = this.#inbox.shift(); message !== undefined; message = this.#inbox.shift()) {
      const answer = await this.#answer(message);
      if (this.#isServerThere && this.process.isAlive) this.#down(answer);
    }
    this.#isWorking = false;
  }

  async #answer(message: AgentToServer): Promise<ServerToAgent> {
    const { opamp } = this.process;
    const uid = uidText(message.instanceUid) ?? '';
    if (this.#uids.has(uid)) return opamp.receive(message, this);
    const claim = opamp.claim(uid, this);
    const found: Claim = claim instanceof Promise ? await claim : claim;
    if (found === 'granted') {
      this.#refused.delete(uid);
      this.#uids.set(uid, message.instanceUid);
      return opamp.receive(message, this);
    }
    const wasRefused = this.#refused.has(uid);
    this.#refused.add(uid);
    if (wasRefused) return plainAnswer(message);
    return identify(message, this.#world.random.bytes(16)).reply;
  }

  release(uid: string): void {
    this.#uids.delete(uid);
    if (this.#uids.size === 0) this.refuse();
  }

  async isAlive(): Promise<boolean> {
    const isThere = this.#isServerThere && this.#isAgentThere;
    const { clock } = this.process;
    await clock.wait(isThere ? 1 + this.#delay() : APP_LIMITS.pongMs);
    return isThere && this.#isAgentThere;
  }

  refuse(): void {
    this.#world.after(this.#delay(), () => this.#agentNotices());
    this.#world.after(1, () => this.process.hand(() => this.#serverNotices()));
  }

  /** The agent ends it (its process stops): the server is told. */
  close(): void {
    if (!this.#isAgentThere) return;
    this.#isAgentThere = false;
    this.#world.after(this.#delay(), () => this.process.hand(() => this.#serverNotices()));
  }

  /** The server process is gone: its machine says so, or nobody does. */
  serverGone(): void {
    this.#isServerThere = false;
    this.#world.after(this.#unnoticed(), () => this.#agentNotices());
  }

  /** Something between them breaks. */
  break(): void {
    this.#world.after(this.#unnoticed(), () => this.#agentNotices());
    this.#world.after(this.#unnoticed(), () => this.process.hand(() => this.#serverNotices()));
    this.#isCut = true;
  }

  #isLost(): boolean {
    return this.#isCut || (this.#world.faults && this.#world.random.chance(this.#faults.loss));
  }

  #delay(): number {
    const { random, faults } = this.#world;
    return 1 + random.below(faults && random.chance(0.05) ? this.#faults.slowestMs : 20);
  }

  #unnoticed(): number {
    const { random, faults } = this.#world;
    if (!faults) return random.below(100);
    return random.below(random.chance(this.#faults.halfOpen) ? UNNOTICED_MS : 200);
  }

  #agentNotices(): void {
    if (!this.#isAgentThere) return;
    this.#isAgentThere = false;
    this.#peer.ended();
  }

  #serverNotices(): void {
    if (!this.#isServerThere) return;
    this.#isServerThere = false;
    const uids = [...this.#uids.keys()];
    for (const uid of uids) this.process.opamp.left(uid, this);
    this.process.engine.agents.closed(this.connection.id, uids);
  }
}

/** The sessions of agents that poll one process (`app/opamp/polls.ts`), without HTTP. */
export class PollSessions {
  readonly #process: ServerProcess;
  readonly #sessions = new Map<string, PollSession>();

  constructor(process: ServerProcess) {
    this.#process = process;
  }

  /** Answers one request; undefined when it is refused. `undo` puts back what the answer brought and nobody got. */
  async answer(
    message: AgentToServer,
    world: World,
  ): Promise<{ readonly message: ServerToAgent; readonly undo: () => void } | undefined> {
    const uid = uidText(message.instanceUid) ?? '';
    const session = await this.#session(uid, world);
    if (session?.heard() !== true) return undefined;
    if (session.isShared(message.sequenceNum)) {
      return { message: identify(message, world.random.bytes(16)).reply, undo: () => undefined };
    }
    const answer = this.#process.opamp.receive(message, session);
    return session.filled(answer);
  }

  tick(): void {
    for (const session of this.#sessions.values()) if (session.isGone) this.#end(session);
  }

  async #session(uid: string, world: World): Promise<PollSession | undefined> {
    const known = this.#sessions.get(uid);
    if (known !== undefined) return known;
    const polling = {
      connection: connectionOf(world, 'http'),
      credential: CREDENTIAL,
      isAgentsOwn: false,
      address: '10.0.0.1',
    };
    const { clock, opamp } = this.#process;
    const session: PollSession = new PollSession(uid, polling, APP_LIMITS, clock, () => this.#end(session));
    const claim = await opamp.claim(uid, session);
    if (claim !== 'granted') return undefined;
    this.#sessions.set(uid, session);
    return session;
  }

  #end(session: PollSession): void {
    if (this.#sessions.get(session.uid) !== session) return;
    this.#sessions.delete(session.uid);
    this.#process.opamp.left(session.uid, session);
    this.#process.engine.agents.closed(session.connection.id, [session.uid]);
  }
}

/** Polls of one agent: each its own request, which may get lost, come late, or be answered to nobody. */
export class PollLine implements Line {
  readonly process: ServerProcess;
  readonly #world: World;
  readonly #peer: Peer;
  readonly #faults: NetworkFaults;
  readonly #sessions: PollSessions;
  readonly #untold: AgentToServer[] = [];
  #isOpen = true;
  #isServed = false;

  constructor(
    world: World,
    process: ServerProcess,
    peer: Peer,
    { faults, sessions }: { readonly faults: NetworkFaults; readonly sessions: PollSessions },
  ) {
    this.#world = world;
    this.process = process;
    this.#peer = peer;
    this.#faults = faults;
    this.#sessions = sessions;
  }

  get isOpen(): boolean {
    return this.#isOpen && this.process.isAlive;
  }

  get isServed(): boolean {
    return this.isOpen && this.#isServed;
  }

  tell(message: AgentToServer): void {
    this.#untold.push(message);
    if (this.#untold.length === 1) this.#request();
  }

  /** One request at a time; what got no answer is asked again as it was, as the protocol's own client does. */
  #request(): void {
    const [message] = this.#untold;
    if (message === undefined || !this.#isOpen) return;
    const { random, faults } = this.#world;
    const isLost = (): boolean => faults && random.chance(this.#faults.loss);
    const delay = (): number => 1 + random.below(faults && random.chance(0.1) ? this.#faults.slowestMs : 30);
    if (isLost()) {
      this.#again();
      return;
    }
    const answerIsLost = isLost();
    const heard = async (): Promise<void> => {
      const answered = await this.#sessions.answer(message, this.#world);
      this.#isServed = answered !== undefined;
      if (!this.process.isAlive) return;
      if (answered !== undefined && answerIsLost) {
        // Half of what gets lost does so before it left the server, which then knows.
        if (random.chance(0.5)) answered.undo();
        this.#again();
        return;
      }
      this.#world.after(delay(), () => {
        if (this.#isOpen && answered !== undefined) this.#peer.receive(answered.message);
        this.#untold.shift();
        this.#request();
      });
    };
    this.#world.after(delay(), () => this.process.hand(() => void heard()));
  }

  #again(): void {
    this.#world.after(1000 + this.#world.random.below(2000), () => this.#request());
  }

  close(): void {
    this.#isOpen = false;
  }
}
