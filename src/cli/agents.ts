import { Option } from 'commander';
import type { Agent } from '../core/fleet/agent.ts';
import { coloursOf } from './colours.ts';
import type { CommandDefinition, ExitCode } from './command.ts';
import { controlPlaneOption, requiredControlPlane, type ServerOptions } from './connect.ts';
import { momentOf } from './moment.ts';
import { textTable } from './table.ts';
import type { Terminal } from './terminal.ts';

interface Options extends ServerOptions {
  readonly selector?: string;
  readonly query?: string;
  readonly format: 'text' | 'json';
  readonly at?: string;
}

type Drifts = Readonly<Record<string, number>> | undefined;

function show(agents: readonly Agent[], drifts: Drifts, format: Options['format'], terminal: Terminal): void {
  if (format === 'json') {
    const known = agents.map((agent) =>
      drifts?.[agent.id] === undefined ? agent : { ...agent, drift: drifts[agent.id] },
    );
    terminal.out(`${JSON.stringify(known, null, 2)}\n`);
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
    ...(drifts === undefined ? [] : [driftText(drifts[agent.id])]),
  ]);
  const head = ['id', 'name', 'version', 'distribution', 'platform', 'connected', 'labels'];
  terminal.out(textTable(drifts === undefined ? head : [...head, 'drift'], rows));
}

/** Differences between what an agent was given and what it says it runs; nothing where they were not compared. */
function driftText(count: number | undefined): string {
  return count === undefined ? '' : count === 0 ? 'none' : String(count);
}

const formatOption = (): Option =>
  new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text');

/** `collie agents`: who is connected, and why each runs what it runs. JSON of `list` is what `--agents FILE` of other commands reads. */
export const agents: CommandDefinition = {
  name: 'agents',
  usage: 'agents list|get|why [ID] --control-plane URL [--at TIME]',
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
          show(found, await server.agentDrifts(), options.format, terminal);
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
          const server = requiredControlPlane(options, terminal);
          const found = (await server.agents()).filter((agent) => agent.id === id || agent.name === id);
          if (found.length === 0) {
            terminal.err(`collie: no agent has the id or name ${id}\n`);
            return 1;
          }
          show(found, await server.agentDrifts(), options.format, terminal);
          return 0;
        });
      });
    group
      .command('why')
      .description('what an agent is to run and why, what it runs, and what is wrong')
      .argument('<id>', 'id or name of the agent')
      .option('--at <time>', 'what it was in its rollouts then, like 2026-09-10T03:14:00Z or 15m (ago)')
      .addOption(formatOption())
      .addOption(controlPlaneOption())
      .addHelpText('after', '\nExample:\n  collie agents why node-a --control-plane http://127.0.0.1:3001')
      .action((id: string, options: Options) => {
        start((terminal) => why(id, options, terminal));
      });
  },
};

/** What an agent was in its rollouts at a moment. An agent that is gone is asked for by its id. */
async function whyThen(id: string, time: string, options: Options, terminal: Terminal): Promise<ExitCode> {
  const at = momentOf(time, terminal.clock);
  const server = requiredControlPlane(options, terminal);
  const known = await server.agentState(id);
  const [pasts, { agentPastText }] = await Promise.all([
    server.agentPast(known?.agent.id ?? id, at),
    import('../core/report/rollout-log.ts'),
  ]);
  if (known === undefined && pasts.length === 0) return nobody(id, terminal);
  if (options.format === 'json') terminal.out(`${JSON.stringify(pasts, null, 2)}\n`);
  else terminal.out(agentPastText(pasts, { colours: coloursOf(terminal), at }));
  return 0;
}

function nobody(id: string, terminal: Terminal): ExitCode {
  terminal.err(`collie: there is no one agent with the id or name ${id}; collie agents list shows all\n`);
  return 1;
}

/** 1 when there is no such agent, or several have the name. */
async function why(id: string, options: Options, terminal: Terminal): Promise<ExitCode> {
  if (options.at !== undefined) return whyThen(id, options.at, options, terminal);
  const server = requiredControlPlane(options, terminal);
  const [state, { agentWhy }] = await Promise.all([
    server.agentState(id),
    import('../core/report/agent-why.ts'),
  ]);
  if (state === undefined) return nobody(id, terminal);
  if (options.format === 'json') terminal.out(`${JSON.stringify(state, null, 2)}\n`);
  else terminal.out(agentWhy(state, { colours: coloursOf(terminal) }));
  return 0;
}
