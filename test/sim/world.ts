import { EventHeap, type SimulatedEvent } from './event-heap.ts';
import { Random } from './random.ts';

/** An invariant that does not hold: its name (`INV-05`), and what was seen. */
export class InvariantBroken extends Error {
  readonly invariant: string;

  constructor(invariant: string, message: string) {
    super(`${invariant}: ${message}`);
    this.invariant = invariant;
  }
}

/** One line of the story, made to text only when somebody wants to read it. */
export type Line = readonly [at: number, who: string, what: string, ...details: (string | number)[]];

/** Lines kept for whoever has to find out what happened. */
const KEPT_LINES = 4000;

/** When every run begins: real enough for dates, the same for all seeds. */
const EPOCH = 1_793_491_200_000;

/**
 * Virtual time and everything that waits for a moment of it, chance out of one seed, and what was told. There is no other
 * clock and no other chance in a run, so the same seed gives the same run.
 */
export class World {
  readonly seed: number;
  readonly random: Random;
  now: number = EPOCH;
  /** Something was handed to a server process, whose promises have to be given their turn before the next event. */
  isTouched = false;
  /** Drops, crashes, errors and pauses happen; without them everything has to come to rest. */
  faults = true;
  broken: InvariantBroken | undefined;
  events = 0;
  /** Told each line as it is written; used when a run is to be read. */
  onLine: ((line: Line) => void) | undefined;
  readonly #heap = new EventHeap();
  readonly #lines: Line[] = [];
  #digest = 0x81_1c_9d_c5;
  #agentsDigest = 0x81_1c_9d_c5;
  #number = 0;

  constructor(seed: number) {
    this.seed = seed;
    this.random = new Random(seed);
  }

  after(ms: number, run: () => void): SimulatedEvent {
    return this.#heap.push(this.now + Math.max(0, Math.ceil(ms)), run);
  }

  /** A number that was never given before in this run. */
  next(): number {
    this.#number += 1;
    return this.#number;
  }

  /** Notes that an invariant does not hold; the run ends after this event. Only the first one counts. */
  violate(invariant: string, message: string): void {
    if (this.broken !== undefined) return;
    this.broken = new InvariantBroken(invariant, message);
    this.tell('', `BROKEN ${this.broken.message}`);
  }

  tell(who: string, what: string, ...details: (string | number)[]): void {
    const line: Line = [this.now, who, what, ...details];
    this.#lines.push(line);
    if (this.#lines.length > 2 * KEPT_LINES) this.#lines.splice(0, KEPT_LINES);
    const digest = digestOf(line);
    this.#digest = mixed(this.#digest, digest);
    if (/^agent-|^operator$/.test(who)) this.#agentsDigest = mixed(this.#agentsDigest, digest);
    this.onLine?.(line);
  }

  /** The last lines that were told. */
  lines(count: number): readonly Line[] {
    return this.#lines.slice(-count);
  }

  /** A number that is another one when anything that was told is. */
  get digest(): number {
    return this.#digest >>> 0;
  }

  /** The same for what agents did and what was asked of the server. */
  get agentsDigest(): number {
    return this.#agentsDigest >>> 0;
  }

  /** Lets everything happen up to `until`, or until `isDone`. */
  async run(until: number, isDone: () => boolean = () => false): Promise<void> {
    while (this.broken === undefined && !isDone()) {
      const event = this.#heap.first;
      if (event === undefined || event.at > until) {
        this.now = until;
        return;
      }
      this.#heap.pop();
      if (event.off) continue;
      this.now = event.at;
      this.events += 1;
      event.run();
      if (this.isTouched) await this.#turn();
    }
  }

  /** Gives promises their turn: first what the event led to, then what yielded meanwhile (the engine's loop). */
  async #turn(): Promise<void> {
    this.isTouched = false;
    // A tick comes after all promises that can go on; what yielded by then stands before this in the queue of immediates.
    await new Promise((resolve) => process.nextTick(setImmediate, resolve));
  }
}

/** FNV-1a over the parts of a line. */
function digestOf([at, ...parts]: Line): number {
  let digest = mixed(0x81_1c_9d_c5, at - EPOCH);
  for (const part of parts) {
    if (typeof part === 'number') digest = mixed(digest, part);
    else for (let index = 0; index < part.length; index += 1) digest = mixed(digest, part.charCodeAt(index));
  }
  return digest;
}

function mixed(digest: number, value: number): number {
  const next = Math.imul(digest ^ (value & 0xff_ff_ff_ff), 0x01_00_01_93);
  return next ^ (next >>> 15);
}

/** A line as people read it: seconds since the beginning, who, what. */
export function lineText([at, who, what, ...details]: Line): string {
  const seconds = ((at - EPOCH) / 1000).toFixed(3).padStart(10);
  return `${seconds}  ${who.padEnd(9)} ${[what, ...details].join(' ')}`;
}
