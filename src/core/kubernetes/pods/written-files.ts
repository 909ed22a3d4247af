import { nameAndArguments, shellCommands } from '../../document/shell.ts';
import type { ShellCommand, ShellPlace } from '../../document/shell.ts';
import type { SourceRange } from '../../document/finding.ts';
import { itemsAt, textAt } from '../../document/node.ts';
import type { Node, ScalarNode } from '../../document/node.ts';

/** A file that the script of an init container writes, as far as the script holds its text. */
export interface WrittenFile {
  /** As the script names it, variables of the container put in; undefined where something else is in the name. */
  readonly path?: string;
  readonly text: string;
  /** The place in the repository of a stretch of `text`. */
  readonly place: (inner: SourceRange) => SourceRange;
  readonly at: SourceRange;
}

/**
 * The files that a script of a container writes: `echo '…' > path`, `cat <<EOF > path`, `tee path <<EOF` (reference/collector.md §3.8).
 * @param script the text of the script where it stands in a manifest
 * @param lines the lines of that manifest, for exact places
 */
export function writtenFiles(
  script: ScalarNode,
  container: Node,
  lines: readonly string[],
): readonly WrittenFile[] {
  const variables = new Map(
    itemsAt(container, 'env').flatMap((item) => {
      const [name, value] = [textAt(item, 'name'), textAt(item, 'value')];
      return name === undefined || value === undefined ? [] : [[name, value] as const];
    }),
  );
  return shellCommands(String(script.value)).flatMap((command) =>
    writtenBy(command, script, lines, variables),
  );
}

/** Texts of a container's command line that are scripts. */
export function scriptsOf(container: Node): readonly ScalarNode[] {
  return [...itemsAt(container, 'command'), ...itemsAt(container, 'args')].flatMap((word) =>
    word.kind === 'scalar' && typeof word.value === 'string' && /\s/.test(word.value) ? [word] : [],
  );
}

function writtenBy(
  command: ShellCommand,
  script: ScalarNode,
  lines: readonly string[],
  variables: ReadonlyMap<string, string>,
): readonly WrittenFile[] {
  const words = nameAndArguments(command);
  const name = words[0]?.text;
  const target = command.writes[0] ?? (name === 'tee' ? words.at(-1) : undefined);
  const content = contentOf(command, name);
  if (target === undefined || content === undefined) return [];
  const path = target.text.replaceAll(
    /\$\{?([A-Za-z_]\w*)\}?/g,
    (whole, variable: string) => variables.get(variable) ?? whole,
  );
  const place = (inner: SourceRange): SourceRange => {
    const from = outer(content.start, inner.line, inner.column, script, lines);
    const to = outer(content.start, inner.endLine, inner.endColumn, script, lines);
    return from === undefined || to === undefined
      ? script.at
      : { file: script.at.file, ...from, endLine: to.line, endColumn: to.column };
  };
  const first = { file: '', line: 1, column: 1, endLine: 1, endColumn: 2 };
  return [{ ...(!path.includes('$') && { path }), text: content.text, place, at: place(first) }];
}

function contentOf(
  command: ShellCommand,
  name: string | undefined,
): { readonly text: string; readonly start: ShellPlace } | undefined {
  if (command.hereDocument !== undefined && (name === 'cat' || name === 'tee')) {
    return { text: command.hereDocument.text, start: { line: command.hereDocument.line, column: 1 } };
  }
  const [, ...rest] = nameAndArguments(command);
  const word = rest.find(({ quoted, text }) => quoted && text.includes('\n'));
  if (word === undefined || (name !== 'echo' && name !== 'printf')) return undefined;
  return { text: word.text, start: { line: word.start.line, column: word.start.column + 1 } };
}

/** A place in the content as one in the file: the block's own indentation is what its line has more than the text. */
function outer(
  start: ShellPlace,
  line: number,
  column: number,
  script: ScalarNode,
  lines: readonly string[],
): ShellPlace | undefined {
  if (script.style !== 'literal') return undefined;
  const inText = start.line + line - 1;
  const own = String(script.value).split('\n')[inText - 1];
  const inFile = lines[script.at.line + inText - 1]?.replace(/\r$/, '');
  if (own === undefined || inFile === undefined) return undefined;
  const margin = own === '' ? 0 : Math.max(0, inFile.length - own.length);
  return {
    line: script.at.line + inText,
    column: margin + column + (line === 1 ? start.column - 1 : 0),
  };
}
