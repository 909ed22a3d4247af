import { setTimeout as pause } from 'node:timers/promises';

/**
 * Looks until there is something to be seen, and gives it: real sockets and processes keep a time that no test can move. A test that would wait
 * for ever ends with its own time.
 */
export async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    // With a breath between, so that who is waited for has the processor.
    await pause(2);
  }
}
