#!/usr/bin/env node
import type { CommandDefinition } from '../src/cli/command.ts';
import { runCli } from '../src/cli/index.ts';
import { processTerminal } from '../src/cli/terminal.ts';

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
  usage: 'demo [--once]',
  summary: 'the whole story on this machine',
  define(program, start) {
    program
      .command('demo')
      .description('three pull requests, a dozen agents, one refusal and its repair, on this machine')
      .option('--once', 'end after the story')
      .addHelpText('after', '\nExample:\n  collie demo --once')
      .action((options: { readonly once?: boolean }) => {
        start(async (terminal) => {
          const { demo } = await import('./demo/demo.ts');
          const stop = new AbortController();
          process.once('SIGINT', () => {
            stop.abort();
          });
          const code = await demo({
            once: options.once === true || !terminal.isTerminal,
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

process.exitCode = await runCli(process.argv.slice(2), processTerminal(), [serve, demo]);
