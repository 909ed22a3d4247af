import type { Resource } from '../../bindplane/resource.ts';
import type { Finding, Fix, TextEdit } from '../../document/finding.ts';
import { at, entry, isMap } from '../../document/node.ts';
import type { MapEntry, MapNode } from '../../document/node.ts';
import { selectorOf } from '../../fleet/selector.ts';
import { appendToMap, indentLines, insertAfter, lastLine, removeLines } from '../edits.ts';
import type { Texts } from '../edits.ts';
import type { LintInput, Rule } from '../rule.ts';

export const selectorRule: Rule = {
  id: 'BPR-002',
  severity: 'error',
  blocksApply: true,
  summary: 'A selector that is missing, empty or in the wrong place',
  docs:
    'A BindPlane server drops a `selector` that stands beside `spec`, and gives a configuration without selector to every agent it has (measured on 1.35.0). Put ' +
    '`selector.matchLabels` under `spec`. A fleet without selector takes only agents that carry its name in their `fleet` label.',
  check: (input) =>
    [...input.head.repository.resources.values()].flatMap((resource) => checkResource(resource, input)),
};

function checkResource(resource: Resource, input: LintInput): readonly Finding[] {
  const { document, kind } = resource;
  if (document === undefined || (kind !== 'Configuration' && kind !== 'Fleet')) return [];
  const misplaced = misplacedSelector(resource);
  if (misplaced !== undefined) return [misplacedFinding(resource, document, misplaced, input)];
  if (kind === 'Fleet' || selectorOf(resource.spec) !== undefined) return [];
  return [emptyFinding(resource, document, input)];
}

/** The `selector` entry that stands beside `spec`, where there is one. */
export function misplacedSelector(resource: Resource): MapEntry | undefined {
  return resource.kind === 'Configuration' || resource.kind === 'Fleet'
    ? entry(resource.document, 'selector')
    : undefined;
}

function misplacedFinding(
  resource: Resource,
  document: MapNode,
  selector: MapEntry,
  { head }: LintInput,
): Finding {
  const consequence =
    selectorOf(resource.spec) !== undefined
      ? 'the one under `spec` is used'
      : resource.kind === 'Configuration'
        ? 'and a configuration without selector goes to every agent'
        : 'and the fleet takes only agents whose `fleet` label is its name';
  const fix = moveUnderSpec(document, selector, head.repository.texts);
  return {
    rule: selectorRule.id,
    severity: 'error',
    message: `\`selector\` of ${resource.kind} \`${resource.name}\` stands beside \`spec\`; the server drops it, ${consequence}`,
    at: selector.keyAt,
    fixes: [fix],
    ...(resource.kind === 'Configuration' && { configuration: resource.key }),
  };
}

/** Indents the block where it follows `spec`, else moves it to the end of `spec`. */
function moveUnderSpec(document: MapNode, selector: MapEntry, texts: Texts): Fix {
  const title = 'indent it under `spec`';
  const spec = entry(document, 'spec');
  const child = spec?.value.kind === 'map' ? spec.value.entries[0] : undefined;
  if (spec === undefined || child === undefined || entry(spec.value, 'selector') !== undefined) {
    return { title: 'take it away, or merge it into `spec.selector`', at: selector.keyAt };
  }
  const { file, line } = selector.keyAt;
  const end = lastLine(selector.value);
  const by = child.keyAt.column - selector.keyAt.column;
  if (by <= 0 || child.keyAt.line === spec.keyAt.line) return { title, at: selector.keyAt };
  if (document.entries.indexOf(selector) === document.entries.indexOf(spec) + 1) {
    return { title, at: selector.keyAt, edits: indentLines(file, line, end, by, texts) };
  }
  const lines = (texts.get(file) ?? '').split('\n').slice(line - 1, end);
  const moved = lines.map((text) => (text.trim() === '' ? text : ' '.repeat(by) + text));
  const edits: readonly TextEdit[] = [removeLines(file, line, end), ...insertAfter(spec.value, moved, texts)];
  return { title, at: selector.keyAt, edits };
}

function emptyFinding(resource: Resource, document: MapNode, { head }: LintInput): Finding {
  const selector = at(document, 'spec', 'selector');
  const written = isMap(resource.spec['selector']);
  const spec = at(document, 'spec');
  const lines = ['selector:', '  matchLabels:', `    configuration: ${resource.name}`];
  const edits =
    !written && spec?.kind === 'map' ? appendToMap(spec, lines, head.repository.texts) : undefined;
  const place = selector?.at ?? resource.at;
  return {
    rule: selectorRule.id,
    severity: 'error',
    message: `Configuration \`${resource.name}\` has ${written ? 'an empty' : 'no'} selector; a BindPlane server gives it to every agent`,
    ...(place && { at: place }),
    fixes: [
      {
        title: `select agents with the label \`configuration=${resource.name}\``,
        ...(place && { at: place }),
        ...(edits && { edits }),
      },
    ],
    configuration: resource.key,
  };
}
