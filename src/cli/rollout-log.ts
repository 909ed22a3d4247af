import { Option, type Command } from 'commander';
import { coloursOf } from './colours.ts';
import { UsageError, type ExitCode } from './command.ts';
import { controlPlaneOption, requiredControlPlane, type ServerOptions } from './connect.ts';
import { momentOf } from './moment.ts';
import type { Terminal } from './terminal.ts';

interface Options extends ServerOptions {
  readonly format: 'text' | 'json';
  readonly at?: string;
  readonly agent?: string;
}

/** The log of a rollout, to its end or to a moment: what was known then, and nothing that came after. */
async function run(reference: string, options: Options, terminal: Terminal): Promise<ExitCode> {
  const [configuration = '', version] = reference.split(':');
  if (version !== undefined && !/^[1-9]\d{0,8}$/.test(version)) {
    throw new UsageError(`${reference}: write a version like ${configuration}:3`);
  }
  const at = options.at === undefined ? undefined : momentOf(options.at, terminal.clock);
  const server = requiredControlPlane(options, terminal);
  const [log, { rolloutLogText }] = await Promise.all([
    server.rolloutLog(configuration, {
      ...(at === undefined ? {} : { at }),
      ...(options.agent === undefined ? {} : { agent: options.agent }),
      ...(version === undefined ? {} : { version: Number(version) }),
    }),
    import('../core/report/rollout-log.ts'),
  ]);
  if (log === undefined) {
    const when = at === undefined ? '' : ` at ${at}`;
    terminal.err(`collie: there was no rollout of ${reference}${when}\n`);
    return 1;
  }
  if (options.format === 'json') terminal.out(`${JSON.stringify(log, null, 2)}\n`);
  else {
    const when = at === undefined ? {} : { at };
    terminal.out(rolloutLogText(log, { colours: coloursOf(terminal), ...when }));
  }
  return 0;
}

/** `collie rollout log`: everything that happened in a rollout, in order. */
export function defineLog(
  group: Command,
  start: (run: (terminal: Terminal) => Promise<ExitCode>) => void,
): void {
  group
    .command('log')
    .description('what happened in a rollout, in order, and where it stood at a moment (Collie servers)')
    .argument('<configuration>', 'name of the configuration, or name:version')
    .option('--at <time>', 'only until then, like 2026-09-10T03:14:00Z or 15m (ago)')
    .option('--agent <id>', 'only what befell this agent, and the rollout as a whole')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addOption(controlPlaneOption())
    .addHelpText(
      'after',
      '\nExample:\n  collie rollout log shop-node --at 15m --control-plane http://127.0.0.1:3001',
    )
    .action((reference: string, options: Options) => {
      start((terminal) => run(reference, options, terminal));
    });
}
