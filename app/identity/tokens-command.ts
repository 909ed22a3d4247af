import { Option } from 'commander';
import type { CommandDefinition } from '../../src/cli/command.ts';
import { textTable } from '../../src/cli/table.ts';
import { SCOPES } from './scopes.ts';
import { cell, mapsOf, serverOf, withServer } from './server-client.ts';
import type { ServerOptions } from './server-client.ts';

const COLUMNS = ['id', 'name', 'scopes', 'state', 'createdBy', 'createdAt', 'expiresAt'];

/** `collie tokens`: keys of the REST API, and what each scope may do. */
export const tokens: CommandDefinition = {
  name: 'tokens',
  usage: 'tokens list|create|revoke|routes [NAME|ID] --control-plane URL',
  summary: "keys of a Collie server's REST API, and which route asks for which scope",
  define(program, start) {
    const group = program
      .command('tokens')
      .description("keys of a Collie server's REST API; all of it needs the scope admin");
    withServer(group.command('list').description('all tokens; none of their keys'))
      .addHelpText('after', '\nExample:\n  collie tokens list')
      .action((options: ServerOptions) => {
        start(async (terminal) => {
          const found = mapsOf((await serverOf(options, terminal)('GET', '/tokens'))['tokens']);
          const rows = found.map((token) => COLUMNS.map((column) => cell(token[column])));
          terminal.out(textTable(COLUMNS, rows));
          return 0;
        });
      });
    withServer(group.command('create').description('makes one and prints its key, this once'))
      .argument('<name>', 'what it is for, like ci-apply')
      .addOption(
        new Option('--scope <scope...>', 'what it may do; every scope can read')
          .choices(SCOPES)
          .makeOptionMandatory(),
      )
      .option('--days <days>', 'how long it is good for; until it is revoked when left out')
      .addHelpText('after', '\nExample:\n  collie tokens create ci-apply --scope apply rollout --days 90')
      .action((name: string, options: ServerOptions & { scope: string[]; days?: string }) => {
        start(async (terminal) => {
          const days = options.days === undefined ? {} : { days: Number(options.days) };
          const body = { name, scopes: options.scope, ...days };
          const made = await serverOf(options, terminal)('POST', '/tokens', body);
          terminal.out(`${cell(made['key'])}\n`);
          terminal.err('This is the only time the key is shown.\n');
          return 0;
        });
      });
    withServer(group.command('revoke').description('ends one at once'))
      .argument('<id>', 'its id, as `list` shows it')
      .addHelpText('after', '\nExample:\n  collie tokens revoke 5f0c8a1b2d3e4f60')
      .action((id: string, options: ServerOptions) => {
        start(async (terminal) => {
          await serverOf(options, terminal)('DELETE', `/tokens/${encodeURIComponent(id)}`);
          terminal.err(`${id} is revoked.\n`);
          return 0;
        });
      });
    withServer(group.command('routes').description('every route of the server × every scope'))
      .addHelpText('after', '\nExample:\n  collie tokens routes')
      .action((options: ServerOptions) => {
        start(async (terminal) => {
          const routes = mapsOf((await serverOf(options, terminal)('GET', '/access'))['routes']);
          const rows = routes
            .map(({ route, need }) => [cell(route), ...cells(cell(need))])
            .sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
          terminal.out(textTable(['route', 'nobody', ...SCOPES], rows));
          return 0;
        });
      });
  },
};

/** Who may use a route: nobody in particular, then each scope. */
function cells(need: string): readonly string[] {
  const may = (scope: string): boolean =>
    need === 'public' || need === 'read' || scope === need || scope === 'admin';
  return [need === 'public' ? 'yes' : '', ...SCOPES.map((scope) => (may(scope) ? 'yes' : ''))];
}
