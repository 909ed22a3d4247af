import { cluesOf } from './clues.ts';
import type { ErrorFamily } from './collector-error.ts';
import { decodeLeaf } from './quoted-path.ts';

/** A value that a field's own reader refuses. */
export interface InvalidValue {
  readonly path: string;
  readonly why: string;
}

/** `'verbosity' unknown metrics level "loud"`: a decode error in a component's own words. Last of the decode errors. */
export const invalidValue: ErrorFamily<InvalidValue> = {
  name: 'invalid-value',
  print: ({ path, why }) => `'${path}' ${why}`,
  parse(line) {
    const leaf = decodeLeaf(line);
    if (leaf === undefined || !leaf.anchored) return [];
    const key = leaf.quoted === '' ? undefined : leaf.path.at(-1);
    return [
      {
        line: line.text,
        summary: key === undefined ? leaf.rest : `\`${leaf.quoted}\`: ${leaf.rest}`,
        path: leaf.path,
        anchored: true,
        ...(key === undefined ? {} : { key }),
        clues: { keys: [leaf.rest.split(' ').at(-1) ?? ''], values: cluesOf(leaf.rest).values },
      },
    ];
  },
};
