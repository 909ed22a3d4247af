import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { DISTRIBUTIONS, type Distribution } from '../core/collector/distribution.ts';
import { isMap, type Json } from '../core/document/node.ts';
import type { Agent } from '../core/fleet/agent.ts';
import { reportedComponents } from '../core/fleet/reported-components.ts';
import { readRevision, type Revision } from '../flows/revision.ts';
import { loadTypes } from '../io/files.ts';
import { WORKTREE } from '../io/git.ts';
import { beside, isUnder } from '../io/paths.ts';
import { UsageError } from './command.ts';
import { typesOption } from './connect.ts';
import { inputsOf, type Inputs } from './inputs.ts';
import type { Terminal } from './terminal.ts';

/** Options of every command that reads a repository. */
export interface ReadingOptions {
  readonly types: readonly string[];
  readonly collectorVersion?: string;
  readonly agents?: string;
}

/** `[PATH…]`, `--types`, `--collector-version`, `--agents`. */
export function readingOptions(command: Command): Command {
  return typesOption(command.argument('[path...]', 'files, folders or globs (default: the repository)'))
    .addOption(
      new Option('--collector-version <version>', 'collector version where nothing in the files says it'),
    )
    .addOption(new Option('--agents <file>', 'agents as `collie agents list --format json` prints them'));
}

export interface ReadFiles {
  readonly inputs: Inputs;
  readonly revision: Revision;
  /** Whether PATH asked for this file; others were read for what is said of those. */
  readonly isAsked: (path: string) => boolean;
}

/**
 * What lies on disk under PATH, understood. Files that were named are read with those beside them, since what they refer to stands
 * there: `isAsked` tells the two apart.
 */
export async function readWorktree(
  paths: readonly string[],
  options: ReadingOptions,
  terminal: Terminal,
): Promise<ReadFiles> {
  const inputs = await inputsOf(paths, terminal);
  const around = inputs.paths.length === 0 ? [] : [...inputs.named].flatMap(beside);
  const [files, types, agents] = await Promise.all([
    inputs.repository.files(WORKTREE, [...inputs.paths, ...around]),
    loadTypes(options.types.map((folder) => resolve(terminal.directory, folder))),
    inventory(options.agents, terminal),
  ]);
  const { collectorVersion } = options;
  const context = {
    types,
    ...(agents === undefined ? {} : { agents }),
    ...(collectorVersion === undefined ? {} : { collectorVersion }),
  };
  const revision = readRevision(files, context, inputs.named);
  return { inputs, revision, isAsked: (path) => isUnder(path, inputs.paths) };
}

/** What a revision holds, in numbers. */
export function countsOf({ view, files }: Revision): {
  files: number;
  resources: number;
  configurations: number;
} {
  return { files, resources: view.repository.resources.size, configurations: view.effective.size };
}

/** Agents from a file; undefined without one. Wrong usage when it is no such file. */
export async function inventory(
  path: string | undefined,
  terminal: Pick<Terminal, 'directory'>,
): Promise<readonly Agent[] | undefined> {
  if (path === undefined) return undefined;
  let value: Json;
  try {
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- JSON.parse gives plain data
    value = JSON.parse(await readFile(resolve(terminal.directory, path), 'utf8')) as Json;
  } catch (error) {
    throw new UsageError(
      `--agents ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (!Array.isArray(value)) throw new UsageError(`--agents ${path} is no list of agents`);
  return value.map((item: Json, index) => agentOf(item, `--agents ${path}, entry ${index + 1}`));
}

function agentOf(value: Json, where: string): Agent {
  if (!isMap(value)) throw new UsageError(`${where} is no agent`);
  const text = (key: string): string => {
    const found = value[key];
    return typeof found === 'string' ? found : '';
  };
  if (text('name') === '' && text('id') === '') throw new UsageError(`${where} has neither name nor id`);
  const labels = isMap(value['labels']) ? value['labels'] : {};
  const distribution: Distribution =
    DISTRIBUTIONS.find((known) => known === text('distribution')) ?? 'unknown';
  const components = reportedComponents(value['components']);
  return {
    id: text('id') || text('name'),
    name: text('name') || text('id'),
    version: text('version').replace(/^v/, ''),
    distribution,
    platform: text('platform'),
    labels: Object.fromEntries(
      Object.entries(labels).flatMap(([key, label]) => (typeof label === 'string' ? [[key, label]] : [])),
    ),
    ...(components && { components }),
  };
}
