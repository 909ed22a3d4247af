import type { SourceRange } from '../../document/finding.ts';
import { at, entriesAt, itemsAt } from '../../document/node.ts';
import type { MapEntry, Node } from '../../document/node.ts';
import type { ShellWord } from '../../document/shell.ts';
import { readScript } from '../script.ts';
import type { Script } from '../script.ts';
import type { DocumentFormat } from './format.ts';

/** Workflows of GitHub Actions, as far as their steps call one of the tools. */
export const workflow: DocumentFormat = {
  id: 'workflow',
  title: 'workflows that call bindplane, kubectl or helm',
  claims: (root) =>
    entriesAt(root, 'jobs').length > 0 && steps(root).some((step) => scriptOf(step) !== undefined),
  read: (root) => ({ scripts: steps(root).flatMap((step) => scriptOf(step) ?? []) }),
};

function steps(root: Node): readonly Node[] {
  return entriesAt(root, 'jobs').flatMap(({ value }) => itemsAt(value, 'steps'));
}

function scriptOf(step: Node): Script | undefined {
  const run = entriesAt(step).find(({ key }) => key === 'run');
  if (run?.value.kind !== 'scalar' || typeof run.value.value !== 'string') return undefined;
  const read = readScript(run.value.at.file, run.value.value);
  if (read === undefined) return undefined;
  const tolerated = at(step, 'continue-on-error');
  return {
    ...read,
    place: (word) => placeInRun(run, word),
    ...(tolerated?.kind === 'scalar' && tolerated.value === true && { toleratedAt: tolerated.at }),
  };
}

/** In a literal block a line of the script is one of the file; its columns assume an indentation of two from the key. */
function placeInRun({ keyAt, value }: MapEntry, { start, end }: ShellWord): SourceRange {
  if (value.kind !== 'scalar' || value.style !== 'literal') {
    const shift = value.kind === 'scalar' && value.style === 'plain' && value.at.line === value.at.endLine;
    return shift
      ? {
          ...value.at,
          column: value.at.column + start.column - 1,
          endColumn: value.at.column + end.column - 1,
        }
      : value.at;
  }
  const margin = keyAt.column + 1;
  return {
    file: value.at.file,
    line: value.at.line + start.line,
    column: margin + start.column,
    endLine: value.at.line + end.line,
    endColumn: margin + end.column,
  };
}
