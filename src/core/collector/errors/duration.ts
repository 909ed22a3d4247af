import type { ErrorFamily } from './collector-error.ts';
import { decodeLeaf } from './quoted-path.ts';

export interface BadDuration {
  readonly path: string;
  readonly problem: 'unknown unit' | 'missing unit in duration' | 'invalid duration';
}

/** `'timeout' time: unknown unit`: Go's `time.ParseDuration`, with or without the value. */
export const duration: ErrorFamily<BadDuration> = {
  name: 'duration',
  print: ({ path, problem }) => `'${path}' time: ${problem}`,
  parse(line) {
    const leaf = decodeLeaf(line);
    const match = /^time: (unknown unit|missing unit in duration|invalid duration)(.*)$/.exec(
      leaf?.rest ?? '',
    );
    if (leaf === undefined || match === null) return [];
    const key = leaf.path.at(-1);
    const value = /"([^"]*)"\s*$/.exec(match[2] ?? '')?.[1];
    return [
      {
        line: line.text,
        summary: `\`${key ?? leaf.quoted}\` is no duration (${match[1] ?? ''}): write a number with a unit, as in \`10s\``,
        path: leaf.path,
        anchored: leaf.anchored,
        ...(key === undefined ? {} : { key }),
        ...(value === undefined ? {} : { clues: { values: [value] } }),
      },
    ];
  },
};
