import { resolve } from 'node:path';
import { Option } from 'commander';
import type { ComponentCatalogue } from '../core/collector/catalogue.ts';
import { LONGEST_RUN_MS } from '../core/collector/trial/ending.ts';
import { hasFindingsAtLeast } from '../core/document/finding.ts';
import type { ConfigKey } from '../core/fleet/config-key.ts';
import { COLLECTOR_RULES } from '../core/explain/collector-rules.ts';
import { createRedactor, type Redactor } from '../core/report/redact.ts';
import { redactionOf } from '../core/report/view-redaction.ts';
import type { LoadedView } from '../core/resources/view.ts';
import { durationMs } from '../flows/duration.ts';
import type { ConfigToTry, TrialReport } from '../flows/try-configs.ts';
import { loadCatalogue } from '../io/files.ts';
import { coloursOf } from './colours.ts';
import {
  FAIL_ON,
  threshold,
  UsageError,
  type CommandDefinition,
  type ExitCode,
  type FailOn,
} from './command.ts';
import { planOf } from './plan.ts';
import { readingOptions, readWorktree, type ReadingOptions } from './reading.ts';
import type { Terminal } from './terminal.ts';

interface Options extends ReadingOptions {
  readonly collector: readonly string[];
  readonly runFor: string;
  readonly base?: string;
  readonly configuration?: string;
  readonly format: 'text' | 'json' | 'sarif' | 'github';
  readonly failOn: FailOn;
}

interface Chosen {
  readonly view: LoadedView;
  readonly configs: readonly ConfigToTry[];
}

/** The configs of the files under PATH; with `--base` those that change since then. */
async function chosenConfigs(
  paths: readonly string[],
  options: Options,
  terminal: Terminal,
  catalogue: ComponentCatalogue,
): Promise<Chosen> {
  const { collectorVersion, configuration } = options;
  const { configsToTry } = await import('../flows/collector-check.ts');
  const { view, keys } = await (options.base === undefined
    ? everyConfig(paths, options, terminal)
    : changedConfigs(paths, options, terminal));
  const wanted = keys.filter(
    (key) =>
      configuration === undefined ||
      key === configuration ||
      view.effective.get(key)?.config.name === configuration,
  );
  if (configuration !== undefined && wanted.length === 0) {
    throw new UsageError(`There is no configuration ${configuration}`);
  }
  return { view, configs: configsToTry(wanted, view, catalogue, collectorVersion) };
}

interface Keys {
  readonly view: LoadedView;
  readonly keys: readonly ConfigKey[];
}

async function everyConfig(paths: readonly string[], options: Options, terminal: Terminal): Promise<Keys> {
  const { revision, isAsked } = await readWorktree(paths, options, terminal);
  const { view } = revision;
  const asked = [...view.effective.values()].filter(({ at }) => at === undefined || isAsked(at.file));
  return { view, keys: asked.map(({ key }) => key) };
}

async function changedConfigs(
  paths: readonly string[],
  { base, types, agents, collectorVersion }: Options,
  terminal: Terminal,
): Promise<Keys> {
  const { isChanged } = await import('../flows/collector-check.ts');
  const { plan, head } = await planOf(
    paths,
    {
      types,
      ...(base !== undefined && { base }),
      ...(agents !== undefined && { agents }),
      ...(collectorVersion !== undefined && { collectorVersion }),
    },
    terminal,
    undefined,
  );
  const changed = plan.configurations.filter(isChanged);
  return { view: head, keys: changed.map(({ key }) => key) };
}

async function print(
  { findings, tried, check }: TrialReport,
  options: Options,
  terminal: Terminal,
  redactor: Redactor,
  times: { readonly durationMs: number; readonly runForMs: number },
): Promise<void> {
  if (options.format === 'github') {
    const { workflowCommands } = await import('../core/report/annotations.ts');
    for (const line of workflowCommands(findings, redactor)) terminal.out(`${line}\n`);
    return;
  }
  if (options.format === 'text') {
    const { trialText } = await import('../core/report/trial-text.ts');
    terminal.out(trialText(findings, tried, check, { ...times, colours: coloursOf(terminal), redactor }));
    return;
  }
  const { jsonText } = await import('../core/report/json-text.ts');
  if (options.format === 'sarif') {
    const { sarif } = await import('../core/report/sarif.ts');
    terminal.out(jsonText(sarif(findings, { redactor, rules: COLLECTOR_RULES })));
    return;
  }
  const { trialJson } = await import('../core/report/trial-json.ts');
  terminal.out(jsonText(trialJson(findings, tried, check, redactor)));
}

