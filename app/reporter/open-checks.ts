import { sha256 } from '../../src/core/document/digest.ts';
import type { Outbox } from '../store/store.ts';
import { isOver, type KeptReport, readReport, type Report } from './report.ts';

const KEY = 'open-checks';

/**
 * Checks that may be open on GitHub, remembered over restarts: one that was created is always completed, also when its rollout is
 * not told of any more (its configuration was deleted).
 */
export class OpenChecks {
  readonly #outbox: Outbox;
  #keys: Promise<Set<string>> | undefined;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  /** Remembers the checks that are going to be created, before they are. */
  async note(known: readonly KeptReport[]): Promise<void> {
    const keys = await this.#read();
    const open = known.filter(({ report }) => report.kind === 'check' && !isOver(report.view));
    const missing = open.filter(({ key }) => !keys.has(key));
    if (missing.length === 0) return;
    for (const { key } of missing) keys.add(key);
    await this.#keep(keys);
  }

  /** Forgets a check whose completion GitHub has taken. */
  async told(key: string, report: Report): Promise<void> {
    const keys = await this.#read();
    if (isOver(report.view) && keys.delete(key)) await this.#keep(keys);
  }

  /** Reports that complete the open checks of rollouts that are not known any more. */
  async orphans(known: readonly KeptReport[]): Promise<readonly KeptReport[]> {
    const told = new Set(known.map(({ key }) => key));
    const keys = await this.#read();
    const orphans: KeptReport[] = [];
    for (const key of [...keys].filter((candidate) => !told.has(candidate))) {
      const entry = await this.#outbox.get(key);
      const report = entry === undefined ? undefined : readReport(entry.payload);
      if (report === undefined) keys.delete(key);
      else if (!isOver(report.view)) {
        orphans.push({ key, report: { ...report, view: { ...report.view, state: 'replaced' } } });
      }
    }
    return orphans;
  }

  /**
   * The keys in memory; everybody changes this one set, so that nothing is lost between reading and writing. What could not be read or kept is
   * read again the next time.
   */
  #read(): Promise<Set<string>> {
    const reading = (this.#keys ??= this.#outbox.get(KEY).then((entry) => {
      const value: unknown = entry === undefined ? [] : JSON.parse(entry.payload);
      return new Set(Array.isArray(value) ? value.map(String) : []);
    }));
    return this.#unlessFailed(reading);
  }

  async #unlessFailed<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      this.#keys = undefined;
      throw error;
    }
  }

  #keep(keys: ReadonlySet<string>): Promise<void> {
    return this.#unlessFailed(this.#store(keys));
  }

  async #store(keys: ReadonlySet<string>): Promise<void> {
    const text = JSON.stringify([...keys]);
    await this.#outbox.put(KEY, text);
    // Nothing is sent for it: it is done as soon as it is kept.
    await this.#outbox.done(KEY, { bodyHash: sha256(text) });
  }
}
