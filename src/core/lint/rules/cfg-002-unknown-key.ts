import { COMPONENT_CLASSES } from '../../collector/component-id.ts';
import { invalidKeys } from '../../collector/errors/invalid-keys.ts';
import { isMap } from '../../document/node.ts';
import type { JsonMap } from '../../document/node.ts';
import { didYouMean, mapAt, wholeConfigs } from '../config-finding.ts';
import type { ConfigMistake } from '../config-finding.ts';
import type { Rule } from '../rule.ts';

export const unknownKeyRule: Rule = {
  id: 'CFG-002',
  severity: 'error',
  summary:
    'A key beside the sections, in `service`, in a pipeline or in `service.telemetry` that no collector knows',
  docs: 'The collector refuses keys that it does not know; the operator drops some of them without a word, and the collector then runs without what they were meant to do.',
  check: (input) => wholeConfigs(input, ({ tree }) => unknownKeys(tree)),
};

const TOP: readonly string[] = [...COMPONENT_CLASSES, 'service'];
const SERVICE: readonly string[] = ['telemetry', 'extensions', 'pipelines'];
const PIPELINE: readonly string[] = ['receivers', 'processors', 'exporters'];
const TELEMETRY: readonly string[] = ['logs', 'metrics', 'traces', 'resource'];

function unknownKeys(tree: JsonMap): readonly ConfigMistake[] {
  const pipelines = mapAt(tree, 'service', 'pipelines');
  return [
    ...among(tree, [], TOP),
    ...among(mapAt(tree, 'service'), ['service'], SERVICE),
    ...among(mapAt(tree, 'service', 'telemetry'), ['service', 'telemetry'], TELEMETRY),
    ...Object.entries(pipelines).flatMap(([id, body]) =>
      isMap(body) ? among(body, ['service', 'pipelines', id], PIPELINE) : [],
    ),
  ];
}

/** The path as the collector writes it: `service.pipelines[traces]` (confmap 0.158). */
function goPath(path: readonly string[]): string {
  if (path.length === 0) return 'otelcol.configSettings';
  return path[1] === 'pipelines' ? `service.pipelines[${path[2] ?? ''}]` : path.join('.');
}

function among(map: JsonMap, path: readonly string[], known: readonly string[]): readonly ConfigMistake[] {
  return Object.keys(map)
    .filter((key) => !known.includes(key))
    .map((key) => ({
      rule: unknownKeyRule.id,
      severity: 'error',
      path: [...path, key],
      message: `the collector knows no \`${key}\` ${path.length === 0 ? 'beside its sections' : `in \`${path.join('.')}\``}${didYouMean(key, known)}`,
      otelcolMessage: invalidKeys.print({ under: goPath(path), keys: [key] }),
    }));
}
