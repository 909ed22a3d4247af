import { classOfWord } from '../component-id.ts';
import type { ErrorFamily } from './collector-error.ts';

/** A pipeline, or `service.extensions`, that names what it must not. */
export interface BadReference {
  /** Pipeline id; absent for `service.extensions`. */
  readonly pipeline?: string;
  readonly kind: 'receiver' | 'processor' | 'exporter' | 'extension';
  readonly id: string;
  readonly problem: 'undefined' | 'repeated';
}

/** `service::pipelines::traces: references exporter "x" which is not configured` (core `otelcol/config.go`, `service/pipelines/config.go`). */
export const references: ErrorFamily<BadReference> = {
  name: 'references',
  print({ pipeline, kind, id, problem }) {
    const where = pipeline === undefined ? 'service::extensions' : `service::pipelines::${pipeline}`;
    return `${where}: references ${kind} "${id}" ${problem === 'undefined' ? 'which is not configured' : 'multiple times'}`;
  },
  parse(line) {
    const match =
      /^(?:service::(extensions|pipelines::(.+)): |service (extensions|pipeline "([^"]+)") )?references (receiver|processor|exporter|extension|connector) "([^"]+)" (which is not configured|which does not exist|multiple times)/.exec(
        line.text,
      );
    if (match === null) return [];
    const [, section, pipeline = match[4], , , kind = '', id = '', problem] = match;
    const list = classOfWord(kind) ?? 'exporters';
    const base =
      section === 'extensions' || match[3] === 'extensions'
        ? ['service', 'extensions']
        : pipeline === undefined
          ? []
          : ['service', 'pipelines', pipeline, list];
    const said = problem === 'multiple times' ? 'is listed more than once' : 'is listed, but not configured';
    return [
      {
        line: line.text,
        summary: `${kind} \`${id}\` ${said}`,
        path: base.length === 0 ? [list, id] : [...base, id],
        anchored: base.length > 0,
        key: id,
      },
    ];
  },
};
