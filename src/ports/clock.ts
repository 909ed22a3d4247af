/** Time and waiting, injected so that tests need no sleeps. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `durationMs`, or rejects with the signal's reason. */
  wait(durationMs: number, signal?: AbortSignal): Promise<void>;
}
