import { yamlInScalar } from '../../document/embedded-yaml.ts';
import type { Fix, SourceRange, TextEdit } from '../../document/finding.ts';
import { at, entriesAt, entry } from '../../document/node.ts';
import type { Node } from '../../document/node.ts';
import { writtenCollectors } from '../collector-resources.ts';
import type { ManifestNode } from '../manifest-nodes.ts';
import type { Rule } from '../rule.ts';

export const oldVersionRule: Rule = {
  id: 'OPR-001',
  severity: 'warning',
  summary: 'A collector resource in the deprecated version `v1alpha1`',
  docs: 'The operator still serves `opentelemetry.io/v1alpha1` and stores `v1beta1`, where the config is an object: the API server then checks its shape, and diffs show keys instead of one text. A `v1alpha1` config that is no YAML runs as an empty one.',
  check: (input) => {
    const lineAt = lineReader(input.head.repository.texts);
    return writtenCollectors(input)
      .filter(({ apiVersion }) => apiVersion === 'opentelemetry.io/v1alpha1')
      .map((collector) => ({
        rule: oldVersionRule.id,
        severity: 'warning' as const,
        message: `OpenTelemetryCollector \`${collector.name}\` is written in \`v1alpha1\`, which the operator deprecates; \`v1beta1\` has the config as an object`,
        at: at(collector.node, 'apiVersion')?.at ?? collector.at,
        fixes: fixes(collector, lineAt),
      }));
  },
};

/** Fields of `v1alpha1` that `v1beta1` has elsewhere (operator `apis/v1beta1`). */
const MOVED: readonly string[] = ['minReplicas', 'maxReplicas', 'updateStrategy'];

type LineReader = (place: SourceRange) => string;

/** Gives lines of the files, each file split once. */
function lineReader(texts: ReadonlyMap<string, string>): LineReader {
  const known = new Map<string, readonly string[]>();
  return ({ file, line }) => {
    const lines = known.get(file) ?? (texts.get(file) ?? '').split('\n');
    known.set(file, lines);
    return (lines[line - 1] ?? '').replace(/\r$/, '');
  };
}

function fixes({ node }: ManifestNode, lineAt: LineReader): readonly Fix[] {
  const title = 'write `apiVersion: opentelemetry.io/v1beta1`, and the config as an object';
  const version = at(node, 'apiVersion');
  if (version === undefined) return [];
  const moved = entriesAt(node, 'spec').some(({ key }) => MOVED.includes(key));
  const edits = moved ? undefined : conversion(node, version, lineAt);
  return [{ title, at: version.at, ...(edits && { edits }) }];
}

/** The version, and the `|` behind `config:` gone; only where the text is a plain literal block that holds a map. */
function conversion(node: Node, version: Node, lineAt: LineReader): readonly TextEdit[] | undefined {
  const config = entry(at(node, 'spec'), 'config');
  if (version.kind !== 'scalar' || version.style !== 'plain') return undefined;
  if (config?.value.kind !== 'scalar' || config.value.style !== 'literal') return undefined;
  const bar = /^config:(\s*\|[-+]?)\s*$/.exec(lineAt(config.keyAt).slice(config.keyAt.column - 1));
  if (bar?.[1] === undefined) return undefined;
  const { documents, findings } = yamlInScalar(config);
  if (findings.length > 0 || documents.length !== 1 || documents[0]?.root.kind !== 'map') return undefined;
  const { file, line, column } = config.keyAt;
  const start = column + 'config:'.length;
  return [
    { at: version.at, text: 'opentelemetry.io/v1beta1' },
    { at: { file, line, column: start, endLine: line, endColumn: start + bar[1].length }, text: '' },
  ];
}