/** The binaries of `--collector`, else the one of COLLIE_OTELCOL. */
function collectorPaths({ collector }: Options, { environment, directory }: Terminal): readonly string[] {
  const fallback = environment['COLLIE_OTELCOL']?.trim() ?? '';
  const paths = collector.length > 0 ? collector : fallback === '' ? [] : [fallback];
  if (paths.length === 0) {
    throw new UsageError(
      'There is no collector to ask: give one with --collector PATH, or set COLLIE_OTELCOL',
    );
  }
  return [...new Set(paths.map((path) => resolve(directory, path)))];
}

async function run(paths: readonly string[], options: Options, terminal: Terminal): Promise<ExitCode> {
  const startedAt = terminal.clock.now();
  const runForMs = durationMs(options.runFor);
  if (runForMs === undefined || runForMs > LONGEST_RUN_MS) {
    throw new UsageError(
      `--run-for ${options.runFor}: write it like 5s or 1m, at most 10m; 0 only validates`,
    );
  }
  const binaries = collectorPaths(options, terminal);
  const [catalogue, { tryConfigs }, { collectorProgram }] = await Promise.all([
    loadCatalogue(),
    import('../flows/try-configs.ts'),
    import('../io/collector-program.ts'),
  ]);
  const programs = await Promise.all(binaries.map((path) => collectorProgram(path)));
  const { view, configs } = await chosenConfigs(paths, options, terminal, catalogue);
  const report = await tryConfigs(programs, configs, { catalogue, runForMs });
  const redactor = createRedactor(redactionOf(view));
  await print(report, options, terminal, redactor, {
    durationMs: terminal.clock.now() - startedAt,
    runForMs,
  });
  const least = threshold(options.failOn);
  return least !== undefined && hasFindingsAtLeast(report.findings, least) ? 1 : 0;
}

const EXAMPLE = `
Each config is given to the collector's own \`validate\`, then started for some seconds: on loopback, with a sink for
all exporters, without variables and files of this machine. What is other than in the config is listed.

Example:
  collie validate bindplane/ --collector ./otelcol-contrib --run-for 5s`;

function collected(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

/** `collie validate`: a real collector's own verdict on the configs that agents will get. */
export const validate: CommandDefinition = {
  name: 'validate',
  usage:
    'validate --collector PATH [PATH…] [--run-for DURATION] [--base REF] [--configuration NAME] [--format text|json|sarif|github] [--fail-on error|warning|notice|never]',
  summary: "a real collector's own verdict on the configs, on their lines",
  define(program, start) {
    readingOptions(
      program
        .command('validate')
        .description("a real collector's own verdict on the configs, on their lines"),
    )
      .addOption(
        new Option(
          '--collector <path>',
          'otelcol binary that judges; repeat it for several versions: each config goes to the nearest (default: COLLIE_OTELCOL)',
        )
          .argParser(collected)
          .default([], ''),
      )
      .option('--run-for <duration>', 'how long each config runs after `validate`; 0 only validates', '5s')
      .option('--base <ref>', 'only configs that change since this revision')
      .option('--configuration <name>', 'only this configuration')
      .addOption(
        new Option('--format <format>', 'how to print')
          .choices(['text', 'json', 'sarif', 'github'])
          .default('text'),
      )
      .addOption(
        new Option('--fail-on <severity>', 'findings that make it end with 1')
          .choices(FAIL_ON)
          .default('error'),
      )
      .addHelpText('after', EXAMPLE)
      .action((paths: string[], options: Options) => {
        start((terminal) => run(paths, options, terminal));
      });
  },
};
