import { componentType } from '../../collector/component-id.ts';
import { references } from '../../collector/errors/references.ts';
import { pipelinesOf, serviceExtensions } from '../../collector/pipelines.ts';
import type { JsonMap } from '../../document/node.ts';
import { didYouMean, filesBeside, mapAt, wholeConfigs } from '../config-finding.ts';
import type { ConfigMistake } from '../config-finding.ts';
import type { LintInput, Rule } from '../rule.ts';

export const undefinedReferenceRule: Rule = {
  id: 'CFG-005',
  severity: 'error',
  summary: 'A pipeline or `service.extensions` names a component that is not configured',
  docs: 'The collector does not start. Often the component was renamed in one place only, or a list of a values file replaced the one that named it.',
  check: (input) =>
    wholeConfigs(input, ({ tree }, rendered) =>
      undefinedReferences(tree, filesBeside(rendered, input), input),
    ),
};

const KINDS = { receivers: 'receiver', processors: 'processor', exporters: 'exporter' } as const;

function undefinedReferences(
  tree: JsonMap,
  beside: readonly JsonMap[],
  input: LintInput,
): readonly ConfigMistake[] {
  const defined = (section: string): readonly string[] =>
    [tree, ...beside].flatMap((one) => Object.keys(mapAt(one, section)).map(trimmed));
  const connectors = defined('connectors');
  const inPipelines = pipelinesOf(tree).flatMap((pipeline) =>
    (['receivers', 'processors', 'exporters'] as const).flatMap((list) => {
      const own = defined(list);
      const known = list === 'processors' ? own : [...own, ...connectors];
      return pipeline[list].flatMap((id, index): readonly ConfigMistake[] => {
        if (known.includes(id.trim())) return [];
        return [
          {
            rule: undefinedReferenceRule.id,
            severity: 'error',
            path: ['service', 'pipelines', pipeline.id, list, String(index)],
            message: `pipeline \`${pipeline.id}\` names ${KINDS[list]} \`${id}\`, which is not configured${hint(id, list, known, input)}`,
            otelcolMessage: references.print({
              pipeline: pipeline.id,
              kind: KINDS[list],
              id,
              problem: 'undefined',
            }),
          },
        ];
      });
    }),
  );
  const extensions = defined('extensions');
  const inService = serviceExtensions(tree).flatMap((id, index): readonly ConfigMistake[] =>
    extensions.includes(id.trim())
      ? []
      : [
          {
            rule: undefinedReferenceRule.id,
            severity: 'error',
            path: ['service', 'extensions', String(index)],
            message: `\`service.extensions\` names \`${id}\`, which is not configured${didYouMean(id, extensions)}`,
            otelcolMessage: references.print({ kind: 'extension', id, problem: 'undefined' }),
          },
        ],
  );
  return [...inPipelines, ...inService];
}

/** The id that was probably meant: the same component under its other name, one of the same type, or one that is spelled alike. */
function hint(
  id: string,
  list: keyof typeof KINDS,
  known: readonly string[],
  { catalogue }: LintInput,
): string {
  const canonical = (one: string): string =>
    one.replace(/^[^/]*/, (type) => catalogue.canonicalType(list, type.trim()));
  const alias = known.find((one) => canonical(one) === canonical(id));
  if (alias !== undefined) return `; it is configured as \`${alias}\``;
  const meant = didYouMean(id, known);
  if (meant !== '') return meant;
  const same = known.filter((one) => componentType(one) === componentType(id));
  return same.length === 1 ? `, did you mean \`${same[0] ?? ''}\`?` : '';
}

function trimmed(id: string): string {
  return id.trim();
}
