import type { Dispatcher } from 'undici';
import { systemClock } from '../io/clock.ts';
import type { Clock } from '../ports/clock.ts';

/** What a command may touch of the process it runs in; tests bring their own. */
export interface Terminal {
  /** Data, and nothing else. */
  readonly out: (text: string) => void;
  /** Messages, progress, errors. */
  readonly err: (text: string) => void;
  readonly isTerminal: boolean;
  readonly colour: boolean;
  readonly columns: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  readonly clock: Clock;
  readonly input: () => Promise<string>;
  /** Replaces the network in tests. */
  readonly dispatcher?: Dispatcher;
}

/** Longest text read from standard input: agents' logs are cut long before. */
const MAX_INPUT_BYTES = 8_388_608;

async function standardInput(): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_INPUT_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_INPUT_BYTES).toString('utf8');
}

/** The process's own terminal. Colour only on a terminal, never with NO_COLOR (no-color.org). */
export function processTerminal(): Terminal {
  const isTerminal = process.stdout.isTTY;
  const noColour = (process.env['NO_COLOR'] ?? '') !== '';
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isTerminal,
    colour: isTerminal && !noColour && process.env['TERM'] !== 'dumb',
    columns: process.stdout.columns ?? 100,
    environment: process.env,
    directory: process.cwd(),
    clock: systemClock,
    input: standardInput,
  };
}
