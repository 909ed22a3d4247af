import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../../../../src/core/document/node.ts';

/** One request to bindplane 1.35.0 and its answer, as recorded on the wire. */
export interface Exchange {
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly query: Readonly<Record<string, string>>;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Json;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Json;
  };
}

/** One run of a client: its command line, what it printed, and what it asked. */
export interface Recording {
  readonly number: number;
  readonly name: string;
  readonly cli: string;
  readonly exit: number;
  readonly stdout: string;
  readonly exchanges: readonly Exchange[];
}

/** All recordings of a folder, in the order in which they were made. */
export function readRecordings(folder: string): readonly Recording[] {
  const files = readdirSync(folder).filter((file) => /^\d+-.*\.json$/.test(file));
  const recordings = files.map((file): Recording => {
    const content = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Omit<Recording, 'number'>;
    return { ...content, number: Number.parseInt(file, 10) };
  });
  return recordings.toSorted((a, b) => a.number - b.number);
}

const GOLDEN = join(import.meta.dirname, '..', '..', '..', 'support', 'golden');

/** Runs of the `bindplane` CLI 1.35.0 and of curl against its server (Apache-2.0, observIQ), one fresh server for all. */
export const CLI_RECORDINGS: string = join(GOLDEN, 'bindplane-rest');

/** Runs of observIQ/bindplane-op-action against the same server, another fresh one. */
export const ACTION_RECORDINGS: string = join(GOLDEN, 'peer-action');
