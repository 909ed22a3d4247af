import { COMPONENT_CLASSES } from '../component-id.ts';
import { cluesOf, quotedKey } from './clues.ts';
import type { ErrorFamily } from './collector-error.ts';

/** What a component's own check refuses. */
export interface InvalidConfig {
  /** Path with `::`, as in `processors::memory_limiter`. */
  readonly path: string;
  readonly why: string;
}

const ROOTS: readonly string[] = [...COMPONENT_CLASSES, 'service'];

/** `processors::batch: timeout must be greater or equal to 0`: path and the component's own words (core `xconfmap.Validate`). */
export const validation: ErrorFamily<InvalidConfig> = {
  name: 'validation',
  print: ({ path, why }) => `${path}: ${why}`,
  parse(line) {
    const match = /^([a-z]+(?:::[^\s:]+(?: [^\s:]+)*)+): (.+)$/s.exec(line.text);
    if (match === null) return [];
    const [, text = '', why = ''] = match;
    const path = text.split('::');
    if (!ROOTS.includes(path[0] ?? '')) return [];
    const key = quotedKey(why);
    return [
      {
        line: line.text,
        summary: why,
        path,
        anchored: true,
        ...(key === undefined ? {} : { key }),
        clues: cluesOf(why),
      },
    ];
  },
};
