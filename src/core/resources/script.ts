import type { SourceRange } from '../document/finding.ts';
import { nameAndArguments, shellCommands } from '../document/shell.ts';
import type { ShellCommand, ShellWord } from '../document/shell.ts';

/** The commands of a script, or of one step of a workflow, that call a tool of rollouts. */
export interface Script {
  readonly file: string;
  /** All commands of it, in their order. */
  readonly commands: readonly ShellCommand[];
  /** The place in the repository of a word. */
  readonly place: (word: ShellWord) => SourceRange;
  /** Where errors of the whole step are passed over (`continue-on-error: true`). */
  readonly toleratedAt?: SourceRange;
}

const TOOLS: ReadonlySet<string> = new Set(['bindplane', 'kubectl', 'helm', 'helm3', 'collie']);

/** The tool that a command calls, without its folder. */
export function toolOf(command: ShellCommand): string {
  return nameAndArguments(command)[0]?.text.split('/').at(-1) ?? '';
}

/** A shell script; undefined where it calls none of the tools. */
export function readScript(file: string, text: string): Script | undefined {
  if (!mayCall(text)) return undefined;
  const commands = shellCommands(text);
  if (!commands.some((command) => TOOLS.has(toolOf(command)))) return undefined;
  return {
    file,
    commands,
    place: ({ start, end }) => ({
      file,
      ...start,
      endLine: end.line,
      endColumn: end.column,
    }),
  };
}

function mayCall(text: string): boolean {
  return /\b(?:bindplane|kubectl|helm|collie)\b/.test(text);
}
