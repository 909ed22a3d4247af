import type { ErrorFamily } from './collector-error.ts';

export interface OneSidedConnector {
  readonly id: string;
  readonly usedAs: 'exporter' | 'receiver';
  readonly signal: string;
}

/** A connector that only one side uses, or that feeds itself (core `service/internal/graph`). */
export const connectorWiring: ErrorFamily<OneSidedConnector> = {
  name: 'connector-wiring',
  print({ id, usedAs, signal }) {
    const other = usedAs === 'exporter' ? 'receiver' : 'exporter';
    return `connector "${id}" used as ${usedAs} in [${signal}] pipeline but not used in any supported ${other} pipeline`;
  },
  parse(line) {
    const side =
      /connector "([^"]+)" used as (exporter|receiver) in \[?([^\]\s]+)\]? pipeline but not used in any supported (exporter|receiver) pipeline/.exec(
        line.text,
      );
    if (side !== null) {
      const [, id = '', used = '', signal = '', other = ''] = side;
      const summary = `pipelines of ${signal} use it as ${used}, but no pipeline it can serve uses it as ${other}`;
      return [{ line: line.text, summary, path: ['connectors', id], anchored: true, key: id }];
    }
    if (!line.text.includes('cycle detected: ')) return [];
    const ids = [...line.text.matchAll(/connector "([^"]+)"/g)].map((match) => match[1] ?? '');
    const id = ids[0];
    if (id === undefined) return [];
    return [
      {
        line: line.text,
        summary: `its pipelines form a loop: ${ids.join(' → ')}`,
        path: ['connectors', id],
        anchored: true,
        key: id,
      },
    ];
  },
};
