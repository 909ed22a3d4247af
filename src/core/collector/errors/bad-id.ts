import { goQuote } from '../component-id.ts';
import type { ErrorFamily } from './collector-error.ts';
import { isTopLevel, quotedSteps } from './quoted-path.ts';
import { goUnquote } from './clues.ts';

export interface BadId {
  /** Where the id stands: a section, `service.pipelines`, or a list of a pipeline. */
  readonly path: string;
  readonly id: string;
  readonly problem: string;
}

/** `in "debug/" id: the part after / should not be empty` (core `component/identifiable.go`, `pipeline/pipeline.go`). */
export const badId: ErrorFamily<BadId> = {
  name: 'bad-id',
  print: ({ path, id, problem }) => `'${path}' in ${goQuote(id)} id: ${problem}`,
  parse(line) {
    const match = /^(?:'([^']*)' )?(?:'[^']*' )?in "((?:[^"\\]|\\.)*)" id: (.+)$/.exec(line.text);
    if (match === null) return [];
    const id = goUnquote(match[2] ?? '');
    const steps = quotedSteps(match[1] ?? '').filter((step) => !/^\d+$/.test(step));
    const path = isTopLevel(steps) ? steps : [...line.context, ...steps];
    return [
      {
        line: line.text,
        summary: `id \`${id}\`: ${match[3] ?? ''}`,
        path: [...path, id],
        anchored: path.length > 0,
        key: id,
      },
    ];
  },
};
