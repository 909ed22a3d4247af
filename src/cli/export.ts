import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { manifestOf } from '../core/bindplane/manifest.ts';
import type { Kind, Resource } from '../core/bindplane/resource.ts';
import { emitYaml } from '../core/document/emit.ts';
import { isMap, type Json, type JsonMap } from '../core/document/node.ts';
import type { CommandDefinition, ExitCode } from './command.ts';
import { controlPlaneOption, requiredControlPlane, type ServerOptions } from './connect.ts';
import { safeFileName } from './file-name.ts';
import type { Terminal } from './terminal.ts';

interface Options extends ServerOptions {
  readonly out: string;
}

/** Folder of each kind; types are `collie types pull`'s business. */
const FOLDERS: readonly (readonly [kind: Kind, folder: string])[] = [
  ['Processor', 'processors'],
  ['Source', 'sources'],
  ['Destination', 'destinations'],
  ['Extension', 'extensions'],
  ['Connector', 'connectors'],
  ['Configuration', 'configurations'],
  ['Fleet', 'fleets'],
];

/** Version pins that the server adds to references and types when it stores them (reference/bindplane.md §1.2). */
function withoutPins(value: Json, key = ''): Json {
  if (Array.isArray(value)) return value.map((item: Json) => withoutPins(item));
  if (isMap(value)) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(
          ([name, item]) =>
            !(item === '' && ['contentType', 'measurementInterval', 'topologyInterval'].includes(name)),
        )
        .map(([name, item]) => [name, withoutPins(item, name)]),
    );
  }
  return typeof value === 'string' && (key === 'type' || key === 'name') ? value.replace(/:\d+$/, '') : value;
}

/** A resource as its author would write it: no server-made fields, no pins; ids stay, since secrets hang on them. */
function exported(resource: Resource): JsonMap {
  const manifest = manifestOf(resource);
  const spec = manifest['spec'];
  return { ...manifest, spec: withoutPins(isMap(spec) ? spec : {}) };
}

async function run(options: Options, terminal: Terminal): Promise<ExitCode> {
  const server = requiredControlPlane(options, terminal);
  const out = resolve(terminal.directory, options.out);
  const lists = await Promise.all(
    FOLDERS.map(async ([kind, folder]) => ({ folder, found: await server.list(kind) })),
  );
  let written = 0;
  let masked = 0;
  for (const { folder, found } of lists) {
    if (found.length > 0) await mkdir(join(out, folder), { recursive: true });
    for (const resource of found) {
      const text = emitYaml(exported(resource));
      if (text.includes('(sensitive)')) masked += 1;
      await writeFile(join(out, folder, `${safeFileName(resource.name)}.yaml`), text);
      written += 1;
    }
  }
  const policies = (await server.policies())?.documents ?? [];
  for (const document of policies) {
    await mkdir(join(out, 'policies'), { recursive: true });
    const metadata = document['metadata'];
    const name = isMap(metadata) && typeof metadata['name'] === 'string' ? metadata['name'] : 'policy';
    await writeFile(join(out, 'policies', `${safeFileName(name)}.yaml`), emitYaml(document));
  }
  const and =
    policies.length === 0
      ? ''
      : ` and ${policies.length} rollout ${policies.length === 1 ? 'policy' : 'policies'}`;
  terminal.err(`${written} resources${and} written to ${options.out}\n`);
  if (masked > 0) {
    terminal.err(
      `${masked} of them hold (sensitive): the server keeps those values; leave the text as it is and they stay as they are\n`,
    );
  }
  return 0;
}

/** `collie export`: what a server holds, as a repository. */
export const exportCommand: CommandDefinition = {
  name: 'export',
  usage: 'export --control-plane URL --out DIR',
  summary: 'what a server holds, as files',
  define(program, start) {
    program
      .command('export')
      .description('what a server holds, as files; a plan against the same server is then empty')
      .requiredOption('--out <dir>', 'folder to write to')
      .addOption(controlPlaneOption())
      .addHelpText(
        'after',
        '\nExample:\n  collie export --control-plane https://app.bindplane.com --out bindplane',
      )
      .action((options: Options) => {
        start((terminal) => run(options, terminal));
      });
  },
};
