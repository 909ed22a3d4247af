import { LIMITS } from '../../document/limits.ts';

/** Slots are added by so many, so that a config's components make few new tables. */
const STEP = 4;
/** Rows that memory is taken for at least. */
const FEW_ROWS = 8;
const FLOAT_BYTES = 4;

/**
 * Numbers by window (row) and slot in one piece of memory of at most `LIMITS.ownMetrics.windowBytes`: as many of the newest
 * windows as fit, `LIMITS.ownMetrics.windows` at most. A number that was never put is NaN.
 */
export class WindowTable {
  #numbers: Float32Array = new Float32Array(0);
  #stride = 0;
  #rows = 0;
  #slots = 0;

  /** Windows there are now, oldest first. */
  get rows(): number {
    return this.#rows;
  }

  /** A new slot, with this number in all windows there are. Gives it, and how many of the oldest windows had to go for it. */
  addSlot(number: number): { readonly slot: number; readonly lost: number } {
    const slot = this.#slots;
    this.#slots += 1;
    let lost = 0;
    if (this.#slots > this.#stride) {
      const [before, stride] = [this.#numbers, this.#stride];
      this.#stride += STEP;
      lost = Math.max(0, this.#rows - this.#capacity());
      this.#rows -= lost;
      this.#numbers = new Float32Array(this.#roomFor(this.#rows) * this.#stride).fill(Number.NaN);
      for (let row = 0; row < this.#rows; row += 1) {
        const from = (row + lost) * stride;
        this.#numbers.set(before.subarray(from, from + stride), row * this.#stride);
      }
    }
    for (let row = 0; row < this.#rows; row += 1) this.put(row, slot, number);
    return { slot, lost };
  }

  /** A new window. Gives whether the oldest had to go for it. */
  addRow(): boolean {
    const isFull = this.#rows >= this.#capacity();
    if (isFull) {
      this.#numbers.copyWithin(0, this.#stride);
      this.#rows -= 1;
    } else if ((this.#rows + 1) * this.#stride > this.#numbers.length) {
      const larger = new Float32Array(this.#roomFor(this.#rows + 1) * this.#stride);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers.fill(Number.NaN, this.#rows * this.#stride, (this.#rows + 1) * this.#stride);
    this.#rows += 1;
    return isFull;
  }

  at(row: number, slot: number): number {
    return this.#numbers[row * this.#stride + slot] ?? Number.NaN;
  }

  put(row: number, slot: number, number: number): void {
    this.#numbers[row * this.#stride + slot] = number;
  }

  /** Adds to what is there; nothing counts as 0. */
  add(row: number, slot: number, number: number): void {
    const before = this.at(row, slot);
    this.put(row, slot, Number.isNaN(before) ? number : before + number);
  }

  /** How many windows fit with the slots there are. */
  #capacity(): number {
    const { windows, windowBytes } = LIMITS.ownMetrics;
    return Math.min(windows, Math.floor(windowBytes / (FLOAT_BYTES * Math.max(1, this.#stride))));
  }

  /** Rows that memory is taken for: twice as many each time, so that an agent that comes and goes costs little. */
  #roomFor(rows: number): number {
    return Math.min(this.#capacity(), Math.max(FEW_ROWS, 2 ** Math.ceil(Math.log2(Math.max(1, rows)))));
  }
}
