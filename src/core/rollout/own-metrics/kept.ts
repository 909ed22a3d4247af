import type { Signal } from '../signals.ts';
import type { Field, Subject } from './metric-names.ts';
import { isSignal } from './metric-names.ts';

/** Fields kept of each subject. Of a receiver and an exporter the first is put in every window in which they are heard of. */
export const FIELDS: Readonly<Record<Subject, readonly Field[]>> = {
  receiver: ['accepted', 'refused'],
  exporter: ['sent', 'sendFailed', 'enqueueFailed', 'queueSize', 'queueCapacity', 'inFlight'],
  collector: ['cpuSeconds', 'rssBytes'],
};

/** What holds for a field before anything else was said of it: no failure, no level. */
const AT_FIRST: Partial<Readonly<Record<Field, number>>> = { refused: 0, sendFailed: 0, enqueueFailed: 0 };

export const NO_SLOT = -1;

/** One process as its windows name it. */
export interface Incarnation {
  readonly id: string;
  readonly stamp?: string;
}

/** A component with one signal as one text: many agents have the same ones, and share it. */
export function keyOf(of: Subject, signal: Signal | '', component: string): string {
  return `${of} ${signal} ${component}`;
}

/** A component with one signal, and the place of its first field. */
export interface KeptComponent {
  readonly of: Subject;
  readonly signal: Signal | undefined;
  readonly component: string;
  readonly base: number;
}

/** The parts of `keyOf`. */
function componentOf(key: string, base: number): KeptComponent {
  const [of = '', signal = ''] = key.split(' ', 2);
  return {
    of: of === 'receiver' || of === 'exporter' ? of : 'collector',
    signal: isSignal(signal) ? signal : undefined,
    component: key.slice(of.length + signal.length + 2),
    base,
  };
}

/** Texts of which one copy is kept, up to a number of them; correct without it, only larger. */
export class SharedTexts {
  readonly #texts = new Map<string, string>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  one(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size < this.#most) this.#texts.set(text, text);
    return text;
  }
}

/** What is known of each field of each component of one agent, in few pieces of memory. A component's fields stand together. */
export class KeptFields {
  readonly #bases = new Map<string, number>();
  readonly #texts: SharedTexts;
  #fields = 0;
  /** What a total was last. */
  last: Float64Array = new Float64Array(0);
  /** Its slot in the table; `NO_SLOT` where it never changed, then `fixed` holds for all windows. */
  slots: Int16Array = new Int16Array(0);
  fixed: Float32Array = new Float32Array(0);

  constructor(texts: SharedTexts) {
    this.#texts = texts;
  }

  get size(): number {
    return this.#bases.size;
  }

  components(): readonly KeptComponent[] {
    return Array.from(this.#bases, ([key, base]) => componentOf(key, base));
  }

  /** The place of a component's first field; undefined where it was not heard of. */
  baseOf(key: string): number | undefined {
    return this.#bases.get(key);
  }

  /** Another component; gives the place of its first field. */
  add(key: string, fields: readonly Field[]): number {
    const base = this.#fields;
    this.#bases.set(this.#texts.one(key), base);
    this.#fields += fields.length;
    this.#enlarge();
    for (const [index, field] of fields.entries()) {
      this.fixed[base + index] = AT_FIRST[field] ?? Number.NaN;
    }
    return base;
  }

  /** One piece of memory for all three, exactly as large as they are: there is one for each agent. */
  #enlarge(): void {
    const [last, slots, fixed] = [this.last, this.slots, this.fixed];
    const count = this.#fields;
    const memory = new ArrayBuffer(count * (8 + 4 + 2));
    this.last = new Float64Array(memory, 0, count);
    this.fixed = new Float32Array(memory, count * 8, count);
    this.slots = new Int16Array(memory, count * 12, count).fill(NO_SLOT);
    this.last.set(last);
    this.fixed.set(fixed);
    this.slots.set(slots);
  }
}
