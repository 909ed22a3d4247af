import { Option } from 'commander';
import { hasFindingsAtLeast } from '../core/document/finding.ts';
import type { RenderedConfiguration } from '../core/resources/rendered.ts';
import { createRedactor } from '../core/report/redact.ts';
import { redactionOf } from '../core/report/view-redaction.ts';
import type { LoadedView } from '../core/resources/view.ts';
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
): Promise<{ readonly rendered: readonly RenderedConfiguration[]; readonly view: LoadedView }> {
  const { revision } = await readWorktree(paths, options, terminal);
  const { view } = revision;
  const all = [...view.effective.values()];
  const { configuration } = options;
  if (configuration === undefined) return { rendered: all, view };
  const found = all.filter(({ config, key }) => config.name === configuration || key === configuration);
  if (found.length === 0) throw new UsageError(`There is no configuration ${configuration}`);
  return { rendered: found, view };
}

async function run(paths: readonly string[], options: Options, terminal: Terminal): Promise<ExitCode> {
  const text = options.error === '-' ? await terminal.input() : options.error;
  if (text.trim() === '') {
    throw new UsageError('There is no error text: give it with --error TEXT, or --error - and a pipe');
  }
  const [{ explainError }, { loadCatalogue }, { rendered, view }] = await Promise.all([
    import('../core/explain/explain.ts'),
    import('../io/files.ts'),
    configurations(paths, options, terminal),
  ]);
  const catalogue = await loadCatalogue();
  const redactor = createRedactor(redactionOf(view));
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
    terminal.out(jsonText({ findings: findingsJson(findings, redactor) }));
  } else {
    const { explainText } = await import('../core/report/explain-text.ts');
    terminal.out(explainText(findings, { colours: coloursOf(terminal), redactor }));
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
