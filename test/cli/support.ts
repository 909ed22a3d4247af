import { runCli } from '../../src/cli/index.ts';
import type { CommandDefinition } from '../../src/cli/command.ts';
import type { Terminal } from '../../src/cli/terminal.ts';

export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line in this process and keeps what it prints. */
export async function collie(
  args: readonly string[],
  overrides: Partial<Terminal> = {},
  more: readonly CommandDefinition[] = [],
): Promise<CliResult> {
  let out = '';
  let err = '';
  const terminal: Terminal = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    isTerminal: false,
    colour: false,
    columns: 100,
    environment: {},
    directory: process.cwd(),
    clock: { now: () => 0, wait: async () => undefined },
    input: async () => '',
    ...overrides,
  };
  const code = await runCli(args, terminal, more);
  return { code, out, err };
}
