import { readFileSync } from 'node:fs';
import type { EmbeddedData } from './embedded.ts';

/** Where a text stands behind the first line: its first byte and the one after its last. */
type Span = readonly [from: number, to: number];

/** The first line of the file; the texts follow it, end to end. */
interface Index {
  readonly types: readonly (readonly [file: string, kind: string, name: string, ...Span])[];
  readonly components: readonly (readonly [name: string, ...Span])[];
}

/**
 * The data as one file: a line of JSON that says where each text stands, then the texts. As part of a program the same data takes longer to
 * compile than most programs that are asked for one type take to run.
 */
export function embeddedFile({ types, components }: EmbeddedData): Buffer {
  const texts: Buffer[] = [];
  let end = 0;
  const span = (text: string): Span => {
    const bytes = Buffer.from(text);
    texts.push(bytes);
    const from = end;
    end += bytes.length;
    return [from, end];
  };
  const index: Index = {
    types: types.map(({ file, kind, name, text }) => [file, kind, name, ...span(text)]),
    components: Object.entries(components).map(([name, text]) => [name, ...span(text)]),
  };
  return Buffer.concat([Buffer.from(`${JSON.stringify(index)}\n`), ...texts]);
}

/** Reads what `embeddedFile` made; each text becomes a string when it is first asked for. Throws when the file is not there. */
export function readEmbeddedFile(path: string): EmbeddedData {
  const bytes = readFileSync(path);
  const start = bytes.indexOf('\n') + 1;
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- written by `embeddedFile`
  const { types, components } = JSON.parse(bytes.toString('utf8', 0, start)) as Index;
  const text = (from: number, to: number): string => bytes.toString('utf8', start + from, start + to);
  const texts: Record<string, string> = {};
  for (const [name, from, to] of components) {
    Object.defineProperty(texts, name, { enumerable: true, get: () => text(from, to) });
  }
  return {
    types: types.map(([file, kind, name, from, to]) => ({
      file,
      kind,
      name,
      get text() {
        return text(from, to);
      },
    })),
    components: texts,
  };
}
