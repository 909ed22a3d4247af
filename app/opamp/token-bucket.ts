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

  /** Takes one when there is one. */
  take(now: number): boolean {
    const gained = (Math.max(0, now - this.#at) * this.#rate) / 1000;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    this.#at = Math.max(now, this.#at);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
