import type { JsonMap } from '../../src/core/document/node.ts';

/** Characters of sealed texts whose documents are kept: about 20,000 configurations. */
const KEPT_CHARACTERS = 33_554_432;

interface Opened {
  readonly sealed: string;
  readonly document: JsonMap;
}

/**
 * Documents that were opened, by the place they were sealed for, the most recent ones. The same sealed text in the same place is the same
 * document; in another place it is opened anew, and refused.
 */
export class OpenedDocuments {
  readonly #opened = new Map<string, Opened>();
  #characters = 0;

  open(place: string, sealed: string, read: () => JsonMap): JsonMap {
    const known = this.#opened.get(place);
    if (known?.sealed === sealed) return known.document;
    const document = read();
    this.keep(place, sealed, document);
    return document;
  }

  keep(place: string, sealed: string, document: JsonMap): void {
    this.#forget(place);
    this.#opened.set(place, { sealed, document });
    this.#characters += sealed.length;
    for (const [oldest] of this.#opened) {
      if (this.#characters <= KEPT_CHARACTERS) return;
      this.#forget(oldest);
    }
  }

  #forget(place: string): void {
    this.#characters -= this.#opened.get(place)?.sealed.length ?? 0;
    this.#opened.delete(place);
  }
}
