import { yamlInScalar } from '../../document/embedded-yaml.ts';
import type { Fix, TextEdit } from '../../document/finding.ts';
import { at, entriesAt, entry } from '../../document/node.ts';
import { writtenCollectors } from '../collector-resources.ts';
import type { Texts } from '../edits.ts';
import { lineOf } from '../edits.ts';
import { replaceOnLine } from '../line-edits.ts';
import type { ManifestNode } from '../manifest-nodes.ts';
import type { Rule } from '../rule.ts';

export const oldVersionRule: Rule = {
  id: 'OPR-001',
  severity: 'warning',
  summary: 'A collector resource in the deprecated version `v1alpha1`',
  docs: 'The operator still serves `opentelemetry.io/v1alpha1` and stores `v1beta1`, where the config is an object: the API server then checks its shape, and diffs show keys instead of one text. A `v1alpha1` config that is no YAML runs as an empty one.',
  check: (input) =>
    writtenCollectors(input)
      .filter(({ apiVersion }) => apiVersion === 'opentelemetry.io/v1alpha1')
      .map((collector) => ({
        rule: oldVersionRule.id,
        severity: 'warning' as const,
        message: `OpenTelemetryCollector \`${collector.name}\` is written in \`v1alpha1\`, which the operator deprecates; \`v1beta1\` has the config as an object`,
        at: at(collector.node, 'apiVersion')?.at ?? collector.at,
        fixes: fixes(collector, input.head.repository.texts),
      })),
};

/** Fields of `v1alpha1` that `v1beta1` has elsewhere (operator `apis/v1beta1`). */
const MOVED: readonly string[] = ['minReplicas', 'maxReplicas', 'updateStrategy'];

function fixes({ node }: ManifestNode, texts: Texts): readonly Fix[] {
  const title = 'write `apiVersion: opentelemetry.io/v1beta1`, and the config as an object';
  const version = at(node, 'apiVersion');
  if (version === undefined) return [];
  const moved = entriesAt(node, 'spec').some(({ key }) => MOVED.includes(key));
  const edits = moved ? undefined : conversion(node, version.at, texts);
  return [{ title, at: version.at, ...(edits && { edits }) }];
}

/** The version, and the `|` behind `config:` gone; only where the text is a plain literal block that holds a map. */
function conversion(
  node: ManifestNode['node'],
  version: TextEdit['at'],
  texts: Texts,
): readonly TextEdit[] | undefined {
  const renamed = replaceOnLine(version, 'v1alpha1', 'v1beta1', texts);
  const config = entry(at(node, 'spec'), 'config');
  if (renamed === undefined || config?.value.kind !== 'scalar' || config.value.style !== 'literal') {
    return undefined;
  }
  const { documents, findings } = yamlInScalar(config);
  if (findings.length > 0 || documents.length !== 1 || documents[0]?.root.kind !== 'map') return undefined;
  const bar = /^config:(\s*\|[-+]?)\s*$/.exec(lineOf(config.keyAt, texts).slice(config.keyAt.column - 1));
  if (bar?.[1] === undefined) return undefined;
  const { file, line, column } = config.keyAt;
  const start = column + 'config:'.length;
  return [
    ...renamed,
    { at: { file, line, column: start, endLine: line, endColumn: start + bar[1].length }, text: '' },
  ];
}
