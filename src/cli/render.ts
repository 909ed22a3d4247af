import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Option } from 'commander';
import type { ReceivingAgent } from '../core/bindplane/receiving-agent.ts';
import { SENSITIVE } from '../core/bindplane/parameters.ts';
import { renderConfiguration, type RenderContext } from '../core/bindplane/render.ts';
import type { EffectiveConfig } from '../core/collector/effective-config.ts';
import { parseVersion } from '../core/collector/version.ts';
import { hasFindingsAtLeast, type Finding } from '../core/document/finding.ts';
import type { JsonMap } from '../core/document/node.ts';
import { findingsJson, placeJson } from '../core/report/findings-json.ts';
import { jsonText } from '../core/report/json-text.ts';
import { lintText } from '../core/report/lint-text.ts';
import type { RenderedConfiguration } from '../core/resources/rendered.ts';
import type { LoadedView } from '../core/resources/view.ts';
import { loadCatalogue } from '../io/files.ts';
import { coloursOf } from './colours.ts';
import { UsageError, type CommandDefinition, type ExitCode } from './command.ts';
import { controlPlaneOption } from './connect.ts';
import { safeFileName } from './file-name.ts';
import { readingOptions, readWorktree, type ReadingOptions } from './reading.ts';
import type { Terminal } from './terminal.ts';

interface Options extends ReadingOptions {
  readonly configuration?: string;
  readonly target?: string;
  readonly format: 'yaml' | 'json';
  readonly provenance?: boolean;
  readonly out?: string;
  readonly forAgent?: string;
  readonly controlPlane?: string;
}

/** Where a BindPlane server listens when nobody says otherwise (reference/bindplane.md §6). */
const DEFAULT_SERVER = 'http://127.0.0.1:3001';

/** The agent of `--for-agent ID[@VERSION]`; its version from the inventory where the argument names none. */
function agentOf(argument: string, view: LoadedView, options: Options, terminal: Terminal): ReceivingAgent {
  const [, id = '', given] = /^([^@\s]+)(?:@(\S+))?$/.exec(argument) ?? [];
  if (id === '') throw new UsageError(`--for-agent ${argument} is not ID or ID@VERSION`);
  if (given !== undefined && parseVersion(given) === undefined) {
    throw new UsageError(`--for-agent ${argument}: ${given} is no version like 1.80.1`);
  }
  const known = view.agents?.find((agent) => agent.id === id || agent.name === id);
  const version = given ?? (known?.version === '' ? undefined : known?.version);
  const server = options.controlPlane ?? terminal.environment['BINDPLANE_REMOTE_URL'] ?? '';
  return {
    id: known?.id ?? id,
    ...(version !== undefined && { version }),
    serverUrl: server === '' ? DEFAULT_SERVER : server,
  };
}

/** Jobs print to logs that many may read. */
function isJob({ environment }: Terminal): boolean {
  return environment['GITHUB_ACTIONS'] === 'true';
}

/** The configurations for one agent, or for one collector version. */
function renderedFor(
  receiver: Pick<RenderContext, 'agent' | 'collectorVersion' | 'secrets'>,
  all: readonly RenderedConfiguration[],
  { types, repository }: LoadedView,
): readonly RenderedConfiguration[] {
  return all.map((rendered) => {
    if (rendered.resource === undefined) return rendered;
    const context = { resources: repository.resources, types, ...receiver };
    const { config } = renderConfiguration(rendered.resource, context);
    return { ...rendered, config };
  });
}

/** The collector version that was named, else the one inside the agent's version. */
async function collectorVersionOf(
  agent: ReceivingAgent | undefined,
  options: Options,
): Promise<string | undefined> {
  if (options.collectorVersion !== undefined || agent?.version === undefined) return options.collectorVersion;
  return (await loadCatalogue()).collectorVersion('bindplane-agent', agent.version);
}

function provenanceJson(config: EffectiveConfig): readonly JsonMap[] {
  return config.provenance.map(({ path, at, via }) => ({
    path: [...path],
    ...placeJson(at),
    ...(via === undefined ? {} : { via: placeJson(via) }),
  }));
}

/** The text with the place of each component behind its line, as a comment. */
function annotated(config: EffectiveConfig): string {
  const places = new Map(
    config.provenance
      .filter(({ path }) => path.length === 2)
      .map(({ path, at }) => [path[1] ?? '', `${at.file}:${at.line}`]),
  );
  return config.text
    .split('\n')
    .map((line) => {
      const id = /^\s{2,4}(\S[^:]*(?:\/\S*)?):(?: null)?$/.exec(line)?.[1];
      const place = id === undefined ? undefined : places.get(id);
      return place === undefined ? line : `${line} # ${place}`;
    })
    .join('\n');
}

function chosen(all: readonly RenderedConfiguration[], options: Options): readonly RenderedConfiguration[] {
  const wanted = options.target ?? options.configuration;
  if (wanted === undefined) return all;
  const found = all.filter(({ key, config }) => config.name === wanted || key === wanted);
  if (found.length === 0) {
    const names = all.map(({ config }) => config.name).join(', ');
    throw new UsageError(`There is no configuration ${wanted}${names === '' ? '' : `; there are ${names}`}`);
  }
  return found;
}

