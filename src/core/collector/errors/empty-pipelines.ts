import type { ErrorFamily } from './collector-error.ts';

/** What a config lacks to do anything at all. */
export type EmptyPipelines =
  | { readonly lacks: 'receiver' | 'exporter'; readonly pipeline: string }
  | { readonly lacks: 'pipelines' }
  | { readonly lacks: 'receiver section' | 'exporter section' | 'everything' };

const EMPTY = 'empty configuration file';
const NO_PIPELINES = 'service must have at least one pipeline';

/** `service::pipelines::traces: must have at least one receiver` and its neighbours (core `otelcol/config.go`, `service/pipelines/config.go`). */
export const emptyPipelines: ErrorFamily<EmptyPipelines> = {
  name: 'empty-pipelines',
  print(mistake) {
    if ('pipeline' in mistake) {
      return `service::pipelines::${mistake.pipeline}: must have at least one ${mistake.lacks}`;
    }
    if (mistake.lacks === 'pipelines') return `service::pipelines: ${NO_PIPELINES}`;
    if (mistake.lacks === 'everything') return EMPTY;
    return `no ${mistake.lacks.split(' ', 1)[0] ?? ''} configuration specified in config`;
  },
  parse(line) {
    const lacking = /^service::pipelines::(.+): must have at least one (receiver|exporter)$/.exec(line.text);
    if (lacking !== null) {
      const [, pipeline = '', kind = ''] = lacking;
      return [
        {
          line: line.text,
          summary: `it has no ${kind}s`,
          path: ['service', 'pipelines', pipeline],
          anchored: true,
          key: `${kind}s`,
          clues: { keys: [`${kind}s`] },
        },
      ];
    }
    const section =
      /^no (receiver|exporter|enabled receivers|enabled exporters) (?:configuration )?specified in config/.exec(
        line.text,
      );
    if (section !== null) {
      const key = `${(section[1] ?? '').replace('enabled ', '').replace(/s$/, '')}s`;
      return [{ line: line.text, summary: `no ${key} are configured`, path: [], anchored: true, key }];
    }
    if (line.text === EMPTY) {
      return [{ line: line.text, summary: 'the configuration is empty', path: [], anchored: true }];
    }
    if (!line.text.endsWith(NO_PIPELINES)) return [];
    return [
      {
        line: line.text,
        summary: 'no pipelines are configured',
        path: ['service'],
        anchored: true,
        key: 'pipelines',
        clues: { keys: ['pipelines'] },
      },
    ];
  },
};
