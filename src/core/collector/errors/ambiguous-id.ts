import type { ErrorFamily } from './collector-error.ts';

export interface AmbiguousId {
  readonly id: string;
  readonly other: 'exporter' | 'receiver';
}

/** A connector with the id of an exporter or receiver (core `otelcol/config.go`). */
export const ambiguousId: ErrorFamily<AmbiguousId> = {
  name: 'ambiguous-id',
  print: ({ id, other }) =>
    `connectors::${id}: ambiguous ID: Found both "${id}" ${other} and "${id}" connector. Change one of the components' IDs to eliminate ambiguity (e.g. rename "${id}" connector to "${id}/connector")`,
  parse(line) {
    const match = /^connectors::(.+?): ambiguous ID: Found both "[^"]*" (exporter|receiver) and/.exec(
      line.text,
    );
    if (match === null) return [];
    const [, id = '', other = ''] = match;
    const summary = `its id is also the id of ${other === 'exporter' ? 'an exporter' : 'a receiver'}; rename one of the two`;
    return [{ line: line.text, summary, path: ['connectors', id], anchored: true, key: id }];
  },
};
