import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Option } from 'commander';
import { emitYaml } from '../core/document/emit.ts';
import { isMap, type JsonMap } from '../core/document/node.ts';
import { loadTypes } from '../io/files.ts';
import { UsageError, type CommandDefinition } from './command.ts';
import { controlPlaneOption, requiredControlPlane, typesOption, type ServerOptions } from './connect.ts';
import { safeFileName } from './file-name.ts';
import { textTable } from './table.ts';

interface Options extends ServerOptions {
  readonly types: readonly string[];
  readonly out: string;
  readonly format: 'text' | 'json';
}

const FOLDERS: Readonly<Record<string, string>> = {
  SourceType: 'sources',
  ProcessorType: 'processors',
  DestinationType: 'destinations',
  ConnectorType: 'connectors',
  ExtensionType: 'extensions',
};

function nameOf(value: JsonMap): string {
  const metadata = value['metadata'];
  return isMap(metadata) && typeof metadata['name'] === 'string' ? metadata['name'] : '';
}

/** Writes each type of a server into `DIR/<kind>/<name>.yaml`; returns how many. */
async function pull(documents: readonly JsonMap[], out: string): Promise<number> {
  let written = 0;
  for (const value of documents) {
    const folder = typeof value['kind'] === 'string' ? FOLDERS[value['kind']] : undefined;
    const name = nameOf(value);
    if (folder === undefined || name === '') continue;
    await mkdir(join(out, folder), { recursive: true });
    await writeFile(join(out, folder, `${safeFileName(name)}.yaml`), emitYaml(value));
    written += 1;
  }
  return written;
}

/** `collie types`: the catalogue that configurations are rendered with. */
export const types: CommandDefinition = {
  name: 'types',
  usage: 'types list|show|pull [NAME] [--types DIR] [--control-plane URL --out DIR]',
  summary: 'the resource types; pull takes them from a server',
  define(program, start) {
    const group = program.command('types').description('the resource types configurations are rendered with');
    typesOption(
      group.command('list').description('all types, and whether their render was compared with a server'),
    )
      .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
      .addHelpText('after', '\nExample:\n  collie types list --types ./types')
      .action((options: Options) => {
        start(async (terminal) => {
          const all = (await loadTypes(options.types)).list();
          if (options.format === 'json') terminal.out(`${JSON.stringify(all, null, 2)}\n`);
          else {
            const rows = all.map((type) => [
              type.kind,
              type.name,
              type.verified ? 'yes' : 'no',
              type.displayName,
            ]);
            terminal.out(textTable(['kind', 'type', 'proven', 'title'], rows));
          }
          return 0;
        });
      });
    typesOption(
      group.command('show').description('parameters of one type').argument('<name>', 'name, or kind/name'),
    )
      .addHelpText('after', '\nExample:\n  collie types show source/otlp')
      .action((name: string, options: Options) => {
        start(async (terminal) => {
          const found = (await loadTypes(options.types))
            .list()
            .filter((type) => type.name === name || `${type.kind}/${type.name}` === name);
          if (found.length === 0) {
            throw new UsageError(`There is no type ${name}; collie types list shows them`);
          }
          for (const type of found) {
            terminal.out(`${type.kind}/${type.name}  ${type.displayName}\n`);
            const rows = type.parameters.map((parameter) => [
              `  ${parameter.name}`,
              parameter.type,
              parameter.required ? 'required' : '',
              parameter.default === undefined ? '' : JSON.stringify(parameter.default),
            ]);
            terminal.out(textTable(['  parameter', 'type', '', 'default'], rows));
          }
          return 0;
        });
      });
    group
      .command('pull')
      .description("write a server's types as files, for --types or schemas beside the repository")
      .requiredOption('--out <dir>', 'folder to write to')
      .addOption(controlPlaneOption())
      .addHelpText(
        'after',
        '\nExample:\n  collie types pull --control-plane https://app.bindplane.com --out types',
      )
      .action((options: Options) => {
        start(async (terminal) => {
          const server = requiredControlPlane(options, terminal);
          const count = await pull(await server.resourceTypes(), resolve(terminal.directory, options.out));
          terminal.err(`${count} types written to ${options.out}\n`);
          return 0;
        });
      });
  },
};
