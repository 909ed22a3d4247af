import { componentType } from '../../collector/component-id.ts';
import { references } from '../../collector/errors/references.ts';
import { undefinedReferences } from '../../collector/unstartable.ts';
import type { UndefinedReference } from '../../collector/unstartable.ts';
import type { JsonMap } from '../../document/node.ts';
import { didYouMean, filesBeside, wholeConfigs } from '../config-finding.ts';
import type { ConfigMistake } from '../config-finding.ts';
import type { LintInput, Rule } from '../rule.ts';

export const undefinedReferenceRule: Rule = {
  id: 'CFG-005',
  severity: 'error',
  summary: 'A pipeline or `service.extensions` names a component that is not configured',
  docs: 'The collector does not start. Often the component was renamed in one place only, or a list of a values file replaced the one that named it.',
  check: (input) =>
    wholeConfigs(input, ({ tree }, rendered) => mistakesOf(tree, filesBeside(rendered, input), input)),
};

function mistakesOf(tree: JsonMap, beside: readonly JsonMap[], input: LintInput): readonly ConfigMistake[] {
  return undefinedReferences(tree, beside).map(({ pipeline, kind, id, known, path }): ConfigMistake => {
    const message =
      pipeline === undefined
        ? `\`service.extensions\` names \`${id}\`, which is not configured${didYouMean(id, known)}`
        : `pipeline \`${pipeline}\` names ${kind} \`${id}\`, which is not configured${hint(id, kind, known, input)}`;
    const otelcolMessage = references.print({
      kind,
      id,
      problem: 'undefined',
      ...(pipeline === undefined ? {} : { pipeline }),
    });
    return { rule: undefinedReferenceRule.id, severity: 'error', path, message, otelcolMessage };
  });
}

/** The id that was probably meant: the same component under its other name, one of the same type, or one that is spelled alike. */
function hint(
  id: string,
  kind: UndefinedReference['kind'],
  known: readonly string[],
  { catalogue }: LintInput,
): string {
  const canonical = (one: string): string =>
    one.replace(/^[^/]*/, (type) => catalogue.canonicalType(`${kind}s`, type.trim()));
  const alias = known.find((one) => canonical(one) === canonical(id));
  if (alias !== undefined) return `; it is configured as \`${alias}\``;
  const meant = didYouMean(id, known);
  if (meant !== '') return meant;
  const same = known.filter((one) => componentType(one) === componentType(id));
  return same.length === 1 ? `, did you mean \`${same[0] ?? ''}\`?` : '';
}
