import { Option } from 'commander';
import { hasFindingsAtLeast } from '../core/document/finding.ts';
import type { RenderedConfiguration } from '../core/resources/effective.ts';
import { coloursOf } from './colours.ts';
import {
  FAIL_ON,
  threshold,
  UsageError,
  type CommandDefinition,
  type ExitCode,
  type FailOn,
} from './command.ts';
import { readingOptions, readWorktree, type ReadingOptions } from './reading.ts';
import type { Terminal } from './terminal.ts';

interface Options extends ReadingOptions {
  readonly error: string;
  readonly configuration?: string;
  readonly format: 'text' | 'json';
  readonly failOn: FailOn;
}

/** Configurations of the repository; of none when no PATH is given and the current folder cannot be read as one. */
async function configurations(
  paths: readonly string[],
  options: Options,
  terminal: Terminal,
): Promise<readonly RenderedConfiguration[]> {
  const { revision } = await readWorktree(paths, options, terminal);
  const all = [...revision.view.effective.values()];
  const { configuration } = options;
  if (configuration === undefined) return all;
  const found = all.filter(({ config, key }) => config.name === configuration || key === configuration);
  if (found.length === 0) throw new UsageError(`There is no configuration ${configuration}`);
  return found;
}

async function run(paths: readonly string[], options: Options, terminal: Terminal): Promise<ExitCode> {
  const text = options.error === '-' ? await terminal.input() : options.error;
  if (text.trim() === '') {
    throw new UsageError('There is no error text: give it with --error TEXT, or --error - and a pipe');
  }
  const [{ explainError }, { loadCatalogue }, rendered] = await Promise.all([
    import('../core/explain/explain.ts'),
    import('../io/files.ts'),
    configurations(paths, options, terminal),
  ]);
  const catalogue = await loadCatalogue();
  const findings = explainError(
    text,
    rendered.map(({ config }) => config),
    { catalogue },
  );
  if (options.format === 'json') {
    const [{ findingsJson }, { jsonText }] = await Promise.all([
      import('../core/report/findings-json.ts'),
      import('../core/report/json-text.ts'),
    ]);
    terminal.out(jsonText({ findings: findingsJson(findings) }));
  } else {
    const { explainText } = await import('../core/report/explain-text.ts');
    terminal.out(explainText(findings, { colours: coloursOf(terminal) }));
  }
  const least = threshold(options.failOn);
  return least !== undefined && hasFindingsAtLeast(findings, least) ? 1 : 0;
}

/** `collie explain`: an agent's own words → the line that caused them. */
export const explain: CommandDefinition = {
  name: 'explain',
  usage: 'explain --error TEXT|- [PATH…] [--configuration NAME] [--format text|json]',
  summary: "an agent's error text → the line that caused it",
  define(program, start) {
    readingOptions(program.command('explain').description("an agent's error text → the line that caused it"))
      .requiredOption(
        '--error <text>',
        'the error text, or - to read it (or a whole log) from standard input',
      )
      .option('--configuration <name>', 'look only in this configuration')
      .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
      .addOption(
        new Option('--fail-on <severity>', 'findings that make it end with 1')
          .choices(FAIL_ON)
          .default('error'),
      )
      .addHelpText(
        'after',
        '\nExample:\n  kubectl logs node-agent-x7k2p | collie explain --error - bindplane/',
      )
      .action((paths: string[], options: Options) => {
        start((terminal) => run(paths, options, terminal));
      });
  },
};
