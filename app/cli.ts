#!/usr/bin/env node
import type { CommandDefinition } from '../src/cli/command.ts';
import { runCli } from '../src/cli/index.ts';
import { processTerminal } from '../src/cli/terminal.ts';
import { storeCommand } from './compose/store-command.ts';
import { tokens } from './identity/tokens-command.ts';

/** `collie serve`: the app with its embedded control plane. */
const serve: CommandDefinition = {
  name: 'serve',
  usage: 'serve [--config FILE]',
  summary: 'the app with its embedded control plane',
  define(program, start) {
    program
      .command('serve')
      .description('the app with its embedded control plane; settings come from COLLIE_* variables')
      .option('--config <file>', 'limits and settings as YAML')
      .addHelpText('after', '\nExample:\n  COLLIE_API_KEY=… collie serve')
      .action((options: { readonly config?: string }) => {
        start(async () => {
          const { serve } = await import('./main.ts');
          await serve(options);
          return 0;
        });
      });
  },
};

/** `collie demo`: the whole story on this machine. */
const demo: CommandDefinition = {
  name: 'demo',
  usage: 'demo [--once] [--repository FOLDER]',
  summary: 'the whole story on this machine',
  define(program, start) {
    program
      .command('demo')
      .description('three pull requests, a dozen agents, one refusal and its repair, on this machine')
      .option('--once', 'end after the story')
      .option('--repository <folder>', 'another base/, act-*/ and agents.yaml')
      .addHelpText('after', '\nExample:\n  collie demo --once')
      .action((options: { readonly once?: boolean; readonly repository?: string }) => {
        start(async (terminal) => {
          const { demo } = await import('./demo/demo.ts');
          const stop = new AbortController();
          process.once('SIGINT', () => {
            stop.abort();
          });
          const code = await demo({
            once: options.once === true || !terminal.isTerminal,
            ...(options.repository === undefined ? {} : { repository: options.repository }),
            say: (line) => {
              terminal.out(`${line}\n`);
            },
            signal: stop.signal,
          });
          return code === 0 ? 0 : 1;
        });
      });
  },
};

/** What the app adds to the commands of `src/cli`. */
export const APP_COMMANDS: readonly CommandDefinition[] = [serve, storeCommand, demo, tokens];

if (import.meta.main) {
  process.exitCode = await runCli(process.argv.slice(2), processTerminal(), APP_COMMANDS);
}
