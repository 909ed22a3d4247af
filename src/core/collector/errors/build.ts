import { classOfWord } from '../component-id.ts';
import { cluesOf, quotedKey } from './clues.ts';
import type { ErrorFamily } from './collector-error.ts';

/** A component that cannot be created for a pipeline's signal. */
export interface BuildFailure {
  readonly kind: 'receiver' | 'processor' | 'exporter' | 'connector' | 'extension';
  readonly id: string;
  readonly signal: string;
  readonly why: string;
}

/** `failed to create "x" receiver for data type "traces": telemetry type is not supported` (core `service/internal/graph`). */
export const build: ErrorFamily<BuildFailure> = {
  name: 'build',
  print({ kind, id, signal, why }) {
    const where = kind === 'processor' ? `, in pipeline "${signal}"` : ` for data type "${signal}"`;
    return `failed to create "${id}" ${kind}${where}: ${why}`;
  },
  parse(line) {
    const match =
      /failed to create "([^"]+)" (receiver|processor|exporter|connector|extension)(?: for data type "([^"]+)"|, in pipeline "([^"]+)")?: (.+)$/s.exec(
        line.text,
      ) ??
      /failed to create (receiver|processor|exporter|connector|extension) "?([^":]+)"?: (.+)$/s.exec(
        line.text,
      );
    if (match === null) return [];
    const named = match.length === 6;
    const [id, kind, why] = named ? [match[1], match[2], match[5]] : [match[2], match[1], match[3]];
    const section = classOfWord(kind ?? '');
    if (id === undefined || section === undefined) return [];
    const signal = match[3] ?? match[4];
    const unsupported = named && why === 'telemetry type is not supported';
    const key = quotedKey(why ?? '');
    return [
      {
        line: line.text,
        summary: unsupported
          ? `it does not handle ${signal ?? 'this signal'}`
          : `it cannot be created: ${why ?? ''}`,
        path: [section, id],
        anchored: true,
        ...(unsupported || key === undefined ? {} : { key }),
        ...(unsupported ? {} : { clues: cluesOf(why ?? '') }),
      },
    ];
  },
};
