import { Option } from 'commander';
import type { ControlPlane, ServerRollout } from '../ports/control-plane.ts';
import type { RolloutView } from '../core/rollout/view.ts';
import { coloursOf } from './colours.ts';
import type { CommandDefinition, ExitCode } from './command.ts';
import { controlPlaneOption, requiredControlPlane, type ServerOptions } from './connect.ts';
import { textTable } from './table.ts';
import type { Terminal } from './terminal.ts';

interface Options extends ServerOptions {
  readonly format: 'text' | 'json';
  readonly watch?: boolean;
}

function show(rollout: ServerRollout, format: Options['format'], terminal: Terminal): void {
  if (format === 'json') {
    terminal.out(`${JSON.stringify(rollout, null, 2)}\n`);
    return;
  }
  const { configuration, version, status, phase, completed, errors, pending, waiting } = rollout;
  const counts = [phase, completed, errors, pending, waiting].map(String);
  terminal.out(
    textTable(
      ['name', 'status', 'phase', 'completed', 'errors', 'pending', 'waiting'],
      [[`${configuration}:${version}`, status, ...counts]],
    ),
  );
}

const VERBS: readonly {
  readonly name: string;
  readonly summary: string;
  readonly call: (server: ControlPlane, configuration: string) => Promise<ServerRollout | undefined>;
}[] = [
  { name: 'status', summary: 'counts and state', call: (server, name) => server.rollout(name) },
  {
    name: 'start',
    summary: "roll out the newest version, with the server's defaults",
    call: (server, name) => server.startRollout(name, null),
  },
  {
    name: 'pause',
    summary: 'stop giving it to further agents',
    call: (server, name) => server.pauseRollout(name),
  },
  { name: 'resume', summary: 'go on', call: (server, name) => server.resumeRollout(name) },
];

/**
 * Follows a rollout, to its end or for one look, and prints it with the agents' own words. Only a Collie server knows lines here: it got them with
 * the apply.
 */
async function tell(
  server: ControlPlane,
  configuration: string,
  terminal: Terminal,
  deadlineMs?: number,
): Promise<RolloutView> {
  const [{ watchRollout }, { rolloutLine, rolloutTerminal }, views] = await Promise.all([
    import('../flows/watch.ts'),
    import('../core/report/rollout-terminal.ts'),
    server.rolloutViews(),
  ]);
  const colours = coloursOf(terminal);
  const { view } = await watchRollout({
    controlPlane: server,
    clock: terminal.clock,
    configuration,
    configs: [],
    engine: views === undefined ? 'bindplane' : 'collie',
    ...(deadlineMs === undefined
      ? { onChange: async (changed) => terminal.err(`${rolloutLine(changed, { colours })}\n`) }
      : { deadlineMs }),
  });
  terminal.out(rolloutTerminal(view, { colours }));
  return view;
}

/** `--watch`: 0 when it ends well, 1 when it does not. */
async function watch(server: ControlPlane, configuration: string, terminal: Terminal): Promise<ExitCode> {
  const { state } = await tell(server, configuration, terminal);
  return state === 'stable' || state === 'no-agents' ? 0 : 1;
}

/** `collie rollout`: look at and steer a rollout on a server. */
export const rollout: CommandDefinition = {
  name: 'rollout',
  usage: 'rollout status|start|pause|resume CONFIGURATION --control-plane URL [--watch]',
  summary: 'look at and steer a rollout',
  define(program, start) {
    const group = program.command('rollout').description('look at and steer a rollout');
    for (const verb of VERBS) {
      const command = group
        .command(verb.name)
        .description(verb.summary)
        .argument('<configuration>', 'name of the configuration')
        .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
        .addOption(controlPlaneOption())
        .addHelpText(
          'after',
          `\nExample:\n  collie rollout ${verb.name} shop-node --control-plane https://app.bindplane.com`,
        );
      if (verb.name !== 'pause') command.option('--watch', 'wait until it ends; fail when it fails');
      command.action((configuration: string, options: Options) => {
        start(async (terminal) => {
          const server = requiredControlPlane(options, terminal);
          const state = await verb.call(server, configuration);
          if (state === undefined) {
            terminal.err(`collie: the server has no configuration ${configuration}\n`);
            return 1;
          }
          if (options.watch === true) return watch(server, configuration, terminal);
          show(state, options.format, terminal);
          // Somebody refused: their words are what one looks for.
          if (options.format === 'text' && state.errors > 0) await tell(server, configuration, terminal, 0);
          return 0;
        });
      });
    }
  },
};
