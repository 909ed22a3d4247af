import { Command, CommanderError } from 'commander';
import { visibleBlock } from '../core/report/untrusted.ts';
import { errorText, OperationError } from '../ports/operation-error.ts';
import { type CommandDefinition, type ExitCode, type Run, UsageError } from './command.ts';
import type { Terminal } from './terminal.ts';

const DESCRIPTION = `Review and roll out OpenTelemetry Collector fleets.

Data goes to stdout, everything else to stderr. Exit codes: 0 fine, 1 findings or a failed operation,
2 changes present (plan --detailed-exitcode), 64 wrong usage. Secrets are read from BINDPLANE_API_KEY, or
BINDPLANE_USERNAME and BINDPLANE_PASSWORD, never from an argument.`;

/** Applies a setting to a command and everything below it (commander copies settings only when a subcommand is made). */
function everywhere(command: Command, apply: (command: Command) => void): void {
  apply(command);
  for (const child of command.commands) everywhere(child, apply);
}

/**
 * Runs the command line and gives its exit code. Never throws: wrong usage, failed operations and defects all end in a sentence
 * on stderr.
 */
export async function runProgram(
  commands: readonly CommandDefinition[],
  args: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  let chosen: Run | undefined;
  const program = new Command('collie')
    .description(DESCRIPTION)
    .helpCommand('help [COMMAND]', 'show help for a command');
  for (const command of commands) {
    command.define(program, (run) => {
      chosen = run;
    });
  }
  everywhere(program, (command) => {
    command
      .exitOverride()
      .configureOutput({
        writeOut: terminal.out,
        writeErr: terminal.err,
        getOutHelpWidth: () => terminal.columns,
      })
      .showHelpAfterError(`Try: ${pathOf(command)} --help`)
      .configureHelp({ showGlobalOptions: false });
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return chosen === undefined ? 0 : await chosen(terminal);
  } catch (error) {
    return exitCodeOf(error, terminal);
  }
}

function exitCodeOf(error: unknown, terminal: Terminal): ExitCode {
  if (error instanceof CommanderError) {
    return error.code === 'commander.helpDisplayed' || error.exitCode === 0 ? 0 : 64;
  }
  if (error instanceof UsageError) {
    terminal.err(`collie: ${error.message}\n`);
    return 64;
  }
  const isDefect = !(error instanceof OperationError);
  terminal.err(`collie: ${visibleBlock(errorText(error))}\n`);
  if (isDefect) {
    const trace =
      terminal.environment['COLLIE_DEBUG'] === undefined
        ? 'Set COLLIE_DEBUG=1 for the trace.'
        : stackOf(error);
    terminal.err(`This is a defect of Collie. ${trace}\n`);
  }
  return 1;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** A command as people type it: with the names of those it belongs to. */
function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
