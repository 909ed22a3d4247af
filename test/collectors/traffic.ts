import { setTimeout as wait } from 'node:timers/promises';

const SPANS_A_REQUEST = 5;

/** Spans for an otlp receiver, ten requests a second, whether or not somebody listens. */
export class Traffic {
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;

  constructor(port: number) {
    this.#done = this.#send(`http://127.0.0.1:${port}/v1/traces`);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  async #send(url: string): Promise<void> {
    const span = {
      traceId: '5b8aa5a2d2c872e8321cf37308d69df2',
      spanId: '051581bf3cb55c13',
      name: 'lab',
      kind: 1,
    };
    const spans = Array.from({ length: SPANS_A_REQUEST }, () => span);
    const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
    while (!this.#stopping.signal.aborted) {
      await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body }).catch(
        () => undefined,
      );
      await wait(100);
    }
  }
}