async function writeFiles(
  found: readonly RenderedConfiguration[],
  out: string,
  options: Options,
): Promise<void> {
  await mkdir(out, { recursive: true });
  for (const { config } of found) {
    const text = options.provenance === true ? annotated(config) : config.text;
    await writeFile(join(out, `${safeFileName(config.name)}.yaml`), text);
  }
}

function asJson(
  found: readonly RenderedConfiguration[],
  findings: readonly Finding[],
  options: Options,
): string {
  return jsonText({
    configurations: found.map(({ key, config }) => ({
      name: config.name,
      target: key,
      config: config.tree,
      text: config.text,
      ...(options.provenance === true ? { provenance: provenanceJson(config) } : {}),
    })),
    findings: findingsJson(findings),
  });
}

function asYaml(found: readonly RenderedConfiguration[], options: Options): string {
  const texts = found.map(({ config }) => (options.provenance === true ? annotated(config) : config.text));
  if (found.length === 1) return texts[0] ?? '';
  return found.map(({ key }, index) => `# ${key}\n${texts[index] ?? ''}`).join('---\n');
}

/** What a reader of the agent's config must know about it. */
function tellOfAgent(
  agent: ReceivingAgent,
  shown: readonly RenderedConfiguration[],
  sent: readonly RenderedConfiguration[],
  terminal: Terminal,
): void {
  if (shown.some(({ config }) => config.text.includes(SENSITIVE))) {
    terminal.err(
      isJob(terminal)
        ? `collie: secrets are masked in a job's log; the agent gets them in clear\n`
        : 'collie: this is what the agent gets, secrets in clear; do not pass it on\n',
    );
  }
  if (
    agent.serverUrl === DEFAULT_SERVER &&
    sent.some(({ config }) => config.text.includes(`endpoint: ${DEFAULT_SERVER}/`))
  ) {
    terminal.err(
      `collie: the agent sends its own metrics to the server, whose address is taken to be ${DEFAULT_SERVER}; say another with --control-plane\n`,
    );
  }
}

async function run(paths: readonly string[], options: Options, terminal: Terminal): Promise<ExitCode> {
  const { revision, isAsked } = await readWorktree(paths, options, terminal);
  const { effective } = revision.view;
  const asked = [...effective.values()].filter(({ at }) => at === undefined || isAsked(at.file));
  const everybody = chosen(asked, options);
  const agent =
    options.forAgent === undefined ? undefined : agentOf(options.forAgent, revision.view, options, terminal);
  const collectorVersion = await collectorVersionOf(agent, options);
  const receiver = {
    ...(agent !== undefined && { agent, ...(!isJob(terminal) && { secrets: 'plain' as const }) }),
    ...(collectorVersion !== undefined && { collectorVersion }),
  };
  const found =
    Object.keys(receiver).length === 0 ? everybody : renderedFor(receiver, everybody, revision.view);
  const rendering = [...effective.values()].flatMap((rendered) => rendered.findings);
  const findings = [...revision.view.findings, ...rendering].filter(
    ({ at }) => at === undefined || isAsked(at.file),
  );
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (options.out !== undefined) await writeFiles(found, resolve(terminal.directory, options.out), options);
  else if (options.format === 'json') terminal.out(asJson(found, findings, options));
  else if (found.length > 0) terminal.out(asYaml(found, options));
  const quiet = options.format === 'json' && options.out === undefined;
  if (errors.length > 0 && !quiet) terminal.err(lintText(errors, { colours: coloursOf(terminal) }));
  if (found.length === 0 && !quiet) terminal.err('collie: these files hold no Configuration\n');
  if (agent !== undefined) tellOfAgent(agent, everybody, found, terminal);
  for (const { config } of found) {
    for (const reason of config.unrendered) {
      terminal.err(`collie: ${config.name} is not the whole config: ${reason}\n`);
    }
  }
  return hasFindingsAtLeast(errors, 'error') ? 1 : 0;
}

/** `collie render`: the effective collector configs, and nothing else on stdout. */
export const render: CommandDefinition = {
  name: 'render',
  usage:
    'render [PATH…] [--configuration NAME] [--format yaml|json] [--for-agent ID[@VERSION]] [--provenance] [--out DIR]',
  summary: 'the collector configs that agents will get',
  define(program, start) {
    readingOptions(program.command('render').description('the collector configs that agents will get'))
      .option('--configuration <name>', 'only this configuration')
      .option('--target <key>', 'only this target, like Configuration/shop-node')
      .addOption(new Option('--format <format>', 'how to print').choices(['yaml', 'json']).default('yaml'))
      .option('--for-agent <id[@version]>', 'with what a BindPlane server adds for this agent')
      .addOption(controlPlaneOption())
      .option('--provenance', 'with the file and line each component comes from')
      .option('--out <dir>', 'write one file a configuration instead of printing')
      .addHelpText('after', '\nExample:\n  collie render bindplane/ --configuration shop-node --provenance')
      .action((paths: string[], options: Options) => {
        start((terminal) => run(paths, options, terminal));
      });
  },
};
