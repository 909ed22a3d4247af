import { type Delivery, type DeliveryQueue } from '../store/store.ts';
import { APP_LIMITS } from '../limits.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { errorText, OperationError } from '../../src/ports/operation-error.ts';

export interface DeliveryWorkerOptions {
  readonly deliveries: Pick<DeliveryQueue, 'next' | 'done' | 'fail'>;
  /** Works off one delivery; rejects when it could not. */
  readonly process: (delivery: Delivery) => Promise<void>;
  readonly clock: Clock;
  /** Told when the store does not work; tried again later. */
  readonly onBroken?: (reason: string) => void;
  readonly onFailed?: (delivery: Delivery, reason: string, final: boolean) => void;
}

const NEVER_ENDS = 'it was begun again and again and never came to an end';

/** Works stored deliveries off, one after the other, in the order they came; what a crash left is taken up again. */
export class DeliveryWorker {
  readonly #options: DeliveryWorkerOptions;
  readonly #stopping = new AbortController();
  #run: Promise<void> | undefined;
  #again = false;
  /** How often each failed in this process: that others died over it, or over something else, says little of it. */
  readonly #failures = new Map<string, number>();

  constructor(options: DeliveryWorkerOptions) {
    this.#options = options;
  }

  /** Looks for work, now or when the present work is done. */
  wake(): void {
    if (this.#stopping.signal.aborted) return;
    this.#again = true;
    this.#run ??= this.#work().finally(() => {
      this.#run = undefined;
      if (this.#again) this.wake();
    });
  }

  /** Resolves when no delivery waits any more. */
  async idle(): Promise<void> {
    while (this.#run !== undefined) await this.#run;
  }

  /** Takes up nothing new and resolves when the present delivery is done. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('stopping'));
    this.#again = false;
    await this.#run;
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#again = false;
      const waitMs = await this.#next().catch((error: unknown) => {
        this.#options.onBroken?.(errorText(error));
        return APP_LIMITS.webhookRetryMs;
      });
      if (waitMs === undefined) return;
      if (waitMs > 0) await this.#options.clock.wait(waitMs, signal).catch(() => undefined);
    }
  }

  /** Takes the next delivery; undefined when there is none. Rejects when the store does not work. */
  async #next(): Promise<number | undefined> {
    const delivery = await this.#options.deliveries.next();
    return delivery === undefined ? undefined : this.#one(delivery);
  }

  /** Works off one delivery and gives how long to wait before the next. */
  async #one(delivery: Delivery): Promise<number> {
    const { deliveries, process, onFailed } = this.#options;
    if (delivery.attempts > APP_LIMITS.webhookBegins) {
      onFailed?.(delivery, NEVER_ENDS, true);
      await deliveries.fail(delivery.id, NEVER_ENDS);
      return 0;
    }
    try {
      await process(delivery);
    } catch (error) {
      const reason = errorText(causeOf(error));
      const times = (this.#failures.get(delivery.id) ?? 0) + 1;
      this.#failures.set(delivery.id, times);
      const { webhookAttempts, webhookRetryMs } = APP_LIMITS;
      const final = times >= webhookAttempts || !mayHelp(causeOf(error));
      onFailed?.(delivery, reason, final);
      if (!final) return Math.min(1000 * 2 ** (times - 1), webhookRetryMs);
      this.#failures.delete(delivery.id);
      await deliveries.fail(delivery.id, reason);
      return 0;
    }
    this.#failures.delete(delivery.id);
    await deliveries.done(delivery.id);
    return 0;
  }
}

/** Probot throws an AggregateError around what a handler threw. */
function causeOf(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? (error.errors[0] as unknown) : error;
}

/** Whether trying again can help: not when GitHub refused us for good. */
function mayHelp(error: unknown): boolean {
  return !(error instanceof OperationError) || error.retryable || error.code === 'server-error';
}
