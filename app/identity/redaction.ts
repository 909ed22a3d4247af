import type { Json } from '../../src/core/document/node.ts';
import { isList, isMap } from '../../src/core/document/node.ts';
import type { Kind } from '../../src/core/bindplane/resource.ts';
import type { Redactor } from '../../src/core/report/redact.ts';
import { createRedactor } from '../../src/core/report/redact.ts';
import type { Store, StoreTables } from '../store/store.ts';

/** Different words that are remembered; the longest an agent may say has 16 KiB. */
const REMEMBERED_WORDS = 500;

/** Kinds whose parameters may be sensitive. */
const KINDS: readonly Kind[] = [
  'Source',
  'Processor',
  'Destination',
  'Connector',
  'Extension',
  'Configuration',
];

/**
 * Takes secrets out of what agents, clients and libraries say before anybody reads it (SEC-26): credentials of this process, values of
 * sensitive parameters in whatever form they come back, and what looks like a secret. Collectors quote the value that they refuse.
 */
export class Redaction {
  readonly #own: readonly string[];
  /** Of every version that was read or written: agents quote what they ran before, too. */
  readonly #secrets = new Set<string>();
  #redactor: Redactor | undefined;
  #learning: Promise<void> | undefined;
  /** Words that were looked through: a fleet that refuses a config says the same thousands of times. */
  readonly #seen = new Map<string, string>();

  /** `own`: credentials of this process. */
  constructor(own: readonly string[]) {
    this.#own = own.filter((secret) => secret !== '');
  }

  /** Other processes wrote: where that may have been resources, their secrets are read again before the next words. */
  heard(change: string): void {
    if (change === 'everything' || change.startsWith('resources')) this.#learning = undefined;
  }

  /** Learns the secrets of the resources that are stored now, in all their versions. */
  learn(tables: Pick<StoreTables, 'resources'>): Promise<void> {
    this.#learning ??= this.#read(tables).catch((error: unknown) => {
      this.#learning = undefined;
      throw error;
    });
    return this.#learning;
  }

  async #read({ resources }: Pick<StoreTables, 'resources'>): Promise<void> {
    for (const kind of KINDS) {
      const versions = await resources.versions(kind);
      for (const { document } of versions.toReversed()) this.#remember(document);
    }
  }

  #remember(document: Json): void {
    const before = this.#secrets.size;
    collect(document, false, this.#secrets);
    if (this.#secrets.size === before) return;
    this.#redactor = undefined;
    this.#seen.clear();
  }

  get #current(): Redactor {
    // Newest first: of too many the oldest are left out.
    this.#redactor ??= createRedactor({ known: [...this.#own, ...[...this.#secrets].toReversed()] });
    return this.#redactor;
  }

  /** The text without secrets, as far as they are known. */
  text(text: string): string {
    const seen = this.#seen.get(text);
    if (seen !== undefined) return seen;
    const without = this.#current.text(text);
    if (this.#seen.size >= REMEMBERED_WORDS) this.#seen.clear();
    this.#seen.set(text, without);
    return without;
  }

  /** Plain data without secrets: the values at keys that tell of one, and every text as `text` gives it. */
  data(value: Json): Json {
    const texts = (item: Json): Json => {
      if (typeof item === 'string') return this.text(item);
      if (isList(item)) return item.map(texts);
      if (!isMap(item)) return item;
      return Object.fromEntries(Object.entries(item).map(([key, member]) => [key, texts(member)]));
    };
    return texts(this.#current.data(value));
  }

  /** The store as it was; what is written to its resources is known at once. */
  over(store: Store): Store {
    const noticing = (tables: StoreTables): StoreTables => ({
      ...tables,
      resources: {
        ...tables.resources,
        put: (resource) => {
          this.#remember(resource.document);
          return tables.resources.put(resource);
        },
      },
    });
    return {
      ...store,
      ...noticing(store),
      transaction: (work) => store.transaction((tables) => work(noticing(tables))),
      record: (work) => store.record((tables) => work(noticing(tables))),
    };
  }
}

/** Values of parameters that were marked `sensitive` when they were stored. */
function collect(value: Json, secret: boolean, found: Set<string>): void {
  if (isList(value)) for (const item of value) collect(item, secret, found);
  else if (isMap(value)) {
    const below = value['sensitive'] === true;
    for (const [key, item] of Object.entries(value)) {
      collect(item, secret || (below && key === 'value'), found);
    }
  } else if (secret && typeof value === 'string' && isTelling(value)) found.add(value);
}

/** Whether a value can be looked for everywhere: a short one, or an ordinary word, stands in many texts for itself. */
function isTelling(value: string): boolean {
  return value.length >= 16 || (value.length >= 8 && /[^A-Za-z ._-]/.test(value));
}
