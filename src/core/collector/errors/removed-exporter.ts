import type { ErrorFamily } from './collector-error.ts';

export interface RemovedExporter {
  readonly exporter: 'logging';
}

/** The logging exporter, the only component whose removal the collector explains itself (core 0.111 to 0.120). */
export const removedExporter: ErrorFamily<RemovedExporter> = {
  name: 'removed-exporter',
  print: ({ exporter }) => `the ${exporter} exporter has been deprecated, use the debug exporter instead`,
  parse(line) {
    if (!/the logging exporter has been deprecated, use the debug exporter instead/.test(line.text)) {
      return [];
    }
    const id = line.context[0] === 'exporters' ? line.context[1] : undefined;
    return [
      {
        line: line.text,
        summary: 'the logging exporter was removed; use the debug exporter',
        path: id === undefined ? ['exporters', 'logging'] : ['exporters', id],
        anchored: true,
      },
    ];
  },
};
