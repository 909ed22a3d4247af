import { Option, type Command } from 'commander';
import { connectControlPlane, settingsFromEnvironment } from '../io/control-planes/index.ts';
import type { ControlPlane } from '../ports/control-plane.ts';
import { UsageError } from './command.ts';
import type { Terminal } from './terminal.ts';

/** Options of every command that talks to a server. */
export interface ServerOptions {
  readonly controlPlane?: string;
}

/** `--control-plane URL`; the variable is read too, so that jobs need no argument. */
export function controlPlaneOption(): Option {
  return new Option('--control-plane <url>', 'BindPlane or Collie server (default: $BINDPLANE_REMOTE_URL)');
}

/** The server that options and environment name, or undefined. */
export function controlPlaneOf(options: ServerOptions, terminal: Terminal): ControlPlane | undefined {
  const settings = settingsFromEnvironment(terminal.environment, terminal.clock, options.controlPlane);
  return connectControlPlane({
    ...settings,
    ...(terminal.dispatcher === undefined ? {} : { dispatcher: terminal.dispatcher }),
  });
}

/** The server that options and environment name; wrong usage when they name none. */
export function requiredControlPlane(options: ServerOptions, terminal: Terminal): ControlPlane {
  const found = controlPlaneOf(options, terminal);
  if (found === undefined) {
    throw new UsageError('No control plane given: use --control-plane URL or BINDPLANE_REMOTE_URL');
  }
  return found;
}

/** `--types DIR`, repeatable. */
export function typesOption(command: Command): Command {
  return command.option('--types <dir>', 'add or override resource types (repeatable)', collect, []);
}

function collect(value: string, all: readonly string[]): readonly string[] {
  return [...all, value];
}
