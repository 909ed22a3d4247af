/** Lets `rate` things a second through, and up to `burst` at once after a quiet time. Times in milliseconds. */
export class TokenBucket {
  readonly #rate: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  /** `tokens`: how many may go at once at the start; the full burst when left out. */
  constructor(rate: number, burst: number, now: number, tokens: number = burst) {
    this.#rate = rate;
    this.#burst = burst;
    this.#tokens = Math.min(tokens, burst);
    this.#at = now;
  }

  /** Takes one, or a part of one, when it is there. */
  take(now: number, amount: number = 1): boolean {
    const gained = (Math.max(0, now - this.#at) * this.#rate) / 1000;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    this.#at = Math.max(now, this.#at);
    if (this.#tokens < amount) return false;
    this.#tokens -= amount;
    return true;
  }
}
