import { Option } from 'commander';
import type { Agent } from '../core/fleet/agent.ts';
import type { CommandDefinition } from './command.ts';
import { controlPlaneOption, requiredControlPlane, type ServerOptions } from './connect.ts';
import { textTable } from './table.ts';
import type { Terminal } from './terminal.ts';

interface Options extends ServerOptions {
  readonly selector?: string;
  readonly query?: string;
  readonly format: 'text' | 'json';
}

function show(agents: readonly Agent[], format: Options['format'], terminal: Terminal): void {
  if (format === 'json') {
    terminal.out(`${JSON.stringify(agents, null, 2)}\n`);
    return;
  }
  const rows = agents.map((agent) => [
    agent.id,
    agent.name,
    agent.version,
    agent.distribution,
    agent.platform,
    agent.connected === undefined ? '' : agent.connected ? 'yes' : 'no',
    Object.entries(agent.labels)
      .filter(([key]) => !key.startsWith('bindplane/'))
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
  ]);
  terminal.out(textTable(['id', 'name', 'version', 'distribution', 'platform', 'connected', 'labels'], rows));
}

const formatOption = (): Option =>
  new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text');

/** `collie agents`: who is connected. JSON is what `--agents FILE` of other commands reads. */
export const agents: CommandDefinition = {
  name: 'agents',
  usage: 'agents list|get [ID] --control-plane URL',
  summary: 'the agents a control plane knows',
  define(program, start) {
    const group = program.command('agents').description('the agents a control plane knows');
    group
      .command('list')
      .description('all agents, or those a selector or query matches')
      .option('--selector <labels>', 'labels that must match, like env=prod,tier=gold')
      .option('--query <query>', "the server's own query language, like status:error")
      .addOption(formatOption())
      .addOption(controlPlaneOption())
      .addHelpText(
        'after',
        '\nExample:\n  collie agents list --selector configuration=shop-node --format json > agents.json',
      )
      .action((options: Options) => {
        start(async (terminal) => {
          const server = requiredControlPlane(options, terminal);
          const { selector, query } = options;
          const found = await server.agents({
            ...(selector === undefined ? {} : { selector }),
            ...(query === undefined ? {} : { query }),
          });
          show(found, options.format, terminal);
          return 0;
        });
      });
    group
      .command('get')
      .description('one agent, by id or name')
      .argument('<id>', 'id or name of the agent')
      .addOption(formatOption())
      .addOption(controlPlaneOption())
      .addHelpText('after', '\nExample:\n  collie agents get node-a --format json')
      .action((id: string, options: Options) => {
        start(async (terminal) => {
          const found = (await requiredControlPlane(options, terminal).agents()).filter(
            (agent) => agent.id === id || agent.name === id,
          );
          if (found.length === 0) {
            terminal.err(`collie: no agent has the id or name ${id}\n`);
            return 1;
          }
          show(found, options.format, terminal);
          return 0;
        });
      });
  },
};
