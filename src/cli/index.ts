import { apply } from './apply.ts';
import { plan } from './plan.ts';
import { agents } from './agents.ts';
import type { CommandDefinition, ExitCode } from './command.ts';
import { explain } from './explain.ts';
import { exportCommand } from './export.ts';
import { graph } from './graph.ts';
import { lint } from './lint.ts';
import { runProgram } from './program.ts';
import { render } from './render.ts';
import { rollout } from './rollout.ts';
import type { Terminal } from './terminal.ts';
import { types } from './types.ts';
import { validate } from './validate.ts';

/** Every command that needs nothing but files and a server, in the order of the help. */
export const COMMANDS: readonly CommandDefinition[] = [
  lint,
  render,
  plan,
  graph,
  explain,
  validate,
  apply,
  rollout,
  agents,
  exportCommand,
  types,
];

/** Runs the command line; `more` are commands that only the app brings. Gives the exit code, never throws. */
export function runCli(
  args: readonly string[],
  terminal: Terminal,
  more: readonly CommandDefinition[] = [],
): Promise<ExitCode> {
  return runProgram([...COMMANDS, ...more], args, terminal);
}
